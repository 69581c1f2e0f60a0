//! Fuzz targets: plain functions that take octets and check properties.
//!
//! # What it does
//! Each target feeds octets to one door of the switch and asserts what must hold whatever they are: no panic, what was
//! written can be read again, nothing grows beyond its input, no invariant of a world breaks. [`TARGETS`] lists them;
//! [`Damage`] damages seeds in a repeatable way.
//!
//! # What it never does
//! No clock, no threads, no sockets. It is no part of the switch.
//!
//! # Start reading at
//! [`TARGETS`]. The corpora are in `fuzz/corpus/`, one folder for each target; `tests/replay.rs` replays them and a
//! seeded run of mutations on stable, `fuzz/` has the same functions for `cargo fuzz`.
//!
//! # Invariants
//! The same octets do the same.
#![forbid(unsafe_code)]

mod config;
#[path = "../../sip/tests/mutate/damage.rs"]
mod damage;
mod datagrams;
#[path = "../../sip/tests/mutate/framed.rs"]
mod framed;
mod framing;
mod message;
mod rtp;
mod sdp;
mod uri;
mod world;

pub use config::config;
pub use datagrams::datagrams;
pub use framing::framing;
pub use message::message;
pub use rtp::rtp;
pub use sdp::sdp;
pub use uri::uri;
pub use world::world;

/// A fuzz target: panics when a property does not hold.
pub type Target = fn(&[u8]);

/// Every target by name, as its folder in `fuzz/corpus/` is called.
pub const TARGETS: [(&str, Target); 8] = [
    ("message", message),
    ("framing", framing),
    ("uri", uri),
    ("sdp", sdp),
    ("rtp", rtp),
    ("config", config),
    ("datagrams", datagrams),
    ("world", world),
];

/// Repeatable damage to octets.
pub struct Damage(damage::Dice);

impl Damage {
    /// The same seed, the same damage.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(damage::Dice(seed | 1 << 63))
    }

    /// Below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0.roll(sides)
    }

    /// One of `count` seeds, damaged in a few places, with pieces of another one.
    pub fn of<'a>(&mut self, seeds: impl Fn(usize) -> &'a [u8], count: usize) -> Vec<u8> {
        let mut octets = seeds(self.roll(count)).to_vec();
        let other = seeds(self.roll(count));
        damage::mutate(&mut self.0, &mut octets, other);
        octets
    }
}
