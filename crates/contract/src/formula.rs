//! The four formulas.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a customer bought; each contract has exactly one (FRM-01, §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// Daily management of incoming calls.
    Classic,
    /// Disaster failover for large enterprises, switched by phone.
    Drs,
    /// Disaster failover for small enterprises, switched by portal and app.
    VoiceContinuity,
    /// Outbound campaigns.
    Outbound,
}

impl Formula {
    /// All four, in the order of the service description.
    pub const ALL: [Self; 4] = [Self::Classic, Self::Drs, Self::VoiceContinuity, Self::Outbound];

    /// The name in YAML and JSON: "voice_continuity".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Drs => "drs",
            Self::VoiceContinuity => "voice_continuity",
            Self::Outbound => "outbound",
        }
    }

    /// The name for people, the same in every language: "Voice Continuity".
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Classic => "Classic",
            Self::Drs => "DRS",
            Self::VoiceContinuity => "Voice Continuity",
            Self::Outbound => "Outbound",
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl FromStr for Formula {
    type Err = UnknownFormula;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|formula| formula.as_str() == text)
            .ok_or_else(|| UnknownFormula(text.into()))
    }
}

/// A word that names no formula.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no formula; there are classic, drs, voice_continuity and outbound (§1)")]
pub struct UnknownFormula(String);
