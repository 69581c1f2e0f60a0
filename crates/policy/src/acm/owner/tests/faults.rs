//! What is lost, late, silent or new.

use super::*;

#[test]
fn what_a_beat_does_not_name_is_free_but_not_before_the_offer_is_void() {
    let mut office = Office::new(&[("an", SALES)]);
    office.join(1, "sales", 0);
    let lost = office.offer();
    assert_eq!(lost.before, OFFER_BEATS);
    for _ in 1..OFFER_BEATS {
        office.beat(&[1], &[]);
        assert_eq!(office.offers(), [], "the offer may still be on its way");
    }
    office.beat(&[1], &[]);
    let second = office.offer();
    office.beat(&[1], &[(&second, Phase::Ringing)]);
    office.beat(&[], &[(&second, Phase::Talking)]);
    assert_eq!(office.state("an"), AgentState::Talking, "the reports were lost");
    office.beat(&[], &[]);
    assert_eq!(office.state("an"), AgentState::WrapUp, "and so was the last one");
}

#[test]
fn an_offer_to_a_caller_that_has_left_is_void_at_once() {
    for word_is_lost in [true, false] {
        let mut office = Office::new(&[("an", SALES)]);
        office.join(1, "sales", 0);
        office.offer();
        if word_is_lost {
            office.beat(&[], &[]);
        } else {
            let (ticket, beat) = (Ticket(1), office.beat);
            office.word(Word::Leave { ticket, beat });
        }
        assert_eq!(office.state("an"), AgentState::Available);
    }
}

#[test]
fn a_beat_older_than_a_report_changes_nothing() {
    let mut office = Office::new(&[("an", SALES), ("bo", SALES)]);
    office.join(1, "sales", 0);
    let taken = office.offer();
    let old = Word::Alive {
        beat: 1,
        waiting: vec![Ticket(1)],
        held: vec![],
    };
    office.beat = 1;
    office.report(taken.reservation, Report::Answered);
    office.word(old);
    assert_eq!(office.state("an"), AgentState::Talking);
    assert!(office.owner.callers.is_empty());
}

#[test]
fn a_shard_that_crashes_or_falls_silent_frees_its_agents() {
    for crash in [true, false] {
        let mut office = Office::new(&[("an", SALES)]);
        office.join(1, "sales", 0);
        let taken = office.offer();
        office.join(2, "sales", 0);
        office.report(taken.reservation, Report::Answered);
        if crash {
            office.owner.handle_gone(office.now, SHARD);
        } else {
            office.sleep(LEASE - Duration::from_millis(1));
            assert_eq!(office.state("an"), AgentState::Talking);
            office.sleep(Duration::from_millis(1));
        }
        assert_eq!(office.state("an"), AgentState::WrapUp);
        assert_eq!(office.owner.table_entries(), 0, "crash {crash}");
    }
}

#[test]
fn a_new_owner_listens_first_and_believes_the_calls_that_are_up() {
    let mut office = Office::new(&[("an", SALES), ("bo", SALES)]);
    office.join(1, "sales", 0);
    let taken = office.offer();
    office.report(taken.reservation, Report::Answered);
    let directory = office.owner.directory.clone();
    office.owner = Owner::new(office.now, directory, 1_000);
    office.join(2, "sales", 0);
    office.join(3, "sales", 0);
    assert_eq!(office.offers(), [], "it listens");
    office.beat(&[2, 3], &[(&taken, Phase::Talking)]);
    assert_eq!(office.state(&taken.agent), AgentState::Talking);
    office.pass(seconds(2));
    let next = office.offer();
    assert!(next.agent != taken.agent && next.reservation.0 > 1_000);
    assert_eq!(office.owner.conflicts, 0);
}

#[test]
fn of_two_calls_that_have_an_agent_the_one_that_talks_keeps_it() {
    for answered in [false, true] {
        let mut office = Office::new(&[("an", SALES)]);
        office.join(1, "sales", 0);
        let first = office.offer();
        office.report(first.reservation, Report::Answered);
        office.sleep(LEASE);
        office.sleep(seconds(5)); // the shard is taken for dead, and has only slept
        office.owner.handle_word(
            office.now,
            2,
            Word::Join {
                ticket: Ticket(1),
                beat: 0,
                customer: "shop".into(),
                group: "sales".into(),
                priority: 0,
                waited: Duration::ZERO,
            },
        );
        let second = office.offer();
        if answered {
            let report = Report::Answered;
            let reservation = second.reservation;
            office.owner.handle_word(
                office.now,
                2,
                Word::Report {
                    reservation,
                    report,
                    beat: 0,
                },
            );
        }
        office.beat(&[], &[(&first, Phase::Talking)]);
        let withdrawn = if answered {
            first.reservation
        } else {
            second.reservation
        };
        assert!(office.notices().contains(&Notice::Withdrawn {
            reservation: withdrawn
        }));
        assert_eq!(office.state("an"), AgentState::Talking);
        assert_eq!(office.owner.conflicts, 1);
    }
}

#[test]
fn when_we_could_not_dial_no_agent_is_to_blame_and_the_caller_is_offered_one_a_second_later() {
    let mut office = Office::new(&[("an", SALES)]);
    office.join(1, "sales", 0);
    let first = office.offer();
    office.report(first.reservation, Report::NotDialled);
    assert_eq!(
        (office.state("an"), office.offers()),
        (AgentState::Available, vec![])
    );
    office.join(2, "sales", 0);
    let second = office.offer();
    assert_eq!(second.ticket, Ticket(2), "others are served meanwhile");
    office.report(second.reservation, Report::NotDialled);
    office.pass(seconds(1));
    assert_eq!(office.offer().ticket, Ticket(1));
    assert_eq!(office.state("an"), AgentState::Reserved);

    let mut office = Office::new(&[("an", SALES)]);
    office.join(1, "sales", 0);
    let first = office.offer();
    office.report(first.reservation, Report::NotDialled);
    let beat = office.beat;
    office.word(Word::Leave {
        ticket: Ticket(1),
        beat,
    });
    office.pass(seconds(2));
    assert_eq!((office.offers(), office.owner.resting.len()), (vec![], 0));
}
