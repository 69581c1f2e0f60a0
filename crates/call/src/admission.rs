//! Who gets in: bans and rates of strangers, limits of trunks, and shedding while the switch cannot keep up.
//!
//! Everything in here is decided before there is any state of a request, so that refusing costs little. Requests of
//! calls that are up never come here. An emergency call from a trunk passes every limit but the last.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::{AHashMap, RandomState};
use pointsman_policy::number;
use pointsman_sip::{Message, Method, Refusal, Status, Uri, Verdict};

use crate::rate::Rate;
use crate::routing::{Trunk, TrunkLimits};

/// Addresses that are not of a trunk, remembered at a time. Who sends from more is limited by [`ALL_STRANGERS`].
const SOURCES: usize = 4_096;

/// What one such address may send before it is banned: so many requests at once, then ten a second.
const STRANGER: Rate = Rate::new(Duration::from_millis(100), 100);

/// What all of them together may send: answers to forged addresses are a weapon.
const ALL_STRANGERS: Rate = Rate::new(Duration::from_millis(1), 1_000);

/// The first ban; each further one is twice as long.
const FIRST_BAN: Duration = Duration::from_secs(10);

/// Doublings at most: bans end at 10 s * 2^6, about eleven minutes.
const DOUBLINGS: u32 = 6;

/// Why a request of a banned source is dropped, as a metrics label.
const BANNED: &str = "source is banned";

/// The call of an emergency number is refused only above so many times the limit of calls.
const EMERGENCY_ROOM: usize = 2;

/// Something the operator wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ban {
    pub(crate) source: IpAddr,
    pub(crate) lasts: Duration,
}

#[derive(Debug)]
struct Source {
    /// Theoretical arrival time of [`Rate`].
    due: Instant,
    banned_until: Option<Instant>,
    bans: u32,
}

/// Addresses outside every trunk, the oldest forgotten first.
#[derive(Debug)]
struct Strangers {
    sources: AHashMap<IpAddr, Source>,
    order: VecDeque<IpAddr>,
    all_due: Option<Instant>,
}

/// What a trunk uses at this moment.
#[derive(Debug, Default)]
struct Load {
    calls: usize,
    /// Calls that are not answered yet.
    setups: usize,
    due: Option<Instant>,
}

/// The state of the switch that a decision reads.
#[derive(Debug)]
pub(crate) struct Admission {
    strangers: Strangers,
    trunks: AHashMap<Arc<str>, Load>,
    max_calls: usize,
    calls: usize,
    pub(crate) draining: bool,
    pub(crate) overloaded: bool,
    pub(crate) store_behind: bool,
    bans: Vec<Ban>,
}

impl Admission {
    pub(crate) fn new(hasher: &RandomState, max_calls: usize) -> Self {
        Self {
            strangers: Strangers {
                sources: AHashMap::with_hasher(hasher.clone()),
                order: VecDeque::new(),
                all_due: None,
            },
            trunks: AHashMap::with_hasher(hasher.clone()),
            max_calls,
            calls: 0,
            draining: false,
            overloaded: false,
            store_behind: false,
            bans: Vec::new(),
        }
    }

