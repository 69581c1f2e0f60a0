use super::*;

fn flow() -> Flow {
    Flow::udp(3, "192.0.2.99:5099".parse().unwrap())
}

fn parse(text: &str) -> Message {
    Message::parse(text.replace('\n', "\r\n").into()).unwrap_or_else(|error| panic!("{error:?} in {text}"))
}

fn invite(extra: &str) -> Message {
    parse(&format!(
        "INVITE sip:b@example.com SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\n\
         From: \"A\" <sip:a@example.com>;tag=at\nTo: <sip:b@example.com>\nCall-ID: call\nCSeq: 10 INVITE\n{extra}\n"
    ))
}

fn response(status: u16, tag: &str, extra: &str) -> Message {
    parse(&format!(
        "SIP/2.0 {status} X\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\nFrom: \"A\" <sip:a@example.com>;tag=at\n\
         To: <sip:b@example.com>{tag}\nCall-ID: call\nCSeq: 10 INVITE\n{extra}\n"
    ))
}

fn request(method: &str, cseq: u32, extra: &str) -> Message {
    parse(&format!(
        "{method} sip:us@example.com SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2\n\
         From: \"A\" <sip:a@example.com>;tag=at\nTo: <sip:b@example.com>;tag=bt\nCall-ID: call\n\
         CSeq: {cseq} {method}\n{extra}\n"
    ))
}

fn callee() -> Dialog {
    let invite = invite(
        "Contact: <sip:a@192.0.2.1:5070>\nRecord-Route: <sip:p1.example.com;lr>\nRecord-Route: <sip:192.0.2.8;lr>,<sip:p3;lr>\n",
    );
    Dialog::uas(&invite, "bt", "<sip:us@192.0.2.50>", flow()).unwrap()
}

fn caller(status: u16, extra: &str) -> Dialog {
    let sent = invite("Contact: <sip:us@192.0.2.50>\n");
    Dialog::uac(&sent, &response(status, ";tag=bt", extra), flow()).unwrap()
}

