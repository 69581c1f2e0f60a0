//! How the world goes on: the next deadline, what arrives, and carrying everything to where it goes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pointsman_call::CallEvent;
use pointsman_legs::{Phone, PhoneEvent};
use pointsman_media::{Kind, Port, Verdict};

use super::agents::Agents;
use super::{SWITCH, SWITCH6, World, flow_of, switch_of};
use crate::network::Datagram;

impl World {
    /// Goes to the next thing that happens, not later than `until`; `false` if nothing does.
    pub(super) fn step(&mut self, until: Instant) -> bool {
        let timers = self
            .phones
            .iter()
            .map(Phone::poll_timeout)
            .chain([self.shard.poll_timeout(), self.worker.poll_timeout()])
            .flatten()
            .map(|(at, _)| at);
        let owners = [self.owners.next(), self.agents.as_ref().and_then(Agents::next)];
        let owners = owners.into_iter().flatten();
        let tapes = self.worker.sink().is_running().then_some(self.tapes_due);
        let Some(next) = timers.chain(self.network.next()).chain(tapes).chain(owners).min() else {
            return false;
        };
        if next > until {
            return false;
        }
        self.now = self.now.max(next);
        while let Some(datagram) = self.network.arrived(self.now) {
            self.arrive(datagram);
        }
        self.time_passes();
        self.drain();
        true
    }

