//! Two layers and a network that loses, repeats and reorders: every transaction ends, and ends the same way
//! on both sides.
use super::mutate::Dice;
use super::*;

/// Datagrams under way: when they arrive and at whom.
struct Network {
    dice: Dice,
    loss: usize,
    under_way: Vec<(Instant, bool, Bytes)>,
}

impl Network {
    fn carry(&mut self, now: Instant, to_callee: bool, payload: &Bytes) {
        let copies = if self.dice.roll(20) == 0 { 2 } else { 1 };
        for _ in 0..copies {
            if self.dice.roll(100) >= self.loss {
                let delay = Duration::from_millis(self.dice.roll(300) as u64);
                self.under_way.push((now + delay, to_callee, payload.clone()));
            }
        }
    }
}

struct World {
    caller: Bench,
    callee: Bench,
    network: Network,
    now: Instant,
}

const CALLER: &str = "192.0.2.1:5060";
const CALLEE: &str = "198.51.100.1:5060";

impl World {
    fn new(seed: u64, loss: usize) -> Self {
        let (caller, mut callee) = (Bench::new(), Bench::new());
        callee.start = caller.start;
        let network = Network {
            dice: Dice(seed * 2 + 1),
            loss,
            under_way: Vec::new(),
        };
        Self {
            now: caller.start,
            caller,
            callee,
            network,
        }
    }

    fn exchange(&mut self) {
        for to_callee in [true, false] {
            let side = if to_callee {
                &mut self.caller
            } else {
                &mut self.callee
            };
            side.drain();
            for (_, transmit) in side.sent.drain(..) {
                self.network.carry(self.now, to_callee, &transmit.payload);
            }
        }
    }

    /// Goes to the next thing that happens; `false` when nothing will.
    fn step(&mut self) -> bool {
        self.exchange();
        let arrivals = self.network.under_way.iter().map(|(at, ..)| *at);
        let timers = [&self.caller, &self.callee]
            .into_iter()
            .filter_map(|side| side.layer.poll_timeout());
        let Some(next) = arrivals.chain(timers.map(|(at, _)| at)).min() else {
            return false;
        };
        self.now = self.now.max(next);
        let now = self.now;
        let due = |(at, ..): &mut (Instant, bool, Bytes)| *at <= now;
        for (_, to_callee, payload) in self.network.under_way.extract_if(.., due).collect::<Vec<_>>() {
            let (side, from) = if to_callee {
                (&mut self.callee, CALLER)
            } else {
                (&mut self.caller, CALLEE)
            };
            side.layer.handle_datagram(now, flow_to(from), payload);
            side.drain();
        }
        for side in [&mut self.caller, &mut self.callee] {
            side.layer.handle_timeout(now);
            side.drain();
        }
        true
    }
}

/// One INVITE that the callee refuses, and one OPTIONS; returns what both users saw.
fn refuse(seed: u64, loss: usize) -> (Vec<String>, Vec<String>) {
    let mut world = World::new(seed, loss);
    for method in [Method::INVITE, Method::OPTIONS] {
        let request = outgoing(&method);
        world
            .caller
            .layer
            .send_request(world.now, request, flow_to(CALLEE));
    }
    let (mut caller, mut callee) = (Vec::new(), Vec::new());
    let mut steps = 0;
    while world.step() {
        steps += 1;
        assert!(steps < 5_000, "seed {seed} never ends");
        for event in std::mem::take(&mut world.callee.events) {
            callee.push(describe(&event));
            if let TransactionEvent::Request { tx, request, .. } = event {
                let status = if *request.method() == Method::INVITE {
                    486
                } else {
                    200
                };
                world.callee.layer.respond(world.now, tx, reply(&request, status));
            }
        }
        caller.extend(world.caller.events());
    }
    for side in [&world.caller, &world.callee] {
        let counts = side.layer.counts();
        assert_eq!(
            (counts.client, counts.server, counts.linger),
            (0, 0, 0),
            "seed {seed}"
        );
    }
    (caller, callee)
}

#[test]
fn on_a_perfect_network_each_side_sees_each_thing_once() {
    let (mut caller, mut callee) = refuse(0, 0);
    caller.retain(|event| !event.starts_with("Response 100"));
    caller.sort();
    callee.sort();
    assert_eq!(caller, ["Response 200 oursrv", "Response 486 oursrv"]);
    assert_eq!(
        callee,
        [
            "Request INVITE",
            "Request OPTIONS",
            "ServerEnded Done",
            "ServerEnded Done"
        ]
    );
}

#[test]
fn on_a_lossy_network_every_transaction_ends_and_nothing_comes_twice() {
    for seed in 1..200u64 {
        let (caller, callee) = refuse(seed, 10 + usize::try_from(seed % 50).expect("small"));
        for once in ["Response 486 oursrv", "Response 200 oursrv"] {
            assert!(
                caller.iter().filter(|event| *event == once).count() <= 1,
                "seed {seed}: {caller:?}"
            );
        }
        let ends = caller.iter().filter(|event| {
            event.starts_with("ClientEnded")
                || event.starts_with("Response 486")
                || event.starts_with("Response 200")
        });
        assert_eq!(ends.count(), 2, "seed {seed}: {caller:?}");
        let began = callee.iter().filter(|event| event.starts_with("Request")).count();
        let ended = callee
            .iter()
            .filter(|event| event.starts_with("ServerEnded"))
            .count();
        assert_eq!(began, ended, "seed {seed}: {callee:?}");
    }
}

#[test]
fn a_seed_decides_everything() {
    assert_eq!(refuse(77, 40), refuse(77, 40));
}
