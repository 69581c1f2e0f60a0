//! SIP as sans-IO state machines.
//!
//! # What it does
//! Reads and writes SIP messages ([`Message`], [`Builder`]), their values ([`Uri`], [`NameAddr`], [`Via`],
//! [`Params`]), cuts streams into messages ([`Framer`]), runs all transactions of one shard
//! ([`TransactionLayer`]), keeps dialogs ([`Dialog`]), repeats our 2xx until its ACK ([`OkRetransmit`]) and asks for credentials
//! ([`Authenticator`]).
//!
//! # What it never does
//! Reads a clock, opens a socket, starts a thread, takes a lock. It decides nothing about calls: which request
//! is allowed, which body is understood and who is rung is its user's business, and so are 405, 415, 420, 482
//! and 483. It resolves no names. It panics on no input.
//!
//! # Start reading at
//! [`Message::parse`] and `message/scan.rs` for octets; `transaction/client_invite.rs` for the shape of a
//! machine, then `transaction/layer.rs` for what drives it; `dialog/mod.rs`.
//!
//! # Invariants
//! - A parsed message is one `Bytes` and a table of positions; decoding allocates, scanning does not (unless a
//!   message has more than 24 header lines or a method of its own).
//! - What the builder writes can be scanned, and no value given to it can begin a line.
//! - A machine is an enum consumed by value; the table above it is read back and walked by a test.
//! - After every input the owner drains; then [`TransactionLayer::poll_timeout`] names a deadline that somebody
//!   waits for, or there is none.
//! - Handles are never reused. The same seed and inputs give the same octets. No hash map is iterated.
#![forbid(unsafe_code)]

mod builder;
mod decimal;
mod dialog;
mod digest;
mod message;
mod method;
mod name;
mod name_addr;
mod ok_retransmit;
mod params;
mod status;
mod stream;
mod syntax;
#[cfg(test)]
mod testing;
mod transaction;
mod transport;
mod uri;
mod via;

pub use builder::Builder;
pub use dialog::{Dialog, DialogError, DialogId, dialog_key_of};
pub use digest::{Algorithm, Authenticator, Credentials, Proof};
pub use message::{Message, ParseError};
pub use method::Method;
pub use name::Name;
pub use name_addr::NameAddr;
pub use ok_retransmit::{OkAction, OkRetransmit};
pub use params::Params;
pub use status::Status;
pub use stream::{BreakReason, Broken, Connect, Frame, Framer, MAX_BODY};
pub use transaction::{
    ClientTx, Counts, Ended, LayerConfig, Refusal, SentAck, ServerTx, Timers, TransactionEvent,
    TransactionLayer, Verdict,
};
pub use transport::{ConnectionId, Flow, Transmit, Transport, UnsupportedTransport};
pub use uri::{Scheme, Uri, UriError};
pub use via::Via;
