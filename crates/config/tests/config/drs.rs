//! Disaster plans: what is written, and slips in it.

use pointsman_config::Memory;
use pointsman_policy::Target;

use crate::world::{BAKERY, edited, files, load_files, wav};

const FILE: &str = "customers/bakery.yaml";

/// An Argon2 hash as `pointsman hash-password` prints them.
const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBvY3RldHMhIQ$5pVgqvZPvZSLvMbV8uRUPqWkdJyUJxH0R6jvTQxAS1M";

fn clinic() -> String {
    let text = edited(BAKERY, "formula: classic, options: [recording]", "formula: drs");
    let text = edited(&text, ", record: true", "");
    format!(
        "{text}drs:\n  line: \"4711\"\n  password: {{ hash: \"{HASH}\" }}\n  plans:\n    fire:\n      key: \"1\"\n      \
         numbers: [\"+3232000100\"]\n      targets: [{{ site: shop }}, {{ number: \"+32475000001\", trunk: pstn }}]\n      \
         ring: 20s\n      last_resort: closed\n"
    )
}

fn with_clinic(text: &str) -> Memory {
    let mut files = files();
    files.insert(FILE, text);
    files
}

#[test]
fn drs_02_a_plan_is_read_with_its_numbers_and_targets() {
    pointsman_conformance::shows(&["DRS-02 plan"]);
    let config = load_files(&with_clinic(&clinic())).unwrap();
    let [plan] = &config.routing.plans["+3232000100"][..] else {
        panic!("one plan")
    };
    assert_eq!(
        (plan.name.as_str(), plan.key, plan.ring.as_secs()),
        ("fire", '1', 20)
    );
    assert!(
        matches!(&plan.targets[0], Target::Site { user, trunk, .. } if user == "+3232000199" && trunk == "pbx")
    );
    assert_eq!(plan.targets[1], Target::number("+32475000001", "pstn"));
    let service = &config.plans["bakery"];
    assert_eq!(
        (service.number.as_deref(), service.password.as_deref()),
        (Some("4711"), Some(HASH))
    );
    assert_eq!(service.plans[&'1'], "fire");
}

#[test]
fn drs_05_the_hash_may_stand_in_a_file_of_its_own() {
    pointsman_conformance::shows(&["DRS-05 hashed"]);
    let text = edited(&clinic(), &format!("hash: \"{HASH}\""), "secret_file: secret.txt");
    let mut files = with_clinic(&text);
    files.insert("customers/secret.txt", format!("{HASH}\n"));
    assert_eq!(
        load_files(&files).unwrap().plans["bakery"].password.as_deref(),
        Some(HASH)
    );
}

/// Makes each slip in the clinic's file.
fn check_clinic(slips: &[(&'static str, &'static str, &'static str, &'static str)]) {
    let text = clinic();
    for (from, to, says, helps) in slips {
        let report = load_files(&with_clinic(&edited(&text, from, to))).expect_err(to);
        let [mistake] = report.mistakes.as_slice() else {
            panic!("'{to}' gave more than one:\n{report}")
        };
        assert!(
            mistake.line > 20 || mistake.message.contains("formula"),
            "it points into the section:\n{report}"
        );
        assert!(mistake.message.contains(says), "'{to}':\n{report}");
        assert!(
            mistake.help.as_deref().unwrap_or_default().contains(helps),
            "'{to}':\n{report}"
        );
    }
}

