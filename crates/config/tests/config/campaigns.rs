//! Contact lists and campaigns: what is written, and slips in it.

use std::fmt::Write;
use std::time::Duration;

use pointsman_config::Memory;
use pointsman_policy::campaign::{CampaignId, Pacing, Retry};

use crate::world::{edited, files, load_files, mistakes, wav, wav_at};

const FILE: &str = "customers/bakery.yaml";

const OUTBOUND: &str = r#"version: 1
customer: bakery
contract: { formula: outbound }
country: "32"
zone: Europe/Brussels
announcements:
  offer: { file: closed.wav }
contact_lists:
  first: { numbers: ["+32470000001", "0470 00 00 02"] }
  second: { file: second.csv }
campaigns:
  spring:
    lists: [first, second]
    message: offer
    accepted: { by: Ann, on: "2026-11-24" }
    trunk: pstn
    caller: "+3232000100"
    concurrent: 3
    gap: 2s
    start: "2026-12-01 09:00"
    hours: [ { days: [mon, tue], hours: ["09:00-12:00", "13:00-24:00"] } ]
    busy: { times: 2, after: 10m }
    no_answer: { times: 1, after: 1h }
    keys:
      "1": { agents: ["+32475000001", "+32475000002"], trunk: pstn, ring: 20s, order: rotate }
numbers:
  "+3232000100": { policy: direct, trunk: pstn }
"#;

const CSV: &str = "number;name\n0470 00 00 03;Ann\n+32470000001;Bob\n\n\"+32470000004\";Cem\n";

fn with(text: &str, csv: &str) -> Memory {
    let mut files = files();
    files.insert(FILE, text);
    files.insert("customers/second.csv", csv);
    files
}

fn id() -> CampaignId {
    CampaignId::new("bakery", "spring")
}

#[test]
fn out_08_15_16_a_campaign_is_read_with_its_lists_hours_and_retries() {
    pointsman_conformance::shows(&["OUT-08 loaded"]);
    let config = load_files(&with(OUTBOUND, CSV)).unwrap();
    let plan = &config.campaigns[&id()];
    assert_eq!(
        plan.contacts,
        ["+32470000001", "+32470000002", "+32470000003", "+32470000004"],
        "in order, nobody twice"
    );
    assert_eq!(
        plan.pacing,
        Pacing {
            concurrent: 3,
            gap: Duration::from_secs(2)
        }
    );
    let retry = |times, minutes: u64| Retry {
        times,
        after: Duration::from_secs(minutes * 60),
    };
    assert_eq!((plan.busy, plan.no_answer), (retry(2, 10), retry(1, 60)));
    assert_eq!(plan.schedule.start, Some("2026-12-01T08:00:00Z".parse().unwrap()));
    for (at, open) in [
        ("2026-12-01T08:00:00Z", true),
        ("2026-12-01T11:30:00Z", false),
        ("2026-12-01T22:59:59Z", true),
        ("2026-12-02T08:00:00Z", false),
    ] {
        assert_eq!(plan.schedule.is_open(at.parse().unwrap()), open, "{at}");
    }
    let entry = &config.routing.campaigns[&id()];
    assert_eq!(
        (entry.trunk.as_str(), entry.caller.as_str()),
        ("pstn", "+3232000100")
    );
    assert_eq!(entry.ring, Duration::from_secs(25));
}

#[test]
fn out_08_other_contacts_are_another_version() {
    let version = |csv| load_files(&with(OUTBOUND, csv)).unwrap().version;
    assert_ne!(version(CSV), version("0470000009\n"));
}

#[test]
fn out_08_each_bad_row_is_told_with_its_line() {
    pointsman_conformance::shows(&["OUT-08 loaded"]);
    let csv = "number\n0470000003\nabc\n112\n0470000003\n0903 12 345\n";
    let told: Vec<String> = mistakes(&with(OUTBOUND, csv))
        .into_iter()
        .map(|mistake| mistake.message)
        .collect();
    assert_eq!(
        told,
        [
            "second.csv:3: 'abc' is not a telephone number",
            "second.csv:4: 112 is an emergency number",
            "second.csv:5: +32470000003 is listed twice, first at second.csv:2",
            "second.csv:6: +3290312345 is a premium number",
        ]
    );
}

