//! Bytes and orders that make no sense: nothing panics, and nothing is left behind.

use pointsman_media::{
    Command, Family, Kind, Latch, Mode, Origin, PlayId, Port, RecordingId, RelayAs, Sdp, StreamSpec,
    announcement_answer, refusing_answer,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

use crate::world::{World, loose, ms, packet, prompt, spec, stranger};

fn below(rng: &mut ChaCha8Rng, bound: u32) -> u32 {
    rng.next_u32() % bound
}

/// Changes some bytes, or cuts or repeats a part.
fn mutate(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>) {
    for _ in 0..=below(rng, 6) {
        if bytes.is_empty() {
            return;
        }
        let at = below(rng, bytes.len() as u32) as usize;
        match below(rng, 5) {
            0 => bytes[at] = rng.next_u32() as u8,
            1 => bytes[at] ^= 1 << below(rng, 8),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, b"0:/ \r\n\0\xff=m9"[below(rng, 11) as usize]),
            _ => {
                let end = (at + below(rng, 40) as usize).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
}

#[test]
fn descriptions() {
    let seeds: [&[u8]; 3] = [
        b"v=0\r\no=alice 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5/127\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
          m=audio 4000/2 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000/1\r\na=fmtp:101 0-15\r\na=rtcp:4001 IN IP4 10.0.0.6\r\n\
          a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendonly\r\n\
          m=video 5000 RTP/AVP 96\r\nc=IN IP6 ::1\r\na=rtpmap:96 H264/90000\r\n",
        b"v=0\nm=audio 1 RTP/SAVP 0\na=crypto:1 x\nm=audio 2 RTP/AVP 0\n\0\0",
        b"v=0\r\no=- 9 9 IN IP6 ::1\r\ns= \r\nc=IN IP4 0.0.0.0\r\nt=1 2\r\nr=7d 1h 0 25h\r\nz=1 -1h\r\nk=clear:x\r\n\
          b=AS:64\r\nm=audio 65535 RTP/AVP 13 9 18\r\na=inactive\r\nm=image 7 udptl t38\r\na=mid:x\r\n",
    ];
    let mut rng = ChaCha8Rng::from_seed([1; 32]);
    let mut parsed = 0;
    for n in 0..20_000 {
        let mut bytes = seeds[n % seeds.len()].to_vec();
        mutate(&mut rng, &mut bytes);
        let Ok(sdp) = Sdp::parse(&bytes) else { continue };
        parsed += 1;
        let address = std::net::IpAddr::from([192, 0, 2, 1]);
        let origin = Origin { id: 1, version: 1 };
        for mode in [Mode::Offer, Mode::Answer] {
            let keep = [8, 101, rng.next_u32() as u8];
            let keep_payloads = (n % 2 == 0).then_some(&keep[..]);
            let relayed = sdp.relay(&RelayAs {
                address,
                port: Port(20_000),
                origin,
                mode,
                keep_payloads,
            });
            let text = relayed.to_bytes();
            let again = Sdp::parse(&text).unwrap_or_else(|error| panic!("{error}: {bytes:?}"));
            // What goes out says where we are, and nowhere else does it say anything.
            if let Some(audio) = again.audio().filter(|audio| !audio.disabled) {
                assert_eq!(audio.rtp, (address, 20_000).into(), "{bytes:?}");
            }
            assert_eq!(text, relayed.to_bytes());
        }
        if let Some(audio) = sdp.audio() {
            let spec = StreamSpec::from_audio(Family::V4, &audio, Latch::Strict);
            assert!(spec.remote.is_none_or(|remote| remote.port() != 0), "{bytes:?}");
        }
        refusing_answer(&sdp, address, origin).to_bytes();
        if let Ok((answer, chosen)) = announcement_answer(&sdp, address, Port(20_000), origin) {
            assert_eq!(
                answer.audio().unwrap().payload_type(chosen.codec),
                Some(chosen.pt)
            );
        }
    }
    assert!(
        parsed > 2000,
        "only {parsed} could be read: the test has lost its point"
    );
}

fn some_port(rng: &mut ChaCha8Rng) -> Port {
    Port(20_000 + 2 * below(rng, 4) as u16)
}

fn some_order(rng: &mut ChaCha8Rng) -> Command {
    let port = some_port(rng);
    let mut about = if below(rng, 2) == 0 {
        spec(port)
    } else {
        loose(port)
    };
    about.send = below(rng, 5) > 0;
    about.receive = below(rng, 5) > 0;
    about.remote = about.remote.filter(|_| below(rng, 4) > 0);
    let id = RecordingId(u64::from(below(rng, 3)));
    match below(rng, 10) {
        0 | 1 => Command::Open { port, spec: about },
        2 | 3 => Command::Update { port, spec: about },
        4 => Command::Bridge {
            a: port,
            b: some_port(rng),
        },
        5 => Command::Unbridge { a: port },
        6 => {
            let (length, repeat, pt) = (below(rng, 900) as usize, below(rng, 3), rng.next_u32() as u8);
            let codec = pointsman_media::Codec::Pcmu;
            Command::Play {
                port,
                id: PlayId(1),
                prompt: prompt(length),
                codec,
                pt,
                repeat,
            }
        }
        7 => Command::Record {
            id,
            path: "x.wav".into(),
            caller: port,
            callee: Some(some_port(rng)),
        },
        8 => Command::StopRecord { id },
        _ => Command::Close { port },
    }
}

#[test]
fn packets_and_orders() {
    let mut rng = ChaCha8Rng::from_seed([2; 32]);
    let mut world = World::empty();
    let report = [&[0x81, 201, 0, 7][..], &[0; 28]].concat();
    let mut seq = 0_u16;
    for n in 0..60_000_u32 {
        if n % 50 == 0 {
            let order = some_order(&mut rng);
            world.order(order);
        }
        seq = seq.wrapping_add(1 + (below(&mut rng, 12) == 0) as u16 * rng.next_u32() as u16);
        let port = some_port(&mut rng);
        let kind = if below(&mut rng, 4) == 0 {
            Kind::Rtcp
        } else {
            Kind::Rtp
        };
        let pt = [8, 0, 101, rng.next_u32() as u8 & 0x7f][below(&mut rng, 4) as usize];
        let mut bytes = if kind == Kind::Rtcp {
            report.clone()
        } else {
            packet(seq, pt, below(&mut rng, 2))
        };
        if below(&mut rng, 3) == 0 {
            mutate(&mut rng, &mut bytes);
        }
        let source = if below(&mut rng, 2) == 0 {
            crate::world::far(port)
        } else {
            stranger(1)
        };
        let before = bytes.clone();
        world.raw(port, kind, source, &mut bytes);
        assert_eq!(bytes, before, "a relayed packet changed");
        if n % 3 == 0 {
            let mut out = [0; 1500];
            while world.worker.poll_packet(&mut out).is_some() {}
            world.now += ms(u64::from(below(&mut rng, 12)));
            world.worker.handle_timeout(world.now);
        }
        if n % 1000 == 0 {
            world.events();
            world.connects();
            world.taped();
        }
    }
    for port in 0..4 {
        world.order(Command::Close {
            port: Port(20_000 + 2 * port),
        });
    }
    for id in 0..3 {
        world.order(Command::StopRecord { id: RecordingId(id) });
    }
    let mut out = [0; 1500];
    while world.worker.poll_packet(&mut out).is_some() {}
    let left = (
        world.worker.streams(),
        world.worker.held_packets(),
        world.worker.poll_timeout(),
    );
    assert_eq!(left, (0, 0, None));
}
