//! The sixteen elements of the service, and what each formula has of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::formula::Formula;

/// An element of the service: a row of the matrix in §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Element {
    /// Routing trees (§3.1.1).
    Trm,
    /// Agents and skill groups (§3.1.2).
    Acm,
    /// Outbound campaigns (§3.1.3).
    OutboundCampaigns,
    /// Voice recording (§3.2).
    Recording,
    /// Statistics reports in the portal (§3.3.1).
    Statistics,
    /// The mobile app (§3.3.2).
    MobileApp,
    /// Configuration and activation by the carrier (§4).
    ConfigurationAndActivation,
    /// Access to the service desk (§5.1.1).
    ServiceDesk,
    /// Remote diagnosis (§5.1.2.1).
    RemoteDiagnosis,
    /// Remote intervention (§5.1.2.2).
    RemoteIntervention,
    /// Standard changes by the carrier (§5.2.1.1).
    StandardChanges,
    /// Configuration by the customer (§5.2.1.2).
    SelfConfiguration,
    /// The incident handling window (§6).
    IncidentWindow,
    /// Restoration of a P1 incident (§6).
    RestorationP1,
    /// The change implementation window (§6).
    ChangeWindow,
    /// Critical standard changes (§2, §5.2.1.1).
    CriticalChange,
}

/// What a formula has of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// On without an order.
    Included,
    /// On if ordered.
    Option,
    /// Can never be on.
    Unavailable,
}

/// A language of what users see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
    /// Dutch.
    Nl,
    /// German.
    De,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    title: BTreeMap<Language, String>,
    paragraph: String,
    formulas: BTreeMap<Formula, Availability>,
}

static MATRIX: LazyLock<BTreeMap<Element, Row>> = LazyLock::new(|| {
    serde_yaml::from_str(include_str!("../data/entitlements.yaml")).expect("a unit test reads the same text")
});

impl Element {
    /// All sixteen, in the order of the service description.
    pub const ALL: [Self; 16] = [
        Self::Trm,
        Self::Acm,
        Self::OutboundCampaigns,
        Self::Recording,
        Self::Statistics,
        Self::MobileApp,
        Self::ConfigurationAndActivation,
        Self::ServiceDesk,
        Self::RemoteDiagnosis,
        Self::RemoteIntervention,
        Self::StandardChanges,
        Self::SelfConfiguration,
        Self::IncidentWindow,
        Self::RestorationP1,
        Self::ChangeWindow,
        Self::CriticalChange,
    ];

    /// The name in YAML and JSON: "outbound_campaigns".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trm => "trm",
            Self::Acm => "acm",
            Self::OutboundCampaigns => "outbound_campaigns",
            Self::Recording => "recording",
            Self::Statistics => "statistics",
            Self::MobileApp => "mobile_app",
            Self::ConfigurationAndActivation => "configuration_and_activation",
            Self::ServiceDesk => "service_desk",
            Self::RemoteDiagnosis => "remote_diagnosis",
            Self::RemoteIntervention => "remote_intervention",
            Self::StandardChanges => "standard_changes",
            Self::SelfConfiguration => "self_configuration",
            Self::IncidentWindow => "incident_window",
            Self::RestorationP1 => "restoration_p1",
            Self::ChangeWindow => "change_window",
            Self::CriticalChange => "critical_change",
        }
    }

    fn row(self) -> &'static Row {
        MATRIX.get(&self).expect("a unit test finds all sixteen")
    }

    /// The name for people.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        &self.row().title[&language]
    }

    /// The paragraph that describes it, such as "3.1.3".
    #[must_use]
    pub fn paragraph(self) -> &'static str {
        &self.row().paragraph
    }

    /// What `formula` has of it: a cell of the matrix in §2.
    #[must_use]
    pub fn availability(self, formula: Formula) -> Availability {
        self.row().formulas[&formula]
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title(Language::En))
    }
}

/// A word that names no element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no element of the service (§2)")]
pub struct UnknownElement(String);

impl FromStr for Element {
    type Err = UnknownElement;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|element| element.as_str() == text)
            .ok_or_else(|| UnknownElement(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_has_a_title_in_every_language_and_a_cell_for_every_formula() {
        assert_eq!(MATRIX.len(), Element::ALL.len());
        for element in Element::ALL {
            let row = element.row();
            assert_eq!((row.title.len(), row.formulas.len()), (4, 4), "{element}");
            assert!(row.title.values().all(|title| !title.is_empty()));
            assert_eq!(element.as_str().parse(), Ok(element));
            let yaml = serde_yaml::to_string(&element).unwrap();
            assert_eq!(yaml.trim(), element.as_str());
        }
        assert!(
            "fax"
                .parse::<Element>()
                .unwrap_err()
                .to_string()
                .contains("'fax'")
        );
    }
}
