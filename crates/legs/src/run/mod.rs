//! Phones over real sockets: one thread for all phones that run together.

mod board;
mod epoll;
mod sockets;
mod start;
mod thread;

use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::cause::Flavour;
use crate::numbers::Numbers;
use crate::phone::{CallError, PhoneEvent};
use crate::report::{CallId, CallReport};
use crate::run::board::Board;
use crate::run::thread::Order;
use crate::spec::CallSpec;

/// The thread answers an order long before this; it bounds the wait should it hang.
const ORDER: Duration = Duration::from_secs(10);

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

    /// With this many RTP ports.
    pub fn rtp_ports(mut self, count: usize) -> Self {
        self.rtp_ports = count;
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

/// Where to send orders.
#[derive(Clone, Debug)]
struct Desk {
    orders: Sender<Order>,
    bell: Arc<UnixDatagram>,
}

impl Desk {
    fn order(&self, order: Order) {
        // Both fail only when the thread is gone, and then the board says so.
        if self.orders.send(order).is_ok() {
            let _ = self.bell.send(&[1]);
        }
    }
}

/// Phones that run. Dropping it hangs up what is still up and stops the thread.
#[derive(Debug)]
pub struct Legs {
    names: Vec<(Arc<str>, SocketAddr)>,
    desk: Desk,
    board: Arc<Board>,
    thread: Option<JoinHandle<()>>,
}

impl Legs {
    /// Binds every socket, then starts the thread.
    pub fn start(phones: Vec<PhoneSetup>) -> Result<Self, LegsError> {
        start::start(phones)
    }

    /// SIP address of a phone.
    pub fn address(&self, phone: &str) -> Option<SocketAddr> {
        self.names
            .iter()
            .find(|(name, _)| **name == *phone)
            .map(|(_, address)| *address)
    }

    /// Places a call.
    pub fn call(&self, spec: CallSpec) -> PendingCall {
        let name = spec.phone.clone();
        let phone = match &name {
            Some(name) => self.names.iter().position(|(known, _)| **known == **name),
            None => Some(0),
        };
        let placed = match phone {
            Some(phone) => {
                let (reply, answer) = channel();
                self.desk.order(Order::Call {
                    phone,
                    spec: Box::new(spec),
                    reply,
                });
                match answer.recv_timeout(ORDER) {
                    Ok(placed) => placed.map_err(WaitError::from),
                    Err(_) => Err(WaitError::Stopped),
                }
            }
            None => Err(WaitError::NoPhone(name.unwrap_or_default())),
        };
        let phone = phone.unwrap_or(0);
        PendingCall {
            placed,
            phone,
            name: Arc::clone(&self.names[phone].0),
            desk: self.desk.clone(),
            board: Arc::clone(&self.board),
        }
    }

    /// Replaces what the called numbers of a phone do, for calls to come.
    pub fn set_numbers(&self, phone: &str, numbers: Numbers) -> Result<(), WaitError> {
        let known = self.names.iter().position(|(name, _)| **name == *phone);
        let phone = known.ok_or_else(|| WaitError::NoPhone(phone.to_owned()))?;
        let (reply, answer) = channel();
        self.desk.order(Order::Numbers {
            phone,
            numbers,
            reply,
        });
        answer
            .recv_timeout(ORDER)
            .map_err(|_| WaitError::Stopped)?
            .map_err(WaitError::from)
    }

    /// Reports of all calls that are over, on either side, in the order of their ends.
    pub fn reports(&self) -> Vec<Arc<CallReport>> {
        self.board.look().reports.iter().cloned().collect()
    }

    /// Everything that happened, in order: phone and event ([`PhoneEvent::Ended`] apart: see [`Legs::reports`]).
    pub fn events(&self) -> Vec<(String, PhoneEvent)> {
        self.board
            .look()
            .events
            .iter()
            .map(|(phone, event)| (phone.to_string(), event.clone()))
            .collect()
    }

    /// Awaits a report of an ended call that `wanted` accepts, also one that came before.
    pub fn wait_report(
        &self,
        timeout: Duration,
        wanted: impl Fn(&CallReport) -> bool,
    ) -> Result<Arc<CallReport>, WaitError> {
        self.board.wait(timeout, |entries| {
            entries.reports.iter().find(|report| wanted(report)).cloned()
        })
    }

    /// Awaits an event of a phone that `wanted` accepts, also one that came before.
    pub fn wait_event(
        &self,
        timeout: Duration,
        wanted: impl Fn(&str, &PhoneEvent) -> bool,
    ) -> Result<PhoneEvent, WaitError> {
        self.board.wait(timeout, |entries| {
            let found = entries.events.iter().find(|(phone, event)| wanted(phone, event));
            found.map(|(_, event)| event.clone())
        })
    }
}

impl Drop for Legs {
    fn drop(&mut self) {
        self.desk.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed and reported as stopped.
            let _ = thread.join();
        }
    }
}

/// A call that was placed.
#[derive(Debug)]
pub struct PendingCall {
    placed: Result<CallId, WaitError>,
    phone: usize,
    name: Arc<str>,
    desk: Desk,
    board: Arc<Board>,
}

impl PendingCall {
    /// The phone's number for it.
    pub fn id(&self) -> Result<CallId, WaitError> {
        self.placed.clone()
    }

    /// Awaits its end.
    pub fn wait(&self, timeout: Duration) -> Result<Arc<CallReport>, WaitError> {
        let id = self.id()?;
        self.board.wait(timeout, |entries| {
            let found = entries
                .reports
                .iter()
                .find(|report| report.call == id && *report.phone == *self.name);
            found.cloned()
        })
    }

    /// Awaits something on the way, as the answer or a digit.
    pub fn wait_event(
        &self,
        timeout: Duration,
        wanted: impl Fn(&PhoneEvent) -> bool,
    ) -> Result<PhoneEvent, WaitError> {
        let id = self.id()?;
        self.board.wait(timeout, |entries| {
            let mut own = entries
                .events
                .iter()
                .filter(|(phone, event)| *phone == self.name && event.call() == id);
            own.find(|(_, event)| wanted(event))
                .map(|(_, event)| event.clone())
        })
    }

    /// Ends it now: CANCEL or BYE.
    pub fn hang_up(&self) {
        if let Ok(call) = self.placed {
            self.desk.order(Order::HangUp {
                phone: self.phone,
                call,
            });
        }
    }
}
