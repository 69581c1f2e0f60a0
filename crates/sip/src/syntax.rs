//! The small grammar shared by the scanner and the decoders: tokens, LWS, parameters, address values,
//! comma lists (RFC 3261 section 25.1). Works on octets, allocates nothing, and is linear in its input.
use std::ops::Range;

/// Why a value does not follow the grammar; becomes the reason phrase of a 400.
pub(crate) type Fault = &'static str;

/// `token` characters of RFC 3261 section 25.1.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = (octet as u8).is_ascii_alphanumeric();
        octet += 1;
    }
    let extra = b"-.!%*_+`'~";
    let mut index = 0;
    while index < extra.len() {
        table[extra[index] as usize] = true;
        index += 1;
    }
    table
};

/// Whether `octet` may stand in a token.
pub(crate) const fn is_token(octet: u8) -> bool {
    TOKEN[octet as usize]
}

/// Whether `octet` is blank. Line ends count: a fold is a blank once lines are joined.
pub(crate) const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

/// First position at or after `at` that is not blank.
pub(crate) fn skip_blank(text: &[u8], mut at: usize) -> usize {
    while text.get(at).copied().is_some_and(is_blank) {
        at += 1;
    }
    at
}

/// `text` without blanks at either end.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let start = skip_blank(text, 0);
    let mut end = text.len();
    while end > start && is_blank(text[end - 1]) {
        end -= 1;
    }
    &text[start..end]
}

/// The number written in `digits`: only digits, at least one, fits.
pub(crate) fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |sum, octet| {
        let digit = octet.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

/// Position after the quoted string that opens at `at`.
pub(crate) fn skip_quoted(text: &[u8], at: usize) -> Result<usize, Fault> {
    let mut at = at + 1;
    while let Some(octet) = text.get(at) {
        match octet {
            b'"' => return Ok(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Err("unterminated quoted string")
}

/// One parameter, as positions in the text that was walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParamSpan {
    pub(crate) name: Range<usize>,
    pub(crate) value: Option<Range<usize>>,
}

/// Walks `;name[=value]` from a position; stops at the end or at a comma.
#[derive(Debug)]
pub(crate) struct ParamWalk<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> ParamWalk<'a> {
    pub(crate) const fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    /// Where the walk stands.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// The next parameter; `Ok(None)` at the end of the text or at a comma.
    pub(crate) fn next(&mut self) -> Result<Option<ParamSpan>, Fault> {
        let text = self.text;
        let at = skip_blank(text, self.at);
        self.at = at;
        match text.get(at) {
            None | Some(b',') => return Ok(None),
            Some(b';') => {}
            Some(_) => return Err("unexpected text before a parameter"),
        }
        let start = skip_blank(text, at + 1);
        if start == text.len() {
            // One stray semicolon at the very end is common and harmless.
            self.at = start;
            return Ok(None);
        }
        let end = run(text, start, |octet| {
            !matches!(octet, b';' | b'=' | b',' | b'"' | b'<' | b'>')
        });
        if end == start {
            return Err("empty parameter");
        }
        let mut param = ParamSpan {
            name: start..end,
            value: None,
        };
        let at = skip_blank(text, end);
        if text.get(at) == Some(&b'=') {
            let start = skip_blank(text, at + 1);
            let end = match text.get(start) {
                Some(b'"') => skip_quoted(text, start)?,
                _ => run(text, start, |octet| !matches!(octet, b';' | b',' | b'"')),
            };
            param.value = Some(start..end);
            self.at = end;
        } else {
            self.at = at;
        }
        Ok(Some(param))
    }
}

/// End of the run of visible octets from `at` that `allowed` accepts.
fn run(text: &[u8], mut at: usize, allowed: impl Fn(u8) -> bool) -> usize {
    while text
        .get(at)
        .is_some_and(|octet| !matches!(octet, 0..=b' ' | 0x7f) && allowed(*octet))
    {
        at += 1;
    }
    at
}

/// The parts of a name-addr or addr-spec value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddressSpan {
    /// Display name, trimmed, quotes included; empty without one.
    pub(crate) display: Range<usize>,
    /// What stands between `<` and `>`, or the bare addr-spec.
    pub(crate) uri: Range<usize>,
    /// Where the header parameters begin.
    pub(crate) params: usize,
}

/// Reads one address value (RFC 3261 sections 20.10, 20.20, 20.34, 20.39).
///
/// Liberal about unquoted display names, strict where RFC 4475 wants a 400: open quotes (3.1.2.6), blanks
/// inside `<>` (3.1.2.14), a comma in an unquoted display name (3.1.2.15), `?` outside `<>` (3.1.2.13).
pub(crate) fn address(text: &[u8]) -> Result<AddressSpan, Fault> {
    let start = skip_blank(text, 0);
    if text.get(start) == Some(&b'"') {
        let end = skip_quoted(text, start)?;
        let open = skip_blank(text, end);
        if text.get(open) != Some(&b'<') {
            return Err("no address after the display name");
        }
        return enclosed(text, start..end, open);
    }
    let stop = memchr::memchr3(b'<', b';', b'"', &text[start..]).map(|offset| start + offset);
    match stop {
        Some(open) if text[open] == b'<' => {
            let mut end = open;
            while end > start && is_blank(text[end - 1]) {
                end -= 1;
            }
            if memchr::memchr(b',', &text[start..end]).is_some() {
                return Err("display name must be quoted");
            }
            enclosed(text, start..end, open)
        }
        _ => bare(text, start),
    }
}

fn enclosed(text: &[u8], display: Range<usize>, open: usize) -> Result<AddressSpan, Fault> {
    let Some(close) = memchr::memchr(b'>', &text[open..]).map(|offset| open + offset) else {
        return Err("unterminated address");
    };
    let uri = open + 1..close;
    if uri.is_empty()
        || text[uri.clone()]
            .iter()
            .any(|octet| matches!(octet, 0..=b' ' | b'<' | 0x7f))
    {
        return Err("blank or < inside an address");
    }
    after(
        text,
        AddressSpan {
            display,
            uri,
            params: close + 1,
        },
    )
}

fn bare(text: &[u8], start: usize) -> Result<AddressSpan, Fault> {
    let end = run(text, start, |octet| octet != b';');
    let uri = &text[start..end];
    if memchr::memchr(b':', uri).is_none() {
        return Err("address without a scheme");
    }
    if uri
        .iter()
        .any(|octet| matches!(octet, 0..=b' ' | b'?' | b',' | b'"' | b'<' | b'>' | 0x7f))
    {
        return Err("address must stand in angle brackets");
    }
    after(
        text,
        AddressSpan {
            display: start..start,
            uri: start..end,
            params: end,
        },
    )
}

/// Only parameters may follow an address.
fn after(text: &[u8], span: AddressSpan) -> Result<AddressSpan, Fault> {
    match text.get(skip_blank(text, span.params)) {
        None | Some(b';') => Ok(span),
        Some(_) => Err("unexpected text after an address"),
    }
}

/// The parts of one Via value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ViaSpan {
    pub(crate) transport: Range<usize>,
    pub(crate) host: Range<usize>,
    pub(crate) port: Option<u16>,
    /// Where the parameters begin.
    pub(crate) params: usize,
}

