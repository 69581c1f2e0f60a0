//! Reads a customer written in YAML the way the configuration does, item by item.

use std::collections::BTreeMap;

use pointsman_policy::tree::yaml::{AnnouncementForm, CalendarForm, ListForm, NodeForm, SiteForm, TreeForm};
use pointsman_policy::tree::{Tree, Trm, compile};
use pointsman_policy::{Caller, CustomerContext, Ended, Facts, PolicyError};
use serde::de::DeserializeOwned;
use serde_yaml::Value;

/// A bakery with every kind of node; `numbers` are bound to its tree.
pub(crate) const BAKERY: &str = r#"
country: "32"
zone: Europe/Brussels
trunks: [pbx-antwerp, pstn]
sites:
  antwerp: { trunk: pbx-antwerp, number: "+3232000100" }
lists:
  vip: { numbers: ["+32475112233"], prefixes: ["+32470"] }
calendars:
  office:
    week: [ { days: [mon, tue, wed, thu, fri], hours: ["09:00-12:30", "13:30-18:00"] } ]
    closed: ["2026-12-25"]
    open: [ { date: "2026-12-24", hours: ["09:00-12:00"] } ]
announcements:
  closed: { file: audio/closed-nl.wav, language: nl }
numbers: ["+3232000100", "+3232000101"]
tree:
  start: what
  nodes:
    what:   { called: { branches: [ { numbers: ["+3232000101"], to: any }, { prefixes: ["+3232"], to: who } ] } }
    who:    { caller: { branches: [ { list: vip, to: desk }, { prefixes: ["+33"], to: mobile }, { withheld: true, to: refuse } ], otherwise: hours } }
    hours:  { time: { calendar: office, open: desk, closed: shut } }
    desk:   { dial: { site: antwerp, ring: 20s, on: { busy: mobile, no_answer: mobile, otherwise: shut } } }
    mobile: { dial: { number: "+32475000001", trunk: pstn, ring: 25s, on: { otherwise: shut } } }
    any:    { dial: { trunk: pbx-antwerp, ring: 20s, on: { answered: shut, otherwise: busy } } }
    busy:   { announce: { play: closed, answer: false, repeat: 2, then: refuse } }
    shut:   { announce: { play: closed, answer: true, repeat: 1, then: end } }
    refuse: { reject: { status: 603, cause: 21, reason: "Withheld numbers are refused" } }
"#;

/// A customer and the tree "main", as written.
pub(crate) struct Sample {
    pub(crate) customer: CustomerContext,
    pub(crate) tree: Tree,
}

impl Sample {
    /// Reads a document like [`BAKERY`].
    pub(crate) fn read(yaml: &str) -> Self {
        let mut document: BTreeMap<String, Value> = serde_yaml::from_str(yaml).expect("the sample is YAML");
        let mut take = |key: &str| document.remove(key).unwrap_or(Value::Null);
        let country: String = decode(take("country"));
        let frame: TreeForm = decode(take("tree"));
        let nodes = frame
            .nodes
            .into_iter()
            .map(|(name, value)| (name, read(decode::<NodeForm>(value).read(&country))));
        let zone: String = decode(take("zone"));
        let tree = Tree {
            name: "main".into(),
            zone: frame.zone.unwrap_or_else(|| zone.clone()),
            start: frame.start,
            nodes: nodes.collect(),
            ..Tree::default()
        };
        let numbers: Vec<String> = decode_or_empty(take("numbers"));
        let customer = CustomerContext {
            customer: "bakery".into(),
            zone,
            trunks: decode_or_empty::<Vec<String>>(take("trunks"))
                .into_iter()
                .collect(),
            sites: items(take("sites"), |form: SiteForm| form.read(&country)),
            lists: items(take("lists"), |form: ListForm| form.read(&country)),
            calendars: items(take("calendars"), CalendarForm::read),
            announcements: items(take("announcements"), AnnouncementForm::read),
            bound: BTreeMap::from([("main".into(), numbers.into_iter().collect())]),
            country,
            ..CustomerContext::default()
        };
        assert!(document.is_empty(), "unknown keys in the sample: {document:?}");
        Self { customer, tree }
    }

    /// [`BAKERY`] with its tree replaced by these nodes (one per line), beginning at `start`.
    pub(crate) fn with_nodes(start: &str, nodes: &str) -> Self {
        let frame = BAKERY.split("\ntree:").next().expect("split has a first part");
        let nodes: String = nodes
            .lines()
            .map(|line| format!("    {}\n", line.trim()))
            .collect();
        Self::read(&format!("{frame}\ntree:\n  start: {start}\n  nodes:\n{nodes}"))
    }

    /// The checked tree.
    pub(crate) fn trm(&self) -> Trm {
        compile(self.tree.clone(), &self.customer).expect("the sample is right")
    }
}

fn decode<T: DeserializeOwned>(value: Value) -> T {
    serde_yaml::from_value(value).expect("the sample has the right form")
}

fn decode_or_empty<T: DeserializeOwned + Default>(value: Value) -> T {
    if value.is_null() {
        T::default()
    } else {
        decode(value)
    }
}

fn items<Form: DeserializeOwned, T>(
    value: Value,
    make: impl Fn(Form) -> Result<T, Vec<PolicyError>>,
) -> BTreeMap<String, T> {
    let items: BTreeMap<String, Value> = decode_or_empty(value);
    items
        .into_iter()
        .map(|(name, value)| (name, read(make(decode(value)))))
        .collect()
}

fn read<T>(result: Result<T, Vec<PolicyError>>) -> T {
    result.expect("the sample says what can be read")
}

/// A call to `to` at a local time in Brussels.
pub(crate) fn call(from: Option<&str>, to: &str, at: &str) -> Facts {
    Facts {
        caller: Caller {
            number: from.map(str::to_owned),
            display: String::new(),
        },
        callee: to.into(),
        trunk: "pstn".into(),
        at: pointsman_policy::explain::parse_at(at, "Europe/Brussels").expect("a time"),
        ..Facts::default()
    }
}

/// `facts` with these line states.
pub(crate) fn with_lines(mut facts: Facts, lines: &[&str]) -> Facts {
    for line in lines {
        facts.lines.add(line).expect("a line state");
    }
    facts
}

/// Every outcome a dial can have in a call that goes on.
pub(crate) const DIAL_OUTCOMES: [Ended; 6] = [
    Ended::Answered,
    Ended::Busy,
    Ended::NoAnswer,
    Ended::Unreachable,
    Ended::Rejected,
    Ended::Congestion,
];

/// A small seeded generator (SplitMix64): the same seed, the same test, everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `end - 1`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("smaller than a usize")
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Each with this chance.
    pub(crate) fn some<T: for<'a> From<&'a str>>(&mut self, from: &[&str], percent: usize) -> Vec<T> {
        from.iter()
            .filter(|_| self.chance(percent))
            .map(|one| T::from(one))
            .collect()
    }
}
