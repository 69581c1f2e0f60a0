//! A world's switch put through its own journal.

use std::sync::Arc;

use pointsman_call::{Difference, Line, Replay, Routing, Shard};

use super::World;

impl World {
    /// Writes down what goes into the switch and comes out of it; to be called before anything happens.
    pub fn record(&mut self) {
        self.shard.record(self.began);
    }

    /// Puts the journal, as it would stand on a disk, through another switch made as this one was. Returns the numbers
    /// of inputs and outputs.
    ///
    /// # Errors
    /// The first output that is not the same.
    ///
    /// # Panics
    /// A line of the journal cannot be written or read again.
    pub fn replay(&mut self) -> Result<(usize, usize), Box<Difference>> {
        let lines = self.shard.take_journal();
        self.replay_of(lines)
    }

    /// The same with other lines.
    ///
    /// # Errors
    /// As [`Self::replay`].
    ///
    /// # Panics
    /// As [`Self::replay`].
    pub fn replay_of(&self, lines: Vec<Line>) -> Result<(usize, usize), Box<Difference>> {
        let shard = Shard::new(self.config.clone(), self.routing.clone());
        let mut replay = Replay::new(shard, self.began);
        let routing = self.routing.clone();
        for line in lines {
            let text = serde_json::to_string(&line).expect("a line can be written");
            let line: Line = serde_json::from_str(&text).expect("what was written can be read");
            let of_version = |version: &str| {
                let known = version == routing.version;
                Some(if known {
                    routing.clone()
                } else {
                    Arc::new(Routing::default())
                })
            };
            replay.take(line, of_version)?;
        }
        replay.finish()
    }
}
