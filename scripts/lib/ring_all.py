"""Ten contacts of one SIPp UAS that answer at once: each call has one winner, the others are ended (TRM-07, ACM-01).

Usage: ring_all.py [--calls 30] [--rate 10] [--evidence]. POINTSMAN names the binary, RING_ALL_WORK the folder."""

import argparse
import collections
import os
import pathlib
import re
import shutil

import evidence
from checks import emptied
from load import GAUGES, Load
from sipp import bound, parse_trace
from switch import Failed, Switch, tidy_up_when_told_to_end, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
TALK = 500  # ms
CONTACTS = 10
SWITCH, CONTACT, CALLER = "127.0.93.1:5060", "127.0.93.2:5060", "127.0.93.9:5060"
NUMBER = "+3225000100"

NODE = """\
version: 1
node: { name: ring-all, data: data }
listen: [ { udp: "127.0.93.1:5060" } ]
media: { address: "127.0.93.1", ports: "20000-29999" }
http: "127.0.93.1:8060"
trunks:
  caller: { address: "127.0.93.9:5060", accept_from: ["127.0.93.9"], country: "32" }
  contacts: { address: "127.0.93.2:5060", accept_from: ["127.0.93.2"], country: "32" }
customers: [shop.yaml]
"""
SHOP = """\
version: 1
customer: shop
contract: { formula: classic }
country: "32"
zone: Europe/Brussels
trees:
  main:
    start: everybody
    nodes:
      everybody: { dial: { all: [ %s ], ring: 20s, on: { otherwise: refuse } } }
      refuse: { reject: { status: 480, cause: 19, reason: "Nobody answered" } }
numbers:
  "+3225000100": { policy: trm, tree: main }
"""


class RingAll(Load):
    """The load, and what became of each contact of each call."""

    def __init__(self, calls, rate, work):
        super().__init__(calls, work)
        self.rate = rate

    def run(self):
        taken = [address for address in (SWITCH, CONTACT, CALLER) if bound(address)]
        if taken:
            raise Failed(f"{', '.join(taken)} is taken: does another run go on?")
        targets = ", ".join(f'{{ number: "+32470000{n:03}", trunk: contacts }}' for n in range(CONTACTS))
        (self.work / "pointsman.yaml").write_text(NODE)
        (self.work / "shop.yaml").write_text(SHOP % targets)
        shutil.copy(ROOT / "scripts/lib/ring_all.xml", self.work)
        switch = Switch(os.environ["POINTSMAN"], "pointsman.yaml", self.work).start()
        parties = []
        try:
            host, _, port = CONTACT.partition(":")
            # A CANCEL in the very moment when SIPp's time-out leads to the 200 is none that it expects: it goes on.
            contacts = self.sipp("contacts", "-sf", "ring_all.xml", "-i", host, "-p", port, "-ci", host, "-mi", host,
                                 "-default_behaviors", "all,-abortunexp", "-buff_size", "4194304",
                                 "-m", str(self.calls * CONTACTS), "-trace_msg", "-message_file", "contacts.messages",
                                 "-trace_err", "-error_file", "contacts.errors")
            parties.append(contacts)
            wait_for("SIPp's contacts", lambda: bound(CONTACT), 5)
            host, _, port = CALLER.partition(":")
            caller = self.sipp("caller", "-sn", "uac", SWITCH, "-s", NUMBER, "-i", host, "-p", port, "-ci", host,
                               "-mi", host, "-d", str(TALK), "-r", str(self.rate), "-m", str(self.calls),
                               "-trace_err", "-error_file", "caller.errors")
            parties.append(caller)
            limit = self.calls / self.rate + 60
            wait_for("the end of SIPp's calls", lambda: all(party.poll() is not None for party in parties), limit)
            self.check(f"{self.calls} calls to {CONTACTS} contacts each", caller.returncode == 0,
                       f"the caller's SIPp ended with {caller.returncode}")
            self.check(f"{self.calls * CONTACTS} contacts rung", contacts.returncode == 0,
                       f"the contacts' SIPp ended with {contacts.returncode}")
            self._judge(switch)
            switch.stop()
        finally:
            for party in parties:
                if party.poll() is None:
                    party.kill()
                    party.wait()
            switch.kill()

    def _judge(self, switch):
        records = []

        def written():
            records[:] = switch.calls(("calls", "--json", "--limit", str(self.calls * 2)))
            return sum(record["outcome"] is not None for record in records) == self.calls

        wait_for("a CDR for every call", written, 20, every=0.5)
        received = received_by_call(self.work / "contacts.messages")
        winners, ends, wrong = 0, collections.Counter(), []
        for record in records:
            outcomes = collections.Counter(attempt["outcome"] for attempt in record["attempts"])
            winners += outcomes == {"answered": 1, "elsewhere": CONTACTS - 1}
            for attempt in record["attempts"]:
                methods = received[record["legs"][attempt["leg"]]["call_id"]]
                end = end_of(attempt["outcome"], methods)
                ends[end or "wrong"] += 1
                wrong += [] if end else [f"{record['id']} {attempt['target']} {attempt['outcome']}: {methods}"]
        self.check("one winner each", winners == self.calls, f"{winners} of {self.calls} by their CDRs")
        shown = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
        self.check("the others are ended", not wrong and ends["winners"] == self.calls, wrong[0] if wrong else shown)
        self.check("both ways of losing came up", min(ends["by CANCEL"], ends["by ACK and BYE"]) > 0, shown)
        self._empty(switch)
        self.check("nothing panicked", "panicked at" not in switch.log(), "the log says nothing of it")

    def _empty(self, switch):
        names = [name for name in GAUGES if name != "pointsman_transactions"]
        idle = lambda: all(switch.metrics().get(name) == 0 for name in names)
        wait_for("no call and no RTP port in use", idle, 20, every=0.2)
        self.check("afterwards", True, "no call and no RTP port in use")


