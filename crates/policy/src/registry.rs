//! Policies by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::customer::CustomerContext;
use crate::step::RoutingPolicy;

/// A mistake in the settings of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyError {
    /// Path inside the item, such as `dial.ring` or `branches[1].prefixes[0]`; "" for the item itself.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// Builds a policy from its settings in YAML.
pub trait Factory: Send + Sync {
    /// Builds the policy for one number.
    ///
    /// `with` is the number's map without the keys that belong to the number itself (`policy`, `record`, `country`).
    ///
    /// # Errors
    /// All mistakes found. An empty list means that the cause is reported elsewhere (a tree that did not load).
    fn build(
        &self,
        with: &serde_yaml::Value,
        customer: &CustomerContext,
    ) -> Result<Arc<dyn RoutingPolicy>, Vec<PolicyError>>;
}

/// The policies a configuration may name.
pub struct Registry {
    factories: BTreeMap<String, Box<dyn Factory>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// The builtin policies: `trm` and `direct`.
    pub fn new() -> Self {
        Self {
            factories: BTreeMap::new(),
        }
    }

    /// Adds a policy, or replaces the one of that name.
    pub fn register(&mut self, name: &str, factory: Box<dyn Factory>) {
        self.factories.insert(name.into(), factory);
    }

    /// The factory of that name.
    pub fn get(&self, name: &str) -> Option<&dyn Factory> {
        self.factories.get(name).map(|factory| &**factory)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(String::as_str)
    }
}