#[test]
fn the_callee_takes_parties_target_and_routes_from_the_request() {
    let mut dialog = callee();
    assert_eq!(dialog.id(), &DialogId::new("call", "bt", "at"));
    assert!(!dialog.is_confirmed());
    let bye = dialog.request(&Method::BYE).finish();
    assert_eq!(
        String::from_utf8_lossy(bye.raw()),
        "BYE sip:a@192.0.2.1:5070 SIP/2.0\r\nRoute: <sip:p1.example.com;lr>\r\nRoute: <sip:192.0.2.8;lr>\r\n\
         Route: <sip:p3;lr>\r\nMax-Forwards: 70\r\nFrom: <sip:b@example.com>;tag=bt\r\n\
         To: \"A\" <sip:a@example.com>;tag=at\r\nCall-ID: call\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(dialog.next_hop(), None);
    assert_eq!(dialog.flow(), flow());
}

#[test]
fn the_caller_takes_target_and_reversed_routes_from_the_response() {
    let mut dialog = caller(
        200,
        "Contact: <sip:b@198.51.100.2:5080>\nRecord-Route: <sip:198.51.100.1:5090;lr>, <sip:p2;lr>\nRecord-Route: <sip:192.0.2.7;lr>\n",
    );
    assert_eq!(dialog.id(), &DialogId::new("call", "at", "bt"));
    assert!(dialog.is_confirmed());
    let update = dialog.request(&Method::UPDATE).finish();
    assert_eq!(update.request_uri(), "sip:b@198.51.100.2:5080");
    assert_eq!(
        update.headers(Name::Route).collect::<Vec<_>>(),
        ["<sip:192.0.2.7;lr>", "<sip:p2;lr>", "<sip:198.51.100.1:5090;lr>"]
    );
    assert_eq!(update.cseq(), (11, &Method::UPDATE));
    assert_eq!(
        update.header(Name::Contact).as_deref(),
        Some("<sip:us@192.0.2.50>")
    );
    assert_eq!(update.from_tag(), Some("at"));
    assert_eq!(update.to_tag(), Some("bt"));
    assert_eq!(dialog.next_hop(), Some("192.0.2.7:5060".parse().unwrap()));
    assert_eq!(
        dialog.flow(),
        Flow {
            remote: "192.0.2.7:5060".parse().unwrap(),
            ..flow()
        }
    );
}

#[test]
fn an_ack_repeats_the_number_of_its_invite() {
    let mut dialog = caller(200, "Contact: <sip:b@198.51.100.2:5080>\n");
    let _ = dialog.request(&Method::INFO);
    let ack = dialog.ack(10).finish();
    assert_eq!(ack.cseq(), (10, &Method::ACK));
    assert_eq!(ack.request_uri(), "sip:b@198.51.100.2:5080");
    assert_eq!(dialog.request(&Method::BYE).finish().cseq().0, 12);
}

#[test]
fn a_strict_router_gets_the_request_uri() {
    let dialog = caller(
        200,
        "Contact: <sip:b@198.51.100.2:5080>\nRecord-Route: <sip:p2;lr>\nRecord-Route: <sip:192.0.2.7>\n",
    );
    let ack = dialog.ack(10).finish();
    assert_eq!(ack.request_uri(), "sip:192.0.2.7");
    assert_eq!(
        ack.headers(Name::Route).collect::<Vec<_>>(),
        ["<sip:p2;lr>", "<sip:b@198.51.100.2:5080>"]
    );
    assert_eq!(dialog.next_hop(), Some("192.0.2.7:5060".parse().unwrap()));
}

#[test]
fn an_early_dialog_is_recomputed_when_confirmed() {
    let mut dialog = caller(
        183,
        "Contact: <sip:early@198.51.100.2>\nRecord-Route: <sip:192.0.2.7;lr>\n",
    );
    assert!(!dialog.is_confirmed());
    dialog.confirm(&response(
        200,
        ";tag=bt",
        "Contact: <sip:late@198.51.100.3>\nRecord-Route: <sip:192.0.2.8;lr>\n",
    ));
    assert!(dialog.is_confirmed());
    assert_eq!(dialog.remote_target(), "sip:late@198.51.100.3");
    assert_eq!(dialog.next_hop(), Some("192.0.2.8:5060".parse().unwrap()));
    // A re-INVITE moves the target, never the routes (section 12.2).
    dialog.confirm(&response(
        200,
        ";tag=bt",
        "Contact: <sip:moved@198.51.100.4>\nRecord-Route: <sip:192.0.2.9;lr>\n",
    ));
    assert_eq!(dialog.remote_target(), "sip:moved@198.51.100.4");
    assert_eq!(dialog.next_hop(), Some("192.0.2.8:5060".parse().unwrap()));
}

#[test]
fn the_callee_keeps_its_target_when_its_own_2xx_confirms() {
    let mut dialog = callee();
    let invite = invite("Contact: <sip:a@192.0.2.1:5070>\n");
    let ok = dialog.respond(&invite, Status::OK, None).finish();
    assert_eq!(ok.to_tag(), Some("bt"));
    assert_eq!(ok.header(Name::Contact).as_deref(), Some("<sip:us@192.0.2.50>"));
    dialog.confirm(&ok);
    assert!(dialog.is_confirmed());
    assert_eq!(dialog.remote_target(), "sip:a@192.0.2.1:5070");
}

#[test]
fn each_to_tag_is_a_dialog_and_without_one_there_is_none() {
    let sent = invite("");
    let dialog = |status, tag: &str| {
        Dialog::uac(&sent, &response(status, tag, ""), flow()).map(|dialog| dialog.id().clone())
    };
    assert_ne!(dialog(183, ";tag=x").unwrap(), dialog(183, ";tag=y").unwrap());
    assert_eq!(dialog(180, "").unwrap_err(), DialogError::NotCreating);
    assert_eq!(dialog(100, ";tag=x").unwrap_err(), DialogError::NotCreating);
    assert_eq!(dialog(486, ";tag=x").unwrap_err(), DialogError::NotCreating);
    assert_eq!(
        Dialog::uas(&response(200, "", ""), "t", "", flow()).unwrap_err(),
        DialogError::NotCreating
    );
}

#[test]
fn without_contact_another_uri_is_the_target() {
    assert_eq!(caller(180, "").remote_target(), "sip:b@example.com");
    let dialog = Dialog::uas(&invite(""), "bt", "<sip:us@h>", flow()).unwrap();
    assert_eq!(dialog.remote_target(), "sip:a@example.com");
}

#[test]
fn a_target_is_fit_for_a_request_line() {
    let dialog = caller(200, "Contact: <sip:b@198.51.100.2;method=INVITE;x=1?Subject=y>\n");
    assert_eq!(dialog.remote_target(), "sip:b@198.51.100.2;x=1");
}

#[test]
fn what_is_no_uri_does_not_become_the_target() {
    let mut dialog = callee();
    let wrong = [
        "sip:192\".0.2.11:506%0",
        "sip:a@[::1",
        "si:a@h",
        "sip:a@h:70000",
        "nothing",
    ];
    for (uri, cseq) in wrong.into_iter().zip(11..) {
        let contact = format!("Contact: <{uri}>\n");
        dialog.refresh(&request("INVITE", cseq, &contact));
        assert_eq!(dialog.remote_target(), "sip:a@192.0.2.1:5070", "{uri}");
    }
}

#[test]
fn the_peers_numbers_must_rise() {
    let mut dialog = callee();
    let order = (Status::SERVER_INTERNAL_ERROR, "CSeq Out Of Order");
    assert_eq!(dialog.accept(&request("ACK", 10, "")), Ok(()));
    assert_eq!(dialog.accept(&request("INFO", 10, "")), Err(order));
    assert_eq!(dialog.accept(&request("INFO", 15, "")), Ok(()));
    assert_eq!(dialog.accept(&request("BYE", 14, "")), Err(order));
    assert_eq!(dialog.accept(&request("CANCEL", 10, "")), Ok(()));
    assert_eq!(dialog.accept(&request("BYE", 16, "")), Ok(()));
    // As the caller we do not know the peer's first number.
    let mut dialog = caller(200, "");
    assert_eq!(dialog.accept(&request("BYE", 0, "")), Ok(()));
    assert_eq!(dialog.accept(&request("BYE", 0, "")), Err(order));
}

#[test]
fn only_what_is_agreed_to_moves_the_target() {
    let mut dialog = callee();
    let moving = request("INVITE", 11, "Contact: <sip:yes@192.0.2.1>\n");
    dialog.accept(&moving).unwrap();
    assert_eq!(
        dialog.remote_target(),
        "sip:a@192.0.2.1:5070",
        "not answered so far"
    );
    assert!(dialog.refresh(&moving));
    assert_eq!(dialog.remote_target(), "sip:yes@192.0.2.1");
    assert!(!dialog.refresh(&moving), "it is there already");
    assert!(!dialog.refresh(&request("INVITE", 12, "")), "no Contact");
    assert_eq!(dialog.remote_target(), "sip:yes@192.0.2.1");
}

#[test]
fn contact_stands_where_it_must() {
    let dialog = callee();
    let contact = |request: &Message, status| {
        dialog
            .respond(request, Status(status), None)
            .finish()
            .header(Name::Contact)
            .is_some()
    };
    let invite = request("INVITE", 11, "");
    assert!(
        !contact(&invite, 100) && contact(&invite, 180) && contact(&invite, 200) && !contact(&invite, 486)
    );
    assert!(!contact(&request("BYE", 12, ""), 200));
    assert!(contact(&request("UPDATE", 12, ""), 200));
}

#[test]
fn an_incoming_request_names_its_dialog() {
    assert_eq!(
        dialog_key_of(&request("BYE", 11, "")).as_ref(),
        Some(callee().id())
    );
    assert_eq!(dialog_key_of(&invite("")), None);
    assert_eq!(dialog_key_of(&response(200, ";tag=bt", "")), None);
    let id = DialogId::new("c", "l", "");
    assert_eq!((id.call_id(), id.local_tag(), id.remote_tag()), ("c", "l", ""));
    assert_ne!(id, DialogId::new("c", "", "l"));
}
