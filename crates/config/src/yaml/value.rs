//! A YAML value with the place of every key and value: what decoding, checking and hints work on.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::mark::{self, Mark, Shape, Span, SyntaxError};
use super::raw::Raw;

/// One value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) at: Span,
    pub(crate) kind: Kind,
    /// A scalar as written in the file, without its quotes.
    pub(crate) text: String,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(serde_yaml::Number),
    Text(String),
    List(Vec<Value>),
    Map(Vec<Entry>),
}

/// One entry of a map.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: Span,
    pub(crate) value: Value,
}

/// What is wrong with a text before any form is considered.
#[derive(Debug)]
pub(crate) enum TextFault {
    /// A key stands twice in one map; the first one counts.
    Duplicate { key: String, at: Span, first: Span },
    /// A key that YAML reads as something else than text; it counts as written.
    KeyNotText { key: String, at: Span },
    /// A `!tag`; the value counts without it.
    Tag { tag: String, at: Span },
}

/// Reads `text`: the values by `serde_yaml`, the places by a second parse.
///
/// The second part lists what is wrong without being a syntax error.
pub(crate) fn read(text: &str) -> Result<(Value, Vec<TextFault>), SyntaxError> {
    let empty = || Value {
        at: Span {
            line: 1,
            column: 1,
            width: 1,
        },
        kind: Kind::Null,
        text: String::new(),
    };
    let Some(mark) = mark::parse(text)? else {
        return Ok((empty(), Vec::new()));
    };
    let raw: Raw = serde_yaml::from_str(text).map_err(|error| syntax(&error))?;
    let mut faults = Vec::new();
    let value = join(raw, &mark, &mut faults);
    Ok((value, faults))
}

fn syntax(error: &serde_yaml::Error) -> SyntaxError {
    let at = error.location().map_or(
        Span {
            line: 1,
            column: 1,
            width: 1,
        },
        |place| Span {
            line: place.line(),
            column: place.column(),
            width: 1,
        },
    );
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    SyntaxError { at, message }
}

/// Puts values and places together. Where the two parsers see different shapes the value takes the
/// place of what surrounds it.
fn join(raw: Raw, mark: &Mark, faults: &mut Vec<TextFault>) -> Value {
    let kind = match raw {
        Raw::Null => Kind::Null,
        Raw::Bool(value) => Kind::Bool(value),
        Raw::Number(value) => Kind::Number(value),
        Raw::Text(value) => Kind::Text(value),
        Raw::Tagged(tag, value) => {
            faults.push(TextFault::Tag { tag, at: mark.at });
            return join(*value, mark, faults);
        }
        Raw::List(items) => Kind::List(join_list(items, mark, faults)),
        Raw::Map(entries) => Kind::Map(join_map(entries, mark, faults)),
    };
    Value {
        at: mark.at,
        kind,
        text: mark.text.clone(),
    }
}

fn join_list(items: Vec<Raw>, mark: &Mark, faults: &mut Vec<TextFault>) -> Vec<Value> {
    let marks: &[Rc<Mark>] = if let Shape::List(marks) = &mark.shape {
        marks
    } else {
        &[]
    };
    let place = |index: usize| marks.get(index).map_or(mark, Rc::as_ref);
    items
        .into_iter()
        .enumerate()
        .map(|(index, raw)| join(raw, place(index), faults))
        .collect()
}

fn join_map(entries: Vec<(Raw, Raw)>, mark: &Mark, faults: &mut Vec<TextFault>) -> Vec<Entry> {
    let marks: &[(Rc<Mark>, Rc<Mark>)] = if let Shape::Map(marks) = &mark.shape {
        marks
    } else {
        &[]
    };
    let mut joined: Vec<Entry> = Vec::with_capacity(entries.len());
    let mut known: BTreeMap<String, Span> = BTreeMap::new();
    for (index, (key, value)) in entries.into_iter().enumerate() {
        let (key_mark, value_mark) = marks
            .get(index)
            .map_or((mark, mark), |(key, value)| (key.as_ref(), value.as_ref()));
        let at = key_mark.at;
        let key = if let Raw::Text(key) = key {
            key
        } else {
            let written = key_mark.text.clone();
            faults.push(TextFault::KeyNotText {
                key: written.clone(),
                at,
            });
            written
        };
        if let Some(first) = known.get(&key) {
            faults.push(TextFault::Duplicate {
                key,
                at,
                first: *first,
            });
            continue;
        }
        known.insert(key.clone(), at);
        joined.push(Entry {
            key,
            key_at: at,
            value: join(value, value_mark, faults),
        });
    }
    joined
}

impl Value {
    /// The entry `key` of a map.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The deepest place that `path` reaches: the value of its last segment where it is a scalar, else
    /// the key. Segments are keys or list positions.
    pub(crate) fn place<'s>(&self, path: impl IntoIterator<Item = &'s str>) -> Span {
        self.place_or(path, self.at)
    }

    /// As [`Self::place`]; `at` if not even the first step exists.
    pub(crate) fn place_or<'s>(&self, path: impl IntoIterator<Item = &'s str>, at: Span) -> Span {
        let mut here = self;
        let mut at = at;
        for segment in path {
            match &here.kind {
                Kind::Map(_) => {
                    let Some(entry) = here.entry(segment) else {
                        return at;
                    };
                    here = &entry.value;
                    let container = matches!(here.kind, Kind::Map(_) | Kind::List(_) | Kind::Null);
                    at = if container { entry.key_at } else { here.at };
                }
                Kind::List(items) => {
                    let Some(item) = segment.parse::<usize>().ok().and_then(|index| items.get(index)) else {
                        return at;
                    };
                    here = item;
                    at = item.at;
                }
                _ => return at,
            }
        }
        at
    }

    /// What a mistake message calls this value.
    pub(crate) fn described(&self) -> String {
        match &self.kind {
            Kind::Null => "nothing".to_owned(),
            Kind::Bool(value) => value.to_string(),
            Kind::Number(_) => format!("the number {}", self.text),
            Kind::Text(text) => format!("the text '{text}'"),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
        }
    }

    /// The same value as JSON, with the keys of maps in order: equal for texts that mean the same.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.kind {
            Kind::Null => Json::Null,
            Kind::Bool(value) => (*value).into(),
            Kind::Number(_) | Kind::Text(_) => self.scalar().into(),
            Kind::List(items) => items.iter().map(Self::to_json).collect(),
            Kind::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect(),
        }
    }

    fn scalar(&self) -> String {
        match &self.kind {
            Kind::Text(text) => text.clone(),
            Kind::Number(number) => number.to_string(),
            _ => self.text.clone(),
        }
    }

    /// The same value for a policy factory.
    pub(crate) fn to_yaml(&self) -> serde_yaml::Value {
        match &self.kind {
            Kind::Null => serde_yaml::Value::Null,
            Kind::Bool(value) => (*value).into(),
            Kind::Number(value) => serde_yaml::Value::Number(value.clone()),
            Kind::Text(value) => value.as_str().into(),
            Kind::List(items) => serde_yaml::Value::Sequence(items.iter().map(Self::to_yaml).collect()),
            Kind::Map(entries) => serde_yaml::Value::Mapping(
                entries
                    .iter()
                    .map(|entry| (entry.key.as_str().into(), entry.value.to_yaml()))
                    .collect(),
            ),
        }
    }
}

/// The steps of a path such as `caller.branches[1].prefixes[0]`.
pub(crate) fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']']).filter(|step| !step.is_empty())
}