#[test]
fn slips_in_a_plan_are_one_message_each() {
    check_clinic(&[
        (
            "key: \"1\"",
            "key: \"12\"",
            "'12' is not one key",
            "\"1\" to \"9\"",
        ),
        (
            "numbers: [\"+3232000100\"]\n      t",
            "numbers: []\n      t",
            "about no number",
            "name a number",
        ),
        (
            "numbers: [\"+3232000100\"]\n      t",
            "numbers: [\"+3232000101\"]\n      t",
            "+3232000101 is no number of this customer",
            "+3232000100",
        ),
        (
            "{ site: shop }",
            "{ site: shpo }",
            "there is no site 'shpo'",
            "did you mean 'shop'?",
        ),
        (
            "trunk: pstn }]",
            "trunk: pstm }]",
            "there is no trunk 'pstm'",
            "did you mean 'pstn'?",
        ),
        (
            "{ site: shop }",
            "{ site: shop, trunk: pbx }",
            "a target is a site, or a number",
            "{ site: NAME }",
        ),
        (
            "targets: [{ site: shop }, {",
            "targets: [{ site: shop }, { numbr: \"1\", ",
            "unknown key 'numbr'",
            "number",
        ),
        (
            "ring: 20s\n      l",
            "ring: 5m\n      l",
            "ring time of 300 s is out of bounds",
            "1s to 120s",
        ),
        (
            "last_resort: closed",
            "last_resort: close",
            "there is no announcement 'close'",
            "did you mean 'closed'?",
        ),
        (
            "line: \"4711\"",
            "line: \"47-11\"",
            "'47-11' cannot be keyed",
            "3 to 20 digits",
        ),
        (
            "  line: \"4711\"\n",
            "",
            "both a number and a password",
            "line: and password:",
        ),
        (
            "$argon2id$v=19",
            "hunter",
            "this is no Argon2 hash",
            "pointsman hash-password",
        ),
        (
            "formula: drs",
            "formula: classic",
            "not part of formula Classic",
            "change the formula",
        ),
    ]);
}

#[test]
fn a_password_in_clear_is_not_repeated_in_the_message() {
    let text = edited(&clinic(), &format!("hash: \"{HASH}\""), "secret_file: secret.txt");
    let mut files = with_clinic(&text);
    files.insert("customers/secret.txt", "hunter2");
    let report = load_files(&files).unwrap_err().to_string();
    assert!(
        report.contains("no Argon2 hash") && !report.contains("hunter2"),
        "{report}"
    );
}

#[test]
fn targets_that_ring_longer_than_a_caller_waits_are_refused() {
    let many = "{ site: shop }, ".repeat(9);
    let text = edited(&clinic(), "targets: [", &format!("targets: [{many}"));
    let text = edited(&text, "ring: 20s\n      l", "ring: 1m\n      l");
    let report = load_files(&with_clinic(&text)).unwrap_err().to_string();
    assert!(report.contains("more than a caller waits"), "{report}");
}

#[test]
fn drs_04_a_line_needs_a_voice_in_its_language() {
    let node = edited(
        crate::world::NODE,
        "{ policy: direct, trunk: pstn }",
        "{ policy: drs_line, language: fr }",
    );
    let mut files = files();
    files.insert("node.yaml", node.clone());
    let report = load_files(&files).unwrap_err().to_string();
    assert!(
        report.contains("announcement 'fr/digit-0' is missing") && report.contains("voice:"),
        "{report}"
    );
    files.insert("node.yaml", format!("{node}voice: ./voice\n"));
    let report = load_files(&files).unwrap_err().to_string();
    assert!(report.contains("has no folder fr, nl, de or en"), "{report}");
    let digits = (0..10).map(|digit| format!("digit-{digit}"));
    for name in digits.chain(pointsman_policy::drs::LINE_PROMPTS.map(str::to_owned)) {
        files.insert(format!("voice/fr/{name}.wav"), wav());
    }
    let config = load_files(&files).unwrap();
    assert_eq!(&*config.routing.numbers["+3232009999"].policy_name, "drs_line");
    assert!(config.routing.prompt("", "fr/drs-number").is_some());
}

#[test]
fn two_customers_cannot_key_the_same_number() {
    let text = clinic();
    let other = text
        .replace("customer: bakery", "customer: clinic")
        .replace("+3232000100", "+3232000200");
    let mut files = with_clinic(&text);
    files.insert("customers/clinic.yaml", other);
    let report = load_files(&files).unwrap_err();
    let [mistake] = report.mistakes.as_slice() else {
        panic!("{report}")
    };
    assert!(
        mistake
            .message
            .contains("another customer keys 4711 too; the first one is at customers/bakery.yaml:")
    );
}

#[test]
fn two_plans_cannot_have_the_same_key() {
    let text = clinic();
    let plan = text.split("  plans:\n").nth(1).expect("there is one");
    let twice = format!("{text}{}", plan.replace("fire:", "flood:"));
    let report = load_files(&with_clinic(&twice)).unwrap_err();
    let [mistake] = report.mistakes.as_slice() else {
        panic!("{report}")
    };
    assert!(
        mistake.message.contains("plan 'fire' has this key too"),
        "{report}"
    );
}
