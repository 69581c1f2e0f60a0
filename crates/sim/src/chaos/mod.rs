//! Chaos: random scripts on a bad network, with the invariants checked after every step.
//!
//! One seed is one [`Script`]; [`run`] plays it in a world of its own and says what did not hold. A script that fails
//! is made smaller by [`shrink`]; its seed goes into `tests/chaos/seeds.txt` and its moral into a scenario.

mod bombard;
mod cast;
mod dice;
mod rubbish;
mod script;

use std::fmt::Write as _;
use std::time::Duration;

use pointsman_call::Difference;
use pointsman_legs::CallId;
use pointsman_media::Prompt;

pub use bombard::bombard;
pub(crate) use dice::Dice;
pub use rubbish::Rubbish;
pub use script::{Deed, Ending, Script};

use crate::{Host, World, WorldSetup};
use cast::{CALLED, PHONES};

/// After the last datagram nothing may be left for longer than this: 64 times T1 twice, for a 2xx without ACK and
/// the BYE that follows it.
const QUIET: Duration = Duration::from_secs(64);

/// A peer may not keep a world alive for longer.
const LONGEST: Duration = Duration::from_secs(600);

/// What one script came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Invariants that did not hold, with the time in the world.
    pub faults: Vec<String>,
    /// Calls that were admitted.
    pub calls: usize,
    /// Calls that somebody answered.
    pub answered: usize,
    /// SIP messages on the network.
    pub messages: usize,
    /// Hash of every message and every CDR: the same script gives the same.
    pub digest: u64,
}

/// Plays a script to its end.
#[must_use]
pub fn run(script: &Script) -> Outcome {
    play(script).0
}

/// The same, with what went over the network as text.
#[must_use]
pub fn explain(script: &Script) -> (Outcome, String) {
    let (outcome, world) = play(script);
    (outcome, text_of(&world))
}

fn text_of(world: &World) -> String {
    let mut text = String::new();
    for line in world.transcript().lines() {
        let (cseq, call_id) = line
            .message
            .as_ref()
            .map_or((0, ""), |message| (message.cseq().0, message.call_id()));
        let lost = if line.lost { " (lost)" } else { "" };
        let (at, from, to) = (line.at.as_secs_f64(), line.from, line.to);
        let _ = writeln!(
            text,
            "{at:>10.3} {from} -> {to} {} {cseq} {call_id}{lost}",
            line.what
        );
    }
    text
}

/// Plays a script and puts the journal of its switch through another one. Returns the numbers of inputs and outputs.
///
/// # Errors
/// The first output that is not the same.
pub fn replay(script: &Script) -> Result<(usize, usize), Box<Difference>> {
    let mut world = world_of(script);
    world.record();
    perform(script, &mut world);
    world.replay()
}

fn perform(script: &Script, world: &mut World) {
    for (at, deed) in &script.deeds {
        world.run(at.saturating_sub(world.elapsed()));
        act(world, deed);
    }
    world.run(Duration::from_secs(4));
    end(world, script.ending, PHONES.len());
}

fn play(script: &Script) -> (Outcome, World) {
    let mut world = world_of(script);
    perform(script, &mut world);
    let digest = digest(&world);
    let mut outcome = Outcome {
        calls: world.cdrs().len(),
        answered: world
            .cdrs()
            .iter()
            .filter(|cdr| cdr.answered_ms.is_some())
            .count(),
        messages: world.transcript().lines().len(),
        digest,
        faults: Vec::new(),
    };
    if let Some(watch) = world.watch() {
        outcome.faults = watch.faults().to_vec();
    }
    (outcome, world)
}

