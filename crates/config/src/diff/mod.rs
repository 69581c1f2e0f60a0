//! What a change of the configuration would do, in lines for people.

mod json;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value as Json;

use crate::config::Config;
use crate::model::{CustomerModel, NumberModel, TreeModel};

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

/// What would change if `new` took the place of `old`; empty if their versions are the same.
#[must_use]
pub fn diff(old: &Config, new: &Config) -> Vec<Change> {
    let (old, new) = (&old.model, &new.model);
    let mut changes = Changes::default();
    changes.values("node", &old.node, &new.node);
    for (name, pair) in pairs(&old.trunks, &new.trunks) {
        changes.item(&format!("trunk {name}"), pair);
    }
    for (name, pair) in pairs(&old.customers, &new.customers) {
        changes.customer(name, pair);
    }
    for (number, pair) in pairs(&old.numbers, &new.numbers) {
        changes.number(number, pair);
    }
    changes.0
}

/// The values of a name on both sides.
type Pair<'a, T> = (Option<&'a T>, Option<&'a T>);

fn pairs<'a, T>(
    old: &'a BTreeMap<String, T>,
    new: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a str, Pair<'a, T>)> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .map(|name| (name.as_str(), (old.get(name), new.get(name))))
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn push(&mut self, what: &str, how: impl Into<String>) {
        self.0.push(Change {
            what: what.to_owned(),
            how: how.into(),
        });
    }

    fn values(&mut self, what: &str, old: &Json, new: &Json) {
        for how in json::differences(old, new) {
            self.push(what, how);
        }
    }

    fn item(&mut self, what: &str, pair: Pair<'_, Json>) {
        match pair {
            (Some(old), Some(new)) => self.values(what, old, new),
            (None, Some(new)) => self.push(what, format!("added, {}", json::brief(new))),
            (Some(_), None) => self.push(what, "removed"),
            (None, None) => {}
        }
    }

    fn customer(&mut self, name: &str, pair: Pair<'_, CustomerModel>) {
        let (old, new) = match pair {
            (Some(old), Some(new)) => (old, new),
            (None, Some(new)) => {
                let trees = new.trees.len();
                let plural = if trees == 1 { "" } else { "s" };
                return self.push(
                    &format!("customer {name}"),
                    format!("added, with {trees} routing tree{plural}"),
                );
            }
            _ => return self.push(&format!("customer {name}"), "removed"),
        };
        self.values(&format!("customer {name}"), &old.settings, &new.settings);
        let none = BTreeMap::new();
        for (kind, items) in &new.items {
            for (item, pair) in pairs(old.items.get(kind).unwrap_or(&none), items) {
                self.item(&format!("{name} {kind} {item}"), pair);
            }
        }
        for (tree, pair) in pairs(&old.trees, &new.trees) {
            self.tree(&format!("{name} tree {tree}"), pair);
        }
    }

    fn tree(&mut self, what: &str, pair: Pair<'_, TreeModel>) {
        match pair {
            (Some(old), Some(new)) => {
                self.values(what, &old.settings, &new.settings);
                for (node, pair) in pairs(&old.nodes, &new.nodes) {
                    self.item(&format!("{what} node {node}"), pair);
                }
            }
            (None, Some(new)) => self.push(what, format!("added, with {} nodes", new.nodes.len())),
            _ => self.push(what, "removed"),
        }
    }

    fn number(&mut self, number: &str, pair: Pair<'_, NumberModel>) {
        let what = if number == "*" {
            "every other number".to_owned()
        } else {
            format!("number {number}")
        };
        match pair {
            (Some(old), Some(new)) => {
                let (was, is) = (routed_by(old), routed_by(new));
                if was != is {
                    self.push(&what, format!("now routed by {is}, was {was}"));
                }
                let (was, is) = (is_recorded(old), is_recorded(new));
                if was != is {
                    self.push(&what, if is { "now recorded" } else { "no longer recorded" });
                }
            }
            (None, Some(new)) => {
                let recorded = if is_recorded(new) { ", recorded" } else { "" };
                self.push(&what, format!("added, routed by {}{recorded}", routed_by(new)));
            }
            _ => self.push(&what, "removed"),
        }
    }
}

/// `bakery tree main`, `direct { trunk: uas }`.
fn routed_by(number: &NumberModel) -> String {
    let text = |key: &str| number.settings.get(key).and_then(Json::as_str);
    let owner = if number.customer.is_empty() {
        String::new()
    } else {
        format!("{} ", number.customer)
    };
    if let (Some("trm"), Some(tree)) = (text("policy"), text("tree")) {
        return format!("{owner}tree {tree}");
    }
    let mut settings = number.settings.clone();
    if let Some(settings) = settings.as_object_mut() {
        settings.remove("policy");
        settings.remove("record");
    }
    format!(
        "{owner}policy {} {}",
        text("policy").unwrap_or_default(),
        json::brief(&settings)
    )
}

fn is_recorded(number: &NumberModel) -> bool {
    number
        .settings
        .get("record")
        .and_then(Json::as_bool)
        .unwrap_or(false)
}
