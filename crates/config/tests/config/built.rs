//! What a right configuration becomes.

use std::net::SocketAddr;
use std::path::Path;

use pointsman_config::{ManagedBy, Overrides, load, load_with};
use pointsman_media::{Family, Latch};
use pointsman_policy::Registry;
use pointsman_sip::{Flow, Transport};

use crate::world::{BAKERY, NODE, edited, files, load_files, wav_at};

#[test]
fn the_node_gets_its_settings() {
    let config = load_files(&files()).unwrap_or_else(|report| panic!("{report}"));
    let node = &config.node;
    assert_eq!(
        (node.name.as_str(), node.data.as_path()),
        ("test", Path::new("data"))
    );
    assert_eq!(
        node.recordings,
        Path::new("data/recordings"),
        "in the data folder when nothing is said"
    );
    assert_eq!(node.listeners.len(), 1);
    assert_eq!(node.listeners[0].advertise, "127.0.0.1:5060");
    assert_eq!(
        (node.media.ports.clone(), node.media.bind),
        (20_000..=20_999, node.media.address)
    );
    assert_eq!(node.http, Some(SocketAddr::from(([127, 0, 0, 1], 8060))));
    assert!(node.limits.calls > 0);
}

#[test]
fn media_has_an_address_of_each_ip_version_and_a_trunk_may_choose() {
    let mut files = files();
    let node = edited(
        NODE,
        "address: \"127.0.0.1\", ports",
        "address: \"127.0.0.1\", address6: \"2001:db8::1\", bind6: \"::1\", ports",
    );
    let node = edited(
        &node,
        "address: \"192.0.2.1:5060\"",
        "address: \"192.0.2.1:5060\", media: ipv6",
    );
    files.insert("node.yaml", node);
    let config = load_files(&files).unwrap_or_else(|report| panic!("{report}"));
    let media = &config.node.media;
    let ip = |text: &str| text.parse::<std::net::IpAddr>().expect("an address");
    assert_eq!(media.addresses().of(Family::V4), Some(ip("127.0.0.1")));
    assert_eq!(media.addresses().of(Family::V6), Some(ip("2001:db8::1")));
    assert_eq!(media.binds(), [ip("127.0.0.1"), ip("::1")]);
    let of = |name: &str| config.routing.trunk(name).expect("it is there").media;
    assert_eq!((of("pstn"), of("pbx")), (Family::V6, Family::V4));
}

#[test]
fn trunks_get_defaults_where_nothing_is_said() {
    let config = load_files(&files()).unwrap_or_else(|report| panic!("{report}"));
    let pstn = config.routing.trunk("pstn").expect("pstn is there");
    let pbx = config.routing.trunk("pbx").expect("pbx is there");
    assert_eq!(
        (pstn.remote.to_string().as_str(), pstn.latch),
        ("192.0.2.1:5060", Latch::Strict)
    );
    assert_eq!(
        (pbx.remote.to_string().as_str(), pbx.latch),
        ("198.51.100.1:5060", Latch::Probation)
    );
    assert!(!pstn.transfer && !pbx.transfer, "nobody transfers calls unasked");
    let from = |address: &str| {
        config
            .routing
            .trunk_of(Flow::udp(0, address.parse().unwrap()), None)
            .map(|trunk| trunk.name.as_str())
    };
    assert_eq!(from("192.0.2.77:9999"), Some("pstn"));
    assert_eq!(
        from("198.51.100.1:40000"),
        Some("pbx"),
        "its address, from any port"
    );
    assert_eq!(from("203.0.113.1:5060"), None);
}

#[test]
fn numbers_and_announcements_are_ready() {
    let config = load_files(&files()).unwrap_or_else(|report| panic!("{report}"));
    let number = config.routing.number("+3232000100").expect("the number is there");
    assert_eq!(
        (&*number.customer, &*number.policy_name, number.record),
        ("bakery", "trm", true)
    );
    assert_eq!(number.policy.version().len(), 16);
    assert!(
        config.routing.number("+3232000999").is_none(),
        "no default is configured"
    );
    assert!(config.routing.prompt("bakery", "closed").is_some());
    let bakery = &config.customers[0];
    assert_eq!(
        (bakery.title.as_str(), bakery.managed_by),
        ("Bakkerij Peeters", ManagedBy::Operator)
    );
    assert_eq!(
        (bakery.numbers.as_slice(), bakery.trees.as_slice()),
        (&["+3232000100".to_owned()][..], &["main".to_owned()][..])
    );
}

