//! The checker's verdict on a tree, put where it belongs in the file.

use std::sync::Arc;

use pointsman_policy::CustomerContext;
use pointsman_policy::check::Fault as TreeFault;
use pointsman_policy::tree::{self, Tree};

use crate::source::{Collector, Source};
use crate::yaml::{Fault, steps};

/// Compiles a tree into the context; `false` if it is wrong.
pub(crate) fn compile(
    collector: &mut Collector,
    source: &Source,
    tree: Tree,
    context: &mut CustomerContext,
) -> bool {
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
    Fault {
        at: Some(source.value.place(path)),
        message: fault.message,
        help,
    }
}
