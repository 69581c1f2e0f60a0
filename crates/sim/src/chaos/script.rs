//! What happens in one world, made from one seed.

use std::time::Duration;

use pointsman_call::TrunkLimits;
use pointsman_legs::{CallSpec, Numbers};
use pointsman_media::Latch;

use super::cast::{self, CALLED, PHONES};
use super::dice::Dice;
use super::rubbish::Rubbish;
use crate::{Conditions, Plan};

/// One thing that happens from outside.
#[derive(Clone, Debug)]
pub enum Deed {
    /// A phone places a call.
    Call(usize, Box<CallSpec>),
    /// A phone ends everything it knows of.
    HangUpAll(usize),
    /// The network does not reach a phone any more.
    Cut(usize),
    /// It does again.
    Restore(usize),
    /// A phone dies and is back at once without its dialogs.
    Crash(usize),
    /// A phone dies and its address answers with ICMP.
    Desert(usize),
    /// Somebody is back there.
    SettleIn(usize),
    /// Other conditions on the network.
    Weather(Conditions),
    /// A reload; `true` without any routing.
    Reload(bool),
    /// Admission is closed or open again, for a reason such as a slow disk.
    Close(bool),
    /// The switch ends every call.
    EndAll,
    /// A message that no phone would send at this time.
    Rubbish(Rubbish),
}

/// How the world comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The switch ends every call.
    Shutdown,
    /// Every phone hangs up; what remains for want of phones is ended by the switch.
    HangUp,
}

/// What happens in one world.
#[derive(Clone, Debug)]
pub struct Script {
    /// Where it came from; also the seed of the world.
    pub seed: u64,
    /// The network at first.
    pub conditions: Conditions,
    /// What each phone's numbers do.
    pub phones: Vec<Numbers>,
    /// What the switch's numbers do, and whether they are recorded.
    pub plans: Vec<(Plan, bool)>,
    /// Calls each trunk may have at a time.
    pub limits: TrunkLimits,
    /// How the switch believes RTP sources.
    pub latch: Latch,
    /// RTP port pairs of the switch.
    pub ports: u16,
    /// What happens, in the order of time.
    pub deeds: Vec<(Duration, Deed)>,
    /// How it ends.
    pub ending: Ending,
}

/// When the last deed happens at the latest.
pub(crate) const LENGTH: u64 = 24;

impl Script {
    /// The script of this seed, `loss` of all datagrams lost (0 to 1) unless the weather changes.
    #[must_use]
    pub fn new(seed: u64, loss: f64) -> Self {
        Self::rolled(seed, loss, &mut Dice::new(seed))
    }

    /// The script whose choices are these octets; a fuzzer may reach every script. 30 % of all datagrams are lost.
    #[must_use]
    pub fn from_bytes(octets: &[u8]) -> Self {
        let seed = octets
            .iter()
            .take(8)
            .fold(0, |seed, octet| seed << 8 | u64::from(*octet));
        Self::rolled(seed, 0.3, &mut Dice::of(octets))
    }

    fn rolled(seed: u64, loss: f64, dice: &mut Dice) -> Self {
        let mut script = Self {
            seed,
            conditions: Conditions {
                duplicate: if dice.percent(50) { 0.1 } else { 0.0 },
                ..Conditions::rough(loss)
            },
            phones: PHONES.iter().map(|_| cast::numbers(dice)).collect(),
            plans: CALLED[..3]
                .iter()
                .map(|_| (cast::plan(dice), dice.percent(20)))
                .collect(),
            limits: TrunkLimits {
                calls: dice
                    .percent(20)
                    .then(|| u32::try_from(dice.between(1, 4)).unwrap_or(1)),
                setups: dice
                    .percent(20)
                    .then(|| u32::try_from(dice.between(1, 3)).unwrap_or(1)),
                calls_per_second: None,
            },
            latch: if dice.percent(50) {
                Latch::Strict
            } else {
                Latch::Probation
            },
            ports: if dice.percent(90) {
                60
            } else {
                u16::try_from(dice.between(2, 5)).unwrap_or(2)
            },
            deeds: Vec::new(),
            ending: if dice.percent(50) {
                Ending::Shutdown
            } else {
                Ending::HangUp
            },
        };
        for _ in 0..dice.between(1, 8) {
            let caller = script.somebody(dice);
            script.add(dice.time(8), Deed::Call(caller, Box::new(cast::spec(dice))));
        }
        for _ in 0..dice.roll(6) {
            script.trouble(dice);
        }
        script.deeds.sort_by_key(|(at, _)| *at);
        script
    }

    fn somebody(&self, dice: &mut Dice) -> usize {
        usize::try_from(dice.roll(self.phones.len() as u64)).unwrap_or(0)
    }

    fn add(&mut self, at: Duration, deed: Deed) {
        self.deeds.push((at, deed));
    }

    fn trouble(&mut self, dice: &mut Dice) {
        let at = dice.time(LENGTH - 8);
        let until = at + dice.time(8);
        let who = self.somebody(dice);
        match dice.roll(20) {
            0..=2 => {
                self.add(at, Deed::Cut(who));
                self.add(until, Deed::Restore(who));
            }
            3 | 4 => self.add(at, Deed::Crash(who)),
            5 | 6 => {
                self.add(at, Deed::Desert(who));
                self.add(until, Deed::SettleIn(who));
            }
            7 | 8 => {
                self.add(at, Deed::Weather(weather(dice)));
                self.add(until, Deed::Weather(self.conditions));
            }
            9 => {
                self.add(at, Deed::Reload(dice.percent(50)));
                self.add(until, Deed::Reload(false));
            }
            10 => {
                self.add(at, Deed::Close(true));
                self.add(until, Deed::Close(false));
            }
            11 => self.add(at, Deed::HangUpAll(who)),
            12 => self.add(at, Deed::EndAll),
            _ => {
                for _ in 0..dice.between(1, 6) {
                    self.add(dice.time(LENGTH - 8), Deed::Rubbish(Rubbish::new(dice)));
                }
            }
        }
    }
}

fn weather(dice: &mut Dice) -> Conditions {
    let millis = Duration::from_millis;
    dice.pick(&[
        Conditions::CLEAN,
        Conditions::rough(0.5),
        Conditions::rough(0.8),
        Conditions {
            duplicate: 0.9,
            ..Conditions::rough(0.0)
        },
        Conditions {
            delay: millis(900),
            jitter: millis(200),
            ..Conditions::CLEAN
        },
        Conditions {
            jitter: millis(3_000),
            ..Conditions::rough(0.1)
        },
    ])
}
