//! Campaigns of a customer (OUT-01 to OUT-18).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use pointsman_call::CampaignEntry;
use pointsman_contract::{Element, limits};
use pointsman_policy::campaign::{
    Acceptance, Agents, CampaignId, Pacing, Plan, Retry, Ring as RingOrder, Schedule, Script, Window,
};
use pointsman_policy::check::{RING_MAX, RING_MIN, RING_TOTAL, nearest};
use pointsman_policy::number::normalise;
use pointsman_policy::tree::yaml::{NumberText, WeekForm};
use pointsman_policy::{Kind, PolicyError, Target};

use super::contacts::merged;
use super::{CustomerParts, Reading};
use crate::form::{AcceptedForm, CampaignForm, KeyForm, OrderWord, RetryForm};
use crate::yaml::{Each, Section};

/// How long a key may come after the message, if nothing else is written.
const PATIENCE: Duration = Duration::from_secs(5);

/// Most attempts after the first one, for one outcome.
const MOST_RETRIES: u32 = 10;

/// A campaign as its owner and the call path need it.
pub(crate) type Campaign = (Arc<Plan>, CampaignEntry);

/// One campaign that is being read.
struct Form<'a, 'b> {
    reading: &'a mut Reading<'b>,
    name: &'a str,
    is_right: bool,
}

impl Reading<'_> {
    pub(super) fn read_campaigns(
        &mut self,
        section: Option<Section<Each<CampaignForm>>>,
        parts: &mut CustomerParts,
    ) {
        let Some(section) = section else { return };
        self.require_element(Element::OutboundCampaigns, &["campaigns"]);
        let Some(campaigns) = section.value else { return };
        let count = campaigns.0.len();
        if let Err(exceeded) = limits().outbound.programmed_campaigns.check(count) {
            let message = format!("there are {count} programmed campaigns: {exceeded}");
            self.collector
                .add(self.source, section.key_at, message, "remove a campaign");
        }
        for (name, item) in campaigns.0 {
            let Some(written) = item.value else { continue };
            let mut form = Form {
                reading: self,
                name: &name,
                is_right: true,
            };
            let campaign = form.read(written, parts);
            if form.is_right {
                parts.campaigns.push(campaign);
            }
        }
    }
}

impl Form<'_, '_> {
    fn read(&mut self, form: CampaignForm, parts: &CustomerParts) -> Campaign {
        let id = CampaignId::new(self.reading.context.customer.clone(), self.name);
        let contacts = self.lists(&form.lists, parts);
        self.announcement("message", &form.message);
        let accepted = self.accepted(&form.message, form.accepted);
        if let Some(sorry) = &form.sorry {
            self.announcement("sorry", sorry);
        }
        self.trunk("trunk", &form.trunk);
        self.ring("ring", form.ring.0, 1);
        let caller = self.caller(&form.caller, parts);
        let outbound = &limits().outbound;
        let concurrent = form.concurrent.unwrap_or(outbound.concurrent_calls.default);
        if let Err(exceeded) = outbound.concurrent_calls.check(concurrent) {
            self.fault(
                "concurrent",
                format!("{concurrent} calls at a time: {exceeded}"),
                "",
            );
        }
        let gap = form
            .gap
            .map_or(u64::from(outbound.start_gap_s.default), |gap| gap.0.as_secs());
        if let Err(exceeded) = outbound.start_gap_s.check(u32::try_from(gap).unwrap_or(u32::MAX)) {
            self.fault("gap", format!("{gap} s between two starts: {exceeded}"), "");
        }
        let mut do_not_call = parts.do_not_call.clone();
        for struck in form.lists.iter().filter_map(|list| parts.struck.get(list)) {
            do_not_call.extend(struck.iter().cloned());
        }
        let script = Script {
            campaign: self.name.to_owned(),
            message: form.message,
            keys: self.keys(form.keys),
            patience: form.patience.map_or(PATIENCE, |patience| patience.0),
            sorry: form.sorry,
            version: String::new(),
        };
        let plan = Plan {
            id,
            contacts,
            do_not_call,
            accepted,
            schedule: self.schedule(form.start.as_deref(), &form.hours),
            pacing: Pacing {
                concurrent,
                gap: Duration::from_secs(gap),
            },
            busy: self.retry("busy", form.busy),
            no_answer: self.retry("no_answer", form.no_answer),
        };
        let entry = CampaignEntry {
            trunk: form.trunk,
            caller,
            ring: form.ring.0,
            script: Arc::new(script.sealed()),
        };
        (Arc::new(plan), entry)
    }

