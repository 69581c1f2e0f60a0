//! The audio of one call: what was agreed, what is said, what is heard.

use std::net::SocketAddr;
use std::time::Instant;

use pointsman_media::Port;

use crate::behaviour::{Speak, Talk};
use crate::phone::config::PhoneConfig;
use crate::phone::exchange::Exchange;
use crate::phone::listener::{Heard, Listener};
use crate::phone::speaker::{RtpOut, Speaker};
use crate::phone::voice::Voice;
use crate::report::CallReport;
use crate::seed::Seed;

/// One port in use.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) port: Port,
    pub(super) exchange: Exchange,
    speaker: Speaker,
    listener: Listener,
}

/// What a packet told.
pub(super) struct News {
    pub(super) first: bool,
    pub(super) digit: Option<char>,
}

impl Stream {
    pub(super) fn new(config: &PhoneConfig, port: Port, talk: &Talk, mut seed: Seed) -> Self {
        Self {
            port,
            exchange: Exchange::new(config.media, port, talk, seed.next() >> 32),
            speaker: Speaker::new(port, talk.lose, seed, config.keep_audio),
            listener: Listener::new(config.keep_audio),
        }
    }

    /// Does what offer and answer now say.
    pub(super) fn follow(&mut self, now: Instant) {
        let sending = self.exchange.agreed().and_then(|agreed| agreed.sending);
        self.speaker.paused = self.exchange.holding;
        self.speaker.send_to(now, sending);
    }

    pub(super) fn say(&mut self, speak: Speak) {
        self.speaker.say(Voice::new(speak));
    }

    pub(super) fn dial(&mut self, digits: &str) {
        self.speaker.dial(digits);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.speaker.poll_timeout()
    }

    pub(super) fn speak(&mut self, now: Instant, report: &mut CallReport, out: &mut impl Extend<RtpOut>) {
        self.speaker.speak(now, &mut report.rtp, out);
    }

    pub(super) fn packet(
        &mut self,
        now: Instant,
        source: SocketAddr,
        packet: &[u8],
        report: &mut CallReport,
    ) -> News {
        let first = report.rtp.received == 0;
        let mut news = News {
            first: false,
            digit: None,
        };
        let Some((taken, remote)) = self.exchange.taken() else {
            report.rtp.refused += 1;
            return news;
        };
        if remote.is_some_and(|remote| remote != source) {
            report.rtp.refused += 1;
            return news;
        }
        match self.listener.packet(now, packet, taken, &mut report.rtp) {
            Heard::Audio(samples) => self.speaker.voice().hear(&samples),
            Heard::Digit(digit) => news.digit = Some(digit),
            Heard::Nothing => {}
        }
        news.first = first && report.rtp.received > 0;
        news
    }

    /// Puts what was said and heard into the report.
    pub(super) fn finish(&mut self, report: &mut CallReport) {
        report.said = self.speaker.finish();
        report.heard = self.listener.finish(&mut report.rtp);
    }
}
