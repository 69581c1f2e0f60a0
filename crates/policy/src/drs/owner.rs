//! The owner of what is switched on: one request at a time, on the disk before it counts, confirmed before it is said.
//!
//! | state | request | saved | save failed | confirmed | a month is over |
//! |---|---|---|---|---|---|
//! | idle | save, or answer at once if nothing changes | – | – | – | save |
//! | saving | waits | publish | refuse, idle | – | waits |
//! | publishing | waits | – | – | answer, idle | waits |

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pointsman_contract::{limits, months_after};

use super::wrong::Wrong;
use super::{Activation, Choice, Switched};
use crate::ask::{Answer, Secret};

/// Requests that may wait; one more is refused.
const MOST_WAITING: usize = 1_000;

/// Logins of one caller that may wait; one more is refused, so that nobody can fill the place of others.
const MOST_OF_ONE: usize = 3;

/// When an end that could not be written is tried again.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// What the owner knows of a customer's plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// What the customer keys on the line to say who it is; `None`: it has no password either.
    pub number: Option<String>,
    /// Argon2 hash of the password that was handed over at activation (DRS-05).
    pub password: Option<String>,
    /// Plans and the keys that choose them, in the order of the keys.
    pub plans: BTreeMap<char, String>,
}

/// Every customer with plans, by name; comes from the configuration.
pub type Directory = BTreeMap<String, Service>;

/// Which request; chosen by who asks.
pub type RequestId = u64;
/// Which change; chosen by the owner.
pub type ChangeId = u64;

/// Something asked of the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who: "phone +32475112233", "token desk". Wrong passwords are counted for it.
    pub who: String,
    /// What.
    pub what: What,
}

/// What is asked of the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Whether number and password go together.
    Login {
        /// As keyed.
        number: String,
        /// As keyed.
        password: Secret,
    },
    /// Switch a plan.
    Switch {
        /// The customer.
        customer: String,
        /// Its plan.
        plan: String,
        /// On or off.
        on: bool,
    },
}

/// A change of what is on, with who wanted it: to be written down before it counts (DRS-17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Who wanted it; "the end of the month" for the automatic end.
    pub by: String,
    /// On: from `at` until the activation's end.
    pub on: bool,
    /// The activation that begins or ends.
    pub activation: Activation,
}

/// What the owner wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Write this down and sync; then [`Owner::handle_saved`].
    Save {
        /// To be named then.
        id: ChangeId,
        /// What to write.
        change: Box<Change>,
    },
    /// Every shard follows this from now on; when all have said so, [`Owner::handle_confirmed`].
    Publish {
        /// To be named then.
        id: ChangeId,
        /// What is on.
        switched: Arc<Switched>,
    },
    /// The answer to a request.
    Reply {
        /// Which request.
        id: RequestId,
        /// The answer.
        answer: Answer,
    },
}

#[derive(Debug)]
enum Step {
    Saving,
    Publishing,
}

/// The change that is under way.
#[derive(Debug)]
struct UnderWay {
    id: ChangeId,
    change: Change,
    request: Option<RequestId>,
    step: Step,
}

/// Owns what is switched on.
#[derive(Debug)]
pub struct Owner {
    directory: Arc<Directory>,
    switched: Switched,
    under_way: Option<UnderWay>,
    waiting: VecDeque<(RequestId, Request)>,
    /// Logins that have to wait for their time.
    delayed: Vec<(Timestamp, RequestId, Request)>,
    wrong: Wrong,
    /// What ended by itself is not written before.
    ends_not_before: Timestamp,
    outputs: VecDeque<Output>,
    last_change: ChangeId,
    zone: TimeZone,
}

impl Owner {
    /// An owner that knows what was on when it was last written down; `zone` is the one whose calendar counts the month.
    #[must_use]
    pub fn new(directory: Arc<Directory>, written: Switched, zone: TimeZone) -> Self {
        Self {
            directory,
            switched: written,
            under_way: None,
            waiting: VecDeque::new(),
            delayed: Vec::new(),
            wrong: Wrong::default(),
            ends_not_before: Timestamp::MIN,
            outputs: VecDeque::new(),
            last_change: 0,
            zone,
        }
    }

