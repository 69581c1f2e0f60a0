//! The thread of the owner of campaigns.
//!
//! It alone writes who was called, and waits for the disk while it does; calls never wait for it. Commands and looks
//! come from HTTP, what becomes of a call from the signalling thread, which dials what it is told to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use pointsman_policy::campaign::{
    AttemptId, CampaignId, Change, Command, Directory, Output, Owner, Progress, RequestId, RunState, View,
    Written,
};
use pointsman_store::Store;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::events::{EventSender, Happening};
use crate::mailbox::{Letters, Mailbox, mailbox};
use crate::owners::patience;
use crate::ring::RingSender;
use crate::signalling::Order;

/// Commands and looks that may wait for the owner; one more is dropped, and whoever asked is told that nobody answers.
const MOST_WAITING: usize = 1_000;

/// The answer to a command.
pub(crate) type Answer = Result<RunState, String>;

enum Letter {
    Progress(AttemptId, Progress),
    Command {
        by: String,
        campaign: CampaignId,
        command: Command,
        answer: oneshot::Sender<Answer>,
    },
    Look(oneshot::Sender<Vec<View>>),
    Directory(Arc<Directory>),
    Exit,
}

/// Where letters to the owner go. Never waits.
#[derive(Clone)]
pub(crate) struct CampaignMail(Mailbox<Letter>);

impl CampaignMail {
    /// A call tells how far an attempt is. At most five calls of a customer do.
    pub(crate) fn progress(&self, attempt: AttemptId, progress: Progress) {
        self.0.send(Letter::Progress(attempt, progress));
    }

    /// Somebody wants something; the answer comes by the receiver, or it is dropped.
    pub(crate) fn command(
        &self,
        by: String,
        campaign: CampaignId,
        command: Command,
    ) -> oneshot::Receiver<Answer> {
        let (answer, receiver) = oneshot::channel();
        self.0.post(Letter::Command {
            by,
            campaign,
            command,
            answer,
        });
        receiver
    }

    /// How far every campaign is.
    pub(crate) fn look(&self) -> oneshot::Receiver<Vec<View>> {
        let (views, receiver) = oneshot::channel();
        self.0.post(Letter::Look(views));
        receiver
    }

    /// A reload.
    pub(crate) fn directory(&self, directory: Arc<Directory>) {
        self.0.send(Letter::Directory(directory));
    }

    /// The node ends.
    pub(crate) fn exit(&self) {
        self.0.send(Letter::Exit);
    }
}

/// What the thread owns.
pub(crate) struct CampaignsThread {
    owner: Owner,
    store: Arc<dyn Store>,
    letters: Letters<Letter>,
    orders: RingSender<Order>,
    clock: Clock,
    told: EventSender,
    asking: BTreeMap<RequestId, oneshot::Sender<Answer>>,
    requests: RequestId,
}

impl CampaignsThread {
    /// An owner that knows what was written before, and the way to it.
    pub(crate) fn new(
        directory: &Directory,
        written: Written,
        store: Arc<dyn Store>,
        orders: RingSender<Order>,
        (clock, told): (Clock, EventSender),
    ) -> (Self, CampaignMail) {
        let (mail, letters) = mailbox(MOST_WAITING);
        let thread = Self {
            told,
            owner: Owner::new(now(&clock), directory, written),
            store,
            letters,
            orders,
            clock,
            asking: BTreeMap::new(),
            requests: 0,
        };
        (thread, CampaignMail(mail))
    }

    /// Serves until the node ends.
    pub(crate) fn run(mut self) {
        loop {
            self.owner.handle_timeout(now(&self.clock));
            self.drain();
            let due = self.owner.poll_timeout().map(|(at, _)| at);
            match self
                .letters
                .await_next(patience(now(&self.clock), due, &self.orders))
            {
                Ok(Some(Letter::Exit)) | Err(_) => return,
                Ok(Some(letter)) => self.take(letter),
                Ok(None) => {}
            }
            self.drain();
        }
    }

    fn take(&mut self, letter: Letter) {
        let now = now(&self.clock);
        match letter {
            Letter::Progress(attempt, progress) => self.owner.handle_progress(now, attempt, progress),
            Letter::Command {
                by,
                campaign,
                command,
                answer,
            } => {
                self.requests += 1;
                self.asking.insert(self.requests, answer);
                self.owner
                    .handle_command(now, self.requests, by, &campaign, command);
            }
            // Whoever asked may have gone.
            Letter::Look(views) => drop(views.send(self.owner.views())),
            Letter::Directory(directory) => self.owner.set_directory(now, &directory),
            Letter::Exit => {}
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.owner.poll_output() {
            match output {
                Output::Save { id, change } => {
                    let saved = self.save(&change);
                    self.owner.handle_saved(now(&self.clock), id, saved);
                }
                Output::Dial(order) => {
                    self.orders.push(Order::Originate(order));
                    self.orders.settle(Instant::now(), true);
                }
                Output::Reply { id, answer } => {
                    if let Some(sender) = self.asking.remove(&id) {
                        drop(sender.send(answer));
                    }
                }
            }
        }
        self.orders.settle(Instant::now(), true);
    }

    fn save(&mut self, change: &Change) -> Result<(), String> {
        match self.store.change_campaign(change) {
            Ok(()) => {
                if let Change::State {
                    campaign, state, by, ..
                } = change
                {
                    tracing::info!(%campaign, state = state.as_str(), by, "campaign");
                }
                self.tell(change);
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "what a campaign does cannot be written down");
                if let Change::Ended { .. } = change {
                    // It is over all the same, and the owner knows.
                    self.tell(change);
                }
                Err(error.to_string())
            }
        }
    }
}

impl CampaignsThread {
    /// What has happened, for those who listen.
    fn tell(&self, change: &Change) {
        let (at, campaign, what) = match change {
            Change::Attempt { .. } => return,
            Change::State {
                at,
                by,
                campaign,
                state,
            } => {
                let what = Happening::CampaignState {
                    campaign: campaign.name.clone(),
                    state: state.as_str(),
                    by: by.clone(),
                };
                (at, campaign, what)
            }
            Change::Ended {
                at,
                campaign,
                number,
                end,
                ..
            } => {
                let what = Happening::CampaignAttempt {
                    campaign: campaign.name.clone(),
                    number: number.clone(),
                    outcome: end.as_str(),
                };
                (at, campaign, what)
            }
        };
        self.told
            .tell(at.as_millisecond(), Some(campaign.customer.as_str().into()), what);
    }
}

fn now(clock: &Clock) -> Timestamp {
    Timestamp::from_millisecond(clock.unix_ms()).unwrap_or_default()
}
