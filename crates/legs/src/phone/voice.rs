//! What is said: 20 ms at a time, without an end.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use crate::behaviour::Speak;
use crate::sound::RATE;

/// Samples of one packet (20 ms at 8 kHz).
pub(super) const FRAME: usize = 160;

/// Two frames are heard before the first is said back, so that ordinary jitter leaves no holes.
const ECHO_DELAY: usize = 2 * FRAME;

/// More than this is not kept: an echo half a second late is none.
const ECHO_MOST: usize = 25 * FRAME;

/// A source of samples.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    speak: Speak,
    /// Samples said so far of a tone or of ready samples.
    at: usize,
    echo: VecDeque<i16>,
    echo_runs: bool,
}

impl Voice {
    pub(super) fn new(speak: Speak) -> Self {
        Self {
            speak,
            at: 0,
            echo: VecDeque::new(),
            echo_runs: false,
        }
    }

    /// Whether RTP is sent at all.
    pub(super) fn is_sent(&self) -> bool {
        self.speak != Speak::Nothing
    }

    /// Remembers what was heard, if it is to be said back.
    pub(super) fn hear(&mut self, samples: &[i16]) {
        if self.speak == Speak::Echo {
            self.echo.extend(samples);
            let over = self.echo.len().saturating_sub(ECHO_MOST);
            self.echo.drain(..over);
        }
    }

    /// The next 20 ms.
    pub(super) fn next(&mut self) -> [i16; FRAME] {
        let mut frame = [0; FRAME];
        match &self.speak {
            Speak::Silence | Speak::Nothing | Speak::File(_) => {}
            Speak::Tone(tone) => {
                for sample in &mut frame {
                    // A whole number of seconds is a whole number of periods only for whole frequencies; the
                    // phase is therefore counted from the start and never reset.
                    let phase = (tone.hz / f64::from(RATE) * self.at as f64).fract();
                    *sample = (f64::from(tone.level) * (TAU * phase).sin()) as i16;
                    self.at += 1;
                }
            }
            Speak::Samples(ready) => {
                for sample in &mut frame {
                    if ready.repeat && self.at >= ready.samples.len() {
                        self.at = 0;
                    }
                    *sample = ready.samples.get(self.at).copied().unwrap_or(0);
                    self.at += 1;
                }
            }
            Speak::Echo => self.say_back(&mut frame),
        }
        frame
    }

    fn say_back(&mut self, frame: &mut [i16; FRAME]) {
        self.echo_runs |= self.echo.len() >= ECHO_DELAY;
        if self.echo.len() < FRAME {
            self.echo_runs = false;
        }
        if self.echo_runs {
            for (sample, heard) in frame.iter_mut().zip(self.echo.drain(..FRAME)) {
                *sample = heard;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{Samples, Tone};

    #[test]
    fn ready_samples_are_said_once_and_then_silence() {
        let mut voice = Voice::new(Speak::samples(vec![5; 200]));
        assert_eq!(voice.next(), [5; FRAME]);
        let second = voice.next();
        assert_eq!(second[..40], [5; 40]);
        assert_eq!(second[40..], [0; 120]);
        assert_eq!(voice.next(), [0; FRAME]);
    }

    #[test]
    fn repeated_samples_start_again_without_a_gap() {
        let samples = Samples {
            samples: (0..100).collect::<Vec<i16>>().into(),
            repeat: true,
        };
        let frame = Voice::new(Speak::Samples(samples)).next();
        assert_eq!((frame[99], frame[100], frame[159]), (99, 0, 59));
    }

    #[test]
    fn an_echo_comes_two_frames_late_and_whole() {
        let mut voice = Voice::new(Speak::Echo);
        voice.hear(&[7; FRAME]);
        assert_eq!(voice.next(), [0; FRAME]);
        voice.hear(&[8; FRAME]);
        assert_eq!(voice.next(), [7; FRAME]);
        assert_eq!(voice.next(), [8; FRAME]);
        assert_eq!(voice.next(), [0; FRAME]);
    }

    #[test]
    fn a_tone_goes_on_smoothly_over_frames() {
        let mut voice = Voice::new(Speak::Tone(Tone {
            hz: 1_000.0,
            level: 1_000,
        }));
        let (first, second) = (voice.next(), voice.next());
        assert_eq!(first, second, "20 ms are twenty whole periods");
        assert_eq!((first[0], first[2]), (0, 1_000));
    }
}
