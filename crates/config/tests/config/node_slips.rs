//! Slips in the node file: one message each.

use crate::world::{NODE, check, slip};

#[test]
#[rustfmt::skip]
fn keys_and_forms() {
    check("node.yaml", NODE, &[
        slip("http:", "htpp:", "htpp", "unknown key 'htpp'", "did you mean 'http'?"),
        slip("media:", "meda:", "meda", "unknown key 'meda'", "did you mean 'media'?"),
        slip("name: test", "nmae: test", "nmae", "unknown key 'nmae'", "did you mean 'name'?"),
        slip("version: 1\n", "", "n", "'version' is missing", "add version: 1"),
        slip("version: 1", "version: 2", "2", "version 2 of this format", "version: 1"),
        slip("version: 1", "version: \"1\"", "\"1\"", "expected a whole number", "without quotes"),
        slip("node: { name: test, data: ./data }", "node: test", "test", "expected a map with 'name'", "{ key: value"),
        slip("name: test", "name: My Switch", "My Switch", "'My Switch' is not a name", "small letters"),
        slip("listen: [ { udp: \"127.0.0.1:5060\" } ]", "listen: []", "listen", "no listener", "listen: ["),
        slip("listen: [ { udp: \"127.0.0.1:5060\" } ]\n", "", "v", "'listen' is missing", "add listen:"),
        slip("listen: [ { udp: \"127.0.0.1:5060\" } ]", "listen: here", "here", "expected a list", "[a, b]"),
        slip("media: { address: \"127.0.0.1\", ports: \"20000-20999\" }\n", "", "v", "'media' is missing", "add media:"),
        slip("customers/*.yaml", "customers/*.yml", "customers/*.yml", "no file matches", "relative to this file"),
        slip("customers/*.yaml", "\"*/bakery.yaml\"", "\"*/bakery.yaml\"", "only the name of a file", "one entry for each folder"),
        slip("customers/*.yaml", "customers/*.yaml, customers/garage.yaml", "customers/garage.yaml", "customers/garage.yaml does not exist", "correct the path"),
        slip("8060\"", "8060\"\nlimits: { calls: 0 }", "0", "0 calls", "1 or more"),
        slip("8060\"", "8060\"\nlimits: { connections: 0 }", "0", "0 connections", "1 or more"),
        slip("8060\"", "8060\"\nlimits: { connections_per_source: 0 }", "0", "0 connections from one address", "1 or more"),
        slip("8060\"", "8060\"\nlimits: { idle: 5 }", "5", "expected text, found the number 5", "in quotes"),
        slip("8060\"", "8060\"\nlimits: { message_within: \"5 s\" }", "\"5 s\"", "not a length of time", "10s"),
        slip("8060\"", "8060\"\nlimits: { calls: -5 }", "-5", "from 0 to 4294967295", "digits"),
    ]);
}

#[test]
#[rustfmt::skip]
fn addresses() {
    check("node.yaml", NODE, &[
        slip("udp: \"127.0.0.1:5060\"", "udp: 5060", "5060", "expected text, found the number 5060", "in quotes"),
        slip("udp: \"127.0.0.1:5060\"", "udp: \"localhost:5060\"", "\"localhost:5060\"", "not an address", "192.0.2.10:5060"),
        slip("udp: \"127.0.0.1:5060\"", "udp: \"0.0.0.0:5060\"", "{", "peers cannot send SIP to 0.0.0.0:5060", "advertise"),
        slip("udp: \"127.0.0.1:5060\"", "udp: \"127.0.0.1:5060\", advertise: \"me\"", "\"me\"", "not a host and a port", "sip.example.net:5060"),
        slip("{ udp: \"127.0.0.1:5060\" }", "{ udp: \"127.0.0.1\" }, { udp: \"127.0.0.1:5060\" }", "{", "listened on twice; the first time at node.yaml:3:11", "remove one"),
        slip("{ udp: \"127.0.0.1:5060\" }", "{ udp: \"127.0.0.1\" }, { tcp: \"127.0.0.1\" }, { tcp: \"127.0.0.1:5060\" }", "{", "listened on twice; the first time at node.yaml:3:33", "remove one"),
        slip("udp: \"127.0.0.1:5060\"", "udp: \"127.0.0.1:5060\", tcp: \"127.0.0.1:5060\"", "{", "two addresses in one listener", "one entry for udp and one for tcp"),
        slip("udp: \"127.0.0.1:5060\"", "advertise: \"sip.example.net:5060\"", "{", "without an address", "{ tcp:"),
        slip("udp: \"127.0.0.1:5060\"", "tcp: \"127.0.0.1:99999\"", "\"127.0.0.1:99999\"", "not an address", "port"),
        slip("address: \"127.0.0.1\", ports", "address: \"0.0.0.0\", ports", "\"0.0.0.0\"", "cannot send RTP to 0.0.0.0", "bind"),
        slip("\"127.0.0.1\", ports", "\"127.0.0.1\", bind: \"::1\", ports", "\"::1\"", "receives nothing that is sent to 127.0.0.1", "same IP version"),
        slip("\"127.0.0.1\", ports", "\"127.0.0.1\", address6: \"127.0.0.2\", ports", "\"127.0.0.2\"", "no IPv6 address", "leave it out"),
        slip("\"127.0.0.1\", ports", "\"127.0.0.1\", address6: \"::\", ports", "\"::\"", "cannot send RTP to ::", "bind"),
        slip("\"127.0.0.1\", ports", "\"127.0.0.1\", bind6: \"::1\", ports", "\"::1\"", "bind6 without address6", "add address6:"),
        slip("\"127.0.0.1\", ports", "\"127.0.0.1\", address6: \"::1\", bind6: \"127.0.0.1\", ports", "\"127.0.0.1\"", "receives nothing that is sent to ::1", "same IP version"),
        slip("20000-20999", "20999-20000", "\"20999-20000\"", "not a range of ports", "lower one first"),
        slip("\"127.0.0.1:8060\"", "\"127.0.0.1:99999\"", "\"127.0.0.1:99999\"", "not an address", "port"),
    ]);
}

