//! Blind transfer: who answered sends the caller on to another number of the customer (ACM-01, RFC 3515).

use pointsman_media::measure::{Sound, fit};
use pointsman_policy::Step;
use pointsman_sim::{Conditions, Host, Plan, SWITCH, World, WorldSetup, dial};
use pointsman_sip::{Message, Name};

use crate::queue::{office, sales, speaks};
use crate::stage::*;

/// A number of the same customer that leads to the queue.
const LINE: &str = "+3225550199";
/// A number of another customer.
const FOREIGN: &str = "+3225558888";
const AGENT_SAYS: u64 = 33;

fn setup(seed: u64) -> WorldSetup {
    let agent = answers_with(seconds(1), talk(AGENT_SAYS, None));
    office(seed, Plan::of(dial(&["a"], 20)), &[("an", agent)])
        .phone("a", answers(seconds(1), None))
        .number(LINE, Plan::of(Step::Queue(sales())), false)
        .number(FOREIGN, Plan::of(dial(&["an"], 20)), false)
        .owned(FOREIGN, "other")
}

/// The call is up, `a` has it for two seconds.
fn talking(setup: WorldSetup) -> World {
    let mut world = setup.build();
    world.run(seconds(3));
    let caller = world.host("caller");
    world.call(caller, speaks(8, 16));
    world.run(seconds(3));
    world
}

/// A REFER of the dialog that the first `ok` from `peer`, or to it, has made.
pub(crate) fn refer(world: &World, peer: Host, refer_to: &str) -> String {
    let transcript = world.transcript();
    let at = peer.address();
    let answered = transcript.messages(at, SWITCH, "200 INVITE").first().copied();
    let header = |message: &Message, name| message.header(name).unwrap_or_default().into_owned();
    let (ours, theirs, target) = match answered {
        Some(ok) => (header(ok, Name::To), header(ok, Name::From), "sip:pointsman"),
        None => {
            let ok = transcript.messages(SWITCH, at, "200 INVITE")[0];
            (header(ok, Name::From), header(ok, Name::To), "sip:pointsman")
        }
    };
    let first = transcript.messages(
        SWITCH,
        at,
        if answered.is_some() {
            "INVITE"
        } else {
            "200 INVITE"
        },
    )[0];
    format!(
        "REFER {target}@{SWITCH} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKrefer\r\nMax-Forwards: 70\r\n\
         From: {ours}\r\nTo: {theirs}\r\nCall-ID: {}\r\nCSeq: 900 REFER\r\nContact: <sip:peer@{at}>\r\n\
         {refer_to}Content-Length: 0\r\n\r\n",
        first.call_id()
    )
}

pub(crate) fn to(number: &str) -> String {
    format!("Refer-To: <sip:{number}@pointsman.invalid>\r\n")
}

/// What the switch said to `name` of a REFER.
fn answer(world: &World, name: &str) -> (u16, Option<String>) {
    let host = world.host(name).address();
    let lines = world.transcript().lines().iter();
    let mut answers = lines
        .filter(|line| line.from == SWITCH && line.to == host)
        .filter(|line| line.what.ends_with(" REFER"));
    let answer = answers.next().and_then(|line| line.message.as_ref());
    let answer = answer.expect("an answer");
    let warning = answer.header(Name::Warning).map(std::borrow::Cow::into_owned);
    (answer.status().expect("a response").0, warning)
}

/// ACM-01: the caller waits in the queue of the number and talks to its agent, in the same call.
#[test]
fn a_caller_sent_on_to_a_queue_talks_to_its_agent() {
    let mut world = talking(setup(1).transfers());
    let a = world.host("a");
    let request = refer(&world, a, &to("025550199"));
    world.inject(a.address(), request);
    world.settle();
    assert_eq!(answer(&world, "a").0, 202);
    let notifies = world.transcript().messages(SWITCH, a.address(), "NOTIFY");
    let told: Vec<String> = notifies
        .iter()
        .map(|notify| String::from_utf8_lossy(&notify.body()).into_owned())
        .collect();
    assert_eq!(told, ["SIP/2.0 100 Trying\r\n", "SIP/2.0 200 OK\r\n"]);
    let states = notifies
        .iter()
        .filter_map(|notify| notify.header(Name::SubscriptionState));
    let states: Vec<String> = states.map(std::borrow::Cow::into_owned).collect();
    assert_eq!(states, ["active;expires=60", "terminated;reason=noresource"]);
    assert_eq!(
        attempts(&world),
        pairs(&[("site:a", "answered"), ("site:an", "answered")])
    );
    let cdr = world.cdr();
    assert_eq!(cdr.attempts[1].agent.as_deref(), Some("an"));
    assert_eq!(cdr.path[1].node, "transfer");
    assert_eq!(cdr.path[1].why, "site:a transferred the call to +3225550199");
    assert_eq!(outcome(&world), "answered");
    assert!(world.transcript().between(SWITCH, a.address()).contains(&"BYE"));
    let (caller, agent) = (world.host("caller"), world.host("an"));
    assert!(
        likeness(world.report(agent), CALLER_SAYS) > 0.9,
        "the agent hears the caller"
    );
    assert!(
        likeness(world.report(caller), AGENT_SAYS) > 0.9,
        "the caller hears the agent"
    );
}

