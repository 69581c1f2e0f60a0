//! Numbers: what is written for each, and the policies made of it.

use std::collections::BTreeMap;

use pointsman_call::NumberEntry;
use pointsman_policy::check::nearest;
use pointsman_policy::number::normalise;
use pointsman_policy::{CustomerContext, PolicyError, Registry};
use serde::de::IgnoredAny;

use crate::form::NumberForm;
use crate::source::{Collector, Source};
use crate::suggest;
use crate::yaml::{Each, Entry, Fault, Kind, Section, Span, Value, steps};

/// A number as written.
#[derive(Debug)]
pub(crate) struct Number {
    /// E.164, a literal user or `*`; if it is mistaken, what was probably meant.
    pub(crate) number: String,
    /// Whether it is written as it should be.
    pub(crate) is_right: bool,
    pub(crate) at: Span,
    /// `None`: mistaken.
    pub(crate) form: Option<NumberForm>,
    /// The settings of the policy.
    pub(crate) with: Value,
}

impl Number {
    /// The routing tree it names, whatever else is wrong with it.
    pub(crate) fn tree(&self) -> Option<&str> {
        match &self.with.entry("tree")?.value.kind {
            Kind::Text(name) => Some(name),
            _ => None,
        }
    }
}

/// The numbers that are written as they should be, with their places.
pub(crate) fn places(numbers: &[Number]) -> Vec<(String, Span)> {
    let right = numbers.iter().filter(|number| number.is_right);
    right.map(|number| (number.number.clone(), number.at)).collect()
}

/// Which numbers a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Also `*`.
    Node,
    Customer,
}

/// The `numbers` section of a file, as far as its form goes.
pub(crate) type Written = Option<Section<Each<IgnoredAny>>>;

/// The numbers of a file.
pub(crate) fn read(
    collector: &mut Collector,
    source: &Source,
    written: &Written,
    (country, owner): (&str, Owner),
) -> Vec<Number> {
    let is_map = written.as_ref().is_some_and(|section| section.value.is_some());
    match source.value.entry("numbers").map(|entry| &entry.value.kind) {
        Some(Kind::Map(entries)) if is_map => entries
            .iter()
            .map(|entry| read_number(collector, source, entry, (country, owner)))
            .collect(),
        _ => Vec::new(),
    }
}

fn read_number(
    collector: &mut Collector,
    source: &Source,
    entry: &Entry,
    (country, owner): (&str, Owner),
) -> Number {
    let is_own = |entry: &&Entry| NumberForm::OWN.contains(&entry.key.as_str());
    let (own, with) = match &entry.value.kind {
        Kind::Map(entries) => {
            let (own, with) = entries.iter().partition::<Vec<_>, _>(is_own);
            let part = |entries: Vec<&Entry>| Kind::Map(entries.into_iter().cloned().collect());
            (part(own), part(with))
        }
        other => (other.clone(), Kind::Null),
    };
    let place = |kind: Kind| Value {
        at: entry.key_at,
        kind,
        text: entry.value.text.clone(),
    };
    let misspelt = misspelt(&own, &with);
    for (entry, meant) in &misspelt {
        let help = format!("did you mean '{meant}'?");
        collector.add(source, entry.key_at, format!("unknown key '{}'", entry.key), help);
    }
    let form = if misspelt.is_empty() {
        collector.decode::<NumberForm>(source, &place(own))
    } else {
        None
    };
    let checked = check_number(&entry.key, country, owner);
    let is_right = checked.is_ok();
    let number = match checked {
        Ok(()) => entry.key.clone(),
        Err((fault, meant)) => {
            collector.add(source, entry.key_at, fault.0, fault.1);
            meant.unwrap_or_else(|| entry.key.clone())
        }
    };
    Number {
        number,
        is_right,
        at: entry.key_at,
        form,
        with: place(with),
    }
}

/// Settings that are probably a misspelt key of every number.
fn misspelt<'a>(own: &Kind, with: &'a Kind) -> Vec<(&'a Entry, &'static str)> {
    let (Kind::Map(own), Kind::Map(with)) = (own, with) else {
        return Vec::new();
    };
    let is_there = |key: &str| own.iter().any(|entry| entry.key == key);
    let absent: Vec<&'static str> = NumberForm::OWN.into_iter().filter(|key| !is_there(key)).collect();
    let meant = |entry: &Entry| {
        absent
            .iter()
            .copied()
            .find(|key| nearest(&entry.key, [*key].into_iter()).is_some())
    };
    with.iter()
        .filter_map(|entry| Some((entry, meant(entry)?)))
        .collect()
}

/// A message with its help, and the number that was probably meant.
type WrongNumber = ((String, String), Option<String>);

