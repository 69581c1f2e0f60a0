use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn brussels() -> TimeZone {
    TimeZone::get("Europe/Brussels").unwrap()
}

fn directory() -> Arc<Directory> {
    let service = Service {
        number: Some("4711".into()),
        password: Some(hash_password(&Secret::new("2468"), *b"sixteen octets!!").unwrap()),
        plans: BTreeMap::from([('1', "fire".to_owned()), ('2', "flood".to_owned())]),
    };
    Arc::new(Directory::from([("clinic".to_owned(), service)]))
}

fn owner() -> Owner {
    Owner::new(directory(), Switched::default(), brussels())
}

fn switch(plan: &str, on: bool) -> Request {
    Request {
        who: "token desk".into(),
        what: What::Switch {
            customer: "clinic".into(),
            plan: plan.into(),
            on,
        },
    }
}

fn login(who: &str, number: &str, password: &str) -> Request {
    Request {
        who: who.into(),
        what: What::Login {
            number: number.into(),
            password: Secret::new(password),
        },
    }
}

fn outputs(owner: &mut Owner) -> Vec<Output> {
    std::iter::from_fn(|| owner.poll_output()).collect()
}

/// A disk that writes and shards that confirm at once; the replies in order, and how many changes were made.
fn settle(owner: &mut Owner, now: Timestamp) -> (Vec<(RequestId, Answer)>, usize) {
    let (mut replies, mut changes) = (Vec::new(), 0);
    while let Some(output) = owner.poll_output() {
        match output {
            Output::Save { id, .. } => {
                changes += 1;
                owner.handle_saved(now, id, Ok(()));
            }
            Output::Publish { id, .. } => owner.handle_confirmed(now, id),
            Output::Reply { id, answer } => replies.push((id, answer)),
        }
    }
    (replies, changes)
}

#[test]
fn drs_10_active_is_said_only_after_the_disk_and_every_shard() {
    pointsman_conformance::shows(&["DRS-10 every_shard"]);
    let (mut owner, now) = (owner(), at("2026-11-24T10:00:00Z"));
    owner.handle_request(now, 7, switch("fire", true));
    let [Output::Save { id, change }] = &outputs(&mut owner)[..] else {
        panic!("first the disk")
    };
    assert!(change.on && change.by == "token desk" && change.activation.plan == "fire");
    assert_eq!(
        owner.switched().iter().count(),
        0,
        "what is not written does not count"
    );
    owner.handle_saved(now, *id, Ok(()));
    let [Output::Publish { id, switched }] = &outputs(&mut owner)[..] else {
        panic!("then the shards")
    };
    assert!(switched.activation("clinic", "fire", now).is_some());
    owner.handle_confirmed(now, id + 1);
    assert_eq!(
        outputs(&mut owner),
        [],
        "another change's confirmation says nothing of this one"
    );
    owner.handle_confirmed(now, *id);
    let said = Output::Reply {
        id: 7,
        answer: Answer::Switched { on: true },
    };
    assert_eq!(outputs(&mut owner), [said]);
}

#[test]
fn a_change_that_cannot_be_written_is_refused_and_does_not_count() {
    let (mut owner, now) = (owner(), at("2026-11-24T10:00:00Z"));
    owner.handle_request(now, 1, switch("fire", true));
    owner.handle_request(now, 2, switch("flood", true));
    let [Output::Save { id, .. }] = &outputs(&mut owner)[..] else {
        panic!("one at a time")
    };
    owner.handle_saved(now, *id, Err("the disk is full".into()));
    let (replies, _) = settle(&mut owner, now);
    assert!(matches!(&replies[0], (1, Answer::Refused { why }) if why.contains("the disk is full")));
    assert_eq!(
        replies[1],
        (2, Answer::Switched { on: true }),
        "the next one goes on"
    );
    assert!(owner.switched().activation("clinic", "fire", now).is_none());
}

#[test]
fn requests_in_a_row_are_judged_by_what_those_before_them_did() {
    let (mut owner, now) = (owner(), at("2026-11-24T10:00:00Z"));
    for (id, on) in [(1, true), (2, true), (3, false), (4, false), (5, true)] {
        owner.handle_request(now, id, switch("fire", on));
    }
    let (replies, changes) = settle(&mut owner, now);
    let said: Vec<_> = replies.iter().map(|(id, answer)| (*id, answer.clone())).collect();
    let on = |on| Answer::Switched { on };
    assert_eq!(
        said,
        [
            (1, on(true)),
            (2, on(true)),
            (3, on(false)),
            (4, on(false)),
            (5, on(true))
        ]
    );
    assert_eq!(changes, 3, "what is so already is no change");
}