#[test]
fn out_11_the_hundred_and_first_number_is_refused() {
    pointsman_conformance::shows(&["OUT-11 limit"]);
    let rows = |count: u32| {
        (0..count).fold(String::new(), |mut csv, number| {
            writeln!(csv, "+3247100{number:04}").unwrap();
            csv
        })
    };
    assert!(load_files(&with(OUTBOUND, &rows(100))).is_ok());
    let told = mistakes(&with(OUTBOUND, &rows(101)));
    assert!(
        told[0]
            .message
            .contains("second.csv:101: this is number 101: limit 100, §3.1.3"),
        "{told:?}"
    );
}

/// The text and its slip give one mistake that says so and stands on this line.
fn refused(from: &str, to: &str, says: &str) {
    let told = mistakes(&with(&edited(OUTBOUND, from, to), CSV));
    let [mistake] = told.as_slice() else {
        panic!("'{to}': {told:#?}")
    };
    assert!(mistake.message.contains(says), "{mistake:#?}");
    assert!(mistake.line > 2, "{mistake:#?}");
}

#[test]
fn out_10_12_13_what_is_over_a_limit_is_refused_with_its_paragraph() {
    pointsman_conformance::shows(&["OUT-10 limit", "OUT-12 limit", "OUT-13 limit"]);
    let lists: String = (3..=6)
        .map(|at| format!("  l{at}: {{ numbers: [\"+3247200000{at}\"] }}\n"))
        .collect();
    refused(
        "  second: { file: second.csv }\n",
        &format!("  second: {{ file: second.csv }}\n{lists}"),
        "there are 6 contact lists: limit 5, §3.1.3",
    );
    let again = "{ lists: [first], message: offer, accepted: { by: Ann, on: \"2026-11-24\" }, trunk: pstn, caller: \"+3232000100\" }";
    refused(
        "  spring:\n",
        &format!("  a: {again}\n  b: {again}\n  spring:\n"),
        "there are 3 programmed campaigns: limit 2, §3.1.3",
    );
    refused(
        "concurrent: 3",
        "concurrent: 6",
        "6 calls at a time: limit 1 to 5, §3.1.3",
    );
    refused(
        "gap: 2s",
        "gap: 6s",
        "6 s between two starts: limit 1 to 5, §3.1.3",
    );
}

#[test]
fn out_01_a_formula_without_campaigns_refuses_them() {
    let told = mistakes(&with(
        &edited(OUTBOUND, "formula: outbound", "formula: classic"),
        CSV,
    ));
    assert_eq!(told.len(), 2, "{told:#?}");
    for mistake in told {
        assert!(
            mistake.message.contains("does not offer Outbound campaigns (§2)"),
            "{mistake:#?}"
        );
    }
}

#[test]
fn slips_in_a_campaign_are_one_message_each() {
    for (from, to, says) in [
        (
            "lists: [first, second]",
            "lists: [first, secnd]",
            "no contact list 'secnd'",
        ),
        ("lists: [first, second]", "lists: []", "calls nobody"),
        ("message: offer", "message: ofer", "no announcement 'ofer'"),
        ("    trunk: pstn\n", "    trunk: pstm\n", "no trunk 'pstm'"),
        (
            "caller: \"+3232000100\"",
            "caller: \"+3232000101\"",
            "no number of this customer",
        ),
        ("\"2026-12-01 09:00\"", "\"tomorrow\"", "'tomorrow' is not a time"),
        ("13:00-24:00", "22:00-06:00", "end on the day"),
        ("busy: { times: 2,", "busy: { times: 11,", "out of bounds"),
        ("      \"1\": {", "      \"12\": {", "'12' is not one key"),
        ("\"+32475000002\"]", "\"12\"]", "'12' is not a telephone number"),
        (
            "agents: [\"+32475000001\", \"+32475000002\"]",
            "agents: []",
            "rings nobody",
        ),
        ("trunk: pstn, ring: 20s", "trunk: pstn, ring: 3m", "out of bounds"),
        ("file: second.csv", "file: third.csv", "third.csv cannot be read"),
        ("{ file: second.csv }", "{}", "a list has numbers, or a file"),
    ] {
        refused(from, to, says);
    }
}

