//! URI equality (RFC 3261 section 19.1.4, RFC 3966 section 4).
use super::{Scheme, Uri, escape};

/// Parameters that may not stand in one URI only.
const DECIDING: [&str; 4] = ["user", "ttl", "method", "maddr"];

/// Most parameters that are compared one by one; honest URIs have a handful.
const MOST: usize = 64;

pub(super) fn equivalent(one: &Uri, two: &Uri) -> bool {
    if one.params.len() > MOST || two.params.len() > MOST {
        return one == two;
    }
    match (&one.scheme, &two.scheme) {
        (Scheme::Sip, Scheme::Sip) | (Scheme::Sips, Scheme::Sips) => {
            one.user == two.user
                && one.password == two.password
                && one.host.eq_ignore_ascii_case(&two.host)
                && one.port == two.port
                && params(one, two)
                && params(two, one)
                && headers(one) == headers(two)
        }
        (Scheme::Tel, Scheme::Tel) => digits(one) == digits(two) && tel_params(one) == tel_params(two),
        (Scheme::Other(own), Scheme::Other(their)) => own.eq_ignore_ascii_case(their) && one.host == two.host,
        _ => false,
    }
}

/// Whether every parameter of `one` is compatible with `two`; of two with one name the first counts.
fn params(one: &Uri, two: &Uri) -> bool {
    one.params
        .iter()
        .all(|(name, _)| match (one.params.get(name), two.params.get(name)) {
            (Some(own), Some(their)) => own.eq_ignore_ascii_case(their),
            _ => !DECIDING
                .iter()
                .any(|deciding| deciding.eq_ignore_ascii_case(name)),
        })
}

/// Headers as a sorted list: all must be there in both, in any order.
fn headers(uri: &Uri) -> Vec<(String, String)> {
    let text = uri.headers.as_deref().unwrap_or("");
    let mut list: Vec<_> = text
        .split('&')
        .filter(|item| !item.is_empty())
        .map(|item| {
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            let plain = |text: &str| escape::unescape(text).unwrap_or_else(|_| text.to_owned());
            (plain(name).to_ascii_lowercase(), plain(value))
        })
        .collect();
    list.sort();
    list
}

/// The number without visual separators.
fn digits(uri: &Uri) -> String {
    let number = uri.user.as_deref().unwrap_or("");
    number
        .chars()
        .filter(|char| !"-.()".contains(*char))
        .collect::<String>()
        .to_ascii_lowercase()
}

fn tel_params(uri: &Uri) -> Vec<(String, String)> {
    let lower = |text: &str| text.to_ascii_lowercase();
    let mut list: Vec<_> = uri
        .params
        .iter()
        .map(|(name, value)| (lower(name), lower(value.unwrap_or(""))))
        .collect();
    list.sort();
    list
}