    /// What is on now, as far as it is written down.
    #[must_use]
    pub fn switched(&self) -> &Switched {
        &self.switched
    }

    /// A reload.
    pub fn set_directory(&mut self, directory: Arc<Directory>) {
        self.directory = directory;
    }

    /// Somebody asks; the answer comes as [`Output::Reply`].
    pub fn handle_request(&mut self, now: Timestamp, id: RequestId, request: Request) {
        let is_login = matches!(request.what, What::Login { .. });
        if is_login && self.logins_of(&request.who) >= MOST_OF_ONE {
            self.refuse(id, "too many logins of this caller are waiting");
            return;
        }
        if self.waiting.len() >= MOST_WAITING || is_login && self.delayed.len() >= MOST_WAITING {
            self.refuse(id, "too many requests are waiting");
            return;
        }
        self.waiting.push_back((id, request));
        self.go_on(now);
    }

    /// A change is on the disk, or could not be written.
    pub fn handle_saved(&mut self, now: Timestamp, id: ChangeId, saved: Result<(), String>) {
        let Some(under_way) = self.under_way.as_mut().filter(|under_way| under_way.id == id) else {
            return;
        };
        match saved {
            Ok(()) => {
                under_way.step = Step::Publishing;
                let activation = under_way.change.activation.clone();
                if under_way.change.on {
                    self.switched.insert(activation);
                } else {
                    self.switched.remove(&activation.customer, &activation.plan);
                }
                let switched = Arc::new(self.switched.clone());
                self.outputs.push_back(Output::Publish { id, switched });
            }
            Err(why) => {
                let request = under_way.request;
                self.under_way = None;
                match request {
                    Some(request) => self.refuse(request, &format!("it could not be written down: {why}")),
                    // Calls go by its time, so nothing is lost meanwhile; others need not wait for it.
                    None => self.ends_not_before = now + AGAIN,
                }
                self.go_on(now);
            }
        }
    }

    /// Every shard follows what was published with this change.
    pub fn handle_confirmed(&mut self, now: Timestamp, id: ChangeId) {
        let is_it = |under_way: &UnderWay| under_way.id == id && matches!(under_way.step, Step::Publishing);
        let Some(done) = self.under_way.take_if(|under_way| is_it(under_way)) else {
            return;
        };
        if let Some(request) = done.request {
            let on = done.change.on;
            self.reply(request, Answer::Switched { on });
        }
        self.go_on(now);
    }