#[test]
fn out_03_to_06_a_message_in_another_format_is_refused_with_what_is_wrong() {
    pointsman_conformance::shows(&[
        "OUT-03 refused",
        "OUT-04 refused",
        "OUT-05 refused",
        "OUT-06 refused",
    ]);
    let mut files = with(OUTBOUND, CSV);
    files.insert("customers/closed.wav", wav_at(8_000));
    let told = mistakes(&files);
    assert!(
        told[0].message.contains("sample rate is 8000 Hz, need 11025 Hz"),
        "{told:?}"
    );
    let changed = |at: usize, value: u8| {
        let mut bytes = wav();
        bytes[at] = value;
        bytes
    };
    for (at, value, says) in [
        (20, 6, "format tag is 6"),
        (34, 16, "sample size is 16 bits, need 8 bits"),
        (22, 2, "file has 2 channels, need 1 (mono)"),
    ] {
        files.insert("customers/closed.wav", changed(at, value));
        let told = mistakes(&files);
        assert!(told[0].message.contains(says), "{told:?}");
    }
}

/// OUT-07: no message goes out before somebody at the customer's said that it sounds right.
#[test]
fn out_07_a_message_that_nobody_accepted_is_refused_with_line_and_paragraph() {
    pointsman_conformance::shows(&["OUT-07 accepted"]);
    let tick = "    accepted: { by: Ann, on: \"2026-11-24\" }\n";
    let config = load_files(&with(OUTBOUND, CSV)).unwrap();
    let accepted = &config.campaigns[&id()].accepted;
    assert_eq!(
        (accepted.by.as_str(), accepted.on.to_string().as_str()),
        ("Ann", "2026-11-24")
    );
    // YAML reads a bare date as text too.
    assert!(load_files(&with(&OUTBOUND.replace("\"2026-11-24\"", "2026-11-24"), CSV)).is_ok());
    let told = mistakes(&with(&edited(OUTBOUND, tick, ""), CSV));
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        told[0].message,
        "nobody has accepted how the message 'offer' sounds (§3.1.3)"
    );
    let line = OUTBOUND.lines().position(|line| line == "  spring:").unwrap() + 1;
    assert_eq!((told[0].line, told[0].column), (line, 3), "{told:#?}");
    for (to, says) in [
        ("{ by: \" \", on: \"2026-11-24\" }", "nobody has accepted"),
        ("{ by: Ann, on: \"2026-02-30\" }", "'2026-02-30' is not a date"),
        ("{ by: Ann }", "'on'"),
    ] {
        refused("{ by: Ann, on: \"2026-11-24\" }", to, says);
    }
}

/// OUT-08: Do Not Call lists of the customer and of one list, inline and from a file.
#[test]
fn out_08_do_not_call_lists_are_read_and_bad_rows_named() {
    let lists = "contact_lists:\n  first: { numbers: [\"+32470000001\", \"0470 00 00 02\"]";
    let struck = format!("do_not_call: {{ file: never.csv }}\n{lists}, do_not_call: [\"0470 00 00 02\"]");
    let text = edited(OUTBOUND, lists, &struck);
    let mut files = with(&text, CSV);
    files.insert("customers/never.csv", "number\n0470 00 00 03\n0470000003\n");
    let config = load_files(&files).unwrap();
    let plan = &config.campaigns[&id()];
    let numbers: Vec<&str> = plan.do_not_call.iter().map(String::as_str).collect();
    assert_eq!(numbers, ["+32470000002", "+32470000003"]);
    assert_eq!(
        plan.contacts.len(),
        4,
        "they stay on the lists and say why nobody calls them"
    );
    files.insert("customers/never.csv", "number\n0470 00 00 04\n");
    assert_ne!(load_files(&files).unwrap().version, config.version);
    files.insert("customers/never.csv", "number\nno\n");
    let told = mistakes(&files);
    assert_eq!(told[0].message, "never.csv:2: 'no' is not a telephone number");
    refused(
        lists,
        &format!("do_not_call: {{ numbers: [\"12\"] }}\n{lists}"),
        "'12' is not a telephone number",
    );
    refused(
        lists,
        &format!("{lists}, do_not_call: [\"x\"]"),
        "'x' is not a telephone number",
    );
    refused(
        lists,
        &format!("do_not_call: {{ file: gone.csv }}\n{lists}"),
        "gone.csv cannot be read",
    );
    let told = mistakes(&with(
        &edited(&text, "formula: outbound", "formula: classic"),
        CSV,
    ));
    assert!(
        told.iter()
            .any(|mistake| mistake.message.contains("does not offer")),
        "{told:#?}"
    );
}
