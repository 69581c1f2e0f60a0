use super::*;
use AgentState::{Available, Offline, Pause, Reserved, Ringing, Talking, WrapUp};

#[expect(clippy::disallowed_methods, reason = "any instant will do")]
fn any_instant() -> Instant {
    Instant::now()
}

const WRAP_UP: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_secs(30);
const R: ReservationId = ReservationId(7);

fn lunch() -> Wish {
    Wish::Pause {
        reason: "lunch".into(),
    }
}

/// An agent in that state that wishes to be available, except where the state itself is a wish.
fn in_state(now: Instant, state: AgentState) -> Agent {
    let mut agent = Agent::new(now, state != Offline);
    let inputs = match state {
        Offline | Available => vec![],
        Reserved => vec![Input::Reserve(R)],
        Ringing => vec![Input::Reserve(R), Input::Has(R, Phase::Ringing)],
        Talking => vec![Input::Reserve(R), Input::Has(R, Phase::Talking)],
        WrapUp => vec![
            Input::Reserve(R),
            Input::Has(R, Phase::Talking),
            Input::Over { wrap_up: WRAP_UP },
        ],
        Pause => vec![Input::Wish(lunch())],
    };
    for input in inputs {
        agent.handle(now, input);
    }
    assert_eq!(agent.state(), state);
    agent
}

/// The table of the module.
#[test]
fn every_cell_of_the_table() {
    let inputs = || {
        [
            Input::Wish(Wish::Available),
            Input::Wish(lunch()),
            Input::Wish(Wish::Offline),
            Input::Reserve(R),
            Input::Has(R, Phase::Dialling),
            Input::Has(R, Phase::Ringing),
            Input::Has(R, Phase::Talking),
            Input::Failed { pause: SHORT },
            Input::Over { wrap_up: WRAP_UP },
            Input::Time,
        ]
    };
    // Offline, Available, Reserved, rinGing, Talking, Wrap-up, Pause.
    let table = [
        (Offline, "A P O ✗ R G T O O O"),
        (Available, "A P O R R G T A A A"),
        (Reserved, "R R R ✗ R G T P A R"),
        (Ringing, "G G G ✗ G G T P A G"),
        (Talking, "T T T ✗ T T T T W T"),
        (WrapUp, "A P O ✗ R G T W W A"),
        (Pause, "A P O ✗ R G T P P P"),
    ];
    let of_letter = |letter| AgentState::ALL[b"OARGTWP".iter().position(|known| *known == letter).unwrap()];
    let now = any_instant();
    for (state, row) in table {
        assert_eq!(row.split(' ').count(), inputs().len());
        for (input, cell) in inputs().into_iter().zip(row.split(' ')) {
            if cell == "✗" {
                continue;
            }
            let expected = of_letter(cell.as_bytes()[0]);
            let mut agent = in_state(now, state);
            agent.handle(now + SHORT, input.clone());
            assert_eq!(agent.state(), expected, "{state:?} and {input:?}");
            assert_eq!(
                agent.reservation().is_some(),
                agent.state().is_taken(),
                "{state:?} and {input:?}: a reservation for whom a call has, and for nobody else"
            );
            assert_eq!(
                agent.until().is_some(),
                agent.state() == WrapUp || agent.reason() == Some(NO_ANSWER),
                "{state:?} and {input:?}: time runs only there"
            );
        }
    }
}

#[test]
fn what_is_wished_during_a_call_comes_after_it_and_after_the_wrap_up() {
    let now = any_instant();
    for state in [Reserved, Ringing, Talking] {
        for (wish, then) in [(lunch(), Pause), (Wish::Offline, Offline)] {
            let mut agent = in_state(now, state);
            agent.handle(now, Input::Wish(wish.clone()));
            assert_eq!((agent.state(), agent.afterwards()), (state, Some(&wish)));
            agent.handle(now, Input::Over { wrap_up: WRAP_UP });
            agent.handle(now + WRAP_UP, Input::Time);
            assert_eq!(agent.state(), then);
            assert_eq!(agent.afterwards(), None);
        }
        let mut agent = in_state(now, state);
        agent.handle(now, Input::Wish(lunch()));
        agent.handle(now, Input::Failed { pause: SHORT });
        agent.handle(
            now,
            Input::Over {
                wrap_up: Duration::ZERO,
            },
        );
        assert_eq!((agent.state(), agent.reason()), (Pause, Some("lunch")));
        agent.handle(now + SHORT * 2, Input::Time);
        assert_eq!(
            agent.state(),
            Pause,
            "a pause of its own ends by its own word only"
        );
    }
}

#[test]
fn a_short_pause_ends_by_itself_or_by_a_word() {
    let now = any_instant();
    let failed = || {
        let mut agent = in_state(now, Ringing);
        agent.handle(now, Input::Failed { pause: SHORT });
        agent
    };
    let mut waits = failed();
    assert_eq!(waits.reason(), Some(NO_ANSWER));
    waits.handle(now + SHORT - Duration::from_millis(1), Input::Time);
    assert_eq!(waits.state(), Pause);
    waits.handle(now + SHORT, Input::Time);
    assert_eq!(waits.state(), Available);
    let mut says = failed();
    says.handle(now, Input::Wish(Wish::Available));
    assert_eq!((says.state(), says.until()), (Available, None));
    let mut pauses = failed();
    pauses.handle(now, Input::Wish(lunch()));
    assert_eq!((pauses.reason(), pauses.until()), (Some("lunch"), None));
}
