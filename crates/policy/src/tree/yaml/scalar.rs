//! Values that are quoted strings in YAML but mean a time, a date or a number.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::tree::Hours;

/// How long to ring: "20s", "1m" or "1m30s".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring(pub Duration);

/// How long to wait: "45s", "10m" or "1m30s".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub Duration);

/// A date: "2026-12-25".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateText(pub Date);

/// A telephone number or the user part of a SIP address, in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberText(pub String);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Mon => Self::Monday,
            Day::Tue => Self::Tuesday,
            Day::Wed => Self::Wednesday,
            Day::Thu => Self::Thursday,
            Day::Fri => Self::Friday,
            Day::Sat => Self::Saturday,
            Day::Sun => Self::Sunday,
        }
    }
}

/// A value written as a quoted string.
trait Quoted: Sized {
    /// Name of the schema.
    const NAME: &'static str;
    /// What is expected, with an example.
    const EXPECTED: &'static str;
    /// Regular expression for editors.
    const PATTERN: &'static str;

    fn read(text: &str) -> Result<Self, String>;
}

impl Quoted for Ring {
    const NAME: &'static str = "Ring";
    const EXPECTED: &'static str = "a ring time such as \"20s\" or \"1m30s\"";
    const PATTERN: &'static str = "^([0-9]{1,2}m)?([0-9]{1,3}s)?$";

    fn read(text: &str) -> Result<Self, String> {
        ring(text)
            .map(Ring)
            .ok_or_else(|| format!("'{text}' is not {}", Self::EXPECTED))
    }
}

impl Quoted for Wait {
    const NAME: &'static str = "Wait";
    const EXPECTED: &'static str = "a time such as \"45s\" or \"10m\"";
    const PATTERN: &'static str = "^([0-9]{1,3}m)?([0-9]{1,3}s)?$";

    fn read(text: &str) -> Result<Self, String> {
        ring(text)
            .map(Wait)
            .ok_or_else(|| format!("'{text}' is not {}", Self::EXPECTED))
    }
}

impl Quoted for DateText {
    const NAME: &'static str = "Date";
    const EXPECTED: &'static str = "a date such as \"2026-12-25\"";
    const PATTERN: &'static str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

    fn read(text: &str) -> Result<Self, String> {
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(place, sign)| match place {
                4 | 7 => sign == b'-',
                _ => sign.is_ascii_digit(),
            });
        if !shape {
            return Err(format!("'{text}' is not {}", Self::EXPECTED));
        }
        text.parse()
            .map(DateText)
            .map_err(|_| format!("there is no date {text}"))
    }
}

impl Quoted for NumberText {
    const NAME: &'static str = "Number";
    const EXPECTED: &'static str = "a number in quotes, such as \"+3232000100\"";
    const PATTERN: &'static str = "^[^ ].*$";

    fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err(format!("nothing is written here; expected {}", Self::EXPECTED)),
            number => Ok(Self(number.to_owned())),
        }
    }
}

impl Quoted for Hours {
    const NAME: &'static str = "Hours";
    const EXPECTED: &'static str = "hours such as \"09:00-12:30\"";
    const PATTERN: &'static str = "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$";

    fn read(text: &str) -> Result<Self, String> {
        let Some((from, to)) = text.split_once('-') else {
            return Err(format!("'{text}' is not {}", Self::EXPECTED));
        };
        let (from, to) = (minute(from)?, minute(to)?);
        match (from, to) {
            (1440, _) => Err(format!("'{text}': no day begins at 24:00, write 00:00")),
            (_, 0) => Err(format!("'{text}': hours that last until midnight end at 24:00")),
            _ if from == to => Err(format!(
                "'{text}' begins and ends at the same time; a whole day is 00:00-24:00"
            )),
            _ => Ok(Self { from, to }),
        }
    }
}

