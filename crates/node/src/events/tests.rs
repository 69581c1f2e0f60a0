use super::*;
use crate::token::Tokens;
use pointsman_call::RecordingRecord;

fn opened(call: &str) -> Happening {
    Happening::CallOpened {
        call: call.into(),
        from: Some("+32475112233".into()),
        to: "+3232000100".into(),
        trunk: "pstn".into(),
    }
}

fn answered(call: &str) -> Happening {
    Happening::CallAnswered { call: call.into() }
}

fn event(log: &EventLog, id: u64) -> Event {
    match log.at(id) {
        Found::Event(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_rise_and_an_answer_is_of_the_customer_of_its_call() {
    let (log, sender, pump) = EventLog::new(7, Clock::default());
    let watch = log.watch();
    sender.tell(1, Some("shop".into()), opened("a"));
    sender.tell(2, None, answered("a"));
    sender.tell(3, None, answered("b"));
    assert_eq!(log.at(7_001), Found::Nothing);
    pump.pump(9);
    assert!(watch.has_changed().unwrap());
    let customers: Vec<_> = (7_001..7_004).map(|id| event(&log, id).customer).collect();
    assert_eq!(customers, [Some("shop".into()), Some("shop".into()), None]);
    assert_eq!(
        (log.at(7_004), log.at(7_000)),
        (Found::Nothing, Found::Gone(7_001))
    );
}

#[test]
fn what_finds_no_room_is_counted_and_told_and_only_the_latest_are_kept() {
    let (log, sender, pump) = EventLog::new(0, Clock::default());
    for _ in 0..WAITING + 5 {
        sender.tell(1, None, answered("a"));
    }
    pump.pump(9);
    let last = event(&log, WAITING as u64 + 1);
    assert_eq!((last.at_ms, last.what), (9, Happening::Lost { count: 5 }));
    assert_eq!(log.at(1), Found::Gone(2));
    assert_eq!(event(&log, 2).id, 2);
    pump.pump(10);
    assert_eq!(log.at(WAITING as u64 + 2), Found::Nothing);
}

#[test]
fn a_listener_comes_back_where_it_was_is_told_a_gap_and_let_go_if_it_is_overtaken() {
    let (log, sender, pump) = EventLog::new(0, Clock::default());
    let tell = |count: usize| {
        for _ in 0..count {
            sender.tell(1, None, answered("a"));
        }
        pump.pump(9);
    };
    tell(3);
    let mut back = Place::after(Some(2), &log);
    assert!(matches!(back.turn(&log), Turn::Event(event) if event.id == 3));
    assert_eq!(back.turn(&log), Turn::Wait);
    let mut new = Place::after(None, &log);
    assert_eq!(new.turn(&log), Turn::Wait);
    let mut stranger = Place::after(Some(70), &log);
    assert_eq!(stranger.turn(&log), Turn::Gap { wanted: 71, next: 4 });
    assert_eq!(stranger.turn(&log), Turn::Wait);

    tell(KEPT);
    let oldest = 4;
    let mut late = Place::after(Some(1), &log);
    assert_eq!(
        late.turn(&log),
        Turn::Gap {
            wanted: 2,
            next: oldest
        }
    );
    assert!(matches!(late.turn(&log), Turn::Event(event) if event.id == oldest));
    assert!(matches!(back.turn(&log), Turn::Event(event) if event.id == oldest));
    tell(2);
    assert_eq!(back.turn(&log), Turn::TooSlow(oldest + 2));
}

#[test]
fn rec_25_that_a_call_is_not_recorded_is_told_to_its_customer() {
    pointsman_conformance::shows(&["REC-25 told"]);
    let (log, sender, pump) = EventLog::new(0, Clock::default());
    sender.call_event(&CallEvent::NotRecorded {
        call: "a".into(),
        customer: "shop".into(),
    });
    pump.pump(9);
    let told = event(&log, 1);
    assert_eq!(
        (told.customer.as_deref(), told.what.kind()),
        (Some("shop"), "recording.refused")
    );
    assert!(told.at_ms > 0);
}

/// REC-02: a call out is nobody's, its recording is its caller's.
#[test]
fn a_recording_is_told_to_its_customer_whosever_the_call_is() {
    let (log, sender, pump) = EventLog::new(0, Clock::default());
    sender.tell(1, Some("".into()), opened("a"));
    let recording = RecordingRecord {
        id: 7,
        path: String::new(),
        started_ms: 2,
        ended_ms: None,
        samples: 0,
        bytes: 0,
        error: None,
        customer: "shop".into(),
        called: None,
        caller: None,
        agent: None,
    };
    sender.call_event(&CallEvent::RecordingStarted {
        call: "a".into(),
        recording,
    });
    pump.pump(9);
    let told = event(&log, 2);
    assert_eq!(
        (told.customer.as_deref(), told.what.kind()),
        (Some("shop"), "recording.started")
    );
}

#[test]
fn whose_a_call_was_is_forgotten_with_it() {
    let (log, sender, pump) = EventLog::new(0, Clock::default());
    for call in ["a", "b"] {
        sender.tell(1, Some("shop".into()), opened(call));
    }
    let closed = Happening::CallClosed {
        call: "a".into(),
        from: None,
        to: "+3232000100".into(),
        outcome: None,
        talk_ms: 0,
    };
    sender.tell(2, Some("shop".into()), closed);
    pump.pump(9);
    assert_eq!(
        log.lock()
            .customers
            .keys()
            .map(|call| &**call)
            .collect::<Vec<_>>(),
        ["b"]
    );
}

#[test]
fn without_numbers_nothing_of_a_number_is_left() {
    let folder = crate::test_folder::TestFolder::new();
    let tokens = Tokens::open(folder.path()).unwrap();
    let switched = Happening::PlanSwitched {
        plan: "fire".into(),
        on: true,
        by: "phone +32475112233".into(),
    };
    for what in [opened("a"), switched] {
        let event = Event {
            id: 1,
            at_ms: 1,
            customer: None,
            what,
        };
        assert!(serde_json::to_string(&event).unwrap().contains("+32"));
        let text = serde_json::to_string(&event.without_numbers(&tokens)).unwrap();
        assert!(!text.contains("+32") && text.contains("n:"), "{text}");
    }
}
