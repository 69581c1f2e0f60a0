//! Mistakes found while decoding.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de;

use super::mark::Span;
use super::value::Value;
use crate::suggest;

/// A mistake in one file: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: Option<Span>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) kind: FaultKind,
    /// The innermost list item or map entry it is in, by [`identity`].
    part: Option<usize>,
}

/// Tells apart the values of a file.
fn identity(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// What is done with a fault that stops a decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// It is reported.
    Plain,
    /// A key that must be there is not; a misspelt key beside it explains that.
    Missing,
    /// It follows from one that has been reported.
    Silent,
}

impl Fault {
    pub(crate) fn new(at: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            at: Some(at),
            message: message.into(),
            help: Some(help.into()),
            kind: FaultKind::Plain,
            part: None,
        }
    }

    /// A mistake that somebody else found and described.
    pub(crate) fn described(at: Span, message: String, help: Option<String>) -> Self {
        Self {
            at: Some(at),
            message,
            help,
            kind: FaultKind::Plain,
            part: None,
        }
    }

    fn anywhere(message: String, help: Option<String>) -> Self {
        Self {
            at: None,
            message,
            help,
            kind: FaultKind::Plain,
            part: None,
        }
    }

    /// Notes the part of an item it is in, unless a smaller one is known.
    pub(super) fn inside(mut self, part: &Value) -> Self {
        self.part.get_or_insert(identity(part));
        self
    }

    pub(super) fn within(mut self, at: Span) -> Self {
        self.at.get_or_insert(at);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    /// A second line of `message` is the help.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        match text.split_once('\n') {
            Some((message, help)) => Self::anywhere(message.to_owned(), Some(help.to_owned())),
            None => Self::anywhere(text, None),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        let (message, help) = missing(field, "…");
        Self {
            kind: FaultKind::Missing,
            ..Self::anywhere(message, Some(help))
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let help = suggest::help(variant, "choices", expected.iter().copied());
        Self::anywhere(format!("'{variant}' is not known here"), Some(help))
    }
}

/// What is said of a key that must be there and is not.
pub(crate) fn missing(key: &str, example: &str) -> (String, String) {
    (format!("'{key}' is missing"), format!("add {key}: {example}"))
}

/// Where mistakes go.
///
/// `serde` stops at the first one. So the part of the item that stopped it is put aside, and the item is
/// decoded again without it, until nothing stops it or what does is the item as a whole.
#[derive(Default)]
pub(crate) struct Sink {
    faults: RefCell<Vec<Fault>>,
    aside: RefCell<BTreeSet<usize>>,
}

/// Parts put aside in one file; beyond, a mistake hides the rest of its item.
const MOST_ASIDE: usize = 200;

impl Sink {
    pub(super) fn push(&self, fault: Fault) {
        if fault.kind != FaultKind::Silent {
            self.faults.borrow_mut().push(fault);
        }
    }

    /// Takes a fault that stopped a decoding of a value at `at`, and says whether to try again without the
    /// part that is wrong.
    pub(super) fn goes_on_after(&self, fault: Fault, at: Span) -> bool {
        let part = fault.part;
        self.push(fault.within(at));
        let mut aside = self.aside.borrow_mut();
        aside.len() < MOST_ASIDE && part.is_some_and(|part| aside.insert(part))
    }

    pub(super) fn is_put_aside(&self, value: &Value) -> bool {
        let aside = self.aside.borrow();
        !aside.is_empty() && aside.contains(&identity(value))
    }

    pub(super) fn len(&self) -> usize {
        self.faults.borrow().len()
    }

    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.faults.into_inner()
    }
}
