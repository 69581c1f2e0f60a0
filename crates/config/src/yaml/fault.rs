//! Mistakes found while decoding.

use std::cell::RefCell;
use std::fmt;

use serde::de;

use super::mark::Span;
use crate::suggest;

/// A mistake in one file: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: Option<Span>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) kind: FaultKind,
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
        }
    }

    /// A mistake that somebody else found and described.
    pub(crate) fn described(at: Span, message: String, help: Option<String>) -> Self {
        Self {
            at: Some(at),
            message,
            help,
            kind: FaultKind::Plain,
        }
    }

    fn anywhere(message: String, help: Option<String>) -> Self {
        Self {
            at: None,
            message,
            help,
            kind: FaultKind::Plain,
        }
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

/// Where the mistakes that do not stop a decoding go.
#[derive(Default)]
pub(crate) struct Sink(RefCell<Vec<Fault>>);

impl Sink {
    pub(crate) fn push(&self, fault: Fault) {
        if fault.kind != FaultKind::Silent {
            self.0.borrow_mut().push(fault);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.0.into_inner()
    }
}