    fn fault(&mut self, path: impl Into<String>, message: impl Into<String>, hint: &str) {
        self.is_right = false;
        let mut error = PolicyError::new(path, message);
        error.hint = (!hint.is_empty()).then(|| hint.to_owned());
        self.reading.report(&["campaigns", self.name], error);
    }

    /// A name that there should be; what could not be read is reported already.
    fn known(&mut self, path: &str, kind: &str, name: &str, known: &[String]) {
        if !known.iter().any(|other| other == name) {
            let hint = nearest(name, known.iter().map(String::as_str)).unwrap_or_default();
            self.fault(path, format!("there is no {kind} '{name}'"), &hint);
        }
    }

    fn announcement(&mut self, path: &str, name: &str) {
        if self.is_unread(Kind::Announcement, name) {
            return;
        }
        let known: Vec<String> = self.reading.context.announcements.keys().cloned().collect();
        self.known(path, "announcement", name, &known);
    }

    fn trunk(&mut self, path: &str, name: &str) {
        if self.reading.node.trunks_unknown || self.is_unread(Kind::Trunk, name) {
            return;
        }
        let known: Vec<String> = self.reading.context.trunks.iter().cloned().collect();
        self.known(path, "trunk", name, &known);
    }

    fn is_unread(&self, kind: Kind, name: &str) -> bool {
        self.reading.context.unread.contains(&(kind, name.to_owned()))
    }

