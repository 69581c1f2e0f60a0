//! Deadlines. Every delay of RFC 3261 is one of a few constants, so each constant has a FIFO: starting and
//! firing a timer costs a push and a pop. Nothing is cancelled: a deadline whose transaction does not wait
//! for it any more is dropped when it reaches the front.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Timers;
use super::machine::Timer;

/// Retransmission delays T1, 2*T1 ... 64*T1.
const DOUBLINGS: usize = 7;
const SLOWEST: usize = DOUBLINGS;
const LIFE: usize = DOUBLINGS + 1;
const LONG: usize = DOUBLINGS + 2;
const ABSORB: usize = DOUBLINGS + 3;
const AT_ONCE: usize = DOUBLINGS + 4;
const QUEUES: usize = DOUBLINGS + 5;

/// Which side of a transaction a deadline belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// One started timer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub(super) at: Instant,
    pub(super) id: u64,
    pub(super) side: Side,
    pub(super) timer: Timer,
}

/// All started timers.
#[derive(Debug)]
pub(super) struct Deadlines {
    base: Timers,
    queues: [VecDeque<Deadline>; QUEUES],
}

impl Deadlines {
    pub(super) fn new(base: Timers) -> Self {
        Self {
            base,
            queues: std::array::from_fn(|_| VecDeque::new()),
        }
    }

    /// Starts `timer`; `doublings` counts how often a retransmission timer has been started before.
    pub(super) fn start(
        &mut self,
        now: Instant,
        (side, id): (Side, u64),
        timer: Timer,
        doublings: u8,
        reliable: bool,
    ) {
        let Some(queue) = self.queue(timer, doublings, reliable) else {
            return;
        };
        let at = now + self.delay(queue);
        self.queues[queue].push_back(Deadline { at, id, side, timer });
    }

    /// The FIFO of a timer; `None` when the transport makes it needless (RFC 3261 table 4).
    fn queue(&self, timer: Timer, doublings: u8, reliable: bool) -> Option<usize> {
        let doublings = usize::from(doublings).min(DOUBLINGS - 1);
        match timer {
            Timer::A | Timer::E | Timer::G if reliable => None,
            Timer::A => Some(doublings),
            Timer::E | Timer::G => Some(if self.delay(doublings) < self.base.t2 {
                doublings
            } else {
                SLOWEST
            }),
            Timer::B | Timer::F | Timer::H | Timer::L | Timer::M | Timer::Cancelled => Some(LONG),
            Timer::D | Timer::I | Timer::J | Timer::K if reliable => Some(AT_ONCE),
            Timer::D => Some(ABSORB),
            Timer::I | Timer::K => Some(LIFE),
            Timer::J => Some(LONG),
        }
    }

    fn delay(&self, queue: usize) -> Duration {
        match queue {
            SLOWEST => self.base.t2,
            LIFE => self.base.t4,
            LONG => self.base.t1 * 64,
            ABSORB => self.base.d,
            AT_ONCE => Duration::ZERO,
            doublings => self.base.t1 * (1 << doublings),
        }
    }

    fn first(&self) -> Option<(usize, &Deadline)> {
        let fronts = self
            .queues
            .iter()
            .enumerate()
            .filter_map(|(queue, list)| Some((queue, list.front()?)));
        fronts.min_by_key(|(queue, deadline)| (deadline.at, *queue))
    }

    /// Takes the earliest deadline that is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Deadline> {
        let (queue, _) = self.first().filter(|(_, deadline)| deadline.at <= now)?;
        self.queues[queue].pop_front()
    }

    /// Drops deadlines at the fronts that nobody waits for, so that `next` names a real one.
    pub(super) fn trim(&mut self, awaited: impl Fn(&Deadline) -> bool) {
        for list in &mut self.queues {
            while list.front().is_some_and(|deadline| !awaited(deadline)) {
                list.pop_front();
            }
        }
    }

    /// The earliest deadline and its name.
    pub(super) fn next(&self) -> Option<(Instant, &'static str)> {
        self.first()
            .map(|(_, deadline)| (deadline.at, deadline.timer.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(timer: Timer, reliable: bool) -> Vec<Option<Duration>> {
        let deadlines = Deadlines::new(Timers::default());
        let delay = |doublings| {
            deadlines
                .queue(timer, doublings, reliable)
                .map(|queue| deadlines.delay(queue))
        };
        (0..9).map(delay).collect()
    }

    fn ms(list: &[u64]) -> Vec<Option<Duration>> {
        list.iter().map(|ms| Some(Duration::from_millis(*ms))).collect()
    }

    #[test]
    fn delays_are_those_of_table_4() {
        assert_eq!(
            delays(Timer::A, false),
            ms(&[500, 1000, 2000, 4000, 8000, 16000, 32000, 32000, 32000])
        );
        for timer in [Timer::E, Timer::G] {
            assert_eq!(
                delays(timer, false),
                ms(&[500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000])
            );
        }
        let constants = [
            (Timer::B, 32_000, 32_000),
            (Timer::D, 32_000, 0),
            (Timer::F, 32_000, 32_000),
            (Timer::H, 32_000, 32_000),
            (Timer::I, 5_000, 0),
            (Timer::J, 32_000, 0),
            (Timer::K, 5_000, 0),
            (Timer::L, 32_000, 32_000),
            (Timer::M, 32_000, 32_000),
            (Timer::Cancelled, 32_000, 32_000),
        ];
        for (timer, datagram, stream) in constants {
            assert_eq!(
                delays(timer, false)[0],
                Some(Duration::from_millis(datagram)),
                "{timer:?}"
            );
            assert_eq!(
                delays(timer, true)[0],
                Some(Duration::from_millis(stream)),
                "{timer:?}"
            );
        }
        for timer in [Timer::A, Timer::E, Timer::G] {
            assert_eq!(delays(timer, true)[0], None, "{timer:?}");
        }
    }

    #[test]
    fn deadlines_fire_in_order_of_time_across_queues() {
        let now = crate::testing::epoch();
        let mut deadlines = Deadlines::new(Timers::default());
        deadlines.start(now, (Side::Client, 1), Timer::B, 0, false);
        deadlines.start(now, (Side::Client, 2), Timer::A, 1, false);
        deadlines.start(now, (Side::Server, 3), Timer::G, 0, false);
        assert_eq!(deadlines.next().map(|(_, name)| name), Some("TimerG"));
        assert!(deadlines.pop_due(now).is_none());
        let late = now + Duration::from_secs(60);
        let order: Vec<_> = std::iter::from_fn(|| deadlines.pop_due(late))
            .map(|deadline| deadline.id)
            .collect();
        assert_eq!(order, [3, 2, 1]);
    }

    #[test]
    fn what_nobody_awaits_is_trimmed_from_the_front() {
        let now = crate::testing::epoch();
        let mut deadlines = Deadlines::new(Timers::default());
        for id in 1..=3 {
            deadlines.start(now, (Side::Client, id), Timer::B, 0, false);
        }
        deadlines.trim(|deadline| deadline.id == 2);
        assert_eq!(
            deadlines
                .pop_due(now + Duration::from_secs(32))
                .map(|deadline| deadline.id),
            Some(2)
        );
        deadlines.trim(|_| false);
        assert_eq!(deadlines.next(), None);
    }
}
