//! Skill groups, agents and queues: what they give, and what is wrong with them (ACM-03 to ACM-05, ACM-10).

use std::time::Duration;

use pointsman_policy::acm::{AgentId, GroupId, Start, Strategy};
use pointsman_policy::{Target, acm};

use crate::world::{BAKERY, check, edited, files, load_files, slip};

const FILE: &str = "customers/bakery.yaml";

/// The small configuration with a queue.
fn queued() -> String {
    let bought = edited(BAKERY, "options: [recording]", "options: [recording, acm]");
    edited(&bought, "trees:\n", CENTRE)
}

const CENTRE: &str = r#"skill_groups:
  sales: { strategy: skill, max_length: 5, ring: 15s, wrap_up: 1m, no_answer_pause: 10s }
  help: {}
agents:
  lotte: { site: shop, groups: { sales: 5, help: 1 }, start: available }
  bram: { number: "0475 00 08 01", trunk: pstn, groups: { sales: 3 } }
trees:
  line:
    start: wait
    nodes:
      wait: { queue: { group: sales, music: closed, max_wait: 10m, exit_key: "0", on: { keyed: away, otherwise: away } } }
      away: { reject: { status: 480 } }
"#;

fn directory() -> acm::Directory {
    let mut files = files();
    files.insert(FILE, queued());
    let config = load_files(&files).unwrap_or_else(|report| panic!("{report}"));
    (*config.agents).clone()
}

#[test]
fn acm_03_04_05_groups_and_agents_are_read() {
    pointsman_conformance::shows(&["ACM-07 files"]);
    let directory = directory();
    let sales = &directory.groups[&GroupId::new("bakery", "sales")];
    assert_eq!((sales.strategy, sales.max_length), (Strategy::Skill, 5));
    assert_eq!(sales.wrap_up, Duration::from_secs(60));
    assert_eq!(
        directory.groups[&GroupId::new("bakery", "help")],
        acm::GroupSetup::default()
    );
    let lotte = &directory.agents[&AgentId::new("bakery", "lotte")];
    assert_eq!((lotte.groups.len(), lotte.start), (2, Start::Available));
    assert!(matches!(&lotte.contact, Target::Site { site, .. } if site == "shop"));
    let bram = &directory.agents[&AgentId::new("bakery", "bram")];
    assert_eq!(bram.contact, Target::number("+32475000801", "pstn"));
    assert_eq!(bram.start, Start::Offline);
}

#[test]
#[rustfmt::skip]
fn mistakes_are_named_where_they_are() {
    check(FILE, &queued(), &[
        slip("strategy: skill", "strategy: skil", "skil", "'skil' is not known here", "did you mean 'skill'?"),
        slip("max_length: 5", "max_length: 0", "0", "a queue of 0 callers is out of bounds", "1 to 1000"),
        slip("ring: 15s, wrap", "ring: 5m, wrap", "5m", "a ring time of 300 s is out of bounds", "1s to 120s"),
        slip("wrap_up: 1m", "wrap_up: 40m", "40m", "2400 s are too long", "0s to 30m"),
        slip("{ site: shop, groups", "{ site: shpo, groups", "shpo", "there is no site 'shpo'", "did you mean 'shop'?"),
        slip("help: 1 }", "halp: 1 }", "1", "there is no skill group 'halp'", "did you mean 'help'?"),
        slip("sales: 3 }", "sales: 11 }", "11", "a level of 11 is out of bounds", "1 to 10"),
        slip("groups: { sales: 3 }", "groups: {}", "groups", "the agent is in no skill group", "GROUP: LEVEL"),
        slip(", trunk: pstn, groups", ", groups", "bram", "an agent is at a site, or at a number through a trunk", "trunk: NAME"),
        slip("queue: { group: sales", "queue: { group: sale", "sale", "there is no skill group 'sale'", "did you mean 'sales'?"),
        slip("music: closed", "music: closd", "closd", "there is no announcement 'closd'", "did you mean 'closed'?"),
        slip("max_wait: 10m, ", "", "queue", "'max_wait' is missing", "max_wait:"),
        slip("max_wait: 10m", "max_wait: 200m", "200m", "a wait of 12000 s is out of bounds", "1s to 120m"),
        slip("exit_key: \"0\"", "exit_key: \"x\"", "\"x\"", "'x' is not a key", "a digit, * or #"),
        slip("exit_key: \"0\", ", "", "away", "no key leads here", "add exit_key"),
        slip("keyed: away, otherwise: away", "no_answer: away", "on", "no exit for congestion, unreachable, keyed", "add the exits"),
        slip("exit_key: \"0\"", "exit_key: \"0\", announce_position: { every: 30s, language: fr }", "fr", "announcement 'fr/queue-position' is missing", "voice:"),
        slip("exit_key: \"0\"", "exit_key: \"0\", answer: false", "10m", "a caller may hear 600 s of ringing by the end of this node; 300 s is the most", "fewer lines"),
    ]);
}

