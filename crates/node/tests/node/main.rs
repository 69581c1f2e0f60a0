//! The real daemon over real sockets: calls between simulated phones, HTTP, reload, restart and end.

mod calls;
mod http;
mod lifecycle;
mod process;
mod recording;
mod reload;
mod world;
