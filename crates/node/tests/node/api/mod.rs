//! The HTTP API under `/v1`.

mod audit;
mod client;
mod customers;
mod document;
mod events;
mod examples;
mod recordings;
mod schema;
mod tenants;
mod tokens;