#[test]
#[rustfmt::skip]
fn trunks() {
    check("node.yaml", NODE, &[
        slip("address: \"192.0.2.1:5060\"", "adress: \"192.0.2.1:5060\"", "adress", "unknown key 'adress'", "did you mean 'address'?"),
        slip("address: \"192.0.2.1:5060\", ", "", "pstn", "'address' is missing", "add address:"),
        slip("[\"192.0.2.0/24\"]", "[\"192.0.2.0/40\"]", "\"192.0.2.0/40\"", "'192.0.2.0/40' is not a source", "192.0.2.0/24"),
        slip("[\"192.0.2.0/24\"]", "\"192.0.2.0/24\"", "\"192.0.2.0/24\"", "expected a list", "[a, b]"),
        slip("[\"192.0.2.0/24\"]", "[\"198.51.100.1\"]", "pbx", "could be of trunk 'pbx' or of trunk 'pstn' at node.yaml:7:3", "with ports"),
        slip("0/24\"], country: \"32\"", "0/24\"], country: 32", "32", "expected text, found the number 32", "in quotes: \"32\""),
        slip("0/24\"], country: \"32\"", "0/24\"], country: BE", "BE", "not a country code", "such as \"32\""),
        slip("address: \"192.0.2.1:5060\"", "address: \"192.0.2.1:5060\", transport: tcp", "\"192.0.2.1:5060\"", "trunk 'pstn' is reached by TCP over IPv4, but nothing listens there", "add { tcp: \"0.0.0.0:5060\" } to listen"),
        slip("address: \"192.0.2.1:5060\"", "address: \"192.0.2.1:5060\", large_by_tcp: true", "true", "reached by TCP over IPv4", "add { tcp:"),
        slip("address: \"192.0.2.1:5060\"", "address: \"[2001:db8::1]:5060\"", "\"[2001:db8::1]:5060\"", "reached by UDP over IPv6", "add { udp: \"[::]:5060\" }"),
        slip("address: \"192.0.2.1:5060\"", "address: \"192.0.2.1:5060\", transport: sctp", "sctp", "'sctp' is not known here", "tcp"),
        slip("address: \"192.0.2.1:5060\"", "address: \"192.0.2.1:5060\", media: ipv6", "ipv6", "trunk 'pstn' is offered IPv6, but the only media address is 127.0.0.1", "address6 under media"),
        slip("address: \"192.0.2.1:5060\"", "address: \"192.0.2.1:5060\", media: ip6", "ip6", "'ip6' is not known here", "ipv6"),
        slip("latch: probation", "transfer: alowed", "alowed", "'alowed' is not known here", "did you mean 'allowed'?"),
        slip("latch: probation", "latch: probaton", "probaton", "'probaton' is not known here", "did you mean 'probation'?"),
        slip("customers: [", "  pstn: { address: \"203.0.113.1\" }\ncustomers: [", "pstn", "'pstn' is written twice; the first one is at node.yaml:7:3", "remove one"),
    ]);
}

#[test]
#[rustfmt::skip]
fn numbers_of_the_node() {
    check("node.yaml", NODE, &[
        slip("trunk: pstn", "trunk: psnt", "psnt", "no trunk 'psnt'", "did you mean 'pstn'?"),
        slip("trunk: pstn", "trnk: pstn", "trnk", "unknown key 'trnk'", "did you mean 'trunk'?"),
        slip("policy: direct", "policy: drect", "drect", "no policy 'drect'", "did you mean 'direct'?"),
        slip("policy: direct", "polcy: direct", "polcy", "unknown key 'polcy'", "did you mean 'policy'?"),
        slip("{ policy: direct, trunk: pstn }", "pstn", "\"+3232009999\"", "expected a map with 'policy'", "{ key: value"),
        slip("{ policy: direct, trunk: pstn }", "", "\"+3232009999\"", "'policy' is missing", "add policy:"),
        slip("\"+3232009999\"", "\"003232009999\"", "\"003232009999\"", "not an E.164 number", "write \"+3232009999\""),
        slip("\"+3232009999\"", "+3232009999", "+3232009999", "is read as something else than text", "in quotes: \"+3232009999\""),
    ]);
}