    fn ring(&mut self, path: &str, ring: Duration, times: usize) {
        let total = ring.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX));
        if !(RING_MIN..=RING_MAX).contains(&ring) {
            self.fault(
                path,
                format!("a ring time of {} s is out of bounds", ring.as_secs()),
                "write 1s to 120s",
            );
        } else if total > RING_TOTAL {
            let message = format!(
                "{times} agents rung for {} s each are more than a person waits",
                ring.as_secs()
            );
            self.fault(
                path,
                message,
                &format!("{} s in all are the most", RING_TOTAL.as_secs()),
            );
        }
    }

    fn lists(&mut self, names: &[String], parts: &CustomerParts) -> Vec<String> {
        if names.is_empty() {
            self.fault("lists", "the campaign calls nobody", "name a contact list");
        }
        let known: Vec<String> = parts.contact_lists.keys().cloned().collect();
        let mut lists = Vec::new();
        for (at, name) in names.iter().enumerate() {
            match parts.contact_lists.get(name) {
                Some(list) => lists.push(list),
                None if parts.unread_lists.contains(name) => {}
                None => self.known(&format!("lists[{at}]"), "contact list", name, &known),
            }
        }
        merged(&lists)
    }

    /// The customer alone is responsible for how its message sounds, so somebody there has to have said yes (OUT-07).
    fn accepted(&mut self, message: &str, form: Option<AcceptedForm>) -> Acceptance {
        let paragraph = &limits().prompt.sample_rate_hz.paragraph;
        let hint = "have the customer listen to it, then write accepted: { by: NAME, on: \"2026-11-24\" }";
        let by = form.as_ref().map_or("", |form| form.by.trim());
        if by.is_empty() {
            let path = if form.is_some() { "accepted.by" } else { "" };
            let fault = format!("nobody has accepted how the message '{message}' sounds (§{paragraph})");
            self.fault(path, fault, hint);
        }
        let on = form.as_ref().map(|form| form.on.as_str());
        let day = on.and_then(|on| Date::strptime("%Y-%m-%d", on).ok());
        if let (Some(on), None) = (on, day) {
            self.fault(
                "accepted.on",
                format!("'{on}' is not a date"),
                "write it like \"2026-11-24\"",
            );
        }
        Acceptance {
            by: by.to_owned(),
            on: day.unwrap_or(Date::MIN),
        }
    }

    /// Only a number of the customer's own is shown (Annex C-3).
    fn caller(&mut self, NumberText(written): &NumberText, parts: &CustomerParts) -> String {
        let number = normalise(written, &self.reading.context.country).unwrap_or_else(|| written.clone());
        if !parts.numbers.iter().any(|(own, _)| *own == number) {
            let message = format!("{number} is no number of this customer");
            self.fault(
                "caller",
                message,
                "people may only see a number that is the customer's own",
            );
        }
        number
    }

    fn keys(&mut self, written: BTreeMap<String, KeyForm>) -> BTreeMap<char, Agents> {
        let mut keys = BTreeMap::new();
        for (text, form) in written {
            let mut chars = text.chars();
            let (Some(key @ ('0'..='9' | '*' | '#')), None) = (chars.next(), chars.next()) else {
                let message = format!("'{text}' is not one key");
                self.fault(
                    format!("keys.{text}"),
                    message,
                    "write \"0\" to \"9\", \"*\" or \"#\"",
                );
                continue;
            };
            let path = |end: &str| format!("keys.{text}.{end}");
            if form.agents.is_empty() {
                self.fault(
                    path("agents"),
                    "the key rings nobody",
                    "name the number of an agent",
                );
            }
            self.trunk(&path("trunk"), &form.trunk);
            self.ring(&path("ring"), form.ring.0, form.agents.len());
            let mut targets = Vec::new();
            for (at, NumberText(agent)) in form.agents.iter().enumerate() {
                match normalise(agent, &self.reading.context.country) {
                    Some(number) => targets.push(Target::number(number, form.trunk.clone())),
                    None => self.fault(
                        path(&format!("agents[{at}]")),
                        format!("'{agent}' is not a telephone number"),
                        "write it in E.164, such as \"+32475000001\"",
                    ),
                }
            }
            let agents = Agents {
                targets,
                order: match form.order {
                    OrderWord::InOrder => RingOrder::InOrder,
                    OrderWord::Rotate => RingOrder::Rotate,
                },
                ring: form.ring.0,
            };
            keys.insert(key, agents);
        }
        keys
    }

    fn retry(&mut self, path: &str, form: Option<RetryForm>) -> Retry {
        let Some(form) = form else {
            return Retry::default();
        };
        if !(1..=MOST_RETRIES).contains(&form.times) {
            self.fault(
                format!("{path}.times"),
                format!("{} more attempts are out of bounds", form.times),
                "write 1 to 10, or leave the entry out",
            );
        }
        Retry {
            times: form.times,
            after: form.after.0,
        }
    }

    fn schedule(&mut self, start: Option<&str>, hours: &[WeekForm]) -> Schedule {
        let zone = TimeZone::get(&self.reading.context.zone).unwrap_or(TimeZone::UTC);
        let mut windows = Vec::new();
        for (at, week) in hours.iter().enumerate() {
            if week.days.is_empty() || week.hours.is_empty() {
                self.fault(
                    format!("hours[{at}]"),
                    "these hours are never",
                    "write days: and hours:",
                );
            }
            for hours in &week.hours {
                if hours.to <= hours.from {
                    let message = "hours of a campaign end on the day on which they begin";
                    self.fault(format!("hours[{at}].hours"), message, "write two entries");
                    continue;
                }
                windows.push(Window {
                    days: week.days.iter().map(|day| (*day).into()).collect(),
                    from: minute(hours.from).unwrap_or(Time::MIN),
                    to: minute(hours.to),
                });
            }
        }
        let start = start.and_then(|text| {
            let read = DateTime::strptime("%Y-%m-%d %H:%M", text).ok();
            let start = read.and_then(|local| instant(local, &zone));
            if start.is_none() {
                let message = format!("'{text}' is not a time");
                self.fault("start", message, "write it like \"2026-12-01 09:00\"");
            }
            start
        });
        Schedule { start, windows, zone }
    }
}

fn instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(local).compatible().ok()?;
    Some(zoned.timestamp())
}

/// A minute of the day; `None` is the end of it.
fn minute(of_day: u16) -> Option<Time> {
    let hour = i8::try_from(of_day / 60).ok()?;
    let minute = i8::try_from(of_day % 60).ok()?;
    Time::new(hour, minute, 0, 0).ok()
}
