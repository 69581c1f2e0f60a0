//! Disaster plans of a customer, and who may switch them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pointsman_policy::PolicyError;
use pointsman_policy::drs::{Plan, Service, is_password_hash};

use super::{CustomerParts, Reading};
use crate::files::Files;
use crate::form::{DrsForm, PasswordForm};
use crate::yaml::{At, Section};

const HASH_HELP: &str = "write what `pointsman hash-password` prints";

impl Reading<'_> {
    pub(super) fn read_drs(
        &mut self,
        section: Option<Section<DrsForm>>,
        files: &dyn Files,
        parts: &mut CustomerParts,
    ) {
        let Some(section) = section else { return };
        if let Some(Err(refusal)) = self
            .context
            .contract
            .as_ref()
            .map(pointsman_contract::Contract::require_disaster_plans)
        {
            let help = "remove the section, or change the formula of the contract";
            self.collector
                .add(self.source, section.key_at, refusal.to_string(), help);
        }
        let Some(form) = section.value else { return };
        let line = form.line.as_ref().and_then(|line| self.line(line));
        let password = form
            .password
            .as_ref()
            .and_then(|password| self.password(password, files));
        if form.line.is_some() != form.password.is_some() {
            let message = "the line needs both a number and a password";
            self.collector
                .add(self.source, section.key_at, message, "write line: and password:");
        }
        let numbers: BTreeSet<String> = parts.numbers.iter().map(|(number, _)| number.clone()).collect();
        let mut plans: BTreeMap<char, Arc<Plan>> = BTreeMap::new();
        if form.plans.is_none() {
            let plans = ("plans", "{ fire: { … } }");
            let map = self.source.value.entry("drs").map(|entry| &entry.value);
            if let Some(map) = map {
                self.collector.missing(self.source, (map, section.key_at), plans);
            }
        }
        let written = form.plans.and_then(|plans| plans.value);
        for (name, item) in written.into_iter().flat_map(|each| each.0) {
            let Some(form) = item.value else { continue };
            match form.read(&name, &self.context, &numbers) {
                Ok(plan) => {
                    if let Some(first) = plans.get(&plan.key) {
                        let message = format!("plan '{}' has this key too", first.name);
                        let mut error = PolicyError::new("key", message);
                        error.hint = Some("give each plan its own key".into());
                        self.report(&["drs", "plans", &name], error);
                    } else {
                        plans.insert(plan.key, Arc::new(plan));
                    }
                }
                // Numbers and announcements that could not be read are reported already.
                Err(_) if self.is_blind => {}
                Err(errors) => {
                    for error in errors {
                        self.report(&["drs", "plans", &name], error);
                    }
                }
            }
        }
        let service = Service {
            number: line,
            password,
            plans: plans
                .iter()
                .map(|(key, plan)| (*key, plan.name.clone()))
                .collect(),
        };
        let at = form.line.as_ref().map_or(section.key_at, |line| line.at);
        parts.plans = plans.into_values().collect();
        parts.service = Some((service, at));
    }

    fn line(&mut self, line: &At<String>) -> Option<String> {
        let number = line.value.as_ref()?;
        if (3..=20).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit()) {
            return Some(number.clone());
        }
        let message = format!("'{number}' cannot be keyed");
        self.collector.add(
            self.source,
            line.at,
            message,
            "write 3 to 20 digits in quotes, such as \"4711\"",
        );
        None
    }

    fn password(&mut self, item: &At<PasswordForm>, files: &dyn Files) -> Option<String> {
        let form = item.value.as_ref()?;
        let (text, key) = match (&form.hash, &form.secret_file) {
            (Some(hash), None) => (hash.clone(), "hash"),
            (None, Some(file)) => {
                let path = self.source.resolve(file);
                let text = files
                    .read(&path)
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok());
                let Some(text) = text else {
                    let at = self.source.value.place(["drs", "password", "secret_file"]);
                    let message = format!("{} cannot be read", path.display());
                    self.collector.add(
                        self.source,
                        at,
                        message,
                        "correct the path; it is relative to this file",
                    );
                    return None;
                };
                (text, "secret_file")
            }
            _ => {
                let message = "a password is a hash, or a file that holds it";
                self.collector.add(
                    self.source,
                    item.at,
                    message,
                    "write { hash: \"$argon2id$…\" } or { secret_file: PATH }",
                );
                return None;
            }
        };
        let hash = text.trim();
        if is_password_hash(hash) {
            return Some(hash.to_owned());
        }
        let at = self.source.value.place(["drs", "password", key]);
        // What stands there may be the password itself: it is not shown again.
        self.collector
            .add(self.source, at, "this is no Argon2 hash of a password", HASH_HELP);
        None
    }
}
