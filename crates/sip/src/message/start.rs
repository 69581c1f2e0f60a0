//! The first line of a message.
use super::Start;
use super::scan::{Verdict, Writer, span};
use crate::syntax::{self, Fault, is_blank, is_token, skip_blank, trim};
use crate::uri::{sip_parts, split_scheme};
use crate::{Method, Status};

/// What stands in a first line: Request-Line or Status-Line (RFC 3261 sections 7.1 and 7.2).
pub(super) struct FirstLine {
    pub(super) start: Start,
    /// `None` for a response.
    pub(super) method: Option<Method>,
    pub(super) verdict: Verdict,
}

pub(super) fn read(line: &[u8], writer: Writer) -> Result<FirstLine, Fault> {
    let mut verdict = Verdict::default();
    if line.len() >= 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
        return status_line(line).map(|start| FirstLine {
            start,
            method: None,
            verdict,
        });
    }
    let end = line
        .iter()
        .position(|octet| !is_token(*octet))
        .unwrap_or(line.len());
    if end == 0 || line.get(end) != Some(&b' ') {
        return Err("no method at the start");
    }
    let method = std::str::from_utf8(&line[..end]).map_err(|_| "no method at the start")?;
    let kept = line
        .iter()
        .rposition(|octet| !is_blank(*octet))
        .map_or(0, |last| last + 1);
    let space = memchr::memrchr(b' ', &line[..kept]).unwrap_or(end);
    let version = line.get(space + 1..kept).unwrap_or(b"");
    if version.len() < 4 || !version[..4].eq_ignore_ascii_case(b"SIP/") {
        return Err("no SIP version in the request line");
    }
    if !version[4..].eq_ignore_ascii_case(b"2.0") {
        verdict.blame(Status::VERSION_NOT_SUPPORTED, "Version Not Supported");
    }
    let (mut start, mut stop) = (end + 1, space.max(end + 1));
    if kept != line.len() || start == stop || is_blank(line[start]) || is_blank(line[stop - 1]) {
        // RFC 4475 sections 3.1.2.9 and 3.1.2.10.
        verdict.blame(Status::BAD_REQUEST, "extra blanks in the request line");
        start = skip_blank(line, start).min(stop);
        stop = start + trim(&line[start..stop]).len();
    }
    if writer == Writer::Peer {
        verdict.check_request_uri(&line[start..stop]);
    }
    let start = Start::Request {
        uri: span(start..stop, 0),
    };
    Ok(FirstLine {
        start,
        method: Some(Method::parse(method)),
        verdict,
    })
}

fn status_line(line: &[u8]) -> Result<Start, Fault> {
    let version = line.get(..8).ok_or("status line too short")?;
    if !version.eq_ignore_ascii_case(b"SIP/2.0 ") {
        return Err("a response of another SIP version");
    }
    let end = line[8..]
        .iter()
        .position(|octet| *octet == b' ')
        .map_or(line.len(), |offset| 8 + offset);
    let code = &line[8..end];
    let status = syntax::number(code).filter(|status| code.len() == 3 && (100..700).contains(status));
    let status = status
        .and_then(|status| u16::try_from(status).ok())
        .ok_or("no status code")?;
    let reason = span((end + 1).min(line.len())..line.len(), 0);
    Ok(Start::Response {
        status: Status(status),
        reason,
    })
}

impl Verdict {
    /// RFC 4475 sections 3.1.2.7, 3.1.2.8, 3.1.2.11, 3.3.2, 3.3.3; RFC 5118 section 4.2.
    fn check_request_uri(&mut self, uri: &[u8]) {
        let Ok(text) = std::str::from_utf8(uri) else {
            return self.blame(Status::BAD_REQUEST, "Request-URI is not UTF-8");
        };
        if text.bytes().any(is_blank) {
            return self.blame(Status::BAD_REQUEST, "blank in the Request-URI");
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return self.blame(Status::BAD_REQUEST, "Request-URI without a scheme");
        };
        if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") {
            match sip_parts(rest.as_bytes()) {
                Err(_) => self.blame(Status::BAD_REQUEST, "malformed Request-URI"),
                Ok(parts) if parts.headers.is_some() => {
                    self.blame(Status::BAD_REQUEST, "headers in the Request-URI");
                }
                Ok(_) => {}
            }
        } else if !scheme.eq_ignore_ascii_case("tel") {
            self.blame(Status::UNSUPPORTED_URI_SCHEME, "Unsupported URI Scheme");
        }
    }
}
