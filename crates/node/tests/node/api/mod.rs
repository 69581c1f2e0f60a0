//! The HTTP API under `/v1`.

mod audit;
pub(crate) mod client;
mod customers;
mod document;
mod events;
mod examples;
mod recordings;
mod schema;
mod tenants;
mod tokens;
