//! A 2xx of another branch: acknowledged, and ended at once.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use pointsman_legs::{Numbers, Talk};

use crate::world::{CALLER, Packet, World, address, answers, seconds, to};

#[test]
fn a_second_2xx_with_another_tag_is_acknowledged_and_ended() {
    let mut world = World::new(1, Numbers::default().with("100", answers(Talk::default())));
    let seen: Rc<RefCell<Vec<Packet>>> = Rc::default();
    let copies = Rc::clone(&seen);
    world.trap = Box::new(move |packet| {
        if packet.is("SIP/2.0 200") {
            copies.borrow_mut().push(packet.clone());
        }
        false
    });
    world.call(to("100").hang_up_after(seconds(5.0)));
    world.until(5.0, |world| world.count("ACK") == 1);
    let ok = seen.borrow().first().cloned().expect("a 200 was sent");
    let text = String::from_utf8(ok.bytes).expect("SIP is text here");
    let line = text
        .lines()
        .find(|line| line.starts_with("To:"))
        .expect("a To header")
        .to_owned();
    let forked = line
        .split(";tag=")
        .next()
        .expect("the part before the tag")
        .to_owned()
        + ";tag=other";
    let other = Bytes::from(text.replace(&line, &forked));
    for _ in 0..2 {
        world.phones[CALLER].handle_datagram(world.now, address(1), other.clone());
        world.run_for(0.1);
    }
    assert_eq!(
        (world.count("ACK"), world.count("BYE")),
        (3, 1),
        "a repeated 2xx gets its ACK, not another BYE"
    );
    assert_eq!(world.phones[CALLER].active(), 1, "the first branch talks on");
    world.run_to_the_end();
    assert_eq!(world.caller().talked(), seconds(5.0));
    assert!(
        world.caller().complaints.is_empty(),
        "{:?}",
        world.caller().complaints
    );
}

#[test]
fn an_answer_that_changes_within_one_early_dialog_is_complained_about() {
    let mut world = World::new(1, Numbers::default());
    let invite: Rc<RefCell<Option<Packet>>> = Rc::default();
    let copy = Rc::clone(&invite);
    world.trap = Box::new(move |packet| {
        if packet.is("INVITE") {
            copy.borrow_mut().replace(packet.clone());
        }
        true
    });
    world.call(to("100").cancel_after(seconds(1.0)));
    let invite = invite.borrow().clone().expect("it was sent");
    let text = String::from_utf8(invite.bytes).expect("SIP is text here");
    let copied = |name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .expect("the header")
            .to_owned()
    };
    for port in [6_000, 6_002] {
        let body = format!(
            "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
        );
        let headers = ["Via:", "From:", "Call-ID:", "CSeq:"].map(copied).join("\r\n");
        let response = format!(
            "SIP/2.0 183 Session Progress\r\n{headers}\r\n{};tag=x\r\nContact: <sip:10.0.0.2>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            copied("To:"),
            body.len()
        );
        world.phones[CALLER].handle_datagram(world.now, address(1), Bytes::from(response));
    }
    world.until(80.0, |world| !world.reports.is_empty());
    let caller = world.caller();
    assert_eq!(caller.statuses(), [183, 183]);
    assert!(
        caller.complaints[0].contains("changed within one early dialog"),
        "{:?}",
        caller.complaints
    );
}
