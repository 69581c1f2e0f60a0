//! The loop that runs the phones: wait, read, let time pass, write.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use bytes::Bytes;
use pointsman_media::Port;

use crate::numbers::Numbers;
use crate::phone::{CallError, Phone};
use crate::report::CallId;
use crate::run::board::Board;
use crate::run::epoll::Epoll;
use crate::spec::CallSpec;

/// Longest wait when nothing is due.
const IDLE: Duration = Duration::from_secs(60);

/// Datagrams read from one socket before the others have their turn.
const TURN: usize = 64;

/// Something an owner wants.
#[derive(Debug)]
pub(super) enum Order {
    Call {
        phone: usize,
        spec: Box<CallSpec>,
        reply: Sender<Result<CallId, CallError>>,
    },
    HangUp {
        phone: usize,
        call: CallId,
    },
    Numbers {
        phone: usize,
        numbers: Numbers,
        reply: Sender<Result<(), CallError>>,
    },
    Stop,
}

/// What a socket is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    Sip,
    Rtp(Port),
    Rtcp(Port),
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) phone: usize,
    pub(super) purpose: Use,
    pub(super) socket: UdpSocket,
}

/// One phone and its way out.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: Arc<str>,
    pub(super) phone: Phone,
    pub(super) sip: usize,
    pub(super) rtp: BTreeMap<Port, usize>,
}

/// All that the thread owns.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) lines: Vec<Line>,
    pub(super) slots: Vec<Slot>,
    pub(super) epoll: Epoll,
    pub(super) orders: Receiver<Order>,
    /// Becomes readable when there is an order.
    pub(super) bell: UnixDatagram,
    pub(super) board: Arc<Board>,
}

/// The number of the bell among the sockets.
pub(super) const BELL: u64 = u64::MAX;

/// Tells those who wait that nothing will come any more, also after a panic.
struct Farewell(Arc<Board>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Runner {
    pub(super) fn run(mut self) {
        let _farewell = Farewell(Arc::clone(&self.board));
        let mut ready = Vec::new();
        let mut buffer = vec![0; 65_536];
        loop {
            if self.epoll.wait(self.time_left(), &mut ready).is_err() {
                return;
            }
            for number in ready.drain(..) {
                if number == BELL {
                    while self.bell.recv(&mut buffer).is_ok() {}
                } else {
                    self.read(number as usize, &mut buffer);
                }
            }
            let goes_on = self.obey();
            self.pass_time();
            self.flush(&mut buffer);
            if !goes_on {
                return;
            }
        }
    }

    fn time_left(&self) -> Duration {
        let next = self
            .lines
            .iter()
            .filter_map(|line| line.phone.poll_timeout())
            .map(|(when, _)| when)
            .min();
        next.map_or(IDLE, |when| {
            when.saturating_duration_since(Instant::now()).min(IDLE)
        })
    }

    fn read(&mut self, number: usize, buffer: &mut [u8]) {
        let Some(slot) = self.slots.get(number) else {
            return;
        };
        let phone = &mut self.lines[slot.phone].phone;
        for _ in 0..TURN {
            let Ok((length, source)) = slot.socket.recv_from(buffer) else {
                return;
            };
            let packet = &buffer[..length];
            let now = Instant::now();
            match slot.purpose {
                Use::Sip => phone.handle_datagram(now, source, Bytes::copy_from_slice(packet)),
                Use::Rtp(port) => phone.handle_rtp(now, port, source, packet),
                Use::Rtcp(port) => phone.handle_rtcp(port),
            }
        }
    }

    /// False when it is time to stop.
    fn obey(&mut self) -> bool {
        while let Ok(order) = self.orders.try_recv() {
            let now = Instant::now();
            match order {
                // A reply nobody waits for any more is no error.
                Order::Call { phone, spec, reply } => {
                    let _ = reply.send(self.lines[phone].phone.call(now, *spec));
                }
                Order::HangUp { phone, call } => self.lines[phone].phone.hang_up(now, call),
                Order::Numbers {
                    phone,
                    numbers,
                    reply,
                } => {
                    let _ = reply.send(self.lines[phone].phone.set_numbers(numbers));
                }
                Order::Stop => {
                    self.lines.iter_mut().for_each(|line| line.phone.hang_up_all(now));
                    return false;
                }
            }
        }
        true
    }

    fn pass_time(&mut self) {
        for line in &mut self.lines {
            let now = Instant::now();
            if line.phone.poll_timeout().is_some_and(|(when, _)| when <= now) {
                line.phone.handle_timeout(now);
            }
        }
    }

    fn flush(&mut self, buffer: &mut [u8]) {
        for line in &mut self.lines {
            while let Some((port, to, length)) = line.phone.poll_rtp(buffer) {
                if let Some(slot) = line.rtp.get(&port).and_then(|number| self.slots.get(*number)) {
                    // RTP that cannot be sent is lost, as it would be on the way.
                    let _ = slot.socket.send_to(&buffer[..length], to);
                }
            }
            while let Some(transmit) = line.phone.poll_transmit() {
                let remote = transmit.flow.remote;
                let socket = &self.slots[line.sip].socket;
                match socket.send_to(&transmit.payload, remote) {
                    // A full buffer loses a datagram; retransmission is there for that.
                    Err(error) if error.kind() != ErrorKind::WouldBlock => {
                        line.phone.handle_transport_error(Instant::now(), remote);
                    }
                    _ => {}
                }
            }
            while let Some(event) = line.phone.poll_event() {
                self.board.add(&line.name, event);
            }
        }
    }
}