#[test]
fn an_unknown_plan_is_refused_but_one_that_is_on_can_always_be_switched_off() {
    let (mut owner, now) = (owner(), at("2026-11-24T10:00:00Z"));
    owner.handle_request(now, 1, switch("fire", true));
    settle(&mut owner, now);
    owner.set_directory(Arc::new(Directory::new()));
    owner.handle_request(now, 2, switch("flood", true));
    owner.handle_request(now, 3, switch("fire", false));
    let (replies, _) = settle(&mut owner, now);
    assert!(matches!(&replies[0].1, Answer::Refused { why } if why == "customer clinic has no plan flood"));
    assert_eq!(replies[1].1, Answer::Switched { on: false });
}

#[test]
fn drs_11_13_a_plan_is_off_by_itself_after_a_calendar_month() {
    pointsman_conformance::shows(&["DRS-11 month", "DRS-13 by_itself"]);
    for (since, until) in [
        ("2027-01-31T09:00:00+01:00", "2027-02-28T09:00:00+01:00"),
        ("2028-01-31T09:00:00+01:00", "2028-02-29T09:00:00+01:00"),
        // The clock goes forward, and back.
        ("2027-03-15T08:00:00+01:00", "2027-04-15T08:00:00+02:00"),
        ("2027-10-15T08:00:00+02:00", "2027-11-15T08:00:00+01:00"),
        ("2026-12-31T23:30:00+01:00", "2027-01-31T23:30:00+01:00"),
    ] {
        let (mut owner, since, until) = (owner(), at(since), at(until));
        owner.handle_request(since, 1, switch("fire", true));
        settle(&mut owner, since);
        assert_eq!(owner.poll_timeout(), Some((until, "end of a plan's month")));
        owner.handle_timeout(until - jiff::SignedDuration::from_millis(1));
        assert_eq!(outputs(&mut owner), []);
        owner.handle_timeout(until);
        let [Output::Save { change, .. }] = &outputs(&mut owner)[..] else {
            panic!("{since}")
        };
        assert!(!change.on && change.by == "the end of the month");
    }
}

#[test]
fn drs_13_14_a_month_that_ended_while_the_process_was_down_ends_at_its_start() {
    pointsman_conformance::shows(&["DRS-13 by_itself"]);
    let (mut owner, since) = (owner(), at("2026-11-24T10:00:00Z"));
    owner.handle_request(since, 1, switch("fire", true));
    settle(&mut owner, since);
    let mut again = Owner::new(directory(), owner.switched().clone(), brussels());
    let late = at("2027-03-01T00:00:00Z");
    again.handle_timeout(late);
    assert_eq!(settle(&mut again, late).1, 1);
    assert_eq!((again.switched().iter().count(), again.poll_timeout()), (0, None));
    again.handle_request(late, 2, switch("fire", true));
    assert_eq!(
        settle(&mut again, late).0,
        [(2, Answer::Switched { on: true })],
        "the service stays"
    );
}

#[test]
fn drs_05_number_and_password_must_go_together() {
    pointsman_conformance::shows(&["DRS-05 wrong"]);
    let (mut owner, now) = (owner(), at("2026-11-24T10:00:00Z"));
    for (id, number, password) in [
        (1, "4711", "2469"),
        (2, "4712", "2468"),
        (3, "", ""),
        (4, "4711", ""),
    ] {
        owner.handle_request(now, id, login(&format!("phone {id}"), number, password));
        let (replies, _) = settle(&mut owner, now);
        let why = "number and password do not go together".to_owned();
        assert_eq!(replies, [(id, Answer::Refused { why })]);
    }
    owner.handle_request(now, 9, login("phone 9", "4711", "2468"));
    let (replies, _) = settle(&mut owner, now);
    let Answer::LoggedIn { customer, plans } = &replies[0].1 else {
        panic!("{replies:?}")
    };
    assert_eq!((customer.as_str(), plans.len(), plans[0].key), ("clinic", 2, '1'));
}

