//! What a change of the configuration would do, in lines for people.

use std::fmt;

use crate::config::Config;

/// One thing that a change would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What changes: `number +3232000100`, `trunk pstn`, `bakery tree main node desk`.
    pub what: String,
    /// How: `added`, `removed`, `address 127.0.0.1:5071 becomes 127.0.0.1:5072`.
    pub how: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.how)
    }
}

/// What would change if `new` took the place of `old`.
#[must_use]
pub fn diff(old: &Config, new: &Config) -> Vec<Change> {
    let _ = (old, new);
    todo!()
}
