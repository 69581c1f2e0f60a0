//! The audio in the repository: the form the switch plays, speech that can be told apart, and recordings of it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pointsman_media::measure::{Sound, align, fit, same_speech};
use pointsman_media::{Codec, Prompt, Recorder, Side};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../audio")
}

/// Every WAV file below `audio/`, by its path from there.
fn files() -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for language in ["fr", "nl", "de", "en", "speech"] {
        for entry in fs::read_dir(folder().join(language)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{language}/{}", path.file_name().unwrap().to_str().unwrap());
            found.insert(name, fs::read(path).unwrap());
        }
    }
    found
}

fn prompt(name: &str) -> Prompt {
    Prompt::from_wav(&fs::read(folder().join(name)).unwrap(), name).unwrap()
}

/// One side of a call that says `prompt` from `from` ms on, in 20 ms packets.
fn packets(prompt: &Prompt, codec: Codec, from: u64) -> Vec<(u64, Vec<u8>)> {
    let packet = |(n, payload): (usize, &[u8])| {
        let mut bytes = vec![0x80, codec.payload_type()];
        bytes.extend((n as u16).to_be_bytes());
        bytes.extend((n as u32 * 160).to_be_bytes());
        bytes.extend([1, 2, 3, 4]);
        bytes.extend(payload);
        (from + n as u64 * 20, bytes)
    };
    prompt
        .encoded(codec)
        .chunks(160)
        .enumerate()
        .map(packet)
        .collect()
}

/// The recording of what either side says, `seconds` long.
#[expect(
    clippy::disallowed_methods,
    reason = "an Instant cannot be made otherwise; which one does not matter"
)]
fn record(caller: Vec<(u64, Vec<u8>)>, callee: Vec<(u64, Vec<u8>)>, seconds: u64) -> Sound {
    let (start, mut file) = (Instant::now(), Cursor::new(Vec::new()));
    let mut recorder = Recorder::new(&mut file, start, 1).unwrap();
    let sides = [(Side::Caller, caller), (Side::Callee, callee)];
    let mut all: Vec<_> = sides
        .into_iter()
        .flat_map(|(side, sent)| sent.into_iter().map(move |(at, packet)| (at, side, packet)))
        .collect();
    all.sort_by_key(|packet| packet.0);
    for (at, side, packet) in all {
        recorder.push(side, start + Duration::from_millis(at), &packet);
    }
    recorder.finish(start + Duration::from_secs(seconds)).unwrap();
    Sound::from_wav(file.get_ref(), "recording").unwrap()
}

/// Words and texts that the switch puts together, and its music.
fn is_part(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    ["digit-", "drs-", "queue-"]
        .iter()
        .any(|part| file.starts_with(part))
}

#[test]
fn every_file_can_be_played_and_is_described() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let files = files();
    let (parts, whole): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| is_part(name));
    assert_eq!(whole.len(), 4 * 5 + 8);
    assert!(whole.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < 1_500_000);
    // Ten digits, fourteen texts of the line for disaster plans and one of queues in each language.
    assert_eq!(parts.len(), 4 * (10 + 14 + 1));
    assert!(parts.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < 2_500_000);
    for (name, bytes) in &files {
        let prompt = Prompt::from_wav(bytes, name).unwrap();
        let (least, most) = match name.as_str() {
            part if is_part(part) => (0, 8),
            speech if speech.starts_with("speech") => (2, 8),
            _ => (2, 5),
        };
        assert!(
            prompt.duration() > Duration::from_millis(200)
                && (least..most).contains(&prompt.duration().as_secs()),
            "{name} lasts {:?}",
            prompt.duration()
        );
        let level = Sound::from(&prompt).level_db();
        assert!((-28.0..-15.0).contains(&level), "{name}: {level} dB");
        assert!(
            readme.contains(&format!("`{name}`")),
            "{name} is not in the README"
        );
    }
}

#[test]
fn no_speech_is_mistaken_for_another() {
    let sounds: Vec<_> = files()
        .iter()
        .map(|(name, bytes)| (name.clone(), Sound::from_wav(bytes, name).unwrap()))
        .collect();
    let speech: Vec<_> = sounds
        .iter()
        .filter(|(name, _)| name.starts_with("speech"))
        .collect();
    for (one, recording) in &speech {
        // A word of less than a second is found in any speech that is long enough.
        for (other, reference) in sounds.iter().filter(|(name, _)| !is_part(name)) {
            let likeness = same_speech(recording, reference);
            assert_eq!(likeness > 0.99, one == other, "{one} against {other}: {likeness}");
            assert!(
                one == other || likeness < 0.5,
                "{one} against {other}: {likeness}"
            );
        }
    }
}

#[test]
fn speech_is_found_again_in_recordings() {
    for (name, codec) in [
        ("speech/anna-en.wav", Codec::Pcma),
        ("speech/hugo-fr.wav", Codec::Pcmu),
    ] {
        let said = prompt(name);
        let recording = record(packets(&said, codec, 700), vec![], 9);
        let reference = Sound::from_wav(&fs::read(folder().join(name)).unwrap(), name).unwrap();
        let found = align(&recording, &reference).unwrap();
        assert!(found.correlation > 0.95, "{name}: {found:?}");
        assert!((found.at - 0.7).abs() < 0.001, "{name}: {found:?}");
    }
}

#[test]
fn two_who_speak_at_once_are_both_found_at_their_level() {
    let pairs = [
        ("anna-en", "oliver-en"),
        ("chloe-fr", "hugo-fr"),
        ("lotte-nl", "bram-nl"),
        ("greta-de", "felix-de"),
    ];
    for (one, other) in pairs {
        let [one, other] = [one, other].map(|name| format!("speech/{name}.wav"));
        let sent = (
            packets(&prompt(&one), Codec::Pcma, 100),
            packets(&prompt(&other), Codec::Pcmu, 900),
        );
        let recording = record(sent.0, sent.1, 9);
        let fitted = fit(
            &recording,
            &Sound::from(&prompt(&one)),
            &Sound::from(&prompt(&other)),
        )
        .unwrap();
        assert!(
            fitted.explained > 0.9 && fitted.difference_db() < 0.5,
            "{one} and {other}: {fitted:?}"
        );
        assert!(fitted.first.gain_db.abs() < 0.5, "{one} and {other}: {fitted:?}");
    }
}
