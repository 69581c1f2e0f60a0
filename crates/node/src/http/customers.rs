//! Customers, and what they bought.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Json;
use pointsman_config::{Config, Customer, ManagedBy};
use pointsman_contract::{Availability, Contract, Element, Formula, Language, limits};
use schemars::JsonSchema;
use serde::Serialize;

use super::blocking;
use super::extract::PathOf;
use super::problem::Problem;
use crate::access::Caller;
use crate::live::Live;

/// The matrix of §2: 16 elements in 4 formulas.
#[derive(Serialize, JsonSchema)]
pub(super) struct Formulas {
    formulas: Vec<FormulaTitle>,
    elements: Vec<MatrixRow>,
}

/// A formula.
#[derive(Serialize, JsonSchema)]
struct FormulaTitle {
    formula: Formula,
    /// The same in every language.
    title: &'static str,
}

/// An element of the service.
#[derive(Serialize, JsonSchema)]
struct MatrixRow {
    element: Element,
    title: Titles,
    /// Where the service description says what it is.
    paragraph: &'static str,
    /// What each formula has of it.
    availability: BTreeMap<Formula, Availability>,
}

/// A name in the four languages.
#[derive(Serialize, JsonSchema)]
struct Titles {
    en: &'static str,
    fr: &'static str,
    nl: &'static str,
    de: &'static str,
}

impl Titles {
    fn of(element: Element) -> Self {
        Self {
            en: element.title(Language::En),
            fr: element.title(Language::Fr),
            nl: element.title(Language::Nl),
            de: element.title(Language::De),
        }
    }
}

/// `GET /v1/formulas`.
pub(super) async fn formulas() -> Json<Formulas> {
    let formulas = Formula::ALL.into_iter().map(|formula| FormulaTitle {
        formula,
        title: formula.title(),
    });
    let elements = Element::ALL.into_iter().map(|element| MatrixRow {
        element,
        title: Titles::of(element),
        paragraph: element.paragraph(),
        availability: Formula::ALL
            .into_iter()
            .map(|formula| (formula, element.availability(formula)))
            .collect(),
    });
    Json(Formulas {
        formulas: formulas.collect(),
        elements: elements.collect(),
    })
}

/// The customers of the node.
#[derive(Serialize, JsonSchema)]
pub(super) struct Customers {
    customers: Vec<CustomerShort>,
}

/// A customer in short.
#[derive(Serialize, JsonSchema)]
struct CustomerShort {
    /// The name in CDRs and paths.
    customer: String,
    /// The name for people.
    title: String,
    formula: Option<Formula>,
    /// Options that were ordered.
    options: Vec<Element>,
    /// Who changes its configuration: "operator" or "customer".
    managed_by: &'static str,
    numbers: Vec<String>,
    /// Names of its routing trees.
    trees: Vec<String>,
}

/// `GET /v1/customers`.
pub(super) async fn list(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
) -> Json<Customers> {
    let config = live.config();
    let seen = config
        .customers
        .iter()
        .filter(|customer| caller.sees(&customer.name));
    let short = |customer: &Customer| CustomerShort {
        customer: customer.name.clone(),
        title: customer.title.clone(),
        formula: customer.contract.as_ref().map(Contract::formula),
        options: customer
            .contract
            .as_ref()
            .map(|contract| contract.options().collect())
            .unwrap_or_default(),
        managed_by: match customer.managed_by {
            ManagedBy::Operator => "operator",
            ManagedBy::Customer => "customer",
        },
        numbers: customer.numbers.clone(),
        trees: customer.trees.clone(),
    };
    Json(Customers {
        customers: seen.map(short).collect(),
    })
}

/// What a customer has of each element.
#[derive(Serialize, JsonSchema)]
pub(super) struct Entitlements {
    customer: String,
    formula: Formula,
    /// All sixteen, in the order of the service description.
    elements: Vec<EntitlementRow>,
}

/// What a customer has of an element.
#[derive(Serialize, JsonSchema)]
struct EntitlementRow {
    element: Element,
    title: Titles,
    availability: Availability,
    /// Included, or an option that was ordered.
    on: bool,
    paragraph: &'static str,
}

/// `GET /v1/customers/{customer}/entitlements`.
pub(super) async fn entitlements(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf(name): PathOf<String>,
) -> Result<Json<Entitlements>, Problem> {
    let config = live.config();
    let customer = find(&config, &caller, &name)?;
    let contract = customer
        .contract
        .as_ref()
        .ok_or_else(|| Problem::not_found(format!("{name} has no contract")))?;
    let elements = contract.entitlements().map(|entitlement| EntitlementRow {
        element: entitlement.element,
        title: Titles::of(entitlement.element),
        availability: entitlement.availability,
        on: entitlement.on,
        paragraph: entitlement.paragraph,
    });
    Ok(Json(Entitlements {
        customer: name.clone(),
        formula: contract.formula(),
        elements: elements.collect(),
    }))
}

/// The capacity for recordings of a customer, and what of it is used (REC-22, REC-26).
#[derive(Serialize, JsonSchema)]
pub(super) struct Storage {
    customer: String,
    recordings: u64,
    /// What finished recordings count for: a second at most 8,333 octets (REC-23).
    used_bytes: u64,
    /// Capacity in octets; 0 if the contract has no recording.
    quota_bytes: u64,
    free_bytes: u64,
}

/// `GET /v1/customers/{customer}/storage`.
pub(super) async fn storage(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf(name): PathOf<String>,
) -> Result<Json<Storage>, Problem> {
    let config = live.config();
    let customer = find(&config, &caller, &name)?;
    let records = customer
        .contract
        .as_ref()
        .is_some_and(|contract| contract.entitlement(Element::Recording).on);
    let ordered = config.routing.recording_octets.get(&name).copied();
    let quota_bytes = match records {
        true => ordered.unwrap_or_else(|| limits().recording.quota_octets()),
        false => 0,
    };
    let asked = name.clone();
    let usage = blocking(move || live.store.recordings_usage(&asked))
        .await?
        .map_err(Problem::store)?;
    Ok(Json(Storage {
        customer: name,
        recordings: usage.recordings,
        used_bytes: usage.bytes,
        quota_bytes,
        free_bytes: quota_bytes.saturating_sub(usage.bytes),
    }))
}

/// A customer that there is, for a caller who may know.
fn find<'a>(config: &'a Config, caller: &Caller, name: &str) -> Result<&'a Customer, Problem> {
    config
        .customers
        .iter()
        .find(|customer| customer.name == name && caller.sees(name))
        .ok_or_else(|| Problem::not_found(format!("there is no customer {name}")))
}