/// Reads the first Via value of `text` up to its parameters (RFC 3261 section 20.42); blanks may stand around
/// each slash and colon (RFC 4475 section 3.1.1.1), the version may be another one (3.1.2.16).
pub(crate) fn via(text: &[u8]) -> Result<ViaSpan, Fault> {
    const BAD: Fault = "malformed Via";
    let word = |at: usize| {
        let start = skip_blank(text, at);
        let end = run(text, start, is_token);
        if start == end { Err(BAD) } else { Ok(start..end) }
    };
    let slash = |at: usize| {
        let at = skip_blank(text, at);
        if text.get(at) == Some(&b'/') {
            Ok(at + 1)
        } else {
            Err(BAD)
        }
    };
    let protocol = word(0)?;
    if !text[protocol.clone()].eq_ignore_ascii_case(b"SIP") {
        return Err(BAD);
    }
    let version = word(slash(protocol.end)?)?;
    let transport = word(slash(version.end)?)?;
    let start = skip_blank(text, transport.end);
    if start == transport.end {
        return Err(BAD);
    }
    let host = host(text, start).ok_or(BAD)?;
    let mut params = host.end;
    let mut port = None;
    let colon = skip_blank(text, host.end);
    if text.get(colon) == Some(&b':') {
        let start = skip_blank(text, colon + 1);
        let end = run(text, start, |octet| octet.is_ascii_digit());
        let value = number(&text[start..end]).and_then(|port| u16::try_from(port).ok());
        port = Some(value.ok_or("malformed port in Via")?);
        params = end;
    }
    Ok(ViaSpan {
        transport,
        host,
        port,
        params,
    })
}

/// The host that starts at `at`: a name, an IPv4 address or an IPv6 reference with its brackets. Only the
/// characters are checked, so that `[2001:db8:::192.0.2.1]` passes (RFC 5118 section 4.10).
pub(crate) fn host(text: &[u8], at: usize) -> Option<Range<usize>> {
    if text.get(at) == Some(&b'[') {
        let end = run(text, at + 1, |octet| {
            octet.is_ascii_hexdigit() || matches!(octet, b':' | b'.')
        });
        return (end > at + 1 && text.get(end) == Some(&b']')).then_some(at..end + 1);
    }
    // An underscore is no host character, but names with one are in use.
    let end = run(text, at, |octet| {
        octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_')
    });
    (end > at).then_some(at..end)
}

/// Splits a comma list; quotes and angle brackets protect commas. Yields trimmed elements, also empty ones.
#[derive(Debug, Clone)]
pub(crate) struct CommaList<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> CommaList<'a> {
    pub(crate) const fn new(text: &'a [u8]) -> Self {
        Self { rest: Some(text) }
    }
}

impl<'a> Iterator for CommaList<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.rest.take()?;
        let mut at = 0;
        let mut enclosed = false;
        while let Some(octet) = text.get(at) {
            match octet {
                b'"' if !enclosed => at = skip_quoted(text, at).unwrap_or(text.len()),
                b',' if !enclosed => {
                    self.rest = Some(&text[at + 1..]);
                    return Some(trim(&text[..at]));
                }
                b'<' => (enclosed, at) = (true, at + 1),
                b'>' => (enclosed, at) = (false, at + 1),
                _ => at += 1,
            }
        }
        Some(trim(text))
    }
}

/// Takes the quotes and backslashes off a quoted string; anything else is returned as it is.
pub(crate) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        // A lone backslash at the end stays.
        out.push(if char == '\\' {
            chars.next().unwrap_or('\\')
        } else {
            char
        });
    }
    out
}