    /// A time of [`Self::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.delayed.sort_by_key(|(at, id, _)| (*at, *id));
        let due = self.delayed.partition_point(|(at, _, _)| *at <= now);
        let due = self.delayed.drain(..due).map(|(_, id, request)| (id, request));
        self.waiting.extend(due);
        self.go_on(now);
    }

    /// When the owner wants to be called next, and for what.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        let login = self.delayed.iter().map(|(at, _, _)| (*at, "delayed login"));
        let ends = self.switched.iter().map(|activation| {
            let at = activation.until.max(self.ends_not_before);
            (at, "end of a plan's month")
        });
        // While a change is under way the next one waits for it, not for its time.
        let ends = ends.filter(|_| self.under_way.is_none());
        login.chain(ends).min_by_key(|(at, _)| *at)
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Takes what waits, until a change is under way. What is over by itself comes first.
    fn go_on(&mut self, now: Timestamp) {
        while self.under_way.is_none() {
            let may_end = self.ends_not_before <= now;
            let over = self
                .switched
                .iter()
                .find(|activation| may_end && activation.until <= now)
                .cloned();
            if let Some(activation) = over {
                self.save(now, "the end of the month".into(), false, activation, None);
                return;
            }
            let Some((id, request)) = self.waiting.pop_front() else {
                return;
            };
            match request.what {
                What::Login {
                    ref number,
                    ref password,
                } => {
                    // Those before it in the row may have been wrong meanwhile.
                    let at = self.wrong.not_before(&request.who);
                    if at > now {
                        self.delayed.push((at, id, request));
                    } else {
                        self.login(now, id, &request.who, number, password);
                    }
                }
                What::Switch { customer, plan, on } => {
                    self.switch(now, id, request.who, (customer, plan), on);
                }
            }
        }
    }

    fn logins_of(&self, who: &str) -> usize {
        let waiting = self.waiting.iter().map(|(_, request)| request);
        let delayed = self.delayed.iter().map(|(_, _, request)| request);
        waiting
            .chain(delayed)
            .filter(|request| request.who == who && matches!(request.what, What::Login { .. }))
            .count()
    }

    fn login(&mut self, now: Timestamp, id: RequestId, who: &str, number: &str, password: &Secret) {
        let found = self
            .directory
            .iter()
            .find(|(_, service)| service.number.as_deref() == Some(number));
        // An unknown number takes as long as a wrong password.
        let hash = found.and_then(|(_, service)| service.password.as_deref());
        let fits = is_right(password, hash.unwrap_or(NOBODY));
        let Some((customer, service)) = found.filter(|_| fits && hash.is_some()) else {
            self.wrong.note(now, who);
            self.refuse(id, "number and password do not go together");
            return;
        };
        let choice = |(key, plan): (&char, &String)| Choice {
            plan: plan.clone(),
            key: *key,
            on: self.switched.activation(customer, plan, now).is_some(),
        };
        let answer = Answer::LoggedIn {
            customer: customer.clone(),
            plans: service.plans.iter().map(choice).collect(),
        };
        self.wrong.forgive(who);
        self.reply(id, answer);
    }

    fn switch(&mut self, now: Timestamp, id: RequestId, by: String, of: (String, String), on: bool) {
        let (customer, plan) = of;
        let exists = |service: &Service| service.plans.values().any(|known| *known == plan);
        let current = self.switched.activation(&customer, &plan, now).cloned();
        match current {
            // What is on can be switched off although it was removed from the configuration.
            None if !self.directory.get(&customer).is_some_and(exists) => {
                self.refuse(id, &format!("customer {customer} has no plan {plan}"));
            }
            Some(_) if on => self.reply(id, Answer::Switched { on }),
            None if !on => self.reply(id, Answer::Switched { on }),
            Some(activation) => self.save(now, by, false, activation, Some(id)),
            None => {
                let months = limits().drs.active_months.value;
                let activation = Activation {
                    customer,
                    plan,
                    since: now,
                    until: months_after(now, months, &self.zone),
                    by: by.clone(),
                };
                self.save(now, by, true, activation, Some(id));
            }
        }
    }

    fn save(
        &mut self,
        at: Timestamp,
        by: String,
        on: bool,
        activation: Activation,
        request: Option<RequestId>,
    ) {
        self.last_change += 1;
        let change = Change {
            at,
            by,
            on,
            activation,
        };
        self.outputs.push_back(Output::Save {
            id: self.last_change,
            change: Box::new(change.clone()),
        });
        self.under_way = Some(UnderWay {
            id: self.last_change,
            change,
            request,
            step: Step::Saving,
        });
    }

    fn reply(&mut self, id: RequestId, answer: Answer) {
        self.outputs.push_back(Output::Reply { id, answer });
    }

    fn refuse(&mut self, id: RequestId, why: &str) {
        self.reply(id, Answer::Refused { why: why.into() });
    }
}

/// A hash that no password fits, as costly as a real one.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IG5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn is_right(password: &Secret, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.reveal().as_bytes(), &hash)
            .is_ok()
    })
}

/// Whether a text is a hash as [`hash_password`] makes them.
#[must_use]
pub fn is_password_hash(text: &str) -> bool {
    text.starts_with("$argon2") && PasswordHash::new(text).is_ok_and(|hash| hash.hash.is_some())
}

/// The hash to be kept of a password (DRS-05); `salt` is 16 random octets.
///
/// # Errors
/// The password is longer than Argon2 takes.
pub fn hash_password(password: &Secret, salt: [u8; 16]) -> Result<String, argon2::password_hash::Error> {
    let salt = SaltString::encode_b64(&salt)?;
    Argon2::default()
        .hash_password(password.reveal().as_bytes(), &salt)
        .map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests;
