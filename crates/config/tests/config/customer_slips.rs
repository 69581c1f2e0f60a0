//! Slips in a customer file: one message each.

use crate::world::{BAKERY, check, slip};

const FILE: &str = "customers/bakery.yaml";

#[test]
#[rustfmt::skip]
fn keys_and_forms() {
    check(FILE, BAKERY, &[
        slip("zone:", "zome:", "zome", "unknown key 'zome'", "did you mean 'zone'?"),
        slip("zone: Europe/Brussels\n", "", "v", "'zone' is missing", "add zone: Europe/Brussels"),
        slip("Europe/Brussels", "Europe/Brussel", "Europe/Brussel", "no time zone 'Europe/Brussel'", "Europe/Brussels"),
        slip("country: \"32\"", "country: 32", "32", "expected text, found the number 32", "in quotes: \"32\""),
        slip("country: \"32\"", "country: \"+32\"", "\"+32\"", "'+32' is not a country code", "without plus"),
        slip("country: \"32\"\n", "", "v", "'country' is missing", "add country:"),
        slip("customer: bakery", "customer: Bakery", "Bakery", "'Bakery' is not a name", "small letters"),
        slip("customer: bakery", "custmer: bakery", "custmer", "unknown key 'custmer'", "did you mean 'customer'?"),
        slip("name: Bakkerij Peeters", "managed_by: robot", "robot", "'robot' is not known here", "'operator', 'customer'"),
        slip("name: Bakkerij Peeters", "name: [Bakkerij]", "[", "expected text, found a list", "text"),
        slip("version: 1", "version: 7", "7", "version 7 of this format is not known", "version: 1"),
        slip("lists:\n  vip: { numbers: [\"+32475112233\"] }", "lists: [vip]", "[", "expected a map of names", "{ key: value"),
        slip("lists:\n", "lists:\n  true: { numbers: [] }\n", "true", "the key true is read as something else than text", "in quotes: \"true\""),
    ]);
}

#[test]
#[rustfmt::skip]
fn sites_lists_and_announcements() {
    check(FILE, BAKERY, &[
        slip("trunk: pbx,", "trunk: pbxx,", "pbxx", "no trunk 'pbxx'", "did you mean 'pbx'?"),
        slip("trunk: pbx,", "trnk: pbx,", "trnk", "unknown key 'trnk'", "did you mean 'trunk'?"),
        slip("{ trunk: pbx, number: \"+3232000199\" }", "{ trunk: pbx }", "shop", "'number' is missing", "add number:"),
        slip("\"+3232000199\"", "+3232000199", "+3232000199", "expected a number in quotes", "in quotes"),
        slip("\"+3232000199\"", "\"+32 32\"", "\"+32 32\"", "'+32 32' is not a telephone number", "7 to 15 digits"),
        slip("\"+32475112233\"", "\"+32x\"", "\"+32x\"", "'+32x' is not a telephone number", "7 to 15 digits"),
        slip("closed.wav", "shut.wav", "shut.wav", "customers/shut.wav does not exist", "relative to this file"),
        slip("language: nl", "language: xx", "xx", "'xx' is not known here", "'nl'"),
    ]);
}

#[test]
#[rustfmt::skip]
fn calendars() {
    pointsman_conformance::shows(&["TRM-08 files"]);
    check(FILE, BAKERY, &[
        slip("09:00-12:30", "09:00-25:30", "\"09:00-25:30\"", "'25:30' is not a time of day", "hours such as \"09:00-12:30\""),
        slip("09:00-12:30", "9-12", "\"9-12\"", "'9' is not a time of day", "hours such as"),
        slip("\"2026-12-25\"", "\"2026-02-30\"", "\"2026-02-30\"", "there is no date 2026-02-30", "a date such as"),
        slip("\"2026-12-25\"", "\"25/12/2026\"", "\"25/12/2026\"", "is not a date such as", "a date such as"),
        slip("\"2026-12-25\"", "\"2026-12-25\", \"2026-12-25\"", "\"2026-12-25\"", "2026-12-25 is listed twice", "remove one"),
        slip("[mon, tue]", "[mon, tues]", "tues", "'tues' is not known here", "did you mean 'tue'?"),
        slip("[\"09:00-12:30\"]", "[\"09:00-12:30\", \"12:00-14:00\"]", "\"12:00-14:00\"", "overlaps with", "end is before"),
        slip("week:", "weak:", "weak", "unknown key 'weak'", "did you mean 'week'?"),
    ]);
}

#[test]
#[rustfmt::skip]
fn numbers() {
    check(FILE, BAKERY, &[
        slip("tree: main", "tree: mian", "mian", "no tree 'mian'", "did you mean 'main'?"),
        slip("policy: trm", "policy: trn", "trn", "no policy 'trn'", "did you mean 'trm'?"),
        slip("record: true", "recrod: true", "recrod", "unknown key 'recrod'", "did you mean 'record'?"),
        slip("record: true", "colour: red", "colour", "unknown key 'colour'", "'tree'"),
        slip("record: true", "record: yes", "yes", "expected true or false, found the text 'yes'", "true or false"),
        slip("record: true", "record: \"true\"", "\"true\"", "expected true or false", "without quotes"),
        slip("\"+3232000100\"", "\"03 200 01 00\"", "\"03 200 01 00\"", "not an E.164 number", "write \"+3232000100\""),
        slip("\"+3232000100\"", "\"+32\"", "\"+32\"", "not an E.164 number", "7 to 15 digits"),
        slip("\"+3232000100\"", "\"*\"", "\"*\"", "cannot have every number", "node file"),
        slip("\"+3232000100\"", "\"+3232009999\"", "\"+3232009999\"", "number +3232009999 is defined twice; the first one is at node.yaml:11:3", "remove it"),
    ]);
}
