//! The files of the demo, inside the binary: it runs from anywhere.

use pointsman_config::Memory;
use pointsman_media::Prompt;

/// The demo's node file, as named in [`files`].
pub(super) const NODE_FILE: &str = "config/demo.yaml";

macro_rules! file {
    ($path:literal) => {
        ($path, include_bytes!(concat!("../../../../", $path)).as_slice())
    };
}

const CONFIG: [(&str, &[u8]); 12] = [
    file!("config/demo.yaml"),
    file!("config/customers/bakery.yaml"),
    file!("config/customers/clinic.yaml"),
    file!("config/customers/florist.yaml"),
    file!("audio/music.wav"),
    file!("audio/nl/welcome.wav"),
    file!("audio/nl/closed.wav"),
    file!("audio/en/busy.wav"),
    file!("audio/fr/welcome.wav"),
    file!("audio/de/unreachable.wav"),
    file!("audio/fr/busy.wav"),
    file!("audio/fr/unreachable.wav"),
];

/// What the line for disaster plans says.
const VOICE: [(&str, &[u8]); 24] = [
    file!("audio/fr/digit-0.wav"),
    file!("audio/fr/digit-1.wav"),
    file!("audio/fr/digit-2.wav"),
    file!("audio/fr/digit-3.wav"),
    file!("audio/fr/digit-4.wav"),
    file!("audio/fr/digit-5.wav"),
    file!("audio/fr/digit-6.wav"),
    file!("audio/fr/digit-7.wav"),
    file!("audio/fr/digit-8.wav"),
    file!("audio/fr/digit-9.wav"),
    file!("audio/fr/drs-number.wav"),
    file!("audio/fr/drs-password.wav"),
    file!("audio/fr/drs-wrong.wav"),
    file!("audio/fr/drs-choose.wav"),
    file!("audio/fr/drs-customer.wav"),
    file!("audio/fr/drs-plan.wav"),
    file!("audio/fr/drs-is-on.wav"),
    file!("audio/fr/drs-is-off.wav"),
    file!("audio/fr/drs-press-1-off.wav"),
    file!("audio/fr/drs-press-1-on.wav"),
    file!("audio/fr/drs-now-on.wav"),
    file!("audio/fr/drs-now-off.wav"),
    file!("audio/fr/drs-failed.wav"),
    file!("audio/fr/drs-goodbye.wav"),
];

const SPEECH: [(&str, &[u8]); 8] = [
    file!("audio/speech/anna-en.wav"),
    file!("audio/speech/oliver-en.wav"),
    file!("audio/speech/chloe-fr.wav"),
    file!("audio/speech/hugo-fr.wav"),
    file!("audio/speech/lotte-nl.wav"),
    file!("audio/speech/bram-nl.wav"),
    file!("audio/speech/greta-de.wav"),
    file!("audio/speech/felix-de.wav"),
];

/// What the configuration is read from.
pub(super) fn files() -> Memory {
    CONFIG
        .iter()
        .chain(&VOICE)
        .fold(Memory::new(), |files, (path, content)| files.with(path, *content))
}

/// A WAV file of the demo by its path under `audio/`, without `.wav`: `speech/anna-en`, `nl/closed`.
pub(super) fn wav(name: &str) -> &'static [u8] {
    let path = format!("audio/{name}.wav");
    CONFIG
        .iter()
        .chain(&VOICE)
        .chain(&SPEECH)
        .find(|(known, _)| *known == path)
        .map(|(_, content)| *content)
        .expect("the cast names files that are in here; a test plays them all")
}

/// The same, ready to be spoken.
pub(super) fn prompt(name: &str) -> Prompt {
    Prompt::from_wav(wav(name), name).expect("the committed audio is playable; a test plays it all")
}
