//! Media: session descriptions, the RTP relay, announcements, and recording.
//!
//! # What it does
//! Reads and rewrites SDP ([`Sdp`]), hands out RTP ports ([`PortPool`]), and decides for every packet whether it is
//! forwarded, consumed or dropped ([`Worker`]). It latches onto the far end's real address, plays announcements,
//! reports digits, and copies what is said into a [`TapSink`], from which [`Recorder`] writes a WAV file.
//!
//! # What it never does
//! It opens no socket, starts no thread and reads no clock: `now` is passed in, packets are handed in and pulled out.
//! It never transcodes a relayed packet, and never changes its SSRC, sequence number or timestamp.
//!
//! # Start reading at
//! [`Command`] and [`MediaEvent`] (what goes in and what comes out), then [`Worker::handle_packet`].
//!
//! # Invariants
//! * No allocation per relayed packet.
//! * No input from the network makes anything here panic.
//! * After [`Command::Close`] nothing of a stream is left: its statistics have been reported and its timers are dead.
//! * The same seed, commands, packets and times give the same packets, byte for byte.
#![forbid(unsafe_code)]

mod codec;
mod digits;
mod event;
pub mod measure;
mod ports;
mod prompt;
mod recorder;
mod repair;
mod resample;
mod rtcp;
mod rtp;
mod sdp;
mod spec;
mod stats;
#[cfg(test)]
mod testing;
mod wav;
mod worker;

pub use codec::{A_TO_MU, Codec, MU_TO_A};
pub use digits::{DigitPacket, DigitPackets, tones::dual_tone};
pub use event::{Command, MediaEvent, PlayId, RecordingId};
pub use ports::PortPool;
pub use prompt::Prompt;
pub use recorder::{PacketCounts, Recorder, Summary};
pub use repair::{Repair, RepairError, repair_wav};
pub use rtp::{Packet, TELEPHONE_EVENT, build_rtp, read_rtp};
pub use sdp::{
    Audio, Chosen, Direction, Mode, Origin, Payload, RelayAs, Sdp, SdpError, announcement_answer,
    plain_offer, refusing_answer,
};
pub use spec::{Family, Latch, PayloadSet, Port, StreamSpec};
pub use stats::{RtcpStats, StreamStats};
pub use wav::{FILE_RATE, Wav, WavError, WavFault};
pub use worker::{DropReason, Kind, NoTap, Side, TapSink, Verdict, Worker, WorkerConfig};
