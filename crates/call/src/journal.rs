//! What went into a shard and what came out of it, in a form that outlives the process.
//!
//! A shard is a function of its configuration and of its inputs: with the same ones in the same order it does the same
//! again, to the octet. [`crate::Replay`] shows whether it does.

use std::collections::BTreeSet;
use std::time::Instant;

use bytes::Bytes;
use pointsman_media::{Command, MediaEvent};
use pointsman_policy::Answer;
use pointsman_policy::acm::{Notice, Word};
use pointsman_policy::campaign::DialOrder;
use pointsman_policy::drs::Activation;
use pointsman_sip::{Broken, ConnectionId, Flow, Transport};
use serde::{Deserialize, Serialize};

use crate::asked::{Asked, CallRef};
use crate::event::CallEvent;

/// One input or output of a shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Nanoseconds since the journal began; outputs carry the time of the last input.
    #[serde(rename = "t")]
    pub at_ns: u64,
    /// What it was.
    #[serde(flatten)]
    pub entry: Entry,
}

/// An input, or an output (the last five).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A message arrived.
    Received {
        /// Where from.
        path: Path,
        /// Its octets.
        octets: Octets,
    },
    /// Nobody can be reached there.
    Unreachable(Path),
    /// A peer opened a connection.
    Accepted(Path),
    /// A connection is gone.
    Lost {
        /// Its number.
        connection: u64,
        /// What it had taken and not sent.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unsent: Vec<Octets>,
    },
    /// A connection sent what cannot be cut into messages.
    Broken {
        /// Where from.
        path: Path,
        /// What could be read of the message.
        head: Octets,
        /// [`pointsman_sip::BreakReason::as_str`].
        why: String,
    },
    /// The media worker or the recorder reported. A key only where a call collects it, and `0` for a secret one.
    Media(MediaEvent),
    /// A deadline passed.
    Timeout,
    /// The wall clock was read, in Unix milliseconds.
    Wall(i64),
    /// A reload: routing of this version from now on.
    Routing(String),
    /// New calls are refused: the switch is being shut down.
    Drain,
    /// Calls are ended.
    EndAll,
    /// Whether the call store is behind.
    StoreBehind(bool),
    /// Whether reading is behind.
    Overloaded(bool),
    /// An owner answered a question.
    Answer(CallRef, Answer),
    /// The owner of a campaign wants somebody called.
    Originate(DialOrder),
    /// The disaster plans that are on.
    Switched(Vec<Activation>),
    /// The owner of agents and queues said something.
    Notice(Notice),
    /// Customers whose capacity for recordings is full.
    RecordingsFull(BTreeSet<String>),
    /// Dialogs of an earlier process are ended.
    Orphans(String),
    /// A message left.
    Sent {
        /// Where to.
        path: Path,
        /// Its octets.
        octets: Octets,
    },
    /// The media worker got an order.
    Ordered(String),
    /// An event was told.
    Told(String),
    /// An owner was asked.
    Asked(String),
    /// The owner of agents and queues was told something.
    Word(String),
}

impl Entry {
    /// Whether the shard made it.
    #[must_use]
    pub fn is_output(&self) -> bool {
        matches!(
            self,
            Self::Sent { .. } | Self::Ordered(_) | Self::Told(_) | Self::Asked(_) | Self::Word(_)
        )
    }
}

/// A message's octets: readable where they are text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Octets {
    /// UTF-8.
    Text(String),
    /// Anything.
    Raw(Vec<u8>),
}

impl Octets {
    /// Octets to be written down.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        match std::str::from_utf8(octets) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Raw(octets.to_owned()),
        }
    }

    /// The octets again.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Text(text) => Bytes::copy_from_slice(text.as_bytes()),
            Self::Raw(octets) => Bytes::copy_from_slice(octets),
        }
    }
}

/// A [`Flow`] as text: listener, transport, far address, and the connection's number if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path(String);

impl Path {
    fn of(flow: Flow) -> Self {
        let Flow {
            listener,
            transport,
            remote,
            connection,
        } = flow;
        let connection = connection.map(|connection| format!(" {}", connection.number()));
        Self(format!(
            "{listener} {} {remote}{}",
            transport.as_str(),
            connection.unwrap_or_default()
        ))
    }