def received_by_call(path):
    """The methods that the contacts received, by Call-ID."""
    received = collections.defaultdict(list)
    for message in parse_trace(path.read_text(errors="replace")):
        call_id = re.search(r"^Call-ID: *(\S+)", message.text, re.MULTILINE)
        if call_id and not message.sent:
            received[call_id.group(1)].append(message.text.split(None, 1)[0])
    return received


def end_of(outcome, methods):
    """In words how a contact's call ended; None if not as it should."""
    if outcome == "answered":
        return "winners" if "ACK" in methods and "BYE" in methods and "CANCEL" not in methods else None
    if outcome != "elsewhere":
        return None
    if "BYE" in methods:
        return "by ACK and BYE" if "ACK" in methods else None
    return "by CANCEL" if "CANCEL" in methods else None


def main():
    tidy_up_when_told_to_end()
    arguments = argparse.ArgumentParser(description="ten contacts that answer at once")
    arguments.add_argument("--calls", type=int, default=30)
    arguments.add_argument("--rate", type=int, default=10)
    arguments.add_argument("--evidence", action="store_true")
    options = arguments.parse_args()
    work = emptied(pathlib.Path(os.environ.get("RING_ALL_WORK", ROOT / "target/ring-all")))
    run = RingAll(options.calls, options.rate, work)
    run.attempt()
    if options.evidence:
        evidence.write("ring-all", "Ten contacts that answer at once", "just prove-ring-all",
                       f"SIPp places {options.rate} calls a second to a number that rings {CONTACTS} contacts at once, "
                       f"all of one SIPp UAS. Seven of ten answer after 50 ms, the others after 80 ms.\n\n{run.table()}")
    run.tell("ten contacts at once", "scripts/ring-all", ["TRM-07 at_once"])
    run.end()


if __name__ == "__main__":
    main()
