//! Phones over real sockets.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::cause::Flavour;
use crate::numbers::Numbers;
use crate::phone::{CallError, PhoneEvent};
use crate::report::{CallId, CallReport};
use crate::spec::CallSpec;

/// One phone to run.
#[derive(Clone, Debug)]
pub struct PhoneSetup {
    /// Its name, unique among the phones that run together.
    pub name: String,
    /// SIP address; port 0 takes a free one. RTP ports are free ports of the same address.
    pub bind: SocketAddr,
    /// Telephone network or plain SIP.
    pub flavour: Flavour,
    /// What each called number does.
    pub numbers: Numbers,
    /// RTP ports bound ahead: the most simultaneous calls with media.
    pub rtp_ports: usize,
    /// Seed of tags, Call-IDs, SSRCs and losses.
    pub seed: u64,
    /// Whether what was heard and said is kept in reports.
    pub keep_audio: bool,
}

impl PhoneSetup {
    /// A plain SIP phone on a free port of 127.0.0.1 with 16 RTP ports.
    pub fn new(name: &str, numbers: Numbers) -> Self {
        Self {
            name: name.to_owned(),
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            flavour: Flavour::Voip,
            numbers,
            rtp_ports: 16,
            seed: 1,
            keep_audio: true,
        }
    }

    /// At this SIP address.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.bind = address;
        self
    }

    /// Played as telephone network.
    pub fn pstn(mut self) -> Self {
        self.flavour = Flavour::Pstn;
        self
    }
}

/// Why phones do not run.
#[derive(Debug, thiserror::Error)]
pub enum LegsError {
    /// A socket cannot be had.
    #[error("phone {phone}: {what}: {error}")]
    Socket {
        /// Whose.
        phone: String,
        /// What for.
        what: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// Two phones with one name, or none at all.
    #[error("phones need names, each another one")]
    Names,
    /// A behaviour cannot be played.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// What was awaited had not come when the time was up.
    #[error("it had not come after {0:?}")]
    TimeOut(Duration),
    /// The call was never placed.
    #[error(transparent)]
    NotPlaced(#[from] CallError),
    /// There is no phone of this name.
    #[error("there is no phone `{0}`")]
    NoPhone(String),
    /// The phones were stopped meanwhile.
    #[error("the phones were stopped")]
    Stopped,
}

/// Phones that run.
#[derive(Debug)]
pub struct Legs {}

impl Legs {
    /// Binds every socket, then starts the thread.
    pub fn start(phones: Vec<PhoneSetup>) -> Result<Self, LegsError> {
        let _ = phones;
        todo!()
    }
    /// SIP address of a phone.
    pub fn address(&self, phone: &str) -> Option<SocketAddr> {
        let _ = phone;
        todo!()
    }
    /// Places a call.
    pub fn call(&self, spec: CallSpec) -> PendingCall {
        let _ = spec;
        todo!()
    }
    /// Replaces what the called numbers of a phone do, for calls to come.
    pub fn set_numbers(&self, phone: &str, numbers: Numbers) -> Result<(), WaitError> {
        let _ = (phone, numbers);
        todo!()
    }
    /// Reports of all calls that are over, on either side, in the order of their ends.
    pub fn reports(&self) -> Vec<Arc<CallReport>> {
        todo!()
    }
    /// Everything that happened, in order: phone and event ([`PhoneEvent::Ended`] apart: see [`Legs::reports`]).
    pub fn events(&self) -> Vec<(String, PhoneEvent)> {
        todo!()
    }
    /// Awaits a report of an ended call that `wanted` accepts, also one that came before.
    pub fn wait_report(
        &self,
        timeout: Duration,
        wanted: impl Fn(&CallReport) -> bool,
    ) -> Result<Arc<CallReport>, WaitError> {
        let _ = (timeout, &wanted);
        todo!()
    }
    /// Awaits an event of a phone that `wanted` accepts, also one that came before.
    pub fn wait_event(
        &self,
        timeout: Duration,
        wanted: impl Fn(&str, &PhoneEvent) -> bool,
    ) -> Result<PhoneEvent, WaitError> {
        let _ = (timeout, &wanted);
        todo!()
    }
}

/// A call that was placed.
#[derive(Debug)]
pub struct PendingCall {}

impl PendingCall {
    /// The phone's number for it.
    pub fn id(&self) -> Result<CallId, WaitError> {
        todo!()
    }
    /// Awaits its end.
    pub fn wait(&self, timeout: Duration) -> Result<Arc<CallReport>, WaitError> {
        let _ = timeout;
        todo!()
    }
    /// Awaits something on the way, as the answer or a digit.
    pub fn wait_event(
        &self,
        timeout: Duration,
        wanted: impl Fn(&PhoneEvent) -> bool,
    ) -> Result<PhoneEvent, WaitError> {
        let _ = (timeout, &wanted);
        todo!()
    }
    /// Ends it now: CANCEL or BYE.
    pub fn hang_up(&self) {
        todo!()
    }
}
