//! What stands before every path that is not open to all: who asks, and whether they may.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Extension;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::blocking;
use super::problem::Problem;
use crate::access::{Caller, Scope};
use crate::live::Live;

/// How a path is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) scope: Scope,
    /// A token that is bound to a customer opens it, and shows what is that customer's.
    pub(super) for_customers: bool,
    /// Commands on the same machine need no token.
    pub(super) open_here: bool,
}

/// Lets a request pass with its [`Caller`], or answers it.
pub(super) async fn guard(
    guard: Guard,
    Extension(live): Extension<Arc<Live>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match identify(guard, &live, from.ip(), request.headers()).await {
        Ok(caller) => caller,
        Err(refused) => return refused,
    };
    if !caller.may(guard.scope) {
        return refuse(
            &live,
            StatusCode::FORBIDDEN,
            format!("the token needs scope `{}`", guard.scope),
        );
    }
    if caller.customer.is_some() && !guard.for_customers {
        let why = "this concerns the whole node; the token is bound to one customer";
        return refuse(&live, StatusCode::FORBIDDEN, why);
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

async fn identify(
    guard: Guard,
    live: &Arc<Live>,
    from: IpAddr,
    headers: &HeaderMap,
) -> Result<Caller, Response> {
    let is_here = guard.open_here && is_local(from, headers);
    let Some(secret) = secret(headers) else {
        if is_here {
            return Ok(Caller::on_this_machine());
        }
        let why =
            "the header `Authorization: Bearer TOKEN` is missing; `pointsman api-token create` makes one";
        return Err(failed(live, from, "", why));
    };
    let asked = live.clone();
    let found = blocking(move || {
        let now_ms = asked.options.clock.unix_ms();
        asked.access().caller(&secret, now_ms)
    });
    match found.await {
        Ok(Ok(Some(caller))) => Ok(caller),
        Ok(Ok(None)) if is_here => Ok(Caller::on_this_machine()),
        Ok(Ok(None)) => {
            let why = "the token is unknown, expired or revoked";
            Err(failed(live, from, ", error=\"invalid_token\"", why))
        }
        Ok(Err(error)) => Err(Problem::store(error).into_response()),
        Err(problem) => Err(problem.into_response()),
    }
}

/// A request without a good token: 401, or 429 if there were many from there (RFC 6750, RFC 6585).
fn failed(live: &Live, from: IpAddr, error: &str, why: &'static str) -> Response {
    if let Some(seconds) = live.failures().add(from) {
        let why = "too many requests without a good token from this address";
        let mut response = refuse(live, StatusCode::TOO_MANY_REQUESTS, why);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return response;
    }
    let mut response = refuse(live, StatusCode::UNAUTHORIZED, why);
    let challenge = format!("Bearer realm=\"pointsman\"{error}");
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn refuse(live: &Live, status: StatusCode, why: impl Into<String>) -> Response {
    live.metrics.count_api_refused(status.as_u16());
    Problem::new(status, why).into_response()
}

/// The token that a request shows.
pub(super) fn secret(headers: &HeaderMap) -> Option<String> {
    let shown = headers.get(header::AUTHORIZATION).and_then(bearer);
    shown.map(str::to_owned)
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Asked on this machine, by a program that means this node: not through a proxy, not by a page in a browser, and not
/// by a name that somebody else's DNS leads here.
fn is_local(from: IpAddr, headers: &HeaderMap) -> bool {
    let passed_on = ["forwarded", "x-forwarded-for", "via", "origin"];
    from.to_canonical().is_loopback()
        && !passed_on.iter().any(|name| headers.contains_key(*name))
        && headers
            .get(header::HOST)
            .is_none_or(|host| host.to_str().is_ok_and(names_an_address))
}

fn names_an_address(host: &str) -> bool {
    host.parse::<SocketAddr>().is_ok()
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
        || host == "localhost"
        || host
            .strip_prefix("localhost:")
            .is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_on_this_machine_that_name_it_by_address_are_local() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            let pair = |(name, value): &(&'static str, &'static str)| {
                (name.parse().unwrap(), HeaderValue::from_static(value))
            };
            pairs.iter().map(pair).collect()
        };
        let here: IpAddr = "127.0.0.1".parse().unwrap();
        for host in [
            "127.0.0.1:8060",
            "localhost:8060",
            "localhost",
            "[::1]:8060",
            "[::1]",
        ] {
            assert!(is_local(here, &headers(&[("host", host)])), "{host}");
        }
        assert!(is_local("::ffff:127.0.0.1".parse().unwrap(), &headers(&[])));
        assert!(!is_local("192.0.2.1".parse().unwrap(), &headers(&[])));
        for host in ["evil.example:8060", "localhost.evil.example", "localhost:x"] {
            assert!(!is_local(here, &headers(&[("host", host)])), "{host}");
        }
        for (name, value) in [
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=192.0.2.1"),
            ("via", "1.1 proxy"),
            ("origin", "https://evil.example"),
        ] {
            assert!(!is_local(here, &headers(&[(name, value)])), "{name}");
        }
    }

    #[test]
    fn the_scheme_is_read_in_any_case_and_others_are_none() {
        let of = |value: &'static str| bearer(&HeaderValue::from_static(value)).map(str::to_owned);
        assert_eq!(of("bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("Bearer  abc ").as_deref(), Some("abc"));
        assert_eq!(of("Basic abc"), None);
        assert_eq!(of("Bearer"), None);
    }
}