    fn time_passes(&mut self) {
        let now = self.now;
        let due = |deadline: Option<(Instant, &'static str)>| deadline.is_some_and(|(at, _)| at <= now);
        if due(self.shard.poll_timeout()) {
            self.shard.handle_timeout(now);
        }
        self.owners.time_passes(now, &mut self.shard);
        if let Some(agents) = &mut self.agents {
            agents.time_passes(now, &mut self.shard);
        }
        if due(self.worker.poll_timeout()) {
            self.worker.handle_timeout(now);
        }
        if self.tapes_due <= now {
            self.worker.sink_mut().advance(now);
            self.tapes_due = now + Duration::from_millis(100);
        }
        for phone in &mut self.phones {
            if due(phone.poll_timeout()) {
                phone.handle_timeout(now);
            }
        }
    }

    fn arrive(&mut self, datagram: Datagram) {
        let Datagram { from, to, payload } = datagram;
        let host = |address: SocketAddr| SocketAddr::new(address.ip(), 5060);
        if self.down.contains(&host(to)) || self.down.contains(&host(from)) {
            return;
        }
        if self.deserted.contains(&host(to)) {
            if to.port() == 5060 {
                self.nobody_there(to);
            }
            return;
        }
        if to == SWITCH || to == SWITCH6 {
            if let Some(watch) = &mut self.watch {
                watch.arrived(self.now, from, &payload);
            }
            self.shard.handle_datagram(self.now, flow_of(from), payload);
        } else if to.ip() == SWITCH.ip() || to.ip() == SWITCH6.ip() {
            self.relay(from, to, &payload);
        } else if let Some(phone) = self
            .phones
            .iter_mut()
            .zip(&self.hosts)
            .find_map(|(phone, host)| (host.address().ip() == to.ip()).then_some(phone))
        {
            let even = Port(to.port() & !1);
            if to.port() == 5060 {
                phone.handle_datagram(self.now, from, payload);
            } else if to.port().is_multiple_of(2) {
                phone.handle_rtp(self.now, even, from, &payload);
            } else {
                phone.handle_rtcp(even);
            }
        }
        self.drain();
    }

    /// ICMP: port unreachable.
    fn nobody_there(&mut self, remote: SocketAddr) {
        let flow = flow_of(remote);
        if let Some(watch) = &mut self.watch {
            watch.unreachable(self.now, remote);
        }
        self.shard.handle_transport_error(self.now, flow);
        self.drain();
    }

    fn relay(&mut self, from: SocketAddr, to: SocketAddr, payload: &Bytes) {
        let mut packet = payload.to_vec();
        let port = Port(to.port() & !1);
        let kind = if to.port().is_multiple_of(2) {
            Kind::Rtp
        } else {
            Kind::Rtcp
        };
        if let Verdict::Forward { port: out, to } =
            self.worker.handle_packet(self.now, port, kind, from, &mut packet)
        {
            let source = if kind == Kind::Rtp { out.0 } else { out.rtcp() };
            self.network.send(
                self.now,
                SocketAddr::new(switch_of(to).ip(), source),
                to,
                &Bytes::from(packet),
            );
        }
    }

    /// Carries everything everybody has to say to where it goes, until nobody says more.
    pub(super) fn drain(&mut self) {
        loop {
            let mut said = self.drain_switch();
            for at in 0..self.phones.len() {
                said |= self.drain_phone(at);
            }
            if !said {
                break;
            }
        }
        if let Some(watch) = &mut self.watch {
            watch.look(self.now, &self.shard, &self.worker);
        }
    }

    fn drain_switch(&mut self) -> bool {
        let mut said = false;
        while let Some(transmit) = self.shard.poll_transmit() {
            said = true;
            let to = transmit.flow.remote;
            if let Some(watch) = &mut self.watch {
                watch.sent(self.now, to, &transmit.payload);
            }
            let from = switch_of(to);
            let arrives = self.network.send(self.now, from, to, &transmit.payload);
            self.transcript
                .add(self.elapsed(), from, to, !arrives, &transmit.payload);
        }
        while let Some(command) = self.shard.poll_media() {
            said = true;
            if let Some(watch) = &mut self.watch {
                watch.ordered(&command);
            }
            self.worker.handle_command(self.now, command);
        }
        let mut out = [0; 1500];
        while let Some((port, to, length)) = self.worker.poll_packet(&mut out) {
            said = true;
            let from = SocketAddr::new(switch_of(to).ip(), port.0);
            self.network
                .send(self.now, from, to, &Bytes::copy_from_slice(&out[..length]));
        }
        while self.worker.poll_connect().is_some() {}
        let mut media = self.worker.sink_mut().take_ended();
        while let Some(event) = self.worker.poll_event() {
            media.push(event);
        }
        for event in media {
            said = true;
            self.shard.handle_media(self.now, event);
        }
        while let Some(asked) = self.shard.poll_question() {
            said = true;
            self.owners.ask(self.now, asked.call, asked.question);
        }
        while let Some(word) = self.shard.poll_word() {
            said = true;
            if let Some(agents) = &mut self.agents {
                agents.say(self.now, word);
            }
        }
        while let Some(event) = self.shard.poll_event() {
            if let Some(watch) = &mut self.watch {
                watch.told(&event);
            }
            match event {
                CallEvent::Opened(cdr) => {
                    self.calls_in += u64::from(cdr.origin.is_none());
                    self.opened.push(cdr.id.to_string());
                }
                CallEvent::Closed(cdr) => {
                    self.dialogs.remove(&*cdr.id);
                    self.cdrs.push(*cdr);
                }
                CallEvent::Dialogs { call, dialogs } => {
                    self.dialogs.insert(call.to_string(), dialogs);
                }
                CallEvent::Contact { attempt, progress } => self.contacts.push((attempt, progress)),
                CallEvent::LeftQueue { how, .. } => self.left_queues.push(how),
                CallEvent::NotRecorded { .. } => self.not_recorded += 1,
                CallEvent::Refused { invite, status, why } => {
                    self.refusals.push((status, why));
                    self.refused_invites += u64::from(invite);
                }
                // Nothing that a scenario asks about.
                _ => {}
            }
        }
        said
    }

    fn drain_phone(&mut self, at: usize) -> bool {
        let host = self.hosts[at];
        let mut said = false;
        while let Some(transmit) = self.phones[at].poll_transmit() {
            said = true;
            let (from, to) = (host.address(), transmit.flow.remote);
            let arrives = self.network.send(self.now, from, to, &transmit.payload);
            self.transcript
                .add(self.elapsed(), from, to, !arrives, &transmit.payload);
        }
        let mut out = [0; 1500];
        while let Some((port, to, length)) = self.phones[at].poll_rtp(&mut out) {
            said = true;
            let from = SocketAddr::new(host.address().ip(), port.0);
            self.network
                .send(self.now, from, to, &Bytes::copy_from_slice(&out[..length]));
        }
        while let Some(event) = self.phones[at].poll_event() {
            if let PhoneEvent::Ended { report, .. } = &event {
                self.reports.push((host, (**report).clone()));
            }
            self.events.push((host, event));
        }
        said
    }
}
