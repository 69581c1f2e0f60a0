//! The user agent without sockets, clocks or threads.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Instant;

use bytes::Bytes;
use pointsman_media::Port;
use pointsman_sip::{Timers, Transmit};

use crate::cause::Flavour;
use crate::numbers::Numbers;
use crate::report::{CallId, CallReport};
use crate::spec::CallSpec;

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
    /// Seed of tags, Call-IDs, SSRCs and losses.
    pub seed: u64,
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

/// A sans-IO user agent with many simultaneous calls.
#[derive(Debug)]
pub struct Phone {}

impl Phone {
    /// A phone; fails when a behaviour names a sound file that was not loaded.
    pub fn new(config: PhoneConfig) -> Result<Self, CallError> {
        let _ = config;
        todo!()
    }
    /// Places a call.
    pub fn call(&mut self, now: Instant, spec: CallSpec) -> Result<CallId, CallError> {
        let _ = (now, spec);
        todo!()
    }
    /// Ends a call in the way its state allows: CANCEL, refusal or BYE. Does nothing when it is over.
    pub fn hang_up(&mut self, now: Instant, call: CallId) {
        let _ = (now, call);
        todo!()
    }
    /// Replaces what called numbers do, for calls to come.
    pub fn set_numbers(&mut self, numbers: Numbers) -> Result<(), CallError> {
        let _ = numbers;
        todo!()
    }
    /// A SIP datagram arrived.
    pub fn handle_datagram(&mut self, now: Instant, source: SocketAddr, payload: Bytes) {
        let _ = (now, source, payload);
        todo!()
    }
    /// Sending to `remote` failed.
    pub fn handle_transport_error(&mut self, now: Instant, remote: SocketAddr) {
        let _ = (now, remote);
        todo!()
    }
    /// An RTP packet arrived.
    pub fn handle_rtp(&mut self, now: Instant, port: Port, source: SocketAddr, packet: &[u8]) {
        let _ = (now, port, source, packet);
        todo!()
    }
    /// An RTCP packet arrived at `port` + 1.
    pub fn handle_rtcp(&mut self, now: Instant, port: Port, source: SocketAddr, packet: &[u8]) {
        let _ = (now, port, source, packet);
        todo!()
    }
    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = now;
        todo!()
    }
    /// The next SIP datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        todo!()
    }
    /// The next RTP packet, written into `out` (at least 172 bytes): from, to, length.
    pub fn poll_rtp(&mut self, out: &mut [u8]) -> Option<(Port, SocketAddr, usize)> {
        let _ = out;
        todo!()
    }
    /// The next event.
    pub fn poll_event(&mut self) -> Option<PhoneEvent> {
        todo!()
    }
    /// When [`Phone::handle_timeout`] is due next, and why.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        todo!()
    }
    /// A running call as it stands.
    pub fn report(&self, call: CallId) -> Option<&CallReport> {
        let _ = call;
        todo!()
    }
    /// Calls that are not over.
    pub fn active(&self) -> usize {
        todo!()
    }
    /// Nothing left to do or to remember: no call, no transaction, every port free.
    pub fn is_quiet(&self) -> bool {
        todo!()
    }
}
