//! The owner of agents and queues in the world, and a way between it and the switch that may lose words.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pointsman_call::Shard;
use pointsman_policy::acm::{AgentId, Directory, Notice, Owner, ShardId, Snapshot, Wish, Word};

use super::World;
use crate::chaos::Dice;

/// What is on its way between the two.
#[derive(Debug)]
enum Mail {
    Word(ShardId, Word),
    Notice(ShardId, Notice),
}

/// The owner, and its mail.
pub(crate) struct Agents {
    owner: Owner,
    directory: Arc<Directory>,
    /// The switch as it is called since it was started last.
    shard: ShardId,
    owners: u64,
    /// In the order of posting; each with the time at which it arrives.
    mail: Vec<(Instant, Mail)>,
    dice: Dice,
    /// Percent of the words that never arrive; as many arrive twice.
    loss: u64,
}

impl Agents {
    pub(crate) fn new(now: Instant, directory: Directory, seed: u64, loss: u64) -> Self {
        let directory = Arc::new(directory);
        Self {
            owner: Owner::new(now, directory.clone(), 0),
            directory,
            shard: 1,
            owners: 1,
            mail: Vec::new(),
            dice: Dice::new(seed),
            loss,
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        let mail = self.mail.iter().map(|(at, _)| *at);
        mail.chain(self.owner.poll_timeout().map(|(at, _)| at)).min()
    }

    /// The switch says something.
    pub(crate) fn say(&mut self, now: Instant, word: Word) {
        if self.dice.percent(self.loss) {
            self.post(now, Mail::Word(self.shard, word.clone()));
        }
        self.post(now, Mail::Word(self.shard, word));
    }

    /// Words take 1 to 5 ms, so some overtake others.
    fn post(&mut self, now: Instant, mail: Mail) {
        if !self.dice.percent(self.loss) {
            let late = Duration::from_millis(self.dice.between(1, 5));
            self.mail.push((now + late, mail));
        }
    }

    pub(crate) fn time_passes(&mut self, now: Instant, shard: &mut Shard) {
        let mail = std::mem::take(&mut self.mail);
        let (due, later) = mail.into_iter().partition(|(at, _)| *at <= now);
        self.mail = later;
        for (_, mail) in due {
            match mail {
                Mail::Word(of, word) => self.owner.handle_word(now, of, word),
                Mail::Notice(of, notice) if of == self.shard => shard.handle_notice(now, notice),
                Mail::Notice(..) => {}
            }
        }
        if self.owner.poll_timeout().is_some_and(|(at, _)| at <= now) {
            self.owner.handle_timeout(now);
        }
        self.drain(now);
    }

    fn drain(&mut self, now: Instant) {
        while let Some((shard, notice)) = self.owner.poll_output() {
            self.post(now, Mail::Notice(shard, notice));
        }
    }
}

impl World {
    /// An agent asks for a state.
    ///
    /// # Panics
    /// The world was made without that agent.
    pub fn wish(&mut self, agent: &AgentId, wish: Wish) {
        let now = self.now;
        let agents = self.agents.as_mut().expect("a world with agents");
        agents
            .owner
            .handle_command(now, agent, wish)
            .expect("the scenario names its agents");
        agents.drain(now);
    }

    /// What the owner shows of agents and queues.
    ///
    /// # Panics
    /// The world was made without agents.
    #[must_use]
    pub fn agents(&self) -> Snapshot {
        self.agent_owner().snapshot(self.now)
    }

    /// The owner of agents and queues.
    ///
    /// # Panics
    /// The world was made without agents.
    #[must_use]
    pub fn agent_owner(&self) -> &Owner {
        &self.agents.as_ref().expect("a world with agents").owner
    }

    /// The owner dies and starts again, knowing nothing of callers and calls.
    ///
    /// # Panics
    /// The world was made without agents.
    pub fn restart_owner(&mut self) {
        let now = self.now;
        let agents = self.agents.as_mut().expect("a world with agents");
        agents.owners += 1;
        agents.owner = Owner::new(now, agents.directory.clone(), agents.owners << 32);
        agents.mail.retain(|(_, mail)| matches!(mail, Mail::Notice(..)));
    }

    /// The switch dies, and starts again without its calls; both ends of them get a BYE. What was not over has no CDR.
    pub fn restart_switch(&mut self) {
        let now = self.now;
        self.crashes += 1;
        let mut config = self.config.clone();
        config.seed[8..16].copy_from_slice(&self.crashes.to_le_bytes());
        self.shard = Shard::new(config, self.routing.clone());
        self.worker = super::worker_of(self.seed);
        let dialogs: String = std::mem::take(&mut self.dialogs).into_values().collect();
        self.shard.end_orphans(now, &dialogs);
        self.opened
            .retain(|id| self.cdrs.iter().any(|cdr| *cdr.id == **id));
        if let Some(agents) = &mut self.agents {
            let dead = agents.shard;
            agents.mail.clear();
            agents.shard += 1;
            agents.owner.handle_gone(now, dead);
            agents.drain(now);
        }
        self.drain();
    }
}