#[test]
fn rec_05_an_agent_may_be_recorded() {
    let mut files = files();
    files.insert(
        FILE,
        edited(&queued(), "sales: 3 } }", "sales: 3 }, record: true }"),
    );
    let config = load_files(&files).unwrap_or_else(|report| panic!("{report}"));
    let agents = &config.agents.agents;
    let recorded = |name: &str| agents[&AgentId::new("bakery", name)].record;
    assert_eq!((recorded("bram"), recorded("lotte")), (true, false));
    let [bram] = &config.routing.recorded_agents["bakery"][..] else {
        panic!("{:?}", config.routing.recorded_agents)
    };
    assert_eq!(&*bram.name, "bram");
    assert_eq!(bram.contact, Target::number("+32475000801", "pstn"));
}

/// Recording by agent is for Classic with both options (REC-06): all six ways to have less.
#[test]
fn rec_06_frm_02_without_both_options_on_classic_no_agent_is_recorded() {
    pointsman_conformance::shows(&["REC-06 option"]);
    let text = edited(&queued(), "sales: 3 } }", "sales: 3 }, record: true }");
    for (contract, acm, recording) in [
        ("formula: classic, options: [recording]", false, true),
        ("formula: classic, options: [acm]", true, false),
        ("formula: classic, options: []", false, false),
        ("formula: drs, options: [acm]", true, false),
        ("formula: voice_continuity, options: [acm]", true, false),
        ("formula: outbound", false, false),
    ] {
        let mut files = files();
        files.insert(
            FILE,
            edited(&text, "formula: classic, options: [recording, acm]", contract),
        );
        let report = load_files(&files).unwrap_err().to_string();
        let line = |part: &str| 1 + text.lines().position(|line| line.contains(part)).unwrap();
        let bram = line("bram:");
        let column = text.lines().nth(bram - 1).unwrap().find("true }").unwrap() + 1;
        let at_record = format!("{FILE}:{bram}:{column}");
        let says = |wanted: &str| report.contains(wanted);
        assert_eq!(says(&at_record), !recording, "{contract}: {report}");
        if !recording {
            assert!(says("Voice recording") && says("§3.2"), "{contract}: {report}");
        }
        assert_eq!(
            says("Agent Contact Management (") || says("offers Agent Contact Management as an option"),
            !acm,
            "{contract}: {report}"
        );
    }
}

#[test]
fn acm_10_frm_02_without_the_option_nothing_of_it_loads() {
    pointsman_conformance::shows(&["ACM-10 option"]);
    let mut files = files();
    files.insert(FILE, edited(&queued(), "[recording, acm]", "[recording]"));
    let report = load_files(&files).unwrap_err().to_string();
    for section in ["skill_groups", "agents"] {
        assert!(
            report.contains("offers Agent Contact Management as an option"),
            "{section}: {report}"
        );
    }
}
