//! What a called number does: data, readable from YAML. Every variant is a one-key map.
//!
//! ```yaml
//! "+3232000100": { answer: { after: 2s, talk: { speak: { file: { path: nl.wav } }, hang_up: 20s } } }
//! "+3232000101": { busy: {} }
//! "+3232000102": { reject: { status: 603, cause: 21 } }
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pointsman_media::Codec;
use serde::Deserialize;

use crate::forms;
use crate::numbers::NumbersError;

/// What a phone does when this number is called.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Answers, then talks.
    Answer(Answer),
    /// Rings and never answers.
    Ring(Ring),
    /// 486; as PSTN with cause 17.
    Busy(Refusal),
    /// 503; as PSTN with cause 34.
    Congested(Refusal),
    /// No response of any kind: the datagram falls on the floor.
    Silent(Silent),
    /// Says that it cannot be reached: 480; as PSTN with cause 20.
    Unreachable(Refusal),
    /// Nobody has this number: 404; as PSTN with cause 1.
    Unassigned(Refusal),
    /// Fails with a Q.850 cause; the status follows from RFC 3398 and the cause is always sent.
    Cause(Cause),
    /// Any final status, with or without a cause.
    Reject(Reject),
    /// 302 with these Contacts.
    Redirect(Redirect),
}

/// See [`Behaviour::Answer`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answer {
    /// Time from the INVITE to the 200.
    #[serde(deserialize_with = "forms::duration")]
    pub after: Duration,
    /// Whether 180 is sent while the caller waits (not sent when `after` is zero or `early` is given).
    pub ring: bool,
    /// Early media: 183 with SDP at once, and this is heard until the answer.
    pub early: Option<Speak>,
    /// Provisional responses are sent reliably (RFC 3262) to callers that support it.
    pub reliable: bool,
    /// What happens once answered.
    pub talk: Talk,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            after: Duration::ZERO,
            ring: true,
            early: None,
            reliable: false,
            talk: Talk::default(),
        }
    }
}

/// See [`Behaviour::Ring`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ring {
    /// Early media heard while it rings, with a 183 instead of a 180.
    pub early: Option<Speak>,
}

/// A refusal whose status the behaviour's name gives.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refusal {
    /// Time from the INVITE to the refusal.
    #[serde(deserialize_with = "forms::duration")]
    pub after: Duration,
    /// Whether 180 is sent first.
    pub ring: bool,
}

/// See [`Behaviour::Silent`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silent {}

/// See [`Behaviour::Cause`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cause {
    /// Q.850 cause, 1 to 127.
    pub q850: u8,
    /// Time from the INVITE to the refusal.
    #[serde(deserialize_with = "forms::duration")]
    pub after: Duration,
    /// Whether 180 is sent first.
    pub ring: bool,
}

/// See [`Behaviour::Reject`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reject {
    /// Final status, 300 to 699.
    pub status: u16,
    /// Q.850 cause sent in a Reason header.
    pub cause: Option<u8>,
    /// Reason phrase in place of the usual one.
    pub phrase: Option<String>,
    /// Time from the INVITE to the refusal.
    #[serde(deserialize_with = "forms::duration")]
    pub after: Duration,
    /// Whether 180 is sent first.
    pub ring: bool,
}

impl Default for Reject {
    fn default() -> Self {
        Self {
            status: 603,
            cause: None,
            phrase: None,
            after: Duration::ZERO,
            ring: false,
        }
    }
}

/// See [`Behaviour::Redirect`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redirect {
    /// Contact URIs, in order.
    pub to: Vec<String>,
}

/// What one side does while the call is up. The default says nothing (silent RTP), takes both codecs and waits
/// for the other side to hang up.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Talk {
    /// What the other side hears.
    pub speak: Speak,
    /// Codecs offered or accepted, in order of preference.
    #[serde(deserialize_with = "forms::codecs")]
    pub codecs: Vec<Codec>,
    /// Whether telephone-event (RFC 4733) is offered and accepted.
    pub events: bool,
    /// Percentage of outgoing RTP packets that are lost on purpose, drawn from the phone's seed.
    pub lose: f64,
    /// Things done at times after the answer.
    pub steps: Vec<Step>,
    /// Hangs up this long after the answer; `None` never hangs up.
    #[serde(deserialize_with = "forms::optional_duration")]
    pub hang_up: Option<Duration>,
    /// Status with which re-INVITEs are refused; `None` accepts them.
    pub refuse_reinvite: Option<u16>,
}

impl Default for Talk {
    fn default() -> Self {
        Self {
            speak: Speak::Silence,
            codecs: vec![Codec::Pcma, Codec::Pcmu],
            events: true,
            lose: 0.0,
            steps: Vec::new(),
            hang_up: None,
            refuse_reinvite: None,
        }
    }
}

/// One thing done at a time after the answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Time after the answer.
    #[serde(deserialize_with = "forms::duration")]
    pub at: Duration,
    /// What is done.
    #[serde(rename = "do")]
    pub action: Action,
}

/// What a [`Step`] does.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Sends these digits as RFC 4733 events of 100 ms with three end packets each.
    Digits(String),
    /// Re-INVITE with `a=sendonly`.
    Hold,
    /// Re-INVITE with `a=sendrecv`.
    Resume,
    /// Re-INVITE that changes nothing.
    Refresh,
    /// Re-INVITE without SDP: the other side offers.
    Offerless,
    /// UPDATE (RFC 3311) that changes nothing.
    Update,
    /// INFO with this body.
    Info(InfoBody),
    /// From now on says this.
    Speak(Speak),
    /// BYE.
    HangUp,
}

/// See [`Action::Info`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfoBody {
    /// Content-Type, as `application/dtmf-relay`.
    pub content_type: String,
    /// Body text.
    pub body: String,
}

/// What a side lets the other hear.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speak {
    /// RTP that carries silence.
    #[default]
    Silence,
    /// No RTP at all.
    Nothing,
    /// A sine tone without end.
    Tone(Tone),
    /// A WAV file, 8 bit mono 11.025 kHz. To be loaded before use: see [`crate::Numbers::load_files`].
    File(File),
    /// Ready samples.
    #[serde(skip)]
    Samples(Samples),
    /// Says back what it hears, 40 ms later.
    Echo,
}

impl Speak {
    /// Says these 8 kHz samples once, then silence.
    pub fn samples(samples: impl Into<Arc<[i16]>>) -> Self {
        Self::Samples(Samples {
            samples: samples.into(),
            repeat: false,
        })
    }

    /// Says an announcement file once, then silence.
    pub fn wav(path: &Path) -> Result<Self, NumbersError> {
        let mut speak = Self::File(File {
            path: path.to_owned(),
            repeat: false,
        });
        speak.load(Path::new(""))?;
        Ok(speak)
    }

    /// Says this announcement once, then silence.
    pub fn prompt(prompt: &pointsman_media::Prompt) -> Self {
        Self::samples(prompt.samples_8k.as_slice())
    }
}

/// See [`Speak::Tone`].
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tone {
    /// Frequency in Hz, below 4,000.
    pub hz: f64,
    /// Peak, of 32,767.
    pub level: i16,
}

impl Default for Tone {
    fn default() -> Self {
        Self {
            hz: 425.0,
            level: 8_000,
        }
    }
}

/// See [`Speak::File`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where it lies.
    pub path: PathBuf,
    /// Starts again at its end.
    #[serde(default)]
    pub repeat: bool,
}

/// See [`Speak::Samples`].
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// 8 kHz.
    pub samples: Arc<[i16]>,
    /// Starts again at the end.
    pub repeat: bool,
}
