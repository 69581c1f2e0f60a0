use super::Algorithm;
use crate::syntax::unquote;

/// What an `Authorization` header says (RFC 7616 section 3.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name of the user.
    pub user: String,
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) response: String,
    pub(super) count: u32,
    uri: String,
    algorithm: Algorithm,
    nc: String,
    cnonce: String,
}

/// Nothing of it belongs into a log.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads a value of `Authorization`. `None` for another scheme, for an algorithm that we do not know, without
    /// `qop=auth`, and where something is missing, written twice or not readable.
    pub fn parse(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once(|c: char| c.is_ascii_whitespace())?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let params = params(rest)?;
        let find = |name: &str| {
            let mut found = params.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
            let first = found.next();
            if found.next().is_some() { None } else { first }
        };
        let text = |name: &str| find(name).map(|(_, value)| unquote(value));
        let algorithm = match text("algorithm") {
            None => Algorithm::Md5,
            Some(name) => Algorithm::ALL
                .into_iter()
                .find(|known| known.as_str().eq_ignore_ascii_case(&name))?,
        };
        if !text("qop")?.eq_ignore_ascii_case("auth") {
            return None;
        }
        let nc = text("nc").filter(|nc| nc.len() == 8)?;
        Some(Self {
            user: text("username")?,
            realm: text("realm")?,
            nonce: text("nonce")?,
            response: text("response")?.to_ascii_lowercase(),
            count: u32::from_str_radix(&nc, 16).ok()?,
            uri: text("uri")?,
            algorithm,
            nc,
            cnonce: text("cnonce")?,
        })
    }

    /// The response that whoever knows `secret` gives to these parameters (RFC 7616 section 3.4.1).
    pub(super) fn response_of(&self, method: &str, secret: &str) -> String {
        let hash = |text: String| self.algorithm.hash(&text);
        let who = hash(format!("{}:{}:{secret}", self.user, self.realm));
        let what = hash(format!("{method}:{}", self.uri));
        let Self {
            nonce, nc, cnonce, ..
        } = self;
        hash(format!("{who}:{nonce}:{nc}:{cnonce}:auth:{what}"))
    }
}

/// `name=value` pairs between commas that are not inside quotes; values as written.
fn params(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut params = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().chain([b',']).enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                let param = text.get(start..at)?.trim();
                start = at + 1;
                if !param.is_empty() {
                    let (name, value) = param.split_once('=')?;
                    params.push((name.trim(), value.trim()));
                }
            }
            _ => {}
        }
    }
    (!quoted).then_some(params)
}
