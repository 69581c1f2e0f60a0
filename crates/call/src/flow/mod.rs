//! The flows of a call, one file each; all of them are methods of `Call`.

mod announce;
pub(crate) mod answer;
mod ask;
pub(crate) mod collect;
pub(crate) mod dial;
mod end;
mod exchange;
pub(crate) mod hunt;
mod in_dialog;
mod media;
pub(crate) mod originate;
mod passing;
pub(crate) mod queue;
pub(crate) mod record;
mod route;
mod transfer;
