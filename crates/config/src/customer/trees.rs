//! Routing trees: decoded node by node, checked, compiled, and the checker's verdict put where it belongs.

use std::sync::Arc;

use pointsman_policy::check::Fault as TreeFault;
use pointsman_policy::tree::yaml::NodeForm;
use pointsman_policy::tree::{self, Tree};
use pointsman_policy::{CustomerContext, Kind};

use super::Reading;
use crate::form::TreeFrame;
use crate::numbers::Number;
use crate::source::{Collector, Source};
use crate::yaml::{At, Each, Fault, Section, Span, steps};

impl Reading<'_> {
    /// Compiles the trees; returns the names of all.
    pub(super) fn read_trees(
        &mut self,
        section: Option<Section<Each<TreeFrame, false>>>,
        numbers: &[Number],
    ) -> Vec<String> {
        for number in numbers {
            if let Some(tree) = number.tree() {
                self.context
                    .bound
                    .entry(tree.to_owned())
                    .or_default()
                    .insert(number.number.clone());
            }
        }
        let Some(section) = section else { return Vec::new() };
        self.is_blind |= section.value.is_none();
        let mut names = Vec::new();
        for (name, item) in section.value.into_iter().flat_map(|each| each.0) {
            let compiled = self.read_tree(&name, item.key_at, item.value);
            if !compiled {
                self.context.unread.insert((Kind::Tree, name.clone()));
            }
            names.push(name);
        }
        names.sort_unstable();
        names
    }

    /// Whether the tree is right.
    fn read_tree(&mut self, name: &str, key_at: Span, frame: Option<TreeFrame>) -> bool {
        let Some(frame) = frame else { return false };
        let (has_start, has_nodes) = (frame.start.is_some(), frame.nodes.is_some());
        for (key, is_there, example) in [
            ("start", has_start, "with the first node"),
            ("nodes", has_nodes, "{ … }"),
        ] {
            let written = self
                .source
                .value
                .entry("trees")
                .and_then(|trees| trees.value.entry(name));
            if let (false, Some(tree)) = (is_there, written) {
                self.collector
                    .missing(self.source, (&tree.value, key_at), (key, example));
            }
        }
        let zone = frame
            .zone
            .map_or_else(|| Some(self.context.zone.clone()), |zone| zone.value);
        let start = frame.start.and_then(|start| start.value);
        let nodes = frame.nodes.and_then(|nodes| nodes.value);
        let (Some(start), Some(nodes), Some(zone)) = (start, nodes, zone) else {
            return false;
        };
        let mut tree = Tree {
            name: name.to_owned(),
            zone,
            start,
            ..Tree::default()
        };
        for (node, item) in nodes.0 {
            self.read_node(&mut tree, node, item);
        }
        if self.is_blind {
            return false;
        }
        compile(self.collector, self.source, tree, &mut self.context)
    }

    fn read_node(&mut self, tree: &mut Tree, name: String, item: At<NodeForm>) {
        let country = self.context.country.clone();
        match item.value.map(|form| form.read(&country)) {
            Some(Ok(node)) => {
                tree.nodes.insert(name, node);
            }
            Some(Err(errors)) => {
                for error in errors {
                    self.report(&["trees", &tree.name, "nodes", &name], error);
                }
                tree.unread.insert(name);
            }
            None => {
                tree.unread.insert(name);
            }
        }
    }
}

/// Compiles a tree into the context; `false` if it is wrong.
fn compile(collector: &mut Collector, source: &Source, tree: Tree, context: &mut CustomerContext) -> bool {
    let name = tree.name.clone();
    match tree::compile(tree, context) {
        Ok(compiled) => {
            context.trees.insert(name, Arc::new(compiled));
            true
        }
        Err(faults) => {
            for fault in faults {
                let fault = describe(source, &name, fault);
                collector.fault(source, fault);
            }
            false
        }
    }
}

/// A fault with its place, and the command that shows a lost call.
fn describe(source: &Source, tree: &str, fault: TreeFault) -> Fault {
    let node: Vec<&str> = fault
        .node
        .iter()
        .flat_map(|node| ["nodes", node.as_str()])
        .collect();
    let path = ["trees", tree].into_iter().chain(node).chain(steps(&fault.path));
    let shown = fault
        .example
        .map(|example| format!("a call that is lost: {}", example.command()));
    let help: Vec<String> = fault.hint.into_iter().chain(shown).collect();
    let help = (!help.is_empty()).then(|| help.join("\n      "));
    Fault::described(source.value.place(path), fault.message, help)
}
