//! The lines of a description (RFC 8866 section 5), read where they stand.

use std::net::IpAddr;

use crate::sdp::SdpError;

/// One line: its letter, and what follows the `=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) key: u8,
    pub(super) value: &'a str,
}

/// The lines of a text; what has not the form `x=…` is passed over.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut rest = text;
    // `str::lines` looks at every octet by itself; a description is gone through some twenty times per call.
    let each = std::iter::from_fn(move || {
        let line = rest;
        if line.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', line.as_bytes());
        rest = end.map_or("", |end| &line[end + 1..]);
        let line = &line[..end.unwrap_or(line.len())];
        Some(line.strip_suffix('\r').unwrap_or(line))
    });
    each.filter_map(|line| {
        let (key, value) = line.split_at_checked(2)?;
        let key = *key.strip_suffix('=')?.as_bytes().first()?;
        Some(Line { key, value })
    })
}

/// The text before the first media line, and that from it on.
pub(super) fn split_media(text: &str) -> (&str, &str) {
    let starts = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1);
    let media = starts.into_iter().find(|start| text[*start..].starts_with("m="));
    text.split_at(media.unwrap_or(text.len()))
}

/// An attribute, with or without a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: Option<&'a str>,
    /// Both, as written.
    pub(super) text: &'a str,
}

/// The attributes among the lines of a section.
pub(super) fn attributes(section: &str) -> impl Iterator<Item = Attribute<'_>> {
    lines(section).filter(|line| line.key == b'a').map(|line| {
        let parts = line.value.split_once(':');
        Attribute {
            name: parts.map_or(line.value, |(name, _)| name),
            value: parts.map(|(_, value)| value),
            text: line.value,
        }
    })
}

/// The address in the first `c=` line of a section; `None` in the second place if it is a name.
pub(super) fn connection(section: &str) -> Option<Option<IpAddr>> {
    let line = lines(section).find(|line| line.key == b'c')?;
    // A multicast TTL may follow.
    let address = line.value.split_ascii_whitespace().nth(2)?.split('/').next()?;
    Some(address.parse().ok())
}

/// A media line and the lines that belong to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Media<'a> {
    pub(super) kind: &'a str,
    pub(super) port: u16,
    pub(super) profile: &'a str,
    pub(super) formats: &'a str,
    pub(super) section: &'a str,
}

impl<'a> Media<'a> {
    /// Reads what follows `m=`, to the next one.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (line, section) = text.split_once("\r\n").unwrap_or((text, ""));
        let mut parts = line.splitn(4, ' ');
        let kind = parts.next()?;
        let port = parts.next()?;
        let (port, number) = port.split_once('/').unwrap_or((port, "1"));
        number.parse::<u32>().ok()?;
        Some(Self {
            kind,
            port: port.parse().ok()?,
            profile: parts.next()?,
            formats: parts.next()?,
            section,
        })
    }

    pub(super) fn is_audio(&self) -> bool {
        self.kind.eq_ignore_ascii_case("audio")
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        attributes(self.section)
    }

    /// The formats that are RTP payload types.
    pub(super) fn payload_types(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.formats
            .split_ascii_whitespace()
            .filter_map(|format| format.parse().ok())
            .filter(|pt| *pt < 128)
    }
}

/// A description as we keep it: version line first, known lines only, each once where RFC 8866 allows one, every line
/// end CR LF. `o=`, `t=` and `r=` that cannot be read are left out: they mean nothing to us.
pub(super) fn normal(body: &str) -> Result<String, SdpError> {
    let mut text = String::with_capacity(body.len() + 32);
    let (mut in_media, mut timed, mut seen) = (false, false, 0_u32);
    for line in lines(body) {
        if text.is_empty() && (line.key, line.value) != (b'v', "0") {
            break;
        }
        let once = |seen: &mut u32| {
            let bit = 1 << (line.key & 31);
            std::mem::replace(seen, *seen | bit) & bit == 0
        };
        let kept = match line.key {
            b'v' => text.is_empty(),
            b'm' => {
                in_media = true;
                Media::read(line.value).ok_or_else(|| unreadable(line))?;
                true
            }
            b'c' if line.value.split_ascii_whitespace().count() != 3 => return Err(unreadable(line)),
            b'c' => in_media || once(&mut seen),
            b'b' | b'a' => true,
            b'i' | b'k' => in_media || once(&mut seen),
            b'o' => !in_media && is_origin(line.value) && once(&mut seen),
            b's' | b'u' | b'z' => !in_media && once(&mut seen),
            b't' => {
                let kept = !in_media && is_time(line.value);
                timed |= kept;
                kept
            }
            b'r' => !in_media && timed,
            b'e' | b'p' => !in_media,
            _ => false,
        };
        if kept {
            push(&mut text, line);
        }
    }
    if text.is_empty() {
        return Err(SdpError::Syntax("it does not begin with v=0".to_owned()));
    }
    Ok(text)
}

/// Writes a line.
pub(super) fn push(text: &mut String, line: Line<'_>) {
    text.push(char::from(line.key));
    text.push('=');
    text.push_str(line.value);
    text.push_str("\r\n");
}

fn unreadable(line: Line<'_>) -> SdpError {
    SdpError::Syntax(format!("{}={} cannot be read", char::from(line.key), line.value))
}

fn is_origin(value: &str) -> bool {
    let mut parts = value.split_ascii_whitespace();
    let version = parts.nth(2).is_some_and(|version| version.parse::<u64>().is_ok());
    version && parts.count() == 3
}

fn is_time(value: &str) -> bool {
    let mut parts = value.split_ascii_whitespace();
    let number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u64>().is_ok());
    number(parts.next()) && number(parts.next()) && parts.next().is_none()
}
