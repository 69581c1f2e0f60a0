//! A `serde` deserializer over [`Value`] whose errors know their place, and which reports every unknown
//! key instead of stopping at the first.

use std::fmt::Display;

use serde::de::{Deserialize, Deserializer, Expected, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{Entries, Items, Variant};
use super::each;
use super::fault::{Fault, FaultKind, Sink};
use super::mark::Span;
use super::value::{Entry, Kind, Value};
use crate::suggest;

/// Decodes `value`; `None` if it cannot be. All mistakes go to `sink`.
pub(crate) fn decode<'de, T: Deserialize<'de>>(value: &'de Value, sink: &'de Sink) -> Option<T> {
    let decoder = Decoder {
        value,
        key_at: value.at,
        sink,
    };
    loop {
        let fault = match T::deserialize(decoder) {
            Ok(decoded) => return Some(decoded),
            Err(fault) => fault,
        };
        if !sink.goes_on_after(fault, value.at) {
            return None;
        }
    }
}

/// One value about to be decoded.
#[derive(Clone, Copy)]
pub(super) struct Decoder<'de> {
    pub(super) value: &'de Value,
    /// The key that leads here, or the value itself.
    pub(super) key_at: Span,
    pub(super) sink: &'de Sink,
}

impl<'de> Decoder<'de> {
    fn expected(self, what: impl Display, help: impl Into<String>) -> Fault {
        Fault::new(
            self.value.at,
            format!("expected {what}, found {}", self.value.described()),
            help,
        )
    }

    fn entries(self, what: &str) -> Result<&'de [Entry], Fault> {
        match &self.value.kind {
            Kind::Map(entries) => Ok(entries),
            Kind::Null => Ok(&[]),
            _ => Err(self.expected(what, "write { key: value, … }, or one key a line, indented")),
        }
    }

    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let wanted = range_of(&(&visitor as &dyn Expected).to_string());
        let fault = self.expected(wanted, "write it in digits, without quotes");
        let Kind::Number(number) = &self.value.kind else {
            return Err(fault);
        };
        let visited = match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), _, _) => visitor.visit_u64(number),
            (_, Some(number), _) => visitor.visit_i64(number),
            (_, _, number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
        };
        visited.map_err(|_: Fault| fault)
    }

    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let wanted = (&visitor as &dyn Expected).to_string();
        if let Kind::Text(text) = &self.value.kind {
            return visitor.visit_borrowed_str(text).map_err(|mut fault: Fault| {
                fault.help.get_or_insert_with(|| format!("write {wanted}"));
                fault.within(self.value.at)
            });
        }
        let is_scalar = matches!(self.value.kind, Kind::Number(_) | Kind::Bool(_));
        Err(match (wanted.as_str(), is_scalar) {
            ("a string", true) => {
                self.expected("text", format!("write it in quotes: \"{}\"", self.value.text))
            }
            ("a string", false) => self.expected("text", "write a text here"),
            _ => self.expected(&wanted, "write it in quotes, as in the example"),
        })
    }
}

/// What a whole number may be, by the type that serde names.
fn range_of(wanted: &str) -> String {
    let most = match wanted {
        "u8" => u64::from(u8::MAX),
        "u16" => u64::from(u16::MAX),
        "u32" => u64::from(u32::MAX),
        _ => return "a number".to_owned(),
    };
    format!("a whole number from 0 to {most}")
}

impl<'de> Deserializer<'de> for Decoder<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value.kind {
            Kind::Null => visitor
                .visit_unit()
                .map_err(|fault: Fault| fault.within(self.value.at)),
            Kind::Bool(value) => visitor
                .visit_bool(*value)
                .map_err(|fault: Fault| fault.within(self.value.at)),
            Kind::Number(_) => self.number(visitor),
            Kind::Text(_) => self.text(visitor),
            Kind::List(_) => self.deserialize_seq(visitor),
            Kind::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Kind::Bool(value) = self.value.kind else {
            return Err(self.expected("true or false", "write true or false, without quotes"));
        };
        visitor.visit_bool(value)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match name {
            each::WHOLE => visitor.visit_seq(each::Guarded::new(self, true)),
            each::SECTION => visitor.visit_seq(each::Guarded::new(self, false)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let items: &[Value] = match &self.value.kind {
            Kind::List(items) => items,
            Kind::Null => &[],
            _ => return Err(self.expected("a list", "write a list such as [a, b]")),
        };
        let items = Items {
            items: items.iter(),
            sink: self.sink,
        };
        visitor
            .visit_seq(items)
            .map_err(|fault| fault.within(self.value.at))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let entries = Entries {
            entries: self.entries("a map of names")?.iter(),
            known: None,
            next: None,
            sink: self.sink,
        };
        visitor
            .visit_map(entries)
            .map_err(|fault| fault.within(self.key_at))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let listed: Vec<String> = fields.iter().take(5).map(|field| format!("'{field}'")).collect();
        let what = format!("a map with {}", listed.join(", "));
        let entries = Entries {
            entries: self.entries(&what)?.iter(),
            known: Some(fields),
            next: None,
            sink: self.sink,
        };
        let before = self.sink.len();
        let lacks = entries
            .entries
            .clone()
            .any(|entry| self.sink.is_put_aside(&entry.value));
        visitor.visit_map(entries).map_err(|mut fault| {
            if fault.kind == FaultKind::Missing && (lacks || self.sink.len() > before) {
                fault.kind = FaultKind::Silent;
            }
            fault.within(self.key_at)
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let variant = match &self.value.kind {
            Kind::Text(text) => Variant {
                name: text,
                at: self.value.at,
                content: None,
            },
            Kind::Map(entries) if entries.len() == 1 => {
                let entry = &entries[0];
                let content = Self {
                    value: &entry.value,
                    key_at: entry.key_at,
                    sink: self.sink,
                };
                Variant {
                    name: &entry.key,
                    at: entry.key_at,
                    content: Some(content),
                }
            }
            _ => {
                let help = suggest::help("", "choices", variants.iter().copied());
                return Err(self.expected("one choice", help));
            }
        };
        visitor
            .visit_enum(variant)
            .map_err(|fault| fault.within(self.value.at))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.number(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple_struct
    }
}
