//! A small right configuration, and mistakes made in it.

use pointsman_config::{Config, Memory, Mistake, Report, load};
use pointsman_policy::Registry;

pub(crate) const NODE: &str = r#"version: 1
node: { name: test, data: ./data }
listen: [ { udp: "127.0.0.1:5060" } ]
media: { address: "127.0.0.1", ports: "20000-20999" }
http: "127.0.0.1:8060"
trunks:
  pstn: { address: "192.0.2.1:5060", accept_from: ["192.0.2.0/24"], country: "32" }
  pbx: { address: "198.51.100.1", country: "32", latch: probation }
customers: [customers/*.yaml]
numbers:
  "+3232009999": { policy: direct, trunk: pstn }
"#;

pub(crate) const BAKERY: &str = r#"version: 1
customer: bakery
name: Bakkerij Peeters
country: "32"
zone: Europe/Brussels
sites:
  shop: { trunk: pbx, number: "+3232000199" }
lists:
  vip: { numbers: ["+32475112233"] }
calendars:
  hours:
    week: [ { days: [mon, tue], hours: ["09:00-12:30"] } ]
    closed: ["2026-12-25"]
announcements:
  closed: { file: closed.wav, language: nl }
trees:
  main:
    start: who
    nodes:
      who: { caller: { branches: [ { list: vip, to: owner } ], otherwise: when } }
      when: { time: { calendar: hours, open: desk, closed: shut } }
      desk: { dial: { site: shop, ring: 20s, on: { otherwise: owner } } }
      owner: { dial: { number: "+32475000001", trunk: pstn, ring: 25s, on: { otherwise: shut } } }
      shut: { announce: { play: closed, then: end } }
numbers:
  "+3232000100": { policy: trm, tree: main, record: true }
contract: { formula: classic, options: [recording] }
"#;

/// A second of silence as announcements are: PCM, 8 bit, 11,025 Hz, mono.
pub(crate) fn wav() -> Vec<u8> {
    wav_at(11_025)
}

pub(crate) fn wav_at(rate: u32) -> Vec<u8> {
    let samples = 1_000_u32;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + samples).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(rate.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend([1, 0, 8, 0]);
    bytes.extend(b"data");
    bytes.extend(samples.to_le_bytes());
    bytes.extend(vec![128; samples as usize]);
    bytes
}

/// The files of the small configuration.
pub(crate) fn files() -> Memory {
    Memory::new()
        .with("node.yaml", NODE)
        .with("customers/bakery.yaml", BAKERY)
        .with("customers/closed.wav", wav())
}

pub(crate) fn load_files(files: &Memory) -> Result<Config, Report> {
    load(&["node.yaml"], &Registry::new(), files)
}

pub(crate) fn mistakes(files: &Memory) -> Vec<Mistake> {
    load_files(files)
        .map(|config| config.version)
        .expect_err("there is a mistake")
        .mistakes
}

/// `text` with `from`, which it holds once, replaced.
pub(crate) fn edited(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "'{from}' stands once in the text");
    text.replacen(from, to, 1)
}

/// What the carets of a mistake underline.
pub(crate) fn underlined(mistake: &Mistake) -> String {
    let line = mistake.snippet.as_deref().unwrap_or_default();
    line.chars()
        .skip(mistake.column.saturating_sub(1))
        .take(mistake.width)
        .collect()
}

/// One mistake in one of the files: the text to replace, what takes its place, the text that is
/// underlined in the report, and parts of the message and of the help.
pub(crate) struct Slip {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) at: &'static str,
    pub(crate) says: &'static str,
    pub(crate) helps: &'static str,
}

pub(crate) const fn slip(
    from: &'static str,
    to: &'static str,
    at: &'static str,
    says: &'static str,
    helps: &'static str,
) -> Slip {
    Slip {
        from,
        to,
        at,
        says,
        helps,
    }
}

/// Makes each slip alone, and asks for exactly one mistake, in the right place and words.
pub(crate) fn check(file: &str, text: &str, slips: &[Slip]) {
    for slip in slips {
        let mut files = files();
        files.insert(file, edited(text, slip.from, slip.to));
        let Err(report) = load_files(&files) else {
            panic!("'{}' was accepted", slip.to)
        };
        let [mistake] = report.mistakes.as_slice() else {
            panic!("'{}' gave more than one:\n{report}", slip.to)
        };
        let help = mistake.help.as_deref().unwrap_or_default();
        assert_eq!(mistake.file.to_string_lossy(), file, "{report}");
        assert_eq!(underlined(mistake), slip.at, "'{}':\n{report}", slip.to);
        assert!(
            mistake.message.contains(slip.says),
            "'{}': '{}' is not in\n{report}",
            slip.to,
            slip.says
        );
        assert!(
            help.contains(slip.helps),
            "'{}': '{}' is not in the help of\n{report}",
            slip.to,
            slip.helps
        );
    }
}