    /// The flow again; `None` if the text is none.
    #[must_use]
    pub fn flow(&self) -> Option<Flow> {
        let mut words = self.0.split(' ');
        let listener = words.next()?.parse().ok()?;
        let transport = match words.next()? {
            "UDP" => Transport::Udp,
            "TCP" => Transport::Tcp,
            "TLS" => Transport::Tls,
            _ => return None,
        };
        let flow = Flow::new(listener, transport, words.next()?.parse().ok()?);
        let connection = words
            .next()
            .map(|number| number.parse().ok().and_then(ConnectionId::of_number));
        match connection {
            None => Some(flow),
            Some(connection) => Some(flow.by(connection?)),
        }
    }
}

/// Lines of a shard that nobody has taken yet.
#[derive(Debug)]
pub(crate) struct Journal {
    start: Instant,
    at_ns: u64,
    lines: Vec<Line>,
}

impl Journal {
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            at_ns: 0,
            lines: Vec::new(),
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }

    /// An input at `now`; without a time of its own, at that of the one before.
    pub(crate) fn input(&mut self, now: Option<Instant>, entry: Entry) {
        if let Some(now) = now {
            let since = now.saturating_duration_since(self.start).as_nanos();
            self.at_ns = u64::try_from(since).unwrap_or(u64::MAX);
        }
        self.push(entry);
    }

    pub(crate) fn received(&mut self, now: Instant, flow: Flow, octets: &[u8]) {
        let (path, octets) = (Path::of(flow), Octets::of(octets));
        self.input(Some(now), Entry::Received { path, octets });
    }

    pub(crate) fn unreachable(&mut self, now: Instant, flow: Flow) {
        self.input(Some(now), Entry::Unreachable(Path::of(flow)));
    }

    pub(crate) fn accepted(&mut self, now: Instant, flow: Flow) {
        self.input(Some(now), Entry::Accepted(Path::of(flow)));
    }

    pub(crate) fn lost(&mut self, now: Instant, connection: ConnectionId, unsent: &[Bytes]) {
        let entry = Entry::Lost {
            connection: connection.number(),
            unsent: unsent.iter().map(|octets| Octets::of(octets)).collect(),
        };
        self.input(Some(now), entry);
    }

    pub(crate) fn broken(&mut self, now: Instant, flow: Flow, broken: &Broken) {
        let entry = Entry::Broken {
            path: Path::of(flow),
            head: Octets::of(&broken.head),
            why: broken.why.as_str().to_owned(),
        };
        self.input(Some(now), entry);
    }

    pub(crate) fn media(&mut self, now: Instant, event: &MediaEvent) {
        self.input(Some(now), Entry::Media(event.clone()));
    }

    pub(crate) fn sent(&mut self, flow: Flow, octets: &[u8]) {
        let (path, octets) = (Path::of(flow), Octets::of(octets));
        self.push(Entry::Sent { path, octets });
    }

    pub(crate) fn ordered(&mut self, command: &Command) {
        let text = match command {
            // Announcements are long; their length tells them apart well enough.
            Command::Play {
                port,
                id,
                prompt,
                codec,
                pt,
                repeat,
            } => format!(
                "Play {} samples: {port:?} {id:?} {codec:?} {pt} {repeat}",
                prompt.samples_8k.len()
            ),
            command => format!("{command:?}"),
        };
        self.push(Entry::Ordered(text));
    }

    /// `Debug` shows no secret.
    pub(crate) fn asked(&mut self, asked: &Asked) {
        self.push(Entry::Asked(format!("{asked:?}")));
    }

    pub(crate) fn word(&mut self, word: &Word) {
        self.push(Entry::Word(format!("{word:?}")));
    }

    pub(crate) fn told(&mut self, event: &CallEvent) {
        self.push(Entry::Told(format!("{event:?}")));
    }

    fn push(&mut self, entry: Entry) {
        self.lines.push(Line {
            at_ns: self.at_ns,
            entry,
        });
    }
}
