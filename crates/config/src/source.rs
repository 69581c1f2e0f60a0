//! The files of one configuration, and the mistakes found in them.

use std::path::{Path, PathBuf};

use pointsman_policy::check::nearest;
use serde::Deserialize;

use crate::files::{Files, plain};
use crate::report::{Mistake, Report};
use crate::yaml::{self, Fault, FaultKind, Kind, Sink, Span, TextFault, Value, missing};

/// Most bytes of a YAML file.
const LARGEST: usize = 1024 * 1024;

/// One YAML file that has been read.
#[derive(Debug)]
pub(crate) struct Source {
    /// As named, for messages.
    pub(crate) path: PathBuf,
    /// Position in the order of reading.
    order: usize,
    text: String,
    pub(crate) value: Value,
}

impl Source {
    /// `path:line:column` of a place, for naming it in another message.
    pub(crate) fn place(&self, at: Span) -> String {
        format!("{}:{}:{}", self.path.display(), at.line, at.column)
    }

    /// A path written in this file: relative to the file.
    pub(crate) fn resolve(&self, written: &str) -> PathBuf {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        plain(&folder.join(written))
    }
}

/// Collects mistakes; the only way to make one.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    mistakes: Vec<(usize, Mistake)>,
    sources: usize,
}

impl Collector {
    /// Reads a YAML file. `None`: it could not be read, and why is among the mistakes.
    ///
    /// `named_by` is the place that names the file, for a file that does not exist.
    pub(crate) fn read(
        &mut self,
        files: &dyn Files,
        path: &Path,
        named_by: Option<(&Source, Span)>,
    ) -> Option<Source> {
        let order = self.sources;
        self.sources += 1;
        match text_of(files, path) {
            Ok(text) => self.parse(order, path, text),
            Err(why) => {
                match named_by {
                    Some((source, at)) => {
                        self.add(
                            source,
                            at,
                            format!("{} {why}", path.display()),
                            "correct the path, or remove it",
                        );
                    }
                    None => self.push(order, mistake(path, None, why, None)),
                }
                None
            }
        }
    }

    fn parse(&mut self, order: usize, path: &Path, text: String) -> Option<Source> {
        let (value, faults) = match yaml::read(&text) {
            Ok(read) => read,
            Err(error) => {
                let message = format!("this is not YAML: {}", error.message);
                let help = help_for_syntax(&text, error.at);
                self.push(order, mistake(path, Some((error.at, &text)), message, help));
                return None;
            }
        };
        let source = Source {
            path: path.to_owned(),
            order,
            text,
            value,
        };
        for fault in faults {
            let fault = describe(&source, fault);
            self.fault(&source, fault);
        }
        Some(source)
    }

    /// Decodes a value of a file; `None` if it cannot be.
    pub(crate) fn decode<T: for<'de> Deserialize<'de>>(
        &mut self,
        source: &Source,
        value: &Value,
    ) -> Option<T> {
        let sink = Sink::default();
        let decoded = yaml::decode(value, &sink);
        for fault in sink.into_faults() {
            self.fault(source, fault);
        }
        decoded
    }

    /// Adds a mistake.
    pub(crate) fn add(
        &mut self,
        source: &Source,
        at: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.fault(source, Fault::new(at, message, help));
    }

    pub(crate) fn fault(&mut self, source: &Source, fault: Fault) {
        if fault.kind == FaultKind::Silent {
            return;
        }
        let at = fault.at.map(|at| (at, source.text.as_str()));
        self.push(source.order, mistake(&source.path, at, fault.message, fault.help));
    }

    /// Adds a mistake that is in no place of any file.
    pub(crate) fn general(&mut self, path: &Path, message: impl Into<String>, help: impl Into<String>) {
        self.push(0, mistake(path, None, message.into(), Some(help.into())));
    }

    fn push(&mut self, order: usize, mistake: Mistake) {
        let known = self
            .mistakes
            .iter()
            .any(|(other, known)| *other == order && *known == mistake);
        if !known {
            self.mistakes.push((order, mistake));
        }
    }

    /// Reports a key that must be in `map` and is not, unless a misspelt one explains that, which has been
    /// reported as an unknown key.
    pub(crate) fn missing(&mut self, source: &Source, map: (&Value, Span), (key, example): (&str, &str)) {
        let (value, at) = map;
        let is_misspelt = match &value.kind {
            Kind::Map(entries) => entries
                .iter()
                .any(|entry| nearest(&entry.key, [key].into_iter()).is_some()),
            _ => false,
        };
        if !is_misspelt {
            let (message, help) = missing(key, example);
            self.add(source, at, message, help);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// The mistakes by file, line and column.
    pub(crate) fn into_report(mut self) -> Report {
        self.mistakes
            .sort_by_key(|(order, mistake)| (*order, mistake.line, mistake.column));
        Report {
            mistakes: self.mistakes.into_iter().map(|(_, mistake)| mistake).collect(),
        }
    }
}

fn mistake(path: &Path, at: Option<(Span, &str)>, message: String, help: Option<String>) -> Mistake {
    let span = at.map_or(
        Span {
            line: 0,
            column: 0,
            width: 0,
        },
        |(span, _)| span,
    );
    let snippet = at
        .and_then(|(span, text)| text.lines().nth(span.line.checked_sub(1)?))
        .map(str::to_owned);
    let room = snippet
        .as_ref()
        .map_or(1, |line| (line.chars().count() + 1).saturating_sub(span.column));
    Mistake {
        file: path.to_owned(),
        line: span.line,
        column: span.column,
        width: span.width.clamp(1, room.max(1)),
        message,
        help,
        snippet: snippet.filter(|line| !line.trim().is_empty()),
    }
}

fn text_of(files: &dyn Files, path: &Path) -> Result<String, String> {
    let bytes = files.read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        _ => format!("cannot be read: {error}"),
    })?;
    if bytes.len() > LARGEST {
        return Err(format!("is larger than {} KiB", LARGEST / 1024));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        format!("is not UTF-8 text (line {})", line + 1)
    })
}

/// The commonest reasons why a text is not YAML: a tab in the indentation, a sign with a meaning of its own.
fn help_for_syntax(text: &str, at: Span) -> Option<String> {
    let near = text.lines().enumerate().skip(at.line.saturating_sub(1)).take(2);
    let here = text
        .lines()
        .nth(at.line.saturating_sub(1))
        .and_then(|line| line.chars().nth(at.column.saturating_sub(1)));
    if let Some(sign @ ('*' | '&' | '%' | '@' | '`')) = here {
        return Some(format!("a text that begins with {sign} needs quotes"));
    }
    let indented = |line: &str| line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t');
    near.into_iter()
        .find(|(_, line)| indented(line))
        .map(|(index, _)| {
            format!(
                "line {} is indented with a tab; YAML allows only spaces there",
                index + 1
            )
        })
}

fn describe(source: &Source, fault: TextFault) -> Fault {
    match fault {
        TextFault::Duplicate { key, at, first } => Fault::new(
            at,
            format!(
                "'{key}' is written twice; the first one is at {}",
                source.place(first)
            ),
            "remove one of the two, or give it another name",
        ),
        TextFault::KeyNotText { key, at } => Fault::new(
            at,
            format!("the key {key} is read as something else than text"),
            format!("write it in quotes: \"{key}\""),
        ),
        TextFault::Tag { tag, at } => Fault::new(
            at,
            format!(
                "'!{}' is a YAML tag, which no setting has",
                tag.trim_start_matches('!')
            ),
            "remove it, or put the value in quotes",
        ),
    }
}