fn check_number(key: &str, country: &str, owner: Owner) -> Result<(), WrongNumber> {
    if key == "*" {
        let help = "number \"*\" belongs in the node file".to_owned();
        let message = "a customer cannot have every number".to_owned();
        return if owner == Owner::Node {
            Ok(())
        } else {
            Err(((message, help), None))
        };
    }
    let with_plus = || {
        key.starts_with(country)
            .then(|| normalise(&format!("+{key}"), country))
            .flatten()
    };
    let meant = normalise(key, country).or_else(with_plus);
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    let looks_like_a_number =
        key.starts_with(['+', '0']) || digits > 6 && !key.contains(|sign: char| sign.is_alphabetic());
    let is_plain = !key.is_empty() && !key.contains(|sign: char| sign.is_whitespace() || sign.is_control());
    if meant.as_deref() == Some(key) || !looks_like_a_number && is_plain {
        return Ok(());
    }
    let help = match &meant {
        Some(meant) => format!("write \"{meant}\""),
        None => {
            "write it in E.164: a plus, the country code and the number, 7 to 15 digits in all".to_owned()
        }
    };
    Err(((format!("'{key}' is not an E.164 number"), help), meant))
}

/// Makes the policies of a file's numbers.
pub(crate) fn build(
    collector: &mut Collector,
    source: &Source,
    numbers: &[Number],
    (context, registry): (&CustomerContext, &Registry),
) -> BTreeMap<String, NumberEntry> {
    let mut built = BTreeMap::new();
    for number in numbers {
        let Some(form) = &number.form else { continue };
        let Some(factory) = registry.get(&form.policy) else {
            let at = place(source, number, "policy");
            let message = format!("there is no policy '{}'", form.policy);
            collector.add(
                source,
                at,
                message,
                suggest::help(&form.policy, "policies", registry.names()),
            );
            continue;
        };
        match factory.build(&number.with.to_yaml(), context) {
            Ok(policy) => {
                let entry = NumberEntry {
                    customer: context.customer.as_str().into(),
                    policy_name: form.policy.as_str().into(),
                    policy,
                    record: form.record,
                };
                built.insert(number.number.clone(), entry);
            }
            Err(errors) if errors.is_empty() && collector.is_empty() => {
                let message = format!(
                    "policy '{}' gave no reason why it refuses this number",
                    form.policy
                );
                collector.add(source, number.at, message, "look at the settings of the policy");
            }
            Err(errors) => {
                for error in errors {
                    collector.fault(source, describe(source, number, error));
                }
            }
        }
    }
    built
}

fn place(source: &Source, number: &Number, path: &str) -> Span {
    let Some(numbers) = source.value.entry("numbers") else {
        return number.at;
    };
    let Kind::Map(entries) = &numbers.value.kind else {
        return number.at;
    };
    let Some(entry) = entries.iter().find(|entry| entry.key_at == number.at) else {
        return number.at;
    };
    let mut steps = steps(path).peekable();
    if steps.peek().is_none() {
        number.at
    } else {
        entry.value.place_or(steps, number.at)
    }
}

/// What a policy says of its settings. An unknown key, which serde reports for the whole item, gets its
/// place and the keys of every number.
fn describe(source: &Source, number: &Number, error: PolicyError) -> Fault {
    let unknown = error
        .message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once('`'));
    if let Some((key, rest)) = unknown
        && error.path.is_empty()
    {
        let expected = rest.split('`').skip(1).step_by(2).chain(NumberForm::OWN);
        return Fault::new(
            number.with.entry(key).map_or(number.at, |entry| entry.key_at),
            format!("unknown key '{key}'"),
            suggest::help(key, "keys", expected),
        );
    }
    Fault::described(place(source, number, &error.path), error.message, error.hint)
}

#[cfg(test)]
mod tests {
    use super::{Owner, check_number};

    #[test]
    fn numbers_are_e164_or_literal() {
        for key in [
            "+3232000100",
            "+32475112233",
            "112",
            "1234",
            "alice",
            "alice.b",
            "uas",
            "room-1234567",
        ] {
            assert!(check_number(key, "32", Owner::Customer).is_ok(), "{key}");
        }
        for (key, meant) in [
            ("032000100", Some("+3232000100")),
            ("003232000100", Some("+3232000100")),
            ("+32 3 200 01 00", Some("+3232000100")),
            ("3232000100", Some("+3232000100")),
            ("4432000100", None),
            ("+32", None),
            ("+1234567890123456", None),
            ("", None),
            ("a b", None),
        ] {
            let (_, found) = check_number(key, "32", Owner::Customer).expect_err(key);
            assert_eq!(found.as_deref(), meant, "{key}");
        }
    }

    #[test]
    fn only_the_node_has_every_number() {
        assert!(check_number("*", "32", Owner::Node).is_ok());
        assert!(check_number("*", "32", Owner::Customer).is_err());
    }
}
