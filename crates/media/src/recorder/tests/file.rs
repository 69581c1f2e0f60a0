//! The file: its form, its length, its silence, and what a crash leaves.

use super::*;
use crate::measure::same_speech;
use crate::measure::synthetic::{sound, voice};
use crate::repair_wav;
use crate::wav::Wav;

#[test]
fn form_and_length_are_exact() {
    pointsman_conformance::shows(&["REC-16 file"]);
    for millis in [0, 1, 20, 33, 79, 80, 199, 200, 201, 640, 1000, 1001, 4999, 12_345] {
        let seconds = f64::from(millis) / 1000.0;
        let packets = Sender::new(Side::Caller, 1).send(&voice(1, 13.0), 0);
        let (bytes, _) = record(packets, seconds);
        let samples = ((seconds * 11_025.0).round() as u64).next_multiple_of(2);
        assert_eq!(bytes.len() as u64, 44 + samples, "{millis} ms");
        let wav = Wav::read(&bytes).unwrap();
        assert_eq!(
            (wav.tag, wav.channels, wav.rate, wav.bits, wav.missing),
            (1, 1, 11_025, 8, 0)
        );
        assert_eq!((wav.data.len() as u64, wav.data_offset), (samples, 44));
        assert_eq!(bytes[4..8], (bytes.len() as u32 - 8).to_le_bytes());
        assert_eq!(hound::WavReader::new(&bytes[..]).unwrap().len() as u64, samples);
    }
}

#[test]
fn silence_is_silence() {
    let idle = |codec: Codec, byte: u8| {
        let packet = |n: u16| {
            let bytes = rtp(codec.payload_type(), n, u32::from(n) * 160, 4, &[byte; 160]);
            Sent {
                side: Side::Caller,
                arrival: i64::from(n) * 20_000,
                bytes,
            }
        };
        (0..100).map(packet).collect::<Vec<_>>()
    };
    let cases = [
        vec![],
        idle(Codec::Pcma, 0xD5),
        idle(Codec::Pcma, 0x55),
        idle(Codec::Pcmu, 0xFF),
    ];
    for (case, packets) in cases.into_iter().enumerate() {
        let (bytes, _) = record(packets, 2.0);
        assert!(bytes[44..].iter().all(|&byte| byte == 128), "case {case}");
    }
}

#[test]
fn dither_follows_speech_and_its_seed() {
    let mut speech = vec![0; 8000];
    speech.extend(voice(2, 2.0).iter().map(|sample| sample / 25));
    speech.truncate(16_000);
    speech.extend(vec![0; 8000]);
    let packets = Sender::new(Side::Caller, 1).send(&speech, 0);
    let (bytes, _) = record(packets.clone(), 3.0);
    assert!(bytes == record(packets.clone(), 3.0).0);
    let data = &bytes[44..];
    let silent = |from: f64, to: f64| {
        data[(from * 11_025.0) as usize..(to * 11_025.0) as usize]
            .iter()
            .all(|&byte| byte == 128)
    };
    assert!(silent(0.0, 0.95) && silent(2.05, 3.0) && !silent(1.0, 1.2));
    // A voice below one step of the file is heard all the same: that is what dither is for.
    let recording = Sound::from_wav(&bytes, "recording").unwrap();
    assert!(
        same_speech(&recording, &sound(&speech)) > 0.7,
        "{}",
        same_speech(&recording, &sound(&speech))
    );
    let other = {
        let (disk, start) = (Disk::default(), origin());
        let mut recorder = Recorder::new(disk.clone(), start, 43).unwrap();
        for packet in &packets {
            recorder.push(
                packet.side,
                start + Duration::from_micros(packet.arrival as u64),
                &packet.bytes,
            );
        }
        recorder.finish(start + Duration::from_secs(3)).unwrap();
        disk.bytes()
    };
    assert!(other != bytes && other.len() == bytes.len());
}

#[test]
fn after_a_crash_all_but_the_last_second_is_readable() {
    let speech = voice(3, 10.0);
    let packets = Sender::new(Side::Caller, 1).send(&speech, 0);
    let (disk, start) = (Disk::default(), origin());
    let mut recorder = Recorder::new(disk.clone(), start, 1).unwrap();
    for packet in packets {
        let now = start + Duration::from_micros(packet.arrival as u64);
        recorder.push(packet.side, now, &packet.bytes);
        recorder.advance(now).unwrap();
        let bytes = disk.bytes();
        let wav = Wav::read(&bytes).unwrap();
        assert_eq!(
            (wav.missing, wav.data.len() % 2, bytes.len() - 44 - wav.data.len()),
            (0, 0, 0)
        );
        let behind = packet.arrival as f64 / 1e6 - wav.data.len() as f64 / 11_025.0;
        assert!(behind < 0.6, "{behind} s at {} µs", packet.arrival);
    }
    let crashed = Sound::from_wav(&disk.bytes(), "crashed").unwrap();
    assert!(same_speech(&crashed, &sound(&speech)) > 0.99);
    // The recorder lives on, so its destructor writes the rest only now.
    drop(recorder);
}

#[test]
fn a_file_cut_anywhere_is_repaired_to_what_it_holds() {
    let (whole, _) = record(Sender::new(Side::Caller, 1).send(&voice(4, 2.0), 0), 2.0);
    for length in [44, 45, 46, 999, 1000, whole.len() - 1, whole.len()] {
        let mut file = Cursor::new(whole[..length].to_vec());
        let repair = repair_wav(&mut file).unwrap();
        let bytes = file.into_inner();
        let wav = Wav::read(&bytes).unwrap();
        assert_eq!(wav.data.len(), (length - 44).next_multiple_of(2));
        assert_eq!((wav.data.len() as u64, wav.missing), (repair.data_bytes, 0));
        assert_eq!(wav.data[..length - 44], whole[44..length]);
        assert_eq!(
            hound::WavReader::new(&bytes[..]).unwrap().len() as usize,
            wav.data.len()
        );
    }
}

#[test]
fn other_payload_types_are_silence() {
    let speech = voice(5, 2.0);
    let mut packets = Sender::new(Side::Caller, 1).send(&speech, 0);
    for packet in &mut packets {
        packet.bytes[1] = [101, 13, 9, 18, 96][usize::from(packet.bytes[3]) % 5];
    }
    let count = packets.len() as u64;
    let (bytes, counts) = record(packets, 2.0);
    assert!(bytes[44..].iter().all(|&byte| byte == 128));
    assert_eq!((counts.heard, counts.ignored), (0, count));
}

#[test]
fn digits_leave_a_gap_and_the_voice_goes_on_in_time() {
    let speech = voice(6, 6.0);
    let mut packets = Sender::new(Side::Caller, 1).send(&speech, 0);
    for packet in &mut packets[100..110] {
        packet.bytes[1] = 101;
        packet.bytes.truncate(16);
    }
    let found = crate::measure::align(&heard(packets, 6.5), &sound(&speech)).unwrap();
    assert!(found.correlation > 0.95 && found.at.abs() < 0.001, "{found:?}");
}
