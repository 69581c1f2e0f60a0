//! Packets, clocks and disks that behave as badly as they can.

use super::super::timeline::{CAPACITY, SOURCES};
use super::*;

/// A disk that only counts, and fails from a given length on.
#[derive(Debug, Clone, Default)]
struct Counting {
    position: u64,
    length: Rc<RefCell<u64>>,
    full_at: Option<u64>,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self
            .full_at
            .is_some_and(|limit| self.position + bytes.len() as u64 > limit)
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.position += bytes.len() as u64;
        let mut length = self.length.borrow_mut();
        *length = self.position.max(*length);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Counting {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.borrow().saturating_add_signed(by),
            SeekFrom::Current(by) => self.position.saturating_add_signed(by),
        };
        Ok(self.position)
    }
}

fn bounded(recorder: &Recorder<impl Write + Seek>) -> bool {
    let side = |n: usize| recorder.sides[n].kept() <= CAPACITY && recorder.sides[n].known() <= SOURCES;
    side(0) && side(1)
}

#[test]
fn no_bytes_make_it_panic_or_grow() {
    let start = origin();
    let mut recorder = Recorder::new(Counting::default(), start, 5).unwrap();
    let mut random = Random::new(2);
    let mut now = 0_u64;
    for round in 0..60_000_u32 {
        let length = random.below(if round % 50 == 0 { 4000 } else { 60 }) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
        if let [first, second, ..] = &mut bytes[..] {
            *first = if round % 3 == 0 {
                *first
            } else {
                0x80 | (*first & if round % 7 == 0 { 0x3F } else { 0 })
            };
            *second = if round % 2 == 0 { *second & 8 } else { *second };
        }
        now += u64::from(random.below(30_000));
        let early = u64::from(random.below(600_000)) * u64::from(round % 11 == 0);
        let side = if random.below(2) == 0 {
            Side::Caller
        } else {
            Side::Callee
        };
        recorder.push(
            side,
            start + Duration::from_micros(now.saturating_sub(early)),
            &bytes,
        );
        assert!(bounded(&recorder), "round {round}");
    }
    recorder.finish(start + Duration::from_micros(now)).unwrap();
}

#[test]
fn any_numbers_in_a_well_formed_header_are_survived() {
    let start = origin();
    let mut recorder = Recorder::new(Counting::default(), start, 5).unwrap();
    let mut random = Random::new(3);
    let (mut seq, mut timestamp) = (0_u16, 0_u32);
    for round in 0..60_000_u64 {
        match random.below(12) {
            0 => timestamp = random.next(),
            1 => seq = random.next() as u16,
            2 => timestamp = timestamp.wrapping_add(0x7FFF_FFFF),
            3 => timestamp = timestamp.wrapping_sub(0x8000_0000),
            4 => timestamp = timestamp.wrapping_add(random.below(4000)).wrapping_sub(2000),
            _ => {}
        }
        seq = seq.wrapping_add(1);
        timestamp = timestamp.wrapping_add(160);
        let payload = vec![random.next() as u8; 1 + random.below(1700) as usize];
        let bytes = rtp(
            8 * (random.below(2) as u8),
            seq,
            timestamp,
            random.below(6),
            &payload,
        );
        recorder.push(Side::Caller, start + Duration::from_millis(round * 3), &bytes);
        assert!(bounded(&recorder), "round {round}");
    }
    recorder.finish(start + Duration::from_secs(180)).unwrap();
}

#[test]
fn a_flood_is_bounded() {
    let start = origin();
    let mut recorder = Recorder::new(Counting::default(), start, 5).unwrap();
    for n in 0..50_000_u32 {
        let bytes = rtp(8, n as u16, n * 160, 1, &[0x11; 160]);
        recorder.push(Side::Caller, start + Duration::from_micros(u64::from(n)), &bytes);
        assert!(bounded(&recorder));
    }
    let counts = recorder.packets();
    assert_eq!(counts.heard + counts.misplaced, 50_000);
    recorder.finish(start + Duration::from_millis(50)).unwrap();
}

#[test]
fn long_silence_costs_no_memory_and_a_clock_that_jumps_is_caught_up_in_steps() {
    let (disk, start) = (Counting::default(), origin());
    let length = Rc::clone(&disk.length);
    let mut recorder = Recorder::new(disk, start, 5).unwrap();
    let hour = start + Duration::from_secs(3600);
    let mut calls = 0;
    loop {
        let before = *length.borrow();
        recorder.advance(hour).unwrap();
        let step = *length.borrow() - before;
        assert!(step <= 61 * 11_025, "{step} bytes in one call");
        calls += 1;
        if step == 0 {
            break;
        }
    }
    assert!((60..63).contains(&calls), "{calls}");
    recorder
        .advance(start + Duration::from_secs(u64::from(u32::MAX)))
        .unwrap();
    assert!(bounded(&recorder));
    let summary = recorder.finish(hour + Duration::from_secs(61)).unwrap();
    assert_eq!(summary.samples, 3661 * 11_025 + 1);
    assert_eq!(*length.borrow(), summary.bytes);
}

#[test]
fn packets_before_the_start_and_after_a_jump_are_counted_not_heard() {
    let start = origin() + Duration::from_secs(100);
    let mut recorder = Recorder::new(Counting::default(), start, 5).unwrap();
    recorder.push(
        Side::Caller,
        start - Duration::from_secs(50),
        &rtp(8, 1, 160, 1, &[0x11; 160]),
    );
    recorder.push(
        Side::Caller,
        start + Duration::from_secs(7200),
        &rtp(8, 2, 320, 1, &[0x11; 160]),
    );
    let counts = recorder.packets();
    assert_eq!((counts.heard, counts.misplaced), (0, 2));
    recorder.finish(start + Duration::from_secs(1)).unwrap();
}

#[test]
fn a_full_disk_stops_the_recording_and_says_so() {
    let start = origin();
    let disk = Counting {
        full_at: Some(30_000),
        ..Counting::default()
    };
    let mut recorder = Recorder::new(disk, start, 5).unwrap();
    let mut failed = 0;
    for second in 1..6 {
        recorder.push(
            Side::Caller,
            start + Duration::from_secs(second),
            &rtp(8, 1, 160, 1, &[0x11; 160]),
        );
        failed += u32::from(recorder.advance(start + Duration::from_secs(second)).is_err());
    }
    assert!((2..4).contains(&failed), "{failed}");
    let error = recorder.finish(start + Duration::from_secs(6)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    let too_small = Counting {
        full_at: Some(10),
        ..Counting::default()
    };
    assert!(Recorder::new(too_small, start, 5).is_err());
}

#[test]
fn an_end_before_the_last_flush_keeps_what_is_written() {
    let start = origin();
    let mut recorder = Recorder::new(Counting::default(), start, 5).unwrap();
    recorder.advance(start + Duration::from_secs(10)).unwrap();
    let summary = recorder.finish(start + Duration::from_secs(2)).unwrap();
    assert!(summary.samples >= 9 * 11_025 && summary.samples % 2 == 0);
}
