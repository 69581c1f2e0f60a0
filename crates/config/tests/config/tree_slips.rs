//! Slips in routing trees: one message each, a command that shows the lost call where one is lost, and
//! no message about what merely uses the mistaken thing.

use crate::world::{BAKERY, check, slip};

const FILE: &str = "customers/bakery.yaml";

#[test]
#[rustfmt::skip]
fn forms_of_nodes() {
    check(FILE, BAKERY, &[
        slip("start: who", "strat: who", "strat", "unknown key 'strat'", "did you mean 'start'?"),
        slip("    start: who\n", "", "main", "'start' is missing", "add start:"),
        slip("desk: { dial:", "desk: { dail:", "dail", "'dail' is not known here", "did you mean 'dial'?"),
        slip("ring: 20s", "ring: 20", "20", "expected a ring time such as", "in quotes"),
        slip("ring: 20s", "ring: soon", "soon", "'soon' is not a ring time", "a ring time such as"),
        slip("ring: 20s", "rnig: 20s", "rnig", "unknown key 'rnig'", "did you mean 'ring'?"),
        slip("ring: 20s", "ring: 10m", "10m", "600 s is out of bounds", "write 1s to 120s"),
        slip("on: { otherwise: owner }", "on: owner", "owner", "expected a map with 'answered'", "{ key: value"),
        slip("site: shop, ring", "ring", "dial", "does not say whom to ring", "write either site"),
        slip("then: end", "then: end, repeat: 0", "0", "cannot be played 0 times", "write 1 to 100"),
        slip("then: end", "then: end, repeat: two", "two", "expected a whole number", "digits"),
        slip("{ announce: { play: closed, then: end } }", "{ reject: { status: 200 } }", "200", "200 is not a status that refuses", "400 to 699"),
        slip("{ announce: { play: closed, then: end } }", "{ reject: { status: 99999 } }", "99999", "from 0 to 65535", "digits"),
        slip("\"+32475000001\", trunk: pstn", "\"+32475000001\"", "\"+32475000001\"", "needs a trunk", "number and trunk"),
        slip("numbers:\n  \"", "      desk: { reject: { status: 486 } }\nnumbers:\n  \"", "desk", "'desk' is written twice; the first one is at customers/bakery.yaml:22:7", "remove one"),
    ]);
}

#[test]
#[rustfmt::skip]
fn names_that_do_not_exist() {
    check(FILE, BAKERY, &[
        slip("start: who", "start: whom", "whom", "no node 'whom'", "did you mean 'who'?"),
        slip("open: desk", "open: dask", "dask", "no node 'dask'", "did you mean 'desk'?"),
        slip("list: vip", "list: vips", "vips", "no list 'vips'", "did you mean 'vip'?"),
        slip("calendar: hours", "calendar: hour", "hour", "no calendar 'hour'", "did you mean 'hours'?"),
        slip("site: shop", "site: shap", "shap", "no site 'shap'", "did you mean 'shop'?"),
        slip("trunk: pstn", "trunk: psnt", "psnt", "no trunk 'psnt'", "did you mean 'pstn'?"),
        slip("play: closed", "play: close", "close", "no announcement 'close'", "did you mean 'closed'?"),
        slip("    start: who\n", "    start: who\n    zone: Mars/Olympus\n", "Mars/Olympus", "no time zone 'Mars/Olympus'", "Europe/Brussels"),
    ]);
}

#[test]
#[rustfmt::skip]
fn calls_that_would_be_lost() {
    pointsman_conformance::shows(&["TRM-08 files"]);
    check(FILE, BAKERY, &[
        slip("on: { otherwise: owner }", "on: { busy: owner }", "on", "no exit for no_answer, unreachable", "pointsman explain --from"),
        slip(", otherwise: when", "", "branches", "match no branch, and there is no otherwise", "pointsman explain --from"),
        slip("then: end", "then: who", "who", "go round for ever", "pointsman explain --from"),
        slip("open: desk, closed: shut", "open: owner, closed: shut", "desk", "no call can get here", "remove it"),
    ]);
}