#[test]
fn drs_05_a_wrong_password_delays_its_caller_and_locks_nobody_out() {
    pointsman_conformance::shows(&["DRS-05 wrong"]);
    let (mut owner, now) = (owner(), at("2026-11-24T10:00:00Z"));
    let after = |seconds| now + jiff::SignedDuration::from_secs(seconds);
    owner.handle_request(now, 1, login("phone a", "4711", "0"));
    assert_eq!(settle(&mut owner, now).0.len(), 1);
    owner.handle_request(now, 2, login("phone a", "4711", "0"));
    owner.handle_request(now, 3, login("phone a", "4711", "2468"));
    owner.handle_request(now, 4, login("phone b", "4711", "2468"));
    let (replies, _) = settle(&mut owner, now);
    assert!(
        matches!(&replies[..], [(4, Answer::LoggedIn { .. })]),
        "another caller is not delayed"
    );
    owner.handle_timeout(after(1));
    assert!(matches!(
        &settle(&mut owner, after(1)).0[..],
        [(2, Answer::Refused { .. })]
    ));
    assert_eq!(
        owner.poll_timeout().map(|(at, _)| at),
        Some(after(3)),
        "two more seconds after the second one"
    );
    owner.handle_timeout(after(3));
    assert!(matches!(
        &settle(&mut owner, after(3)).0[..],
        [(3, Answer::LoggedIn { .. })]
    ));
}

#[test]
fn what_waits_is_bounded() {
    let (mut owner, now) = (owner(), at("2026-11-24T10:00:00Z"));
    for id in 0..2_000 {
        owner.handle_request(now, id, switch(if id % 2 == 0 { "fire" } else { "flood" }, true));
    }
    let refused = outputs(&mut owner).into_iter().filter(|output| {
        matches!(
            output,
            Output::Reply {
                answer: Answer::Refused { .. },
                ..
            }
        )
    });
    assert_eq!(refused.count(), 2_000 - MOST_WAITING - 1, "one is under way");
}

#[test]
fn drs_13_an_end_that_cannot_be_written_is_tried_again_later_and_holds_up_nobody() {
    let (mut owner, since) = (owner(), at("2026-11-24T10:00:00Z"));
    owner.handle_request(since, 1, switch("fire", true));
    settle(&mut owner, since);
    let (until, _) = owner.poll_timeout().expect("it ends");
    owner.handle_timeout(until);
    let [Output::Save { id, .. }] = outputs(&mut owner)[..] else {
        panic!("the end")
    };
    owner.handle_saved(until, id, Err("the disk is full".into()));
    assert_eq!(outputs(&mut owner), [], "not at once");
    let again = until + AGAIN;
    assert_eq!(owner.poll_timeout(), Some((again, "end of a plan's month")));
    owner.handle_request(until, 2, switch("flood", true));
    assert_eq!(settle(&mut owner, until).0, [(2, Answer::Switched { on: true })]);
    owner.handle_timeout(again);
    let [Output::Save { id, ref change }] = outputs(&mut owner)[..] else {
        panic!("the end again")
    };
    assert!(!change.on && change.activation.plan == "fire");
    owner.handle_saved(again, id, Ok(()));
    assert!(owner.switched().activation("clinic", "fire", since).is_none());
}

#[test]
fn drs_05_one_caller_cannot_fill_the_row_nor_pass_its_wait_by_while_a_change_is_under_way() {
    let (mut owner, now) = (owner(), at("2026-11-24T10:00:00Z"));
    owner.handle_request(now, 1, switch("fire", true));
    for id in 10..20 {
        owner.handle_request(now, id, login("phone a", "4711", "0"));
    }
    let mut replies = settle(&mut owner, now).0;
    let refused = replies.extract_if(
        ..,
        |(_, answer)| matches!(answer, Answer::Refused { why } if why.contains("too many logins")),
    );
    assert_eq!(refused.count(), 10 - MOST_OF_ONE);
    assert_eq!(
        replies.len(),
        2,
        "the switch, and one wrong password: {replies:?}"
    );
    owner.handle_request(now, 30, switch("flood", true));
    assert_eq!(settle(&mut owner, now).0.len(), 1, "others are served");
    let after = |seconds| now + SignedDuration::from_secs(seconds);
    for (at, judged) in [(after(1), 1), (after(2), 0), (after(3), 1)] {
        owner.handle_timeout(at);
        assert_eq!(settle(&mut owner, at).0.len(), judged, "{at}");
    }
}

#[test]
fn no_password_fits_the_hash_of_nobody() {
    assert!(
        PasswordHash::new(NOBODY).is_ok(),
        "or checking an unknown number would cost nothing"
    );
    assert!(!is_right(&Secret::new(""), NOBODY));
}
