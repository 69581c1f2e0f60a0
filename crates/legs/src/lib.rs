//! Simulated telephone legs: phones that are called, and phones that call, with real SIP and real audio.
//!
//! # What it does
//! Plays the other end of a trunk. [`Phone`] is a user agent with many simultaneous calls whose behaviour is
//! chosen by the called number ([`Numbers`], [`behaviour`]) or by the call to place ([`CallSpec`]); each call ends
//! in a [`CallReport`] with what was signalled, said and heard. [`Legs`] runs phones over UDP sockets.
//!
//! # What it never does
//! It is no part of the switch and shares nothing with it but the `sip` and `media` crates. It does not register,
//! authenticate, or follow redirects.
//!
//! # Start reading at
//! [`behaviour`] for what a number can do, then `phone/mod.rs`, then `run/mod.rs`.
//!
//! # Invariants
//! [`phone`] has no socket, clock or thread: the same seed and the same inputs give the same outputs. Every call
//! ends: by itself, by its other side, by a SIP timer, or by [`CallSpec::longest`]. A call that ended holds no port.

pub mod behaviour;
pub mod cause;
mod forms;
mod numbers;
pub mod phone;
mod report;
mod run;
mod seed;
pub mod sound;
mod spec;

pub use behaviour::{Behaviour, Speak, Talk};
pub use cause::Flavour;
pub use numbers::{Numbers, NumbersError};
pub use phone::{CallError, Phone, PhoneConfig, PhoneEvent};
pub use report::{CallId, CallReport, EndedBy, Role, RtpCounts, Track};
pub use run::{Legs, LegsError, PendingCall, PhoneSetup, WaitError};
pub use spec::CallSpec;