/// REC-04, REC-09: the number that a call is transferred to is one that was called.
#[test]
fn a_recorded_number_is_recorded_when_a_call_is_transferred_to_it() {
    for (seed, recorded) in [(2, false), (3, true)] {
        let setup = setup(seed).number(LINE, Plan::of(Step::Queue(sales())), recorded);
        let mut world = talking(setup.transfers());
        let a = world.host("a");
        let request = refer(&world, a, &to(LINE));
        world.inject(a.address(), request);
        world.settle();
        let records = &world.cdr().recordings;
        if !recorded {
            assert_eq!(*records, []);
            continue;
        }
        let [record] = records.as_slice() else {
            panic!("one recording: {records:?}")
        };
        assert_eq!(
            (record.called.as_deref(), record.agent.as_deref()),
            (Some(LINE), Some("an"))
        );
        let sound = Sound::from_wav(&world.wav(record.id), "tape").expect("a WAV");
        let said = |seed| Sound::from_linear(8_000, &pointsman_legs::sound::babble(seed, 4.0));
        let fit = fit(&sound, &said(CALLER_SAYS), &said(AGENT_SAYS)).expect("both are in it");
        assert!(fit.explained > 0.9, "{fit:?}");
    }
}

#[test]
fn a_transfer_on_a_bad_network_leaves_nothing_behind() {
    let mut moved = 0;
    for seed in 0..30 {
        let mut world = talking(setup(seed).transfers().conditions(Conditions::rough(0.2)));
        let a = world.host("a");
        if !world
            .transcript()
            .messages(a.address(), SWITCH, "200 INVITE")
            .is_empty()
        {
            let request = refer(&world, a, &to(LINE));
            for _ in 0..3 {
                world.inject(a.address(), request.clone());
            }
        }
        world.settle();
        assert_eq!(world.cdrs().len(), 1, "seed {seed}");
        moved += usize::from(world.cdr().attempts.len() > 1);
    }
    assert!(moved >= 20, "only {moved} of 30 calls were transferred");
}

/// What is refused changes nothing: the two go on talking.
#[test]
fn a_refused_transfer_leaves_the_call_as_it_is() {
    let elsewhere = "not a number of this customer";
    let cases = [
        (to("+3225559999"), 403, elsewhere),
        (to(FOREIGN), 403, elsewhere),
        (to("*"), 403, elsewhere),
        (
            format!("Refer-To: <sip:{LINE}@x?Replaces=a%3Bto-tag%3Db>\r\n"),
            403,
            "only a plain number",
        ),
        (
            "Refer-To: <sip:pointsman.invalid>\r\n".to_owned(),
            403,
            "only a number",
        ),
        (String::new(), 400, "one Refer-To"),
        ([to(LINE), to(LINE)].concat(), 400, "one Refer-To"),
    ];
    for (seed, (refer_to, status, why)) in (10..).zip(cases) {
        let mut world = talking(setup(seed).transfers());
        let a = world.host("a");
        let request = refer(&world, a, &refer_to);
        world.inject(a.address(), request);
        world.settle();
        let (answered, warning) = answer(&world, "a");
        assert_eq!(answered, status, "{refer_to}");
        assert!(
            warning.is_some_and(|text| text.starts_with("399 ") && text.contains(why)),
            "{refer_to}"
        );
        assert_eq!(attempts(&world), pairs(&[("site:a", "answered")]));
        assert!(
            world
                .transcript()
                .messages(SWITCH, a.address(), "NOTIFY")
                .is_empty()
        );
        assert_eq!(world.cdr().talk_ms / 1000, 16);
    }
}

#[test]
fn who_may_not_transfer_gets_405() {
    for (seed, (setup, who)) in (20..).zip([(setup(20), "a"), (setup(21).transfers(), "caller")]) {
        let mut world = talking(setup);
        let peer = world.host(who);
        let request = refer(&world, peer, &to(LINE));
        world.inject(peer.address(), request);
        world.settle();
        assert_eq!(answer(&world, who).0, 405, "seed {seed}");
        assert_eq!(attempts(&world), pairs(&[("site:a", "answered")]));
    }
}

#[test]
fn allow_names_refer_only_where_it_is_allowed() {
    for (setup, named) in [(setup(30), false), (setup(31).transfers(), true)] {
        let world = talking(setup);
        let a = world.host("a").address();
        let invite = world.transcript().messages(SWITCH, a, "INVITE")[0];
        let allow = invite.header(Name::Allow).unwrap_or_default();
        assert_eq!(allow.contains("REFER"), named, "{allow}");
    }
}
