//! What a phone is told and what it tells.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use pointsman_media::Port;
use pointsman_sip::Timers;

use crate::cause::Flavour;
use crate::numbers::Numbers;
use crate::report::{CallId, CallReport};

/// What a phone is.
#[derive(Clone, Debug)]
pub struct PhoneConfig {
    /// Its name in reports.
    pub name: String,
    /// Its SIP address, written into Via and Contact.
    pub sip: SocketAddr,
    /// The address of its RTP ports, written into SDP.
    pub media: IpAddr,
    /// Telephone network or plain SIP.
    pub flavour: Flavour,
    /// What each called number does.
    pub numbers: Numbers,
    /// RTP ports it may use, one for each simultaneous call with media.
    pub ports: Vec<Port>,
    /// Seed of SSRCs and losses, and with `salt` of tags, branches and Call-IDs.
    pub seed: u64,
    /// Mixed into tags, branches and Call-IDs only. Where the world outlives the phone, as over real sockets, it
    /// must differ from one run to the next, or a new call is taken for the retransmission of an old one.
    pub salt: u64,
    /// SIP timers.
    pub timers: Timers,
    /// Whether what was heard and said is kept in reports.
    pub keep_audio: bool,
}

impl PhoneConfig {
    /// A plain SIP phone at this address without numbers or ports.
    pub fn new(name: &str, sip: SocketAddr) -> Self {
        Self {
            name: name.to_owned(),
            sip,
            media: sip.ip(),
            flavour: Flavour::Voip,
            numbers: Numbers::default(),
            ports: Vec::new(),
            seed: 1,
            salt: 0,
            timers: Timers::default(),
            keep_audio: true,
        }
    }
}

/// Why a call cannot be placed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Every RTP port is in use.
    #[error("all {0} RTP ports of the phone are in use")]
    NoFreePort(usize),
    /// A sound file is named that was not loaded.
    #[error("{} is named but was not loaded", .0.display())]
    NotLoaded(PathBuf),
}

/// What a phone tells its owner.
#[derive(Clone, Debug, PartialEq)]
pub enum PhoneEvent {
    /// An INVITE arrived and a behaviour has taken it.
    Incoming {
        /// The call.
        call: CallId,
        /// Caller's number, if given.
        from: Option<String>,
        /// Called number.
        to: String,
    },
    /// A provisional response was sent or arrived.
    Progress {
        /// The call.
        call: CallId,
        /// 101 to 199.
        status: u16,
    },
    /// The 2xx was sent or arrived.
    Answered {
        /// The call.
        call: CallId,
    },
    /// The first RTP packet arrived.
    Hears {
        /// The call.
        call: CallId,
    },
    /// A digit was heard.
    Digit {
        /// The call.
        call: CallId,
        /// 0-9, *, #, A-D.
        digit: char,
    },
    /// The other side put us on hold or took us back.
    Held {
        /// The call.
        call: CallId,
        /// Hold or not.
        held: bool,
    },
    /// One of our re-INVITEs or INFOs got its final response.
    Replied {
        /// The call.
        call: CallId,
        /// 200 to 699.
        status: u16,
    },
    /// The call is over.
    Ended {
        /// The call.
        call: CallId,
        /// All about it.
        report: Box<CallReport>,
    },
}

impl PhoneEvent {
    /// Which call it is about.
    pub fn call(&self) -> CallId {
        match self {
            Self::Incoming { call, .. }
            | Self::Progress { call, .. }
            | Self::Answered { call }
            | Self::Hears { call }
            | Self::Digit { call, .. }
            | Self::Held { call, .. }
            | Self::Replied { call, .. }
            | Self::Ended { call, .. } => *call,
        }
    }
}
