//! The first half of a response: what is copied from the request.
use std::io::Write as _;
use std::net::SocketAddr;

use super::{Builder, MAX_HEAD, disarm};
use crate::decimal::Decimal;
use crate::syntax::{self, ParamWalk};
use crate::{Message, Method, Name, Status};

pub(super) fn start(
    status: Status,
    reason: Option<&str>,
    request: &Message,
    to_tag: Option<&str>,
) -> Builder {
    let status = if (100..700).contains(&status.0) {
        status
    } else {
        Status::SERVER_INTERNAL_ERROR
    };
    let reason = reason.unwrap_or_else(|| status.reason());
    let dialog_forming = matches!(
        request.method(),
        &(Method::INVITE | Method::SUBSCRIBE | Method::REFER | Method::NOTIFY)
    ) && (101..300).contains(&status.0);
    let mut builder = Builder {
        buffer: Vec::with_capacity(room(status, reason, request, dialog_forming)),
        head: 0,
        first: 0,
    };
    builder.buffer.extend_from_slice(b"SIP/2.0 ");
    builder
        .buffer
        .extend_from_slice(Decimal::new(u64::from(status.0)).octets());
    builder.buffer.push(b' ');
    let from = builder.buffer.len();
    builder.buffer.extend_from_slice(reason.as_bytes());
    builder.buffer.truncate(from + reason.len().min(1_024));
    disarm(&mut builder.buffer[from..]);
    builder.buffer.extend_from_slice(b"\r\n");
    builder.head = builder.buffer.len();
    builder.first = builder.head;

    vias(&mut builder, request);
    if dialog_forming {
        builder.copy_lines(Name::RecordRoute, request);
    }
    builder.copy_lines(Name::From, request);
    to(&mut builder, request, to_tag.filter(|_| status != Status::TRYING));
    builder.copy_lines(Name::CallId, request);
    builder.copy_lines(Name::CSeq, request);
    if status == Status::TRYING {
        builder.copy_lines(Name::Timestamp, request);
    }
    builder
}

/// A guess that spares most responses a second allocation.
fn room(status: Status, reason: &str, request: &Message, dialog_forming: bool) -> usize {
    let copied = |name| {
        request
            .raw_values(name)
            .map(|value| value.len() + 20)
            .sum::<usize>()
    };
    let names = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];
    let fixed = names.into_iter().map(copied).sum::<usize>() + reason.len() + 128;
    match (dialog_forming, status.0) {
        (true, 183 | 200) => fixed + copied(Name::RecordRoute) + 640,
        (true, _) => fixed + copied(Name::RecordRoute) + 160,
        _ => fixed,
    }
}

fn to(builder: &mut Builder, request: &Message, tag: Option<&str>) {
    let missing = tag.filter(|_| request.to_tag().is_none());
    for value in request.raw_values(Name::To) {
        match missing {
            Some(tag) => builder.line(b"To", &[open_end(value), b";tag=", tag.as_bytes()]),
            None => builder.line(b"To", &[value]),
        }
    }
}

/// `value` without semicolons at its end: they would leave an empty parameter before the tag.
fn open_end(value: &[u8]) -> &[u8] {
    let end = value
        .iter()
        .rposition(|octet| !syntax::is_blank(*octet) && *octet != b';');
    &value[..end.map_or(0, |last| last + 1)]
}

fn vias(builder: &mut Builder, request: &Message) {
    let mut values = request.raw_values(Name::Via);
    if let (Some(top), Some(source)) = (values.next(), request.source()) {
        stamped(builder, request, top, source);
    } else {
        values = request.raw_values(Name::Via);
    }
    for value in values {
        builder.line(b"Via", &[value]);
    }
}

/// Writes the top Via line with where the request came from: `received` when it is not what sent-by says or
/// when `rport` was asked for, `rport` when it was asked for. What the sender wrote there itself is dropped.
fn stamped(builder: &mut Builder, request: &Message, top: &[u8], source: SocketAddr) {
    let Ok(via) = syntax::via(top) else {
        return builder.line(b"Via", &[top]);
    };
    let says = std::str::from_utf8(&top[via.host]).unwrap_or("");
    let ip = source.ip();
    let literal = says.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let moved = !literal.is_ok_and(|literal| literal == ip);
    if !moved && !request.wants_rport() {
        return builder.line(b"Via", &[top]);
    }
    if builder.head + top.len() + 100 > MAX_HEAD {
        return;
    }
    // Nothing but the head has been written yet, so the line goes straight to the end of the buffer.
    let buffer = &mut builder.buffer;
    let start = buffer.len();
    buffer.extend_from_slice(b"Via: ");
    buffer.extend_from_slice(&top[..via.params]);
    let mut walk = ParamWalk::new(top, via.params);
    while let Ok(Some(param)) = walk.next() {
        let name = &top[param.name.clone()];
        if name.eq_ignore_ascii_case(b"received") || name.eq_ignore_ascii_case(b"rport") {
            continue;
        }
        buffer.push(b';');
        let end = param.value.map_or(param.name.end, |value| value.end);
        buffer.extend_from_slice(&top[param.name.start..end]);
    }
    write!(buffer, ";received={ip}").expect("a Vec grows");
    if request.wants_rport() {
        buffer.extend_from_slice(b";rport=");
        buffer.extend_from_slice(Decimal::new(u64::from(source.port())).octets());
    }
    // A message whose Via list is broken gets its 400 with what could be read.
    buffer.extend_from_slice(
        top.get(walk.position()..)
            .filter(|rest| rest.first() == Some(&b','))
            .unwrap_or(b""),
    );
    disarm(&mut buffer[start..]);
    buffer.extend_from_slice(b"\r\n");
    builder.head = buffer.len();
}