fn world_of(script: &Script) -> World {
    let mut setup = WorldSetup::new(script.seed)
        .conditions(script.conditions)
        .ports(script.ports)
        .latch(script.latch)
        .limits(script.limits)
        .forget_audio()
        .watched()
        .prompt("short", Prompt::from_samples(vec![1_000; 8_000]))
        .prompt("long", Prompt::from_samples(vec![1_000; 48_000]));
    for (name, numbers) in PHONES.iter().zip(&script.phones) {
        setup = setup.phone_with(name, numbers.clone());
    }
    for (number, (plan, record)) in CALLED.iter().zip(&script.plans) {
        setup = setup.number(number, plan.clone(), *record);
    }
    setup.build()
}

fn act(world: &mut World, deed: &Deed) {
    match deed {
        Deed::Call(who, spec) => {
            let _: Option<CallId> = world.try_call(Host(*who), (**spec).clone());
        }
        Deed::HangUpAll(who) => world.hang_up_all(Host(*who)),
        Deed::Cut(who) => world.cut(Host(*who)),
        Deed::Restore(who) => world.restore(Host(*who)),
        Deed::Crash(who) => world.crash(Host(*who)),
        Deed::Desert(who) => world.desert(Host(*who)),
        Deed::SettleIn(who) => world.settle_in(Host(*who)),
        Deed::Weather(conditions) => world.network().set_conditions(*conditions),
        Deed::Reload(empty) => {
            let routing = if *empty {
                std::sync::Arc::default()
            } else {
                world.routing().clone()
            };
            world.shard().set_routing(routing);
        }
        Deed::Close(closed) => world.shard().set_store_behind(*closed),
        Deed::EndAll => world.end_all(),
        Deed::Rubbish(rubbish) => {
            if let Some((from, payload)) = rubbish.make(world.transcript()) {
                world.inject(from, payload);
            }
        }
    }
}

fn end(world: &mut World, ending: Ending, phones: usize) {
    for host in (0..phones).map(Host) {
        world.restore(host);
        world.settle_in(host);
    }
    if ending == Ending::HangUp {
        for host in (0..phones).map(Host) {
            world.hang_up_all(host);
        }
        world.run(Duration::from_secs(40));
    }
    world.shard().drain();
    world.end_all();
    let ended = world.elapsed();
    loop {
        world.run(Duration::from_secs(1));
        let now = world.instant();
        let waited = world.watch().and_then(|watch| watch.last_arrival());
        let quiet = waited.is_none_or(|last| now > last + QUIET);
        let since = world.elapsed() - ended;
        if since > QUIET && quiet || since > LONGEST {
            break;
        }
    }
    let (gauges, entries, now) = (world.gauges(), world.table_entries(), world.instant());
    let account = world.account();
    let Some(watch) = world.watch() else { return };
    if let Err(unbalanced) = account {
        watch.add(unbalanced);
    }
    if gauges != pointsman_call::Gauges::default() || entries != 0 {
        watch.add(format!("something is left: {gauges:?}, {entries} entries"));
    }
    watch.finish(now);
}

/// FNV-1a.
fn digest(world: &World) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    };
    for line in world.transcript().lines() {
        add(&line.at.as_nanos().to_le_bytes());
        add(&[u8::from(line.lost)]);
        if let Some(message) = &line.message {
            add(message.raw());
        }
    }
    for cdr in world.cdrs() {
        add(format!("{cdr:?}").as_bytes());
    }
    hash
}

/// The smallest script found that still fails in the same way: deeds are left out one by one as long as it does.
#[must_use]
pub fn shrink(script: &Script) -> Script {
    let first = |script: &Script| run(script).faults.first().map(|fault| kind(fault).to_owned());
    let wanted = first(script);
    let mut small = script.clone();
    let mut at = small.deeds.len();
    while at > 0 && wanted.is_some() {
        at -= 1;
        let mut smaller = small.clone();
        smaller.deeds.remove(at);
        if first(&smaller) == wanted {
            small = smaller;
        }
    }
    small
}

/// A fault without its time and without what it is about.
fn kind(fault: &str) -> &str {
    let what = fault.split_once("s: ").map_or(fault, |(_, what)| what);
    let words = what.find(|c: char| c.is_ascii_digit()).unwrap_or(what.len());
    &what[..words]
}