/// Minute of the day of "09:00"; 1440 for "24:00".
fn minute(text: &str) -> Result<u16, String> {
    let wrong = || format!("'{}' is not a time of day such as 09:00", text.trim());
    let (hour, minute) = text.trim().split_once(':').ok_or_else(wrong)?;
    let two = |part: &str| (part.len() == 2).then(|| part.parse::<u16>().ok()).flatten();
    match (two(hour), two(minute)) {
        (Some(24), Some(0)) => Ok(1440),
        (Some(hour @ 0..=23), Some(minute @ 0..=59)) => Ok(hour * 60 + minute),
        _ => Err(wrong()),
    }
}

fn ring(text: &str) -> Option<Duration> {
    let number = |digits: &str| {
        let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|sign| sign.is_ascii_digit());
        plain.then(|| digits.parse::<u64>().ok()).flatten()
    };
    let (minutes, rest) = match text.split_once('m') {
        Some((minutes, rest)) => (number(minutes)?, rest),
        None => (0, text),
    };
    let seconds = match rest.strip_suffix('s') {
        Some(seconds) => number(seconds)?,
        None if rest.is_empty() && !text.is_empty() => 0,
        None => return None,
    };
    Some(Duration::from_secs(minutes * 60 + seconds))
}

struct QuotedVisitor<T>(PhantomData<T>);

impl<T: Quoted> Visitor<'_> for QuotedVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::read(text).map_err(E::custom)
    }
}

macro_rules! quoted {
    ($($type:ident),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(QuotedVisitor(PhantomData))
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                <Self as Quoted>::NAME.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": <Self as Quoted>::PATTERN,
                    "description": <Self as Quoted>::EXPECTED,
                })
            }
        }
    )*};
}

quoted!(Ring, Wait, DateText, NumberText, Hours);

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T: Quoted + fmt::Debug>(text: &str) -> String {
        T::read(text).unwrap_err()
    }

    #[test]
    fn ring_times() {
        for (text, seconds) in [("20s", 20), ("1m", 60), ("1m30s", 90), ("120s", 120), ("0s", 0)] {
            assert_eq!(Ring::read(text), Ok(Ring(Duration::from_secs(seconds))), "{text}");
        }
        for text in [
            "", "20", "s", "m", "-5s", "+5s", "20 s", "1s1m", "20ms", "9999s", "1.5s",
        ] {
            assert!(refusal::<Ring>(text).contains("is not a ring time"), "{text}");
        }
    }

    #[test]
    fn hours() {
        assert_eq!(Hours::read("09:00-12:30"), Ok(Hours { from: 540, to: 750 }));
        assert_eq!(Hours::read("09:00 - 12:30"), Ok(Hours { from: 540, to: 750 }));
        assert_eq!(Hours::read("22:00-06:00"), Ok(Hours { from: 1320, to: 360 }));
        assert_eq!(Hours::read("00:00-24:00"), Ok(Hours { from: 0, to: 1440 }));
        assert!(refusal::<Hours>("09:00").contains("is not hours"));
        assert!(refusal::<Hours>("9:00-12:00").contains("'9:00' is not a time of day"));
        assert!(refusal::<Hours>("09:00-12:60").contains("'12:60'"));
        assert!(refusal::<Hours>("24:01-25:00").contains("'24:01'"));
        assert!(refusal::<Hours>("24:00-06:00").contains("write 00:00"));
        assert!(refusal::<Hours>("18:00-00:00").contains("end at 24:00"));
        assert!(refusal::<Hours>("09:00-09:00").contains("00:00-24:00"));
    }

    #[test]
    fn dates() {
        assert_eq!(DateText::read("2028-02-29").unwrap().0.to_string(), "2028-02-29");
        assert_eq!(refusal::<DateText>("2026-02-29"), "there is no date 2026-02-29");
        assert!(refusal::<DateText>("25/12/2026").contains("is not a date such as"));
        assert!(refusal::<DateText>("20261225").contains("is not a date such as"));
    }

    #[test]
    fn a_number_without_quotes_is_named() {
        let value: serde_yaml::Value = serde_yaml::from_str("32475112233").unwrap();
        let error = serde_yaml::from_value::<NumberText>(value)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("integer `32475112233`, expected a number in quotes"),
            "{error}"
        );
    }
}
