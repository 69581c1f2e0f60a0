//! Octets as the choices of a chaos script.

use pointsman_sim::chaos::{self, Script};

/// No invariant of the world breaks, whatever the script.
pub fn world(octets: &[u8]) {
    let outcome = chaos::run(&Script::from_bytes(octets));
    assert!(outcome.faults.is_empty(), "{:#?}", outcome.faults);
}
