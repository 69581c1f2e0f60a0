//! Items decoded on their own: a mistake in one is reported and hides nothing of the others.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{BoolDeserializer, UsizeDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use super::decode::Decoder;
use super::fault::Fault;
use super::mark::Span;

/// The name by which [`Decoder`] knows that an item is decoded on its own and is whole or nothing.
pub(super) const WHOLE: &str = "$whole";
/// The same for a section: what is wrong with an item in it is not wrong with the section.
pub(super) const SECTION: &str = "$section";

/// A part of a file with items of its own in it.
pub(crate) type Section<T> = At<T, false>;

/// One item: its value unless it was mistaken (which has been reported), and its places.
#[derive(Debug, Clone)]
pub(crate) struct At<T, const IS_WHOLE: bool = true> {
    /// `None`: the item is there, but wrong; what refers to it is not wrong for that.
    pub(crate) value: Option<T>,
    /// The value.
    pub(crate) at: Span,
    /// Its key, or the value itself where there is none.
    pub(crate) key_at: Span,
}

impl<'de, T: Deserialize<'de>, const IS_WHOLE: bool> Deserialize<'de> for At<T, IS_WHOLE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = if IS_WHOLE { WHOLE } else { SECTION };
        deserializer.deserialize_newtype_struct(name, AtVisitor(PhantomData))
    }
}

struct AtVisitor<T, const IS_WHOLE: bool>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const IS_WHOLE: bool> Visitor<'de> for AtVisitor<T, IS_WHOLE> {
    type Value = At<T, IS_WHOLE>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item with its place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let value = loop {
            let value = access.next_element::<T>()?;
            if access.next_element::<bool>()? != Some(true) {
                break value;
            }
        };
        let mut span = || {
            let mut number = || access.next_element::<usize>().map(Option::unwrap_or_default);
            Ok(Span {
                line: number()?,
                column: number()?,
                width: number()?,
            })
        };
        Ok(At {
            value,
            at: span()?,
            key_at: span()?,
        })
    }
}

/// What [`AtVisitor`] reads, as a sequence: the item and whether to ask for it again, until it need not;
/// then its span and its key's span.
pub(super) struct Guarded<'de> {
    decoder: Decoder<'de>,
    is_whole: bool,
    /// Mistakes known before the item.
    before: usize,
    step: usize,
    again: bool,
}

impl<'de> Guarded<'de> {
    pub(super) fn new(decoder: Decoder<'de>, is_whole: bool) -> Self {
        Self {
            decoder,
            is_whole,
            before: decoder.sink.len(),
            step: 0,
            again: false,
        }
    }
}

impl<'de> SeqAccess<'de> for Guarded<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let step = self.step;
        self.step += 1;
        let (at, key_at) = (self.decoder.value.at, self.decoder.key_at);
        let number = match step {
            0 => return Ok(self.item(seed)),
            1 => {
                let again = std::mem::take(&mut self.again);
                self.step = if again { 0 } else { 2 };
                let again: BoolDeserializer<Fault> = again.into_deserializer();
                return seed.deserialize(again).map(Some);
            }
            2 => at.line,
            3 => at.column,
            4 => at.width,
            5 => key_at.line,
            6 => key_at.column,
            7 => key_at.width,
            _ => return Ok(None),
        };
        let number: UsizeDeserializer<Fault> = number.into_deserializer();
        seed.deserialize(number).map(Some)
    }
}

impl<'de> Guarded<'de> {
    /// The item; `None` if it could not be decoded, and where it must be whole, if anything in it was
    /// mistaken, an unknown key included: what such an item means is unknown, so nothing is concluded.
    fn item<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Option<T::Value> {
        let Decoder { value, sink, .. } = self.decoder;
        match seed.deserialize(self.decoder) {
            Ok(item) => Some(item).filter(|_| !self.is_whole || sink.len() == self.before),
            Err(fault) => {
                self.again = sink.goes_on_after(fault, value.at);
                None
            }
        }
    }
}

impl<T: JsonSchema, const IS_WHOLE: bool> JsonSchema for At<T, IS_WHOLE> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A map of named items, each decoded on its own, in the order of the file.
#[derive(Debug, Clone)]
pub(crate) struct Each<T, const IS_WHOLE: bool = true>(pub(crate) Vec<(String, At<T, IS_WHOLE>)>);

impl<T, const IS_WHOLE: bool> Each<T, IS_WHOLE> {
    /// The names, in the order of the file.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}

impl<'de, T: Deserialize<'de>, const IS_WHOLE: bool> Deserialize<'de> for Each<T, IS_WHOLE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachVisitor(PhantomData))
    }
}

struct EachVisitor<T, const IS_WHOLE: bool>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const IS_WHOLE: bool> Visitor<'de> for EachVisitor<T, IS_WHOLE> {
    type Value = Each<T, IS_WHOLE>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of named items")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_entry()? {
            items.push(item);
        }
        Ok(Each(items))
    }
}

impl<T: JsonSchema, const IS_WHOLE: bool> JsonSchema for Each<T, IS_WHOLE> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Map_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}