#[test]
fn an_announcement_that_cannot_be_played_says_why() {
    let mut files = files();
    files.insert("customers/closed.wav", wav_at(8_000));
    let report = load_files(&files).unwrap_err();
    let [mistake] = report.mistakes.as_slice() else {
        panic!("{report}")
    };
    assert!(
        mistake.message.starts_with("closed.wav: ") && mistake.message.contains("8000"),
        "{mistake}"
    );
    files.insert("customers/closed.wav", "no sound");
    assert!(load_files(&files).unwrap_err().to_string().contains("too short"));
}

#[test]
fn the_version_is_of_the_content() {
    let version = |node: &str, bakery: &str| {
        let mut files = files();
        files.insert("node.yaml", node);
        files.insert("customers/bakery.yaml", bakery);
        load_files(&files)
            .unwrap_or_else(|report| panic!("{report}"))
            .version
    };
    let plain = version(NODE, BAKERY);
    assert_eq!(plain.len(), 16);
    assert_eq!(plain, version(NODE, BAKERY), "the same files");
    let commented = format!(
        "# seen by the auditor\n{}",
        NODE.replace("name: test, data: ./data", "data: \"./data\", name: test")
    );
    assert_eq!(
        plain,
        version(&commented, BAKERY),
        "comments, quotes and the order of keys say nothing"
    );
    assert_ne!(
        plain,
        version(
            &edited(NODE, "country: \"32\", latch", "country: \"33\", latch"),
            BAKERY
        )
    );
    assert_ne!(
        plain,
        version(
            &edited(NODE, "latch: probation", "latch: probation, transfer: allowed"),
            BAKERY
        )
    );
    assert_ne!(plain, version(NODE, &edited(BAKERY, "ring: 20s", "ring: 21s")));
    assert_ne!(
        plain,
        version(NODE, &edited(BAKERY, "record: true", "record: false"))
    );
}

#[test]
fn the_version_is_of_the_sound_too() {
    let before = load_files(&files())
        .unwrap_or_else(|report| panic!("{report}"))
        .version;
    let mut files = files();
    let mut wav = crate::world::wav();
    wav[100] = 7;
    files.insert("customers/closed.wav", wav);
    assert_ne!(
        load_files(&files)
            .unwrap_or_else(|report| panic!("{report}"))
            .version,
        before
    );
}

#[test]
fn overrides_replace_addresses_and_folders() {
    let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let overrides = Overrides {
        listen: vec![address(6060)],
        listen_tcp: vec![address(6061)],
        http: Some(address(0)),
        ports: Some(30_000..=30_099),
        data: Some("/tmp/elsewhere".into()),
        recordings: None,
        trunks: [("pbx".to_owned(), address(6071))].into(),
    };
    let config = load_with(&["node.yaml"], &Registry::new(), &files(), &overrides);
    let config = config.unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(config.node.listeners[0].bind, address(6060));
    assert_eq!(config.node.listeners[0].advertise, "127.0.0.1:6060");
    assert_eq!(
        (config.node.listeners[1].transport, config.node.listeners[1].bind),
        (Transport::Tcp, address(6061))
    );
    assert_eq!(
        (config.node.http, config.node.media.ports.clone()),
        (Some(address(0)), 30_000..=30_099)
    );
    assert_eq!(config.node.recordings, Path::new("/tmp/elsewhere/recordings"));
    let pbx = config.routing.trunk("pbx").expect("pbx is there");
    assert_eq!(pbx.remote, address(6071));
    assert_eq!(
        config
            .routing
            .trunk_of(Flow::udp(0, address(6071)), None)
            .map(|trunk| trunk.name.as_str()),
        Some("pbx")
    );
    assert!(
        config
            .routing
            .trunk_of(Flow::udp(0, "198.51.100.1:5060".parse().unwrap()), None)
            .is_none()
    );

    let unknown = Overrides {
        trunks: [("pbxx".to_owned(), address(1))].into(),
        ..Overrides::default()
    };
    let report = load_with(&["node.yaml"], &Registry::new(), &files(), &unknown).unwrap_err();
    assert!(
        report.to_string().contains("no trunk 'pbxx' whose address"),
        "{report}"
    );
}

#[test]
fn a_default_number_takes_what_nobody_has() {
    pointsman_conformance::shows(&["TRM-01 unbound"]);
    let mut files = files();
    files.insert("node.yaml", edited(NODE, "\"+3232009999\"", "\"*\""));
    let config = load(&["node.yaml"], &Registry::new(), &files).unwrap_or_else(|report| panic!("{report}"));
    let entry = config.routing.number("whatever").expect("the default takes it");
    assert_eq!((&*entry.policy_name, &*entry.customer), ("direct", ""));
    assert_eq!(
        config.routing.number("+3232000100").map(|entry| &*entry.customer),
        Some("bakery")
    );
}