    /// Judges a request outside a dialog that came from `source`, an address of `trunk` if of any.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        source: IpAddr,
        trunk: Option<&Trunk>,
        request: &Message,
    ) -> Verdict {
        let invite = *request.method() == Method::INVITE;
        let Some(trunk) = trunk else {
            return match self.strangers.take(now, source, &mut self.bans) {
                Ok(()) if invite => refuse(
                    403,
                    "this address is not the source of any configured trunk",
                    None,
                ),
                Ok(()) => Verdict::Take,
                Err(why) => Verdict::Drop(why),
            };
        };
        if !invite {
            return Verdict::Take;
        }
        let verdict = self.judge_invite(now, trunk);
        if verdict != Verdict::Take
            && self.calls < self.max_calls.saturating_mul(EMERGENCY_ROOM)
            && is_emergency(request)
        {
            return Verdict::Take;
        }
        verdict
    }

    fn judge_invite(&mut self, now: Instant, trunk: &Trunk) -> Verdict {
        if self.draining {
            return refuse(503, "the switch is being shut down", Some(30));
        }
        if self.store_behind {
            return refuse(503, "the call store does not keep up", Some(5));
        }
        if self.overloaded {
            return refuse(503, "the switch has more work than it can do in time", Some(2));
        }
        if self.calls >= self.max_calls {
            return refuse(503, "the switch carries all the calls it may", Some(5));
        }
        self.judge_trunk(now, &trunk.name, &trunk.limits)
    }

    fn judge_trunk(&mut self, now: Instant, name: &str, limits: &TrunkLimits) -> Verdict {
        if *limits == TrunkLimits::default() {
            return Verdict::Take;
        }
        if !self.trunks.contains_key(name) {
            self.trunks.insert(name.into(), Load::default());
        }
        let Some(load) = self.trunks.get_mut(name) else {
            return Verdict::Take;
        };
        let full = |limit: Option<u32>, used: usize| limit.is_some_and(|limit| used >= limit as usize);
        if full(limits.calls, load.calls) {
            return refuse(503, "the trunk carries all the calls it may", Some(5));
        }
        if full(limits.setups, load.setups) {
            return refuse(
                503,
                "the trunk has too many calls that nobody has answered",
                Some(5),
            );
        }
        let rate = limits.calls_per_second.map(Rate::per_second);
        if rate.is_some_and(|rate| !rate.take(now, load.due.get_or_insert(now))) {
            return refuse(503, "the trunk sends calls faster than it may", Some(1));
        }
        Verdict::Take
    }

    /// Whether a call may begin that nobody called us for.
    pub(crate) fn may_originate(&self) -> bool {
        !self.draining && !self.store_behind && !self.overloaded && self.calls < self.max_calls
    }

    /// A call came in by `trunk`; by none if we made it.
    pub(crate) fn opened(&mut self, trunk: &Arc<str>) {
        self.calls += 1;
        let load = self.trunks.entry(trunk.clone()).or_default();
        load.calls += 1;
        load.setups += 1;
    }

    /// It was answered.
    pub(crate) fn answered(&mut self, trunk: &str) {
        if let Some(load) = self.trunks.get_mut(trunk) {
            load.setups = load.setups.saturating_sub(1);
        }
    }

    /// It is gone.
    pub(crate) fn closed(&mut self, trunk: &str, was_answered: bool) {
        self.calls = self.calls.saturating_sub(1);
        if let Some(load) = self.trunks.get_mut(trunk) {
            load.calls = load.calls.saturating_sub(1);
            load.setups = load.setups.saturating_sub(usize::from(!was_answered));
        }
    }

    /// Calls of a trunk, and those of them that are not answered yet.
    pub(crate) fn load_of(&self, trunk: &str) -> (usize, usize) {
        self.trunks
            .get(trunk)
            .map_or((0, 0), |load| (load.calls, load.setups))
    }

    /// Calls that are not over.
    pub(crate) fn calls(&self) -> usize {
        self.calls
    }

    /// The next ban that was not told yet.
    pub(crate) fn next_ban(&mut self) -> Option<Ban> {
        self.bans.pop()
    }
}

impl Strangers {
    /// Takes one request of `address`, or says why it is dropped.
    fn take(&mut self, now: Instant, address: IpAddr, bans: &mut Vec<Ban>) -> Result<(), &'static str> {
        let address = network_of(address);
        if !self.sources.contains_key(&address) {
            self.make_room();
            self.order.push_back(address);
            let source = Source {
                due: now,
                banned_until: None,
                bans: 0,
            };
            self.sources.insert(address, source);
        }
        let Some(source) = self.sources.get_mut(&address) else {
            return Err(BANNED);
        };
        if source.banned_until.is_some_and(|until| until > now) {
            return Err(BANNED);
        }
        if !STRANGER.take(now, &mut source.due) {
            let lasts = FIRST_BAN * 2_u32.pow(source.bans.min(DOUBLINGS));
            source.banned_until = Some(now + lasts);
            source.bans = source.bans.saturating_add(1);
            bans.push(Ban {
                source: address,
                lasts,
            });
            return Err(BANNED);
        }
        if !ALL_STRANGERS.take(now, self.all_due.get_or_insert(now)) {
            return Err("too many requests from addresses of no trunk");
        }
        Ok(())
    }

    fn make_room(&mut self) {
        if self.order.len() >= SOURCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.sources.remove(&oldest);
        }
    }
}

/// The source that an address is counted as: whoever has an IPv6 address has the other 2^64 of its network too.
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

fn refuse(status: u16, warning: &'static str, retry_after: Option<u16>) -> Verdict {
    Verdict::Refuse(Refusal {
        status: Status(status),
        warning,
        retry_after,
    })
}

fn is_emergency(request: &Message) -> bool {
    Uri::user_and_host(request.request_uri())
        .is_ok_and(|(user, _)| user.is_some_and(|user| number::is_emergency(&user)))
}

#[cfg(test)]
mod tests;
