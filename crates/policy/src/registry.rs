//! Policies by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::check::nearest;
use crate::customer::{CustomerContext, Kind};
use crate::direct::DirectFactory;
use crate::drs::LineFactory;
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

impl PolicyError {
    /// A mistake at `path` ("" for the item itself), without a hint.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
            hint: None,
        }
    }
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
    /// The builtin policies: `trm`, `direct` and `drs_line`.
    pub fn new() -> Self {
        let mut registry = Self {
            factories: BTreeMap::new(),
        };
        registry.register("trm", Box::new(TrmFactory));
        registry.register("direct", Box::new(DirectFactory));
        registry.register("drs_line", Box::new(LineFactory));
        registry
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

/// Reads the settings of a policy into a type of its own.
///
/// # Errors
/// What serde says, as one mistake of the whole item.
pub fn settings<T: for<'de> Deserialize<'de>>(with: &serde_yaml::Value) -> Result<T, Vec<PolicyError>> {
    T::deserialize(with).map_err(|error| vec![PolicyError::new("", error.to_string())])
}

/// `{ policy: trm, tree: NAME }`: the tree was compiled once, all its numbers share it.
struct TrmFactory;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrmSettings {
    tree: String,
}

impl Factory for TrmFactory {
    fn build(
        &self,
        with: &serde_yaml::Value,
        customer: &CustomerContext,
    ) -> Result<Arc<dyn RoutingPolicy>, Vec<PolicyError>> {
        let TrmSettings { tree } = settings(with)?;
        if let Some(trm) = customer.trees.get(&tree) {
            return Ok(Arc::clone(trm) as Arc<dyn RoutingPolicy>);
        }
        if customer.unread.contains(&(Kind::Tree, tree.clone())) {
            return Err(Vec::new());
        }
        let hint = nearest(&tree, customer.trees.keys().map(String::as_str));
        Err(vec![PolicyError {
            path: "tree".into(),
            message: format!("there is no tree '{tree}'"),
            hint,
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Node, RejectNode, Tree, Trm};

    fn customer() -> CustomerContext {
        let refuse = Node::Reject(RejectNode {
            status: 603,
            cause: Some(21),
            reason: "Decline".into(),
        });
        let tree = Tree {
            name: "main".into(),
            zone: "Europe/Brussels".into(),
            start: "refuse".into(),
            nodes: BTreeMap::from([("refuse".into(), refuse)]),
            ..Tree::default()
        };
        let mut customer = CustomerContext {
            trunks: ["pstn".into()].into(),
            ..CustomerContext::default()
        };
        let trm = Trm::unchecked(tree, &customer);
        customer.trees.insert("main".into(), Arc::new(trm));
        customer.unread.insert((Kind::Tree, "broken".into()));
        customer
    }

    fn build(policy: &str, with: &str) -> Result<Arc<dyn RoutingPolicy>, Vec<PolicyError>> {
        let registry = Registry::new();
        registry
            .get(policy)
            .unwrap()
            .build(&serde_yaml::from_str(with).unwrap(), &customer())
    }

    fn refusal(policy: &str, with: &str) -> PolicyError {
        let mut faults = build(policy, with).map(drop).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.remove(0)
    }

    #[test]
    fn builtin_policies_are_found_by_name() {
        let registry = Registry::new();
        assert_eq!(
            registry.names().collect::<Vec<_>>(),
            ["direct", "drs_line", "trm"]
        );
        assert!(registry.get("random").is_none());
    }

    #[test]
    fn numbers_of_one_tree_share_it() {
        pointsman_conformance::shows(&["TRM-01 several"]);
        let version = build("trm", "{ tree: main }").unwrap().version().to_owned();
        assert_eq!(version.len(), 16);
        assert_eq!(version, customer().trees["main"].version());
    }

    #[test]
    fn mistakes_name_their_place() {
        let unknown = refusal("trm", "{ tree: mian }");
        assert_eq!(
            (unknown.path.as_str(), unknown.message.as_str()),
            ("tree", "there is no tree 'mian'")
        );
        assert_eq!(unknown.hint.as_deref(), Some("did you mean 'main'?"));
        assert!(
            refusal("trm", "{ tree: main, record: true }")
                .message
                .contains("record")
        );
        assert!(refusal("trm", "{}").message.contains("tree"));
        let trunk = refusal("direct", "{ trunk: psnt }");
        assert_eq!(
            (trunk.path.as_str(), trunk.hint.as_deref()),
            ("trunk", Some("did you mean 'pstn'?"))
        );
        assert_eq!(refusal("direct", "{ trunk: pstn, ring: 5m }").path, "ring");
    }

    #[test]
    fn a_tree_refused_elsewhere_is_no_second_mistake() {
        assert_eq!(build("trm", "{ tree: broken }").map(drop), Err(Vec::new()));
    }
}
