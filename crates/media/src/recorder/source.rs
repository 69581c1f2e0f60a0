//! One SSRC on the wall clock: where a packet belongs, when the mapping must be set anew, and how drift is taken out.
//!
//! A source has one *anchor*: index = RTP time + anchor. It is set by the arrival of the first packet and then:
//!
//! * in its first 200 ms, before anything was mixed, it follows the earliest arrival (a late first packet does not
//!   shift the whole call);
//! * when packets come more than 200 ms later than their place (a hold in which the sender's RTP time stood still, a
//!   stalled network), or their time jumps ahead, it is set anew at the arrival. A network that only stalled delivers
//!   the rest in a burst and is then back in time: the former anchor is taken up again;
//! * when the earliest arrivals of the last seconds have moved by more than 20 ms since it was set, it follows, but only
//!   where the speaker pauses: silence is inserted or silence is dropped, never speech.

use super::WINDOW;

/// How far ahead of its arrival a packet may belong: a burst after a stall.
pub(super) const AHEAD: i64 = 3200;

/// Drift that is left alone: 20 ms.
const DRIFT: i64 = 160;

/// An anchor that jitter set this far off (40 ms) stays: it is constant, and moving it would cut a call in two.
const OFFSET: i64 = 320;

/// Over how long arrivals are observed before drift is believed.
const OBSERVE: i64 = 8000;

/// From how few packets nothing is concluded: each of them may be late by itself.
const FEWEST: u32 = 10;

/// How long a former anchor may be taken up again.
const RECALL: i64 = 16_000;

/// Sequence numbers that may be behind (overtaken packets) or ahead (lost packets); beyond it is a restart.
const BEHIND: i16 = -100;
const BEYOND: i16 = 3000;

/// Mean magnitude that is silence in any call: a quarter of a step of the 8-bit file.
const QUIET: u32 = 64;

/// One packet as its place depends on it. Times are indexes, lengths are samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub(super) seq: u16,
    pub(super) timestamp: u32,
    pub(super) arrival: i64,
    pub(super) length: i64,
    pub(super) loudness: u32,
}

/// What the timeline offers: nothing before `base` can change, everything up to `end` is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) base: i64,
    pub(super) end: i64,
}

/// Where a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Its first sample is heard at this index.
    At(i64),
    /// The same, after what lies from `from` on was moved earlier.
    Pull { from: i64, by: i64, at: i64 },
    /// A stray packet, or more of a flood than there is room for.
    Nowhere,
}

/// The mapping of one SSRC.
#[derive(Debug)]
pub(super) struct Source {
    ssrc: u32,
    anchor: i64,
    /// The first index of this anchor, and the arrival that set it.
    from: i64,
    since: i64,
    /// Where another source's audio ends: a pull stops there.
    floor: i64,
    former: Option<i64>,
    newest: Newest,
    restart: Option<u16>,
    arrivals: Arrivals,
    pause: Pause,
}

#[derive(Debug, Clone, Copy)]
struct Newest {
    seq: u16,
    timestamp: u32,
    /// The timestamp without its wrap.
    time: i64,
    length: i64,
}

