//! What a customer bought: formulas, entitlements, limits, periods.
//!
//! # What it does
//! Holds the four formulas and what each includes ([`Contract::entitlement`]), every number of the service description
//! with its paragraph ([`limits`]), and counts calendar months ([`months_after`]). A refusal says which paragraph it
//! rests on.
//!
//! # What it never does
//! No I/O and no clock; it knows no SIP, no call and no configuration file.
//!
//! # Start reading at
//! [`Contract`]; the data is in `data/entitlements.yaml` and `data/limits.yaml`.
//!
//! # Invariants
//! What is unavailable in a formula cannot be ordered; what is included is on without an order (FRM-02).
#![forbid(unsafe_code)]

mod contract;
mod element;
mod formula;
mod limits;
mod period;

pub use contract::{Contract, Entitlement, NoDisasterPlans, OrderError, Refusal};
pub use element::{Availability, Element, Language, UnknownElement};
pub use formula::{Formula, UnknownFormula};
pub use limits::{
    ContractLimits, DeskLimits, DrsLimits, Exceeded, Limit, Limits, OutboundLimits, PortalLimits,
    PromptLimits, Range, RecordingLimits, limits,
};
pub use period::months_after;
