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
    /// The usual reason phrase, such as "Temporarily Unavailable".
    pub fn reason(self) -> &'static str {
        todo!()
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
