//! How times and codecs are written in YAML.

use std::time::Duration;

use pointsman_media::Codec;
use serde::{Deserialize, Deserializer, de::Error};

/// Reads `20s`, `1.5s`, `500ms` or `2m`.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let (number, seconds) = if let Some(number) = text.strip_suffix("ms") {
        (number, 0.001)
    } else if let Some(number) = text.strip_suffix('s') {
        (number, 1.0)
    } else {
        (text.strip_suffix('m')?, 60.0)
    };
    let value: f64 = number.trim().parse().ok()?;
    Duration::try_from_secs_f64(value * seconds).ok()
}

pub(crate) fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse_duration(&text)
        .ok_or_else(|| D::Error::custom(format!("`{text}` is no time such as 20s, 500ms or 2m")))
}

pub(crate) fn optional_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    duration(from).map(Some)
}

pub(crate) fn codecs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Codec>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    if names.is_empty() {
        return Err(D::Error::custom("at least one codec is needed: pcma or pcmu"));
    }
    names
        .iter()
        .map(|name| match name.to_ascii_lowercase().as_str() {
            "pcma" => Ok(Codec::Pcma),
            "pcmu" => Ok(Codec::Pcmu),
            _ => Err(D::Error::custom(format!(
                "`{name}` is no codec of these phones: pcma or pcmu"
            ))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        assert_eq!(parse_duration("20s"), Some(Duration::from_secs(20)));
        assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1_500)));
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("2m"), Some(Duration::from_secs(120)));
        for wrong in ["", "20", "s", "-1s", "soon", "nan s", "inf s"] {
            assert_eq!(parse_duration(wrong), None, "{wrong:?}");
        }
    }
}
