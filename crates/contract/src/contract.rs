//! A contract: one formula and what was ordered with it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::element::{Availability, Element};
use crate::formula::Formula;

/// A customer's contract: immutable; another order is another contract (FRM-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contract {
    formula: Formula,
    options: BTreeSet<Element>,
}

/// What a contract says of one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Entitlement {
    /// The element.
    pub element: Element,
    /// What the formula has of it.
    pub availability: Availability,
    /// Whether the customer has it: included, or an option that was ordered.
    pub on: bool,
    /// The paragraph that describes it.
    pub paragraph: &'static str,
}

/// What a contract does not include (FRM-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The formula can never have it.
    #[error("formula {formula} does not offer {element} (§2)")]
    Unavailable {
        /// What was asked for.
        element: Element,
        /// The formula of the contract.
        formula: Formula,
    },
    /// It was not ordered.
    #[error(
        "formula {formula} offers {element} as an option, which this contract has not ordered (§2, §{})",
        element.paragraph()
    )]
    NotOrdered {
        /// What was asked for.
        element: Element,
        /// The formula of the contract.
        formula: Formula,
    },
}

/// An order that no contract can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The formula can never have it.
    #[error("formula {formula} does not offer {element} (§2)")]
    Unavailable {
        /// What was ordered.
        element: Element,
        /// The formula of the contract.
        formula: Formula,
    },
    /// It is on without an order.
    #[error("formula {formula} includes {element} without an order (§2)")]
    Included {
        /// What was ordered.
        element: Element,
        /// The formula of the contract.
        formula: Formula,
    },
    /// It was ordered before.
    #[error("{element} is ordered twice")]
    Twice {
        /// What was ordered.
        element: Element,
    },
}

impl Contract {
    /// A contract without options.
    #[must_use]
    pub const fn new(formula: Formula) -> Self {
        Self {
            formula,
            options: BTreeSet::new(),
        }
    }

    /// The same with one more option.
    ///
    /// # Errors
    /// The formula does not offer it as an option, or it is ordered twice.
    pub fn order(mut self, element: Element) -> Result<Self, OrderError> {
        let formula = self.formula;
        match element.availability(formula) {
            Availability::Unavailable => Err(OrderError::Unavailable { element, formula }),
            Availability::Included => Err(OrderError::Included { element, formula }),
            Availability::Option if self.options.insert(element) => Ok(self),
            Availability::Option => Err(OrderError::Twice { element }),
        }
    }

    /// Its formula.
    #[must_use]
    pub const fn formula(&self) -> Formula {
        self.formula
    }

    /// What was ordered beyond what the formula includes.
    pub fn options(&self) -> impl Iterator<Item = Element> + '_ {
        self.options.iter().copied()
    }

    /// What it says of `element`.
    #[must_use]
    pub fn entitlement(&self, element: Element) -> Entitlement {
        let availability = element.availability(self.formula);
        Entitlement {
            element,
            availability,
            on: match availability {
                Availability::Included => true,
                Availability::Option => self.options.contains(&element),
                Availability::Unavailable => false,
            },
            paragraph: element.paragraph(),
        }
    }

    /// What it says of each of the sixteen elements.
    pub fn entitlements(&self) -> impl Iterator<Item = Entitlement> + '_ {
        Element::ALL.into_iter().map(|element| self.entitlement(element))
    }

    /// Whether the customer may use `element`.
    ///
    /// # Errors
    /// Why not, with the paragraph.
    pub fn require(&self, element: Element) -> Result<(), Refusal> {
        let formula = self.formula;
        let entitlement = self.entitlement(element);
        match entitlement.availability {
            _ if entitlement.on => Ok(()),
            Availability::Unavailable => Err(Refusal::Unavailable { element, formula }),
            Availability::Included | Availability::Option => Err(Refusal::NotOrdered { element, formula }),
        }
    }

    /// Whether the customer may have disaster plans: DRS and Voice Continuity are made of them (§1, §5.2).
    ///
    /// # Errors
    /// The formula is another one.
    pub fn require_disaster_plans(&self) -> Result<(), NoDisasterPlans> {
        match self.formula {
            Formula::Drs | Formula::VoiceContinuity => Ok(()),
            Formula::Classic | Formula::Outbound => Err(NoDisasterPlans {
                formula: self.formula,
            }),
        }
    }
}

/// Disaster plans asked for with a formula that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("disaster plans are not part of formula {formula}; they need DRS or Voice Continuity (§1, §5.2)")]
pub struct NoDisasterPlans {
    formula: Formula,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matrix of §2 as printed there, DRS and VC between Classic and Outbound.
    const PRINTED: [(Element, &str); 16] = [
        (Element::Trm, "+++-"),
        (Element::Acm, "ooo-"),
        (Element::OutboundCampaigns, "---+"),
        (Element::Recording, "o---"),
        (Element::Statistics, "o--o"),
        (Element::MobileApp, "--+-"),
        (Element::ConfigurationAndActivation, "++++"),
        (Element::ServiceDesk, "++++"),
        (Element::RemoteDiagnosis, "++++"),
        (Element::RemoteIntervention, "++++"),
        (Element::StandardChanges, "oooo"),
        (Element::SelfConfiguration, "++++"),
        (Element::IncidentWindow, "++++"),
        (Element::RestorationP1, "++++"),
        (Element::ChangeWindow, "-++-"),
        (Element::CriticalChange, "-++-"),
    ];

    #[test]
    fn frm_02_all_64_cells_decide_what_is_on_and_what_can_be_ordered() {
        let mut cells = 0;
        for (element, row) in PRINTED {
            for (formula, mark) in Formula::ALL.into_iter().zip(row.chars()) {
                let bare = Contract::new(formula);
                let ordered = bare.clone().order(element);
                let cell = format!("{element} in {formula}");
                match mark {
                    '+' => {
                        assert_eq!(bare.require(element), Ok(()), "{cell}");
                        assert_eq!(ordered, Err(OrderError::Included { element, formula }), "{cell}");
                    }
                    'o' => {
                        assert_eq!(
                            bare.require(element),
                            Err(Refusal::NotOrdered { element, formula }),
                            "{cell}"
                        );
                        let ordered = ordered.unwrap();
                        assert_eq!(ordered.require(element), Ok(()), "{cell}");
                        assert_eq!(
                            ordered.order(element),
                            Err(OrderError::Twice { element }),
                            "{cell}"
                        );
                    }
                    _ => {
                        assert_eq!(
                            bare.require(element),
                            Err(Refusal::Unavailable { element, formula }),
                            "{cell}"
                        );
                        assert_eq!(
                            ordered,
                            Err(OrderError::Unavailable { element, formula }),
                            "{cell}"
                        );
                    }
                }
                cells += 1;
            }
        }
        assert_eq!(cells, 64);
    }

    #[test]
    fn a_refusal_names_its_paragraph() {
        let classic = Contract::new(Formula::Classic);
        let refused = classic.require(Element::OutboundCampaigns).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "formula Classic does not offer Outbound campaigns (§2)"
        );
        let refused = classic.require(Element::Recording).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "formula Classic offers Voice recording as an option, which this contract has not ordered (§2, §3.2)"
        );
    }

    #[test]
    fn disaster_plans_come_with_two_formulas() {
        let of = |formula| Contract::new(formula).require_disaster_plans();
        assert!(of(Formula::Drs).is_ok() && of(Formula::VoiceContinuity).is_ok());
        assert!(of(Formula::Classic).unwrap_err().to_string().contains("§5.2"));
        assert!(of(Formula::Outbound).is_err());
    }
}
