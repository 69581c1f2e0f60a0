//! Header field names, long and compact (RFC 3261 section 7.3.3 and the registry of SIP header fields).

macro_rules! names {
    ($($name:ident = $text:literal $(/ $compact:literal)?;)*) => {
        /// A header field name that this crate knows; all others are `Other`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Name {
            $(#[doc = concat!("`", $text, "`")] $name,)*
            /// Any name that is not listed here.
            Other,
        }

        impl Name {
            /// All known names.
            const KNOWN: &'static [(Self, &'static str)] = &[$((Self::$name, $text),)*];

            /// The long form as it is written; empty for `Other`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other => "",
                }
            }

            const fn of_compact(letter: u8) -> Self {
                match letter.to_ascii_lowercase() {
                    $($($compact => Self::$name,)?)*
                    _ => Self::Other,
                }
            }
        }
    };
}

names! {
    Via = "Via" / b'v';
    From = "From" / b'f';
    To = "To" / b't';
    CallId = "Call-ID" / b'i';
    CSeq = "CSeq";
    Contact = "Contact" / b'm';
    MaxForwards = "Max-Forwards";
    Route = "Route";
    RecordRoute = "Record-Route";
    ContentType = "Content-Type" / b'c';
    ContentLength = "Content-Length" / b'l';
    ContentEncoding = "Content-Encoding" / b'e';
    Expires = "Expires";
    Allow = "Allow";
    AllowEvents = "Allow-Events" / b'u';
    Supported = "Supported" / b'k';
    Require = "Require";
    ProxyRequire = "Proxy-Require";
    Unsupported = "Unsupported";
    Reason = "Reason";
    Warning = "Warning";
    RetryAfter = "Retry-After";
    UserAgent = "User-Agent";
    Server = "Server";
    Authorization = "Authorization";
    ProxyAuthorization = "Proxy-Authorization";
    WwwAuthenticate = "WWW-Authenticate";
    ProxyAuthenticate = "Proxy-Authenticate";
    Diversion = "Diversion";
    HistoryInfo = "History-Info";
    PAssertedIdentity = "P-Asserted-Identity";
    Privacy = "Privacy";
    Subject = "Subject" / b's';
    ReferTo = "Refer-To" / b'r';
    ReferredBy = "Referred-By" / b'b';
    Replaces = "Replaces";
    RSeq = "RSeq";
    RAck = "RAck";
    SessionExpires = "Session-Expires" / b'x';
    MinSe = "Min-SE";
    Event = "Event" / b'o';
    SubscriptionState = "Subscription-State";
    Timestamp = "Timestamp";
    Date = "Date";
    Organization = "Organization";
    CallInfo = "Call-Info";
    AlertInfo = "Alert-Info";
    Accept = "Accept";
    RecvInfo = "Recv-Info";
    InfoPackage = "Info-Package";
    ContentDisposition = "Content-Disposition";
    Identity = "Identity" / b'y';
}

/// Longest known name.
const LONGEST: usize = 19;
/// Most known names of one length.
const MOST: usize = 10;

/// Known names by length: a name in a message is compared with the few of its own length only, and with those
/// only if the first letter agrees.
static BY_LENGTH: [[(Name, &[u8]); MOST]; LONGEST + 1] = {
    let mut table: [[(Name, &[u8]); MOST]; LONGEST + 1] = [[(Name::Other, b""); MOST]; LONGEST + 1];
    let mut filled = [0; LONGEST + 1];
    let mut index = 0;
    while index < Name::KNOWN.len() {
        let (name, text) = Name::KNOWN[index];
        table[text.len()][filled[text.len()]] = (name, text.as_bytes());
        filled[text.len()] += 1;
        index += 1;
    }
    table
};

impl Name {
    /// The name written in `text`, long or compact, compared case-insensitively.
    pub fn parse(text: &[u8]) -> Self {
        let (Some(first), Some(candidates)) = (text.first(), BY_LENGTH.get(text.len())) else {
            return Self::Other;
        };
        if text.len() == 1 {
            return Self::of_compact(*first);
        }
        for (name, candidate) in candidates {
            match candidate.first() {
                None => break,
                Some(letter) if (letter ^ first) & 0xdf != 0 => {}
                Some(_) if *candidate == text || candidate.eq_ignore_ascii_case(text) => return *name,
                Some(_) => {}
            }
        }
        Self::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found_in_any_case() {
        for (name, text) in Name::KNOWN {
            assert_eq!(Name::parse(text.as_bytes()), *name, "{text}");
            assert_eq!(Name::parse(text.to_lowercase().as_bytes()), *name, "{text}");
            assert_eq!(Name::parse(text.to_uppercase().as_bytes()), *name, "{text}");
        }
    }

    #[test]
    fn compact_forms_are_known_in_both_cases() {
        let forms: &[(&[u8], Name)] = &[
            (b"v", Name::Via),
            (b"V", Name::Via),
            (b"f", Name::From),
            (b"t", Name::To),
            (b"i", Name::CallId),
            (b"m", Name::Contact),
            (b"c", Name::ContentType),
            (b"l", Name::ContentLength),
            (b"L", Name::ContentLength),
            (b"s", Name::Subject),
            (b"k", Name::Supported),
            (b"o", Name::Event),
            (b"x", Name::SessionExpires),
            (b"r", Name::ReferTo),
            (b"b", Name::ReferredBy),
            (b"z", Name::Other),
        ];
        for (text, name) in forms {
            assert_eq!(Name::parse(text), *name);
        }
    }

    #[test]
    fn near_misses_are_other() {
        for text in [
            "",
            "Viaa",
            "Call_ID",
            "C%6Fntact",
            "a-name-that-is-longer-than-every-known-one",
        ] {
            assert_eq!(Name::parse(text.as_bytes()), Name::Other, "{text}");
        }
    }
}
