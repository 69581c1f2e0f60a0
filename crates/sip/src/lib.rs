//! SIP as sans-IO state machines: messages, transactions and dialogs.
#![forbid(unsafe_code)]

mod builder;
mod dialog;
mod message;
mod method;
mod name;
mod name_addr;
mod ok_retransmit;
mod params;
mod status;
mod syntax;
#[cfg(test)]
mod testing;
mod transaction;
mod transport;
mod uri;
mod via;

pub use builder::Builder;
pub use dialog::{Dialog, DialogError, DialogId, dialog_key_of};
pub use message::{Message, ParseError};
pub use method::Method;
pub use name::Name;
pub use name_addr::NameAddr;
pub use ok_retransmit::{OkAction, OkRetransmit};
pub use params::Params;
pub use status::Status;
pub use transaction::{
    ClientTx, Counts, Ended, LayerConfig, ServerTx, Timers, TransactionEvent, TransactionLayer,
};
pub use transport::{Flow, Transmit, Transport, UnsupportedTransport};
pub use uri::{Scheme, Uri, UriError};
pub use via::Via;
