//! A caller of one IP version and a callee of the other, over real sockets.

use crate::calls::answers;
use crate::world::{BOB, World, any, any6, assert_talked, voice};
use pointsman_legs::Numbers;

#[test]
fn phones_of_two_ip_versions_hear_each_other() {
    for (phones, listener) in [([any(), any6()], 0), ([any6(), any()], 1)] {
        let bob = Numbers::default().with(BOB, answers(2));
        let mut world = World::prepared_at(bob, 100, phones);
        world.start();
        let mut spec = world.spec(BOB);
        spec.via = world.node().sip_addrs()[listener];
        let caller = world.call(spec);
        assert_talked(&caller, &world.bobs(), &voice(2));
        let cdr = world.cdr();
        let remotes: Vec<bool> = cdr
            .legs
            .iter()
            .map(|leg| leg.remote.starts_with("[::1]"))
            .collect();
        assert_eq!(remotes, phones.map(|phone| phone.is_ipv6()));
        assert!(
            cdr.legs.iter().all(|leg| leg.received > 150 && leg.lost == 0),
            "{:?}",
            cdr.legs
        );
        world.await_idle();
    }
}
