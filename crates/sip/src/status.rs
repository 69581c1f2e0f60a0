//! Response status codes (RFC 3261 section 7.2 and 21).

/// A status code, 100..=699.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u16);

impl Status {
    /// 1xx.
    pub const fn is_provisional(self) -> bool {
        self.0 < 200
    }

    /// 2xx.
    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }

    /// 2xx to 6xx.
    pub const fn is_final(self) -> bool {
        self.0 >= 200
    }

    /// The usual reason phrase, such as "Temporarily Unavailable" (the registry of SIP response codes); the
    /// phrase of the x00 class for an unknown code (RFC 3261 section 8.1.3.2).
    pub const fn reason(self) -> &'static str {
        match self.0 {
            100 => "Trying",
            180 => "Ringing",
            181 => "Call Is Being Forwarded",
            182 => "Queued",
            183 => "Session Progress",
            199 => "Early Dialog Terminated",
            200 => "OK",
            202 => "Accepted",
            204 => "No Notification",
            300 => "Multiple Choices",
            301 => "Moved Permanently",
            302 => "Moved Temporarily",
            305 => "Use Proxy",
            380 => "Alternative Service",
            400 => "Bad Request",
            401 => "Unauthorized",
            402 => "Payment Required",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            406 => "Not Acceptable",
            407 => "Proxy Authentication Required",
            408 => "Request Timeout",
            409 => "Conflict",
            410 => "Gone",
            411 => "Length Required",
            412 => "Conditional Request Failed",
            413 => "Request Entity Too Large",
            414 => "Request-URI Too Long",
            415 => "Unsupported Media Type",
            416 => "Unsupported URI Scheme",
            417 => "Unknown Resource-Priority",
            420 => "Bad Extension",
            421 => "Extension Required",
            422 => "Session Interval Too Small",
            423 => "Interval Too Brief",
            424 => "Bad Location Information",
            425 => "Bad Alert Message",
            428 => "Use Identity Header",
            429 => "Provide Referrer Identity",
            430 => "Flow Failed",
            433 => "Anonymity Disallowed",
            436 => "Bad Identity Info",
            437 => "Unsupported Credential",
            438 => "Invalid Identity Header",
            439 => "First Hop Lacks Outbound Support",
            440 => "Max-Breadth Exceeded",
            469 => "Bad Info Package",
            470 => "Consent Needed",
            480 => "Temporarily Unavailable",
            481 => "Call/Transaction Does Not Exist",
            482 => "Loop Detected",
            483 => "Too Many Hops",
            484 => "Address Incomplete",
            485 => "Ambiguous",
            486 => "Busy Here",
            487 => "Request Terminated",
            488 => "Not Acceptable Here",
            489 => "Bad Event",
            491 => "Request Pending",
            493 => "Undecipherable",
            494 => "Security Agreement Required",
            500 => "Server Internal Error",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Server Time-out",
            505 => "Version Not Supported",
            513 => "Message Too Large",
            580 => "Precondition Failure",
            600 => "Busy Everywhere",
            603 => "Decline",
            604 => "Does Not Exist Anywhere",
            606 => "Not Acceptable",
            607 => "Unwanted",
            608 => "Rejected",
            _ => match self.0 / 100 {
                0 | 1 => "Session Progress",
                2 => "OK",
                3 => "Redirection",
                4 => "Bad Request",
                5 => "Server Internal Error",
                _ => "Decline",
            },
        }
    }
}

macro_rules! statuses {
    ($($name:ident = $code:literal;)*) => {
        impl Status { $(#[doc = concat!("Status ", stringify!($code), ".")] pub const $name: Self = Self($code);)* }
    };
}

statuses! {
    TRYING = 100;
    RINGING = 180;
    CALL_IS_BEING_FORWARDED = 181;
    QUEUED = 182;
    SESSION_PROGRESS = 183;
    OK = 200;
    ACCEPTED = 202;
    MOVED_TEMPORARILY = 302;
    BAD_REQUEST = 400;
    UNAUTHORIZED = 401;
    FORBIDDEN = 403;
    NOT_FOUND = 404;
    METHOD_NOT_ALLOWED = 405;
    NOT_ACCEPTABLE = 406;
    PROXY_AUTHENTICATION_REQUIRED = 407;
    REQUEST_TIMEOUT = 408;
    UNSUPPORTED_MEDIA_TYPE = 415;
    UNSUPPORTED_URI_SCHEME = 416;
    BAD_EXTENSION = 420;
    SESSION_INTERVAL_TOO_SMALL = 422;
    TEMPORARILY_UNAVAILABLE = 480;
    CALL_TRANSACTION_DOES_NOT_EXIST = 481;
    LOOP_DETECTED = 482;
    TOO_MANY_HOPS = 483;
    ADDRESS_INCOMPLETE = 484;
    BUSY_HERE = 486;
    REQUEST_TERMINATED = 487;
    NOT_ACCEPTABLE_HERE = 488;
    REQUEST_PENDING = 491;
    SERVER_INTERNAL_ERROR = 500;
    NOT_IMPLEMENTED = 501;
    BAD_GATEWAY = 502;
    SERVICE_UNAVAILABLE = 503;
    SERVER_TIME_OUT = 504;
    VERSION_NOT_SUPPORTED = 505;
    MESSAGE_TOO_LARGE = 513;
    BUSY_EVERYWHERE = 600;
    DECLINE = 603;
    DOES_NOT_EXIST_ANYWHERE = 604;
    NOT_ACCEPTABLE_GLOBAL = 606;
}

impl From<rsip::StatusCode> for Status {
    fn from(status: rsip::StatusCode) -> Self {
        Self(status.code())
    }
}

impl From<Status> for rsip::StatusCode {
    fn from(status: Status) -> Self {
        Self::from(status.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes whose phrase in rsip is outdated or abridged.
    const CORRECTED: [u16; 4] = [202, 437, 606, 417];

    #[test]
    fn phrases_agree_with_the_vocabulary_of_rsip() {
        for code in 100..=699 {
            let known = rsip::StatusCode::from(code);
            if matches!(known, rsip::StatusCode::Other(..)) || CORRECTED.contains(&code) {
                continue;
            }
            let camel = format!("{known:?}").to_lowercase();
            if code == 201 {
                assert_eq!(camel, "accepted", "rsip gives 201 the name of 202");
                continue;
            }
            let own: String = Status(code)
                .reason()
                .chars()
                .filter(char::is_ascii_alphabetic)
                .collect();
            assert_eq!(own.to_lowercase(), camel, "{code}");
        }
    }

    #[test]
    fn classes_meet_at_200_and_300() {
        assert!(Status(199).is_provisional() && !Status(199).is_final());
        assert!(Status(200).is_success() && Status(200).is_final());
        assert!(Status(299).is_success() && !Status(300).is_success());
    }

    #[test]
    fn unknown_codes_have_the_phrase_of_their_class() {
        assert_eq!(Status(299).reason(), "OK");
        assert_eq!(Status(499).reason(), "Bad Request");
        assert_eq!(Status(699).reason(), "Decline");
    }
}
