//! Request methods (RFC 3261 section 7.1): known ones and extension tokens.
use std::fmt;

/// A request method. Methods are case-sensitive (RFC 3261 section 7.1), so `invite` is an extension.
///
/// The constants can be used as patterns: `match method { Method::INVITE => ..., _ => ... }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// A method that the rsip vocabulary knows.
    Known(rsip::Method),
    /// Any other token.
    Extension(Box<str>),
}

macro_rules! methods {
    ($($name:ident = $variant:ident, $doc:literal;)*) => {
        impl Method {
            $(#[doc = $doc] pub const $name: Self = Self::Known(rsip::Method::$variant);)*

            /// The method named by `token`, compared case-sensitively; anything unknown is an extension.
            pub fn parse(token: &str) -> Self {
                match token {
                    $(stringify!($name) => Self::$name,)*
                    other => Self::Extension(other.into()),
                }
            }

            /// The method as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::Known(rsip::Method::$variant) => stringify!($name),)*
                    Self::Extension(token) => token,
                }
            }
        }
    };
}

methods! {
    INVITE = Invite, "RFC 3261.";
    ACK = Ack, "RFC 3261.";
    BYE = Bye, "RFC 3261.";
    CANCEL = Cancel, "RFC 3261.";
    OPTIONS = Options, "RFC 3261.";
    REGISTER = Register, "RFC 3261.";
    INFO = Info, "RFC 6086.";
    UPDATE = Update, "RFC 3311.";
    PRACK = PRack, "RFC 3262.";
    REFER = Refer, "RFC 3515.";
    NOTIFY = Notify, "RFC 6665.";
    SUBSCRIBE = Subscribe, "RFC 6665.";
    MESSAGE = Message, "RFC 3428.";
    PUBLISH = Publish, "RFC 3903.";
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<rsip::Method> for Method {
    fn from(method: rsip::Method) -> Self {
        Self::Known(method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_of_rsip_is_covered_and_spelled_alike() {
        for method in rsip::Method::all() {
            let own = Method::from(method);
            assert_eq!(own.as_str(), method.to_string());
            assert_eq!(Method::parse(own.as_str()), own);
        }
    }

    #[test]
    fn case_counts_and_unknown_tokens_are_kept() {
        assert_eq!(Method::parse("invite"), Method::Extension("invite".into()));
        assert_eq!(Method::parse("RE%47IST%45R").to_string(), "RE%47IST%45R");
        assert!(matches!(Method::parse("BYE"), Method::BYE));
    }
}
