use super::*;

/// What is heard in samples that come in packets of 20 ms; those of `lost` do not come.
fn heard_without(samples: &[i16], lost: &[usize]) -> Vec<Pressed> {
    let mut tones = Tones::new();
    let mut keys = Vec::new();
    for (n, packet) in samples.chunks(160).enumerate() {
        if lost.contains(&n) {
            continue;
        }
        let payload: Vec<u8> = packet.iter().map(|&sample| Codec::Pcma.encode(sample)).collect();
        let packet = Packet {
            pt: 8,
            marker: false,
            seq: n as u16,
            timestamp: 0xffff_ff00_u32.wrapping_add(n as u32 * 160),
            ssrc: 7,
            payload: &payload,
        };
        tones.audio(&packet, Codec::Pcma, |key| keys.push(key));
    }
    tones.release(&mut |key| keys.push(key));
    keys
}

fn heard(samples: &[i16]) -> String {
    heard_without(samples, &[])
        .into_iter()
        .map(|(key, _)| key)
        .collect()
}

fn pause(ms: u32) -> Vec<i16> {
    vec![0; ms as usize * 8]
}

#[test]
fn every_key_is_heard_once_at_every_usual_level() {
    for dbm0 in [-3.0, -10.0, -20.0, -30.0] {
        let mut samples = pause(37);
        for &key in KEYPAD {
            samples.extend(dual_tone(char::from(key), 70, dbm0).unwrap());
            samples.extend(pause(70));
        }
        assert_eq!(heard(&samples).as_bytes(), KEYPAD, "{dbm0} dBm0");
    }
    assert_eq!(dual_tone('x', 70, -10.0), None);
}

/// Q.24: 40 ms are a key wherever the blocks lie, 20 ms are none, and a pause of 40 ms is between two.
#[test]
fn lengths_and_pauses_are_told_apart_at_every_offset() {
    for offset in 0..u32::from(2 * u8::try_from(BLOCK).unwrap()) {
        let shifted = |ms: u32| {
            let mut samples = vec![0; offset as usize];
            samples.extend(dual_tone('5', ms, -10.0).unwrap());
            samples.extend(pause(40));
            samples.extend(dual_tone('5', ms, -10.0).unwrap());
            samples.extend(pause(40));
            samples
        };
        assert_eq!(heard(&shifted(40)), "55", "{offset}");
        assert_eq!(heard(&shifted(20)), "", "{offset}");
    }
    let long = heard_without(&dual_tone('9', 500, -10.0).unwrap(), &[]);
    assert!(
        matches!(long[..], [('9', ms)] if (470..=500).contains(&ms)),
        "{long:?}"
    );
}

#[test]
fn a_tone_may_be_a_little_off_and_one_of_the_two_stronger() {
    let both = |row: (f32, f32), column: (f32, f32)| heard(&sum_of([row, column], 100));
    for off in [0.985, 1.0, 1.015] {
        assert_eq!(both((852.0 * off, -10.0), (1477.0 / off, -10.0)), "9", "{off}");
    }
    assert_eq!(both((697.0, -16.0), (1209.0, -10.0)), "1", "a strong column");
    assert_eq!(both((697.0, -10.0), (1209.0, -14.0)), "1", "a strong row");
    assert_eq!(both((697.0, -30.0), (1209.0, -10.0)), "", "one tone alone");
    assert_eq!(both((852.0, -10.0), (1400.0, -10.0)), "", "a column that is none");
    assert_eq!(both((697.0, -45.0), (1209.0, -45.0)), "", "too faint");
    assert_eq!(both((440.0, -10.0), (480.0, -10.0)), "", "a ringing tone");
}

#[test]
fn a_key_over_noise_is_heard_and_noise_alone_is_none() {
    let mut state = 5_u64;
    let mut noise = |length: usize, amplitude: i32| -> Vec<i16> {
        let sample = |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as i32 % (2 * amplitude) - amplitude) as i16
        };
        (0..length).map(sample).collect()
    };
    assert_eq!(heard(&noise(8_000 * 60, 8_000)), "");
    // Tones at -10 dBm0 have an amplitude of 7,200; the noise is 15 dB below their sum.
    let mut samples = dual_tone('7', 100, -10.0).unwrap();
    for (sample, noise) in samples.iter_mut().zip(noise(800, 2_200)) {
        *sample += noise;
    }
    assert_eq!(heard(&samples), "7");
}

#[test]
fn a_lost_packet_ends_a_key_and_late_ones_change_nothing() {
    let tone = dual_tone('3', 200, -10.0).unwrap();
    let keys = heard_without(&tone, &[5]);
    let keys: Vec<char> = keys.into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ['3', '3'], "nobody knows whether it was released");
    let mut tones = Tones::new();
    let payload = [0xd5; 160];
    let mut times = [0_u32, 160, 0, 320, 160, 5_000, u32::MAX].iter().enumerate();
    assert!(
        times.all(|(n, &timestamp)| {
            let packet = Packet {
                pt: 8,
                marker: false,
                seq: n as u16,
                timestamp,
                ssrc: 1,
                payload: &payload,
            };
            tones.audio(&packet, Codec::Pcma, |key| panic!("{key:?} in silence"));
            tones.next.is_some()
        }),
        "each of them was taken or left"
    );
    assert_eq!(tones.next, Some(5_160), "the last one was late");
    let restart = Packet {
        pt: 8,
        marker: true,
        seq: 9,
        timestamp: u32::MAX / 2,
        ssrc: 1,
        payload: &payload,
    };
    tones.audio(&restart, Codec::Pcma, |key| panic!("{key:?} in silence"));
    assert_eq!(
        tones.next,
        Some(restart.timestamp + 160),
        "a clock that began anew"
    );
}

/// Talk-off: speech in four languages, through both laws.
#[test]
fn speech_is_no_key() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../audio");
    let mut seconds = 0;
    for language in ["de", "en", "fr", "nl", "speech"] {
        for entry in std::fs::read_dir(format!("{folder}/{language}")).unwrap() {
            let path = entry.unwrap().path();
            let reader = hound::WavReader::open(&path).unwrap();
            let rate = reader.spec().sample_rate;
            let scale = 1 << (16 - reader.spec().bits_per_sample);
            let speech: Vec<i16> = reader
                .into_samples::<i32>()
                .map(|sample| (sample.unwrap() * scale) as i16)
                .collect();
            // The nearest sample: what it adds is noise far above all tones.
            let length = speech.len() * 8_000 / rate as usize;
            let there: Vec<i16> = (0..length).map(|n| speech[n * rate as usize / 8_000]).collect();
            seconds += there.len() / 8_000;
            assert_eq!(heard(&there), "", "{}", path.display());
        }
    }
    assert!(seconds > 100, "{seconds} s of speech");
}
