//! Connections of strangers: damaged streams in pieces, left in every way a connection can be left.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::fence::Fence;
use crate::messages::{Messages, mend};

/// Messages of one connection at most.
const MESSAGES: usize = 5;

/// Connections left open with half a message: the node has to close them.
const HELD: usize = 300;

#[derive(Default)]
struct Tally {
    connections: u64,
    refused: u64,
    messages: u64,
    cut: u64,
    answers: u64,
}

/// Sends `count` messages from `sources`, by connections.
pub(crate) fn attack(messages: &mut Messages, count: u64, sources: &[Ipv4Addr], fence: &mut Fence) {
    let mut tally = Tally::default();
    let mut held = VecDeque::new();
    while tally.messages < count {
        let source = sources[tally.connections as usize % sources.len()];
        tally.connections += 1;
        let Ok(stream) = connect(source, messages.parties.node) else {
            tally.refused += 1;
            fence.await_node();
            continue;
        };
        if let Some(kept) = talk(messages, stream, count, &mut tally) {
            held.push_back(kept);
            if held.len() > HELD {
                held.pop_front();
            }
        }
        if tally.connections % 16 == 0 {
            fence.await_node();
        }
    }
    println!(
        "connections {}\nconnections_refused {}",
        tally.connections, tally.refused
    );
    println!(
        "sent {}\ncut_off {}\nanswers {}",
        tally.messages, tally.cut, tally.answers
    );
    println!("held {}", held.len());
    // Those held stay until the node has closed them.
    for mut stream in held {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
    }
}

fn connect(source: Ipv4Addr, node: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(IpAddr::V4(source), 0).into())?;
    socket.connect_timeout(&node.into(), Duration::from_secs(2))?;
    socket.set_write_timeout(Some(Duration::from_secs(2)))?;
    socket.set_read_timeout(Some(Duration::from_millis(1)))?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}

/// Sends some messages and leaves; a connection that is left unfinished is given back.
fn talk(messages: &mut Messages, mut stream: TcpStream, count: u64, tally: &mut Tally) -> Option<TcpStream> {
    let manner = messages.roll(8);
    let several = (1 + messages.roll(MESSAGES)).min((count - tally.messages) as usize);
    let mut octets = Vec::new();
    for left in (0..several).rev() {
        let mut message = messages.next();
        if messages.roll(4) > 0 {
            mend(&mut message);
        }
        if manner == 0 && left == 0 {
            message.truncate(message.len() / 2);
        }
        octets.extend(message);
    }
    tally.messages += several as u64;
    let mut rest = octets.as_slice();
    while !rest.is_empty() {
        let piece = match messages.roll(4) {
            0 => 1 + messages.roll(40),
            1 => 1 + messages.roll(2_000),
            _ => rest.len(),
        };
        let (piece, after) = rest.split_at(piece.min(rest.len()));
        if stream.write_all(piece).is_err() {
            tally.cut += 1;
            return None;
        }
        rest = after;
    }
    match manner {
        0 => return Some(stream),
        1 => drop(stream.shutdown(Shutdown::Write)),
        2 => {
            // Closing with a reset.
            let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        }
        3..=5 => {
            let mut buffer = [0; 16_384];
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                tally.answers += buffer[..length]
                    .windows(8)
                    .filter(|piece| piece == b"SIP/2.0 ")
                    .count() as u64;
            }
        }
        // Closed with answers unread, which is a reset too.
        _ => {}
    }
    None
}