impl Source {
    /// A source is heard for the first time.
    pub(super) fn first(ssrc: u32, heard: &Heard, room: Room) -> (Self, i64) {
        let newest = Newest {
            seq: heard.seq,
            timestamp: heard.timestamp,
            time: i64::from(heard.timestamp),
            length: heard.length,
        };
        let mut source = Self {
            ssrc,
            anchor: 0,
            from: 0,
            since: 0,
            floor: 0,
            former: None,
            newest,
            restart: None,
            arrivals: Arrivals::default(),
            pause: Pause::default(),
        };
        let at = source.anchor_at(heard, newest.time, room);
        source.pause.note(heard);
        (source, at)
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Where `heard` goes; moves the anchor where that is due.
    pub(super) fn place(&mut self, heard: &Heard, room: Room) -> Place {
        let ahead = heard.seq.wrapping_sub(self.newest.seq) as i16;
        // Wrapping: after a jump the distance may be anything.
        let time = self.newest.time + i64::from(heard.timestamp.wrapping_sub(self.newest.timestamp) as i32);
        match ahead {
            // Overtaken by others, or repeated: it only fills its own place.
            BEHIND..=0 => Place::At(time + self.anchor),
            1..=BEYOND => self.next(heard, time, ahead, room),
            _ if self.restart == Some(heard.seq) => self.restarted(heard, time, room),
            _ => {
                self.restart = Some(heard.seq.wrapping_add(1));
                Place::Nowhere
            }
        }
    }

    /// Two packets in a row with numbers far from the newest: the sender began anew with the same SSRC.
    fn restarted(&mut self, heard: &Heard, time: i64, room: Room) -> Place {
        self.former = None;
        let at = self.anchor_at(heard, time, room);
        self.pause = Pause::default();
        self.remember(heard, time);
        Place::At(at)
    }

    fn next(&mut self, heard: &Heard, time: i64, ahead: i16, room: Room) -> Place {
        self.recall(heard, time);
        let late = heard.arrival - (time + self.anchor);
        let too_far = late < -AHEAD && heard.arrival - self.since > WINDOW;
        self.pause
            .gap(ahead, time - self.newest.time - self.newest.length);
        let place = if late > WINDOW || too_far {
            let former = (late > WINDOW).then_some(self.anchor);
            let at = self.anchor_at(heard, time, room);
            self.former = former;
            Place::At(at)
        } else if late < -AHEAD {
            Place::Nowhere
        } else if late < 0 && heard.arrival - self.since < WINDOW {
            self.settle(-late, time, room)
        } else {
            self.arrivals.note(heard.arrival, late);
            self.correct();
            Place::At(time + self.anchor)
        };
        self.pause.note(heard);
        self.remember(heard, time);
        place
    }

    /// Back in time under the former anchor: the network had only stalled.
    fn recall(&mut self, heard: &Heard, time: i64) {
        let Some(former) = self.former else { return };
        if heard.arrival - self.since > RECALL {
            self.former = None;
        } else if (heard.arrival - (time + former)).abs() <= WINDOW - 2 * DRIFT {
            self.anchor = former;
            self.former = None;
            // The observations before the stall are gone, and settling on a burst would be wrong.
            self.since = heard.arrival - WINDOW;
            self.arrivals = Arrivals::default();
        }
    }

    /// Sets the anchor by the arrival of a packet, behind another one that is just being heard.
    fn anchor_at(&mut self, heard: &Heard, time: i64, room: Room) -> i64 {
        let at = heard.arrival.max(room.end.min(heard.arrival + DRIFT));
        self.anchor = at - time;
        self.from = at;
        self.since = heard.arrival;
        self.floor = room.end;
        self.arrivals = Arrivals::default();
        self.restart = None;
        at
    }

    /// A packet came earlier than its place while nothing of this anchor was mixed yet: all of it moves.
    fn settle(&mut self, early: i64, time: i64, room: Room) -> Place {
        let by = early.min(self.from - self.floor.max(room.base)).max(0);
        let from = self.from;
        self.from -= by;
        self.anchor -= by;
        self.arrivals = Arrivals::default();
        Place::Pull {
            from,
            by,
            at: time + self.anchor,
        }
    }

    /// Moves the anchor by the drift observed, as far as the pause allows.
    fn correct(&mut self) {
        let Some((late, offset)) = self.arrivals.earliest() else {
            return;
        };
        let by = if late - offset > DRIFT && self.pause.run >= DRIFT {
            late
        } else if late - offset < -DRIFT {
            late.max(-self.pause.run).min(0)
        } else {
            0
        };
        if by != 0 {
            self.anchor += by;
            self.arrivals.moved(by);
            self.pause.run -= by.abs().min(self.pause.run);
        }
    }

    fn remember(&mut self, heard: &Heard, time: i64) {
        self.newest = Newest {
            seq: heard.seq,
            timestamp: heard.timestamp,
            time,
            length: heard.length,
        };
    }
}

/// How late the earliest packet of the last one to two seconds was: jitter only ever makes packets later, so what the
/// earliest one shows is drift.
#[derive(Debug, Default)]
struct Arrivals {
    until: i64,
    count: u32,
    current: Option<i64>,
    complete: Option<i64>,
    offset: Option<i64>,
}

impl Arrivals {
    fn note(&mut self, arrival: i64, late: i64) {
        if arrival >= self.until {
            let enough = self.count >= FEWEST && arrival < self.until + OBSERVE;
            self.complete = self.current.take().filter(|_| enough);
            (self.until, self.count) = (arrival + OBSERVE, 0);
        }
        self.count += 1;
        self.current = Some(self.current.map_or(late, |earliest| earliest.min(late)));
    }

    /// How late the earliest packet is now, and how late it was when the anchor was new.
    fn earliest(&mut self) -> Option<(i64, i64)> {
        let late = self.complete?.min(self.current?);
        let offset = *self
            .offset
            .get_or_insert(if late.abs() <= OFFSET { late } else { 0 });
        Some((late, offset))
    }

    /// The anchor moved: what was observed is now later by less.
    fn moved(&mut self, by: i64) {
        self.current = self.current.map(|late| late - by);
        self.complete = self.complete.map(|late| late - by);
        self.offset = Some(0);
    }
}

/// Follows the level of the speaker, to know a pause when it is heard.
#[derive(Debug, Default)]
struct Pause {
    /// Falls by one half in about seven seconds of 20 ms packets.
    level: u32,
    /// Samples of silence just before the next packet.
    run: i64,
}

impl Pause {
    /// Silence between the last packet and the next one counts when the sender left it (silence suppression), not when
    /// packets were lost.
    fn gap(&mut self, ahead: i16, samples: i64) {
        self.run = if ahead == 1 {
            (self.run + samples.max(0)).min(OBSERVE)
        } else {
            0
        };
    }

    fn note(&mut self, heard: &Heard) {
        self.level = heard.loudness.max(self.level - self.level / 512);
        let quiet = heard.loudness <= QUIET.max(self.level / 16);
        self.run = if quiet {
            (self.run + heard.length).min(OBSERVE)
        } else {
            0
        };
    }
}
