//! What the customer bought, and what of the file it does not include.

use pointsman_contract::{Contract, Element, OrderError, limits};

use super::Reading;
use crate::form::{ContractForm, RecordingForm};
use crate::numbers::Number;
use crate::yaml::At;

impl Reading<'_> {
    /// The contract, unless something in it is wrong, which is reported.
    pub(super) fn read_contract(&mut self, written: Option<&At<ContractForm>>) {
        let Some(form) = written.and_then(|item| item.value.as_ref()) else {
            return;
        };
        let (mut contract, mut is_right) = (Contract::new(form.formula), true);
        for (index, element) in form.options.iter().enumerate() {
            match contract.clone().order(*element) {
                Ok(ordered) => contract = ordered,
                Err(error) => {
                    is_right = false;
                    let at = self
                        .source
                        .value
                        .place(["contract", "options", &index.to_string()]);
                    self.collector
                        .add(self.source, at, error.to_string(), cure(error));
                }
            }
        }
        // What rests on a contract that is wrong is no second mistake.
        self.context.contract = is_right.then_some(contract);
    }

    /// Refuses what the contract does not include (FRM-02); the place is the one of `path`.
    pub(super) fn require_element(&mut self, element: Element, path: &[&str]) {
        let Some(Err(refusal)) = self
            .context
            .contract
            .as_ref()
            .map(|contract| contract.require(element))
        else {
            return;
        };
        let at = self.source.value.place(path.iter().copied());
        let help = format!(
            "remove it, or change the contract: {element} is described in §{}",
            element.paragraph()
        );
        self.collector.add(self.source, at, refusal.to_string(), help);
    }

    /// The capacity that was ordered, in octets; never less than the one that comes with the option (REC-22, REC-24).
    pub(super) fn read_capacity(&mut self, written: Option<&At<RecordingForm>>) -> Option<u64> {
        let item = written?;
        self.require_element(Element::Recording, &["recording"]);
        let capacity_mb = item.value.as_ref()?.capacity_mb;
        let least = &limits().recording.quota_mb;
        if capacity_mb < least.value {
            let at = self.source.value.place(["recording", "capacity_mb"]);
            let message = format!(
                "{capacity_mb} MB are less than the {} MB that come with recording (§{})",
                least.value, least.paragraph
            );
            self.collector.add(
                self.source,
                at,
                message,
                "leave it out, or write what was ordered",
            );
            return None;
        }
        Some(u64::from(capacity_mb) * 1_000_000)
    }

    /// Recording is an option of one formula (REC-01).
    pub(super) fn require_recording(&mut self, numbers: &[Number]) {
        let records = |number: &&Number| number.form.as_ref().is_some_and(|form| form.record);
        for number in numbers.iter().filter(records) {
            self.require_element(Element::Recording, &["numbers", &number.number, "record"]);
        }
    }
}

fn cure(error: OrderError) -> &'static str {
    match error {
        OrderError::Unavailable { .. } => "remove it, or change the formula",
        OrderError::Included { .. } | OrderError::Twice { .. } => "remove it from the options",
    }
}
