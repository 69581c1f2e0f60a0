//! The framer against every way in which octets can arrive.
use super::*;
use crate::Status;

fn message(body: &str) -> String {
    format!(
        "OPTIONS sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Everything that comes out of `octets` when they arrive in pieces of `piece`.
fn frames(octets: &[u8], piece: usize) -> (Vec<Frame>, Option<Broken>, Framer) {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    for piece in octets.chunks(piece) {
        framer.push(piece);
        loop {
            match framer.poll() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(broken) => return (frames, Some(broken), framer),
            }
        }
    }
    (frames, None, framer)
}

fn is_message(text: &str) -> Frame {
    Frame::Message(text.to_owned().into())
}

#[test]
fn messages_are_the_same_however_their_octets_arrive() {
    let (empty, long, binary) = (
        message(""),
        message("v=0\r\n\r\nGET / \r\n\r\n"),
        message("\0\r\n"),
    );
    let stream = format!("\r\n{empty}{long}\r\n\r\n{binary}\r\n\r\n\r\n\r\n\r\n{empty}");
    let wanted = [
        is_message(&empty),
        is_message(&long),
        Frame::Ping,
        is_message(&binary),
        Frame::Ping,
        Frame::Ping,
        is_message(&empty),
    ];
    for piece in 1..=stream.len() {
        let (frames, broken, framer) = frames(stream.as_bytes(), piece);
        assert_eq!(
            (frames.as_slice(), broken),
            (wanted.as_slice(), None),
            "pieces of {piece}"
        );
        assert!(framer.is_between());
    }
}

#[test]
fn the_body_is_no_place_to_look_for_lines() {
    let inner = message("");
    let outer = message(&inner);
    let (frames, _, _) = frames(format!("{outer}{inner}").as_bytes(), 7);
    assert_eq!(frames, [is_message(&outer), is_message(&inner)]);
}

#[test]
fn bare_line_feeds_end_lines_too() {
    let text = "SIP/2.0 200 OK\nl: 2\n\nhi";
    let (found, broken, _) = frames(format!("\n\n{text}\n\n").as_bytes(), 1);
    assert_eq!((found, broken), (vec![is_message(text)], None));
}

#[test]
fn a_message_that_is_not_whole_is_waited_for() {
    let text = message("0123456789");
    let (frames, broken, framer) = frames(&text.as_bytes()[..text.len() - 1], 5);
    assert_eq!((frames, broken), (Vec::new(), None));
    assert!(!framer.is_between());
}

#[test]
fn what_has_no_end_breaks_the_stream_with_its_head() {
    let head = "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n";
    for (rest, status, why) in [
        ("\r\n", 400, BreakReason::NoLength),
        ("Content-Length: x\r\n\r\n", 400, BreakReason::MalformedLength),
        ("l: 1\r\nl: 2\r\n\r\n", 400, BreakReason::TwoLengths),
        ("l: 65536\r\n\r\n", 513, BreakReason::LongBody),
        ("l: 4294967295\r\n\r\n", 513, BreakReason::LongBody),
    ] {
        let text = format!("{head}{rest}");
        for piece in [1, 1000] {
            let (found, broken, _) = frames(format!("{}{text}tail", message("")).as_bytes(), piece);
            assert_eq!(found, [is_message(&message(""))], "{rest:?}");
            let wanted = Broken {
                head: text.clone().into(),
                why,
            };
            assert_eq!(broken, Some(wanted), "{rest:?}");
            assert_eq!(why.status(), Status(status));
        }
    }
}

#[test]
fn a_body_of_the_largest_size_passes() {
    let text = message(&"x".repeat(MAX_BODY));
    let (frames, broken, _) = frames(text.as_bytes(), 4096);
    assert_eq!((frames, broken), (vec![is_message(&text)], None));
}

#[test]
fn a_head_without_end_is_given_up_with_its_whole_lines() {
    let lines = format!("OPTIONS sip:b@h SIP/2.0\r\n{}", "X: y\r\n".repeat(20_000));
    for (text, piece) in [(lines.clone(), 1), (lines, 3000), ("x".repeat(70_000), 1000)] {
        let (frames, broken, framer) = frames(text.as_bytes(), piece);
        let broken = broken.expect("there is a limit");
        assert_eq!((frames, broken.why.status()), (Vec::new(), Status(513)));
        assert!(broken.head.is_empty() || broken.head.ends_with(b"\n"));
        assert!(framer.buffer_len() <= 65_536 + piece);
    }
}

#[test]
fn what_is_not_sip_is_known_by_its_first_octet_or_line() {
    for text in [
        "\u{16}\u{3}\u{1}",
        " OPTIONS sip:b@h SIP/2.0\r\n",
        "\rOPTIONS",
        "\0",
        "GET / HTTP/1.1\r\n",
        "\r\nSSH-2.0-OpenSSH\r\n",
        "OPTIONS sip:b@h\r\n",
        "SIP/\r\n",
    ] {
        let (frames, broken, _) = frames(text.as_bytes(), 1);
        let broken = broken.unwrap_or_else(|| panic!("{text:?} passed"));
        assert_eq!(
            (frames, broken.why, &*broken.head),
            (Vec::new(), BreakReason::NotSip, &b""[..])
        );
    }
}

/// Each octet is looked at a bounded number of times: the work for one large message is what its size says, in
/// pieces of one octet as in one.
#[test]
fn single_octets_cost_no_more_than_their_number() {
    let text = format!(
        "OPTIONS sip:b@h SIP/2.0\r\nX: {}\r\nl: 60000\r\n\r\n{}",
        "y".repeat(60_000),
        "z".repeat(60_000)
    );
    let mut framer = Framer::new();
    let mut looked = 0;
    let mut found = None;
    for octet in text.as_bytes() {
        framer.push(&[*octet]);
        looked += framer.unseen();
        if let Ok(Some(frame)) = framer.poll() {
            found = Some(frame);
        }
    }
    assert_eq!(found, Some(is_message(&text)));
    assert!(
        looked <= 2 * text.len(),
        "{looked} octets looked at for {}",
        text.len()
    );
}

#[test]
fn the_buffer_does_not_grow_with_the_stream() {
    let text = message("body").repeat(40);
    let mut framer = Framer::new();
    for round in 0..2_000 {
        for piece in text.as_bytes().chunks(1 + round % 97) {
            framer.push(piece);
            while framer.poll().is_ok_and(|frame| frame.is_some()) {}
        }
    }
    assert!(framer.buffer_len() < 4 * 1024, "{}", framer.buffer_len());
}
