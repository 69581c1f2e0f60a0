//! From setups to a running thread.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::SystemTime;

use crate::phone::{Phone, PhoneConfig};
use crate::run::board::Board;
use crate::run::epoll::Epoll;
use crate::run::sockets::{bind_pair, bind_sip};
use crate::run::thread::{BELL, Line, Runner, Slot, Use};
use crate::run::{Desk, Legs, LegsError, PhoneSetup};

pub(super) fn start(phones: Vec<PhoneSetup>) -> Result<Legs, LegsError> {
    let names: BTreeSet<&str> = phones.iter().map(|phone| phone.name.as_str()).collect();
    if phones.is_empty() || names.len() != phones.len() || names.contains("") {
        return Err(LegsError::Names);
    }
    let salt = salt();
    let (mut lines, mut slots, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
    for setup in phones {
        let name: Arc<str> = setup.name.as_str().into();
        let (line, address) = open(&name, lines.len(), setup, salt, &mut slots)?;
        addresses.push((name, address));
        lines.push(line);
    }
    let failed = |what| {
        move |error| LegsError::Socket {
            phone: "all".to_owned(),
            what,
            error,
        }
    };
    let epoll = Epoll::new().map_err(failed("waiting for sockets"))?;
    for (number, slot) in slots.iter().enumerate() {
        epoll
            .add(&slot.socket, number as u64)
            .map_err(failed("waiting for sockets"))?;
    }
    let (ring, bell) = UnixDatagram::pair().map_err(failed("the bell of the thread"))?;
    let bell = quiet(bell).map_err(failed("the bell of the thread"))?;
    let ring = quiet(ring).map_err(failed("the bell of the thread"))?;
    epoll.add(&bell, BELL).map_err(failed("waiting for orders"))?;
    let (orders, incoming) = channel();
    let board = Arc::new(Board::default());
    let runner = Runner {
        lines,
        slots,
        epoll,
        orders: incoming,
        bell,
        board: Arc::clone(&board),
    };
    let thread = std::thread::Builder::new()
        .name("legs".to_owned())
        .spawn(move || runner.run())
        .map_err(failed("the thread"))?;
    let desk = Desk {
        orders,
        bell: Arc::new(ring),
    };
    Ok(Legs {
        names: addresses,
        desk,
        board,
        thread: Some(thread),
    })
}

/// A full bell rings already, so neither end ever waits for it.
fn quiet(end: UnixDatagram) -> io::Result<UnixDatagram> {
    end.set_nonblocking(true)?;
    Ok(end)
}

/// No two runs may use the same Call-IDs: what talks to the phones remembers the last run for half a minute.
fn salt() -> u64 {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    (now.as_nanos() as u64) ^ (u64::from(std::process::id()) << 40)
}

fn open(
    name: &Arc<str>,
    phone: usize,
    setup: PhoneSetup,
    salt: u64,
    slots: &mut Vec<Slot>,
) -> Result<(Line, SocketAddr), LegsError> {
    let failed = |what| {
        move |error| LegsError::Socket {
            phone: name.to_string(),
            what,
            error,
        }
    };
    let socket = bind_sip(setup.bind).map_err(failed("its SIP address"))?;
    let address = socket.local_addr().map_err(failed("its SIP address"))?;
    let sip = slots.len();
    slots.push(Slot {
        phone,
        purpose: Use::Sip,
        socket,
    });
    let mut rtp = BTreeMap::new();
    for _ in 0..setup.rtp_ports {
        let pair = bind_pair(address.ip()).map_err(failed("an RTP port"))?;
        rtp.insert(pair.port, slots.len());
        slots.push(Slot {
            phone,
            purpose: Use::Rtp(pair.port),
            socket: pair.rtp,
        });
        slots.push(Slot {
            phone,
            purpose: Use::Rtcp(pair.port),
            socket: pair.rtcp,
        });
    }
    let config = PhoneConfig {
        flavour: setup.flavour,
        numbers: setup.numbers,
        ports: rtp.keys().copied().collect(),
        seed: setup.seed,
        salt,
        keep_audio: setup.keep_audio,
        ..PhoneConfig::new(name, address)
    };
    Ok((
        Line {
            name: Arc::clone(name),
            phone: Phone::new(config)?,
            sip,
            rtp,
        },
        address,
    ))
}
