//! A client of the API, and a node with five customers: shop and bakery record, clinic has disaster plans,
//! optician a campaign, centre an agent and a queue.

use crate::world::{NODE, SHOP, World};
use pointsman_call::{CallEvent, Cdr, Outcome, RecordingRecord};
use pointsman_legs::Numbers;
use pointsman_node::{hash_secret, new_secret};
use pointsman_policy::Secret;
use pointsman_policy::drs::hash_password;
use pointsman_store::ApiToken;
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Called at the bakery.
pub(crate) const BAKERY: &str = "+3281000100";

/// On the optician's list.
pub(crate) const CLIENT: &str = "+32470000101";

const OPTICIAN: &str = r#"
version: 1
customer: optician
contract: { formula: outbound }
country: "32"
zone: Europe/Brussels
announcements:
  reminder: { file: sorry.wav }
contact_lists:
  glasses: { numbers: ["+32470000101"] }
campaigns:
  spring:
    lists: [glasses]
    message: reminder
    accepted: { by: Griet, on: "2026-11-24" }
    trunk: bob
    caller: "+3295550100"
    hours: [ { days: [mon, tue, wed, thu, fri, sat, sun], hours: ["00:00-24:00"] } ]
numbers:
  "+3295550100": { policy: direct, trunk: bob }
"#;

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// A problem with this status: its detail.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], "about:blank");
        problem["detail"].as_str().unwrap().to_owned()
    }
}

/// Somebody with or without a token, at an address of its own on this machine.
pub(crate) struct Client {
    node: SocketAddr,
    from: [u8; 4],
    pub(crate) token: Option<String>,
    headers: String,
}

impl Client {
    pub(crate) fn new(world: &World, token: Option<&str>) -> Self {
        Self {
            node: world.http_addr(),
            from: [127, 0, 0, 1],
            token: token.map(str::to_owned),
            headers: String::new(),
        }
    }

    /// The same at a node that is a process of its own.
    pub(crate) fn of(node: SocketAddr, token: &str) -> Self {
        Self {
            node,
            from: [127, 0, 0, 1],
            token: Some(token.to_owned()),
            headers: String::new(),
        }
    }

    pub(crate) fn at(self, last: u8) -> Self {
        Self {
            from: [127, 0, 0, last],
            ..self
        }
    }

    pub(crate) fn header(self, line: &str) -> Self {
        Self {
            headers: format!("{}{line}\r\n", self.headers),
            ..self
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = self.send(method, path, body);
        let mut whole = Vec::new();
        stream.read_to_end(&mut whole).unwrap();
        let end = whole.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(whole[..end].to_vec()).unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: whole[end + 4..].to_vec(),
        }
    }

    /// Sends a request of HTTP/1.0, so that the answer comes as it is.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((self.from, 0)).into()).unwrap();
        socket.connect(&self.node.into()).unwrap();
        let mut stream = TcpStream::from(socket);
        let token = self.token.as_ref();
        let token = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\n{token}{}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.node,
            self.headers,
            body.len()
        )
        .unwrap();
        stream
    }
}

/// Makes a token as `pointsman api-token create` does.
pub(crate) fn token(world: &World, name: &str, scopes: &[&str], customer: Option<&str>) -> String {
    let secret = new_secret().unwrap();
    let token = ApiToken {
        name: name.to_owned(),
        hash: hash_secret(&secret),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        customer: customer.map(str::to_owned),
        created_ms: world.options.clock.unix_ms(),
        expires_ms: None,
        revoked_ms: None,
    };
    world.node().store().add_token(&token, "test").unwrap();
    // One that is not known is looked for again after 20 ms.
    crate::world::await_that(|| {
        let client = Client::new(world, Some(&secret)).at(250);
        let status = client.get("/v1/formulas").status;
        (status != 401 && status != 429).then_some(())
    });
    secret
}

/// A running node with its five customers.
pub(crate) fn world(phones: Numbers) -> World {
    let mut world = World::prepared(phones, 100);
    let hash = hash_password(&Secret::new("2468"), *b"sixteen octets!!").unwrap();
    let clinic = crate::plans::clinic(&hash);
    world.files.write("clinic.yaml", &clinic);
    let bakery = SHOP
        .replace("customer: shop", "customer: bakery")
        .replace("The Shop", "The Bakery")
        .replace("+3232000100", BAKERY)
        .replace("+3232000101", "+3281000101");
    world.files.write("bakery.yaml", &bakery);
    world.files.write("optician.yaml", OPTICIAN);
    world.files.write("centre.yaml", crate::agents::CENTRE);
    world.files.write_bytes("music.wav", &crate::agents::music());
    let customers = "customers: [shop.yaml, bakery.yaml, clinic.yaml, optician.yaml, centre.yaml]";
    world
        .files
        .write("node.yaml", &NODE.replace("customers: [shop.yaml]", customers));
    let spoken = concat!(env!("CARGO_MANIFEST_DIR"), "/../../audio/en/busy.wav");
    world
        .files
        .write_bytes("sorry.wav", &std::fs::read(spoken).unwrap());
    world.start();
    world
}

/// Puts a finished, recorded call of a customer into the store, with its file; returns the recording's identifier.
pub(crate) fn past_call(world: &World, customer: &str, to: &str, number: u64) -> String {
    let started_ms = 1_790_000_000_000 + i64::try_from(number).unwrap();
    let cdr = Cdr {
        id: format!("past-{number}").into(),
        started_ms,
        answered_ms: Some(started_ms),
        ended_ms: Some(started_ms + 1_000),
        from: Some("+32475112233".into()),
        to: to.into(),
        customer: customer.into(),
        outcome: Some(Outcome::Answered),
        recordings: vec![RecordingRecord {
            id: number,
            path: format!("{customer}/{number}.wav"),
            started_ms,
            ended_ms: Some(started_ms + 1_000),
            samples: 11_025,
            bytes: 200_000,
            error: None,
            customer: customer.into(),
            called: Some(to.into()),
            caller: None,
            agent: Some("Ann".into()),
        }],
        ..Cdr::default()
    };
    let folder = world.folder.path().join("recordings").join(customer);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{number}.wav")), sound()).unwrap();
    world.node().store().record(CallEvent::Closed(Box::new(cdr)));
    world.node().store().flush().unwrap();
    format!("past-{number}.{number}")
}

/// Octets that no two places of have in common.
pub(crate) fn sound() -> Vec<u8> {
    (0..50_000u32).flat_map(u32::to_le_bytes).collect()
}
