//! The pool of RTP ports.

use std::{ops::RangeInclusive, time::Instant};

use crate::Port;

/// Hands out RTP ports, the one freed longest ago first, so that a late packet of an old call never reaches a new
/// one. A port given back rests for 2 s; under pressure the one that rested longest is handed out before that.
#[derive(Debug)]
pub struct PortPool {}

impl PortPool {
    /// The even ports of `range` whose odd neighbour is in it too.
    pub fn new(range: RangeInclusive<u16>) -> Self {
        let _ = range;
        todo!()
    }

    /// A port, or `None` if all are in use.
    pub fn take(&mut self, now: Instant) -> Option<Port> {
        let _ = now;
        todo!()
    }

    /// Gives a port back. One that was not taken is ignored.
    pub fn give(&mut self, now: Instant, port: Port) {
        let _ = (now, port);
        todo!()
    }

    /// Ports taken and not given back.
    pub fn in_use(&self) -> usize {
        todo!()
    }

    /// Ports that [`PortPool::take`] can still hand out, resting ones included.
    pub fn free(&self) -> usize {
        todo!()
    }
}
