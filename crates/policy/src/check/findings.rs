//! What was found, one fault per place.

use std::collections::BTreeMap;

use super::{Example, Fault};

/// Faults by place. A place that is already known to be wrong gets no second message, at most an example.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    by_place: BTreeMap<(Option<String>, String), Fault>,
}

impl Findings {
    /// Adds a fault at a place in a node, or in the tree itself.
    pub(crate) fn add(&mut self, node: Option<&str>, path: &str, message: String, hint: Option<String>) {
        let place = (node.map(str::to_owned), path.to_owned());
        self.by_place
            .entry(place)
            .or_insert_with_key(|(node, path)| Fault {
                node: node.clone(),
                path: path.clone(),
                message,
                hint,
                example: None,
            });
    }

    /// Is anything wrong at this place?
    pub(crate) fn has(&self, node: Option<&str>, path: &str) -> bool {
        self.by_place
            .contains_key(&(node.map(str::to_owned), path.to_owned()))
    }

    /// Gives the fault at this place an example, if it has none yet.
    pub(crate) fn exemplify(&mut self, node: Option<&str>, path: &str, example: Option<Example>) {
        if let Some(fault) = self.by_place.get_mut(&(node.map(str::to_owned), path.to_owned()))
            && fault.example.is_none()
        {
            fault.example = example;
        }
    }

    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.by_place.into_values().collect()
    }
}
