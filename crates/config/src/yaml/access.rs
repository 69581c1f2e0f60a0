//! What lists, maps and choices are to `serde`.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::decode::Decoder;
use super::fault::{Fault, Sink};
use super::mark::Span;
use super::value::{Entry, Value};
use crate::suggest;

/// The items of a list.
pub(super) struct Items<'de> {
    pub(super) items: std::slice::Iter<'de, Value>,
    pub(super) sink: &'de Sink,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(value) = self.items.find(|value| !self.sink.is_put_aside(value)) else {
            return Ok(None);
        };
        let decoder = Decoder {
            value,
            key_at: value.at,
            sink: self.sink,
        };
        seed.deserialize(decoder)
            .map(Some)
            .map_err(|fault| fault.within(value.at).inside(value))
    }
}

/// The entries of a map or, with `known`, of a struct.
pub(super) struct Entries<'de> {
    pub(super) entries: std::slice::Iter<'de, Entry>,
    /// The fields of the form, when it is a struct: other keys are reported and skipped.
    pub(super) known: Option<&'static [&'static str]>,
    pub(super) next: Option<&'de Entry>,
    pub(super) sink: &'de Sink,
}

impl<'de> Entries<'de> {
    fn advance(&mut self) -> Option<&'de Entry> {
        loop {
            let entry = self.entries.find(|entry| !self.sink.is_put_aside(&entry.value))?;
            let Some(known) = self.known.filter(|known| !known.contains(&entry.key.as_str())) else {
                return Some(entry);
            };
            let help = suggest::help(&entry.key, "keys", known.iter().copied());
            self.sink.push(Fault::new(
                entry.key_at,
                format!("unknown key '{}'", entry.key),
                help,
            ));
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.next = self.advance();
        let Some(entry) = self.next else { return Ok(None) };
        let key = de::value::BorrowedStrDeserializer::new(&entry.key);
        seed.deserialize(key)
            .map(Some)
            .map_err(|fault: Fault| fault.within(entry.key_at))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let entry = self
            .next
            .take()
            .expect("serde asks for a value only after its key");
        let decoder = Decoder {
            value: &entry.value,
            key_at: entry.key_at,
            sink: self.sink,
        };
        seed.deserialize(decoder).map_err(|fault| {
            let fault = fault.within(entry.value.at);
            // A struct can do without a field for the moment; an entry of another map may be all it is.
            if self.known.is_some() {
                fault.inside(&entry.value)
            } else {
                fault
            }
        })
    }
}

/// A choice: its name, and its settings where it has some.
pub(super) struct Variant<'de> {
    pub(super) name: &'de str,
    pub(super) at: Span,
    pub(super) content: Option<Decoder<'de>>,
}

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Fault> {
        let name = de::value::BorrowedStrDeserializer::new(self.name);
        let value = seed
            .deserialize(name)
            .map_err(|fault: Fault| fault.within(self.at))?;
        Ok((value, self))
    }
}

impl Variant<'_> {
    fn lacks(&self) -> Fault {
        Fault::new(
            self.at,
            format!("'{}' needs its settings", self.name),
            format!("write {}: {{ … }}", self.name),
        )
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(Fault::new(
                self.at,
                format!("'{}' has no settings", self.name),
                format!("write only {}", self.name),
            )),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let content = self.content.ok_or_else(|| self.lacks())?;
        seed.deserialize(content).map_err(|fault| fault.within(self.at))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.content.ok_or_else(|| self.lacks())?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.content
            .ok_or_else(|| self.lacks())?
            .deserialize_struct("", fields, visitor)
    }
}
