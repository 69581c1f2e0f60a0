"""Disaster plans under load: switched on and off while SIPp calls and sites die (DRS-10).

Usage: drs_load.py [--seconds 20] [--rate 100] [--evidence]. POINTSMAN names the binary, DRS_WORK the folder."""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import evidence
from checks import emptied
from load import Load
from sipp import bound
from switch import Failed, Switch, tidy_up_when_told_to_end, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVERY = 2.0  # seconds between two switches
TALK = 1000  # ms
NUMBER = "+3225000100"
SWITCH, CALLER = "127.0.92.1:5060", "127.0.92.9:5060"
SITES = {"site": "127.0.92.2:5060", "backup": "127.0.92.3:5060"}

NODE = """\
version: 1
node: { name: drs, data: data }
listen: [ { udp: "127.0.92.1:5060" } ]
media: { address: "127.0.92.1", ports: "17000-19999" }
http: "127.0.92.1:8060"
trunks:
  caller: { address: "127.0.92.9:5060", accept_from: ["127.0.92.9"], country: "32" }
  site: { address: "127.0.92.2:5060", accept_from: ["127.0.92.2"], country: "32" }
  backup: { address: "127.0.92.3:5060", accept_from: ["127.0.92.3"], country: "32" }
customers: [clinic.yaml]
"""
CLINIC = """\
version: 1
customer: clinic
contract: { formula: drs }
country: "32"
zone: Europe/Brussels
announcements:
  sorry: { file: sorry.wav }
drs:
  plans:
    fire:
      key: "1"
      numbers: ["+3225000100"]
      targets: [ { number: "+3225000300", trunk: backup } ]
      ring: 5s
      last_resort: sorry
trees:
  main:
    start: site
    nodes:
      site: { dial: { trunk: site, ring: 5s, on: { otherwise: refuse } } }
      refuse: { reject: { status: 480, cause: 20, reason: "The site is down" } }
numbers:
  "+3225000100": { policy: trm, tree: main }
"""


class Drs(Load):
    """The load, the switches made, and the accounts read."""

    def __init__(self, seconds, rate, work):
        super().__init__(seconds * rate, work)
        self.seconds, self.rate = seconds, rate
        self.accounts = []
        self.unbalanced = []
        self.periods = []  # (on, from ms, until ms): certain at both ends
        self.deaths = 0
        self.dice = random.Random(4)

    def run(self):
        taken = [address for address in (SWITCH, CALLER, *SITES.values()) if bound(address)]
        if taken:
            raise Failed(f"{', '.join(taken)} is taken: does another run go on?")
        (self.work / "pointsman.yaml").write_text(NODE)
        (self.work / "clinic.yaml").write_text(CLINIC)
        shutil.copy(ROOT / "audio/fr/unreachable.wav", self.work / "sorry.wav")
        self.sites = {}
        self.switch = Switch(os.environ["POINTSMAN"], "pointsman.yaml", self.work).start()
        try:
            for name in SITES:
                self._bring_up(name)
            self._load()
            self._judge()
            self.switch.stop()
        finally:
            for site in self.sites.values():
                site.kill()
                site.wait()
            self.switch.kill()

    def _bring_up(self, name):
        host = SITES[name].partition(":")[0]
        self.sites[name] = self.sipp(name, "-sn", "uas", "-i", host, "-p", "5060", "-ci", host)
        wait_for(f"SIPp's {name}", lambda: bound(SITES[name]), 5)

    def _die(self, name):
        site = self.sites.pop(name)
        site.kill()
        site.wait()
        self.deaths += 1

    def _load(self):
        host = CALLER.partition(":")[0]
        caller = self.sipp("uac", "-sn", "uac", SWITCH, "-s", NUMBER, "-i", host, "-p", "5060", "-ci", host,
                           "-d", str(TALK), "-r", str(self.rate), "-m", str(self.calls), "-l", str(20 * self.rate))
        try:
            began = time.monotonic()
            next_switch, next_account, next_death = began + EVERY, began + 1, began + 3
            on, since = False, now_ms()
            while caller.poll() is None:
                now = time.monotonic()
                if now >= next_switch and now - began < self.seconds:
                    self.periods.append((on, since, now_ms()))
                    on = not on
                    self._switch(on)
                    since, next_switch = now_ms(), now + EVERY
                if now >= next_account:
                    self._account()
                    next_account += 1
                if now >= next_death:
                    self._someone_dies_or_returns()
                    next_death = now + self.dice.uniform(1, 3)
                if now - began > self.seconds + 60:
                    raise Failed("SIPp's caller is not done in time")
                time.sleep(0.02)
            self.periods.append((on, since, now_ms()))
        finally:
            if caller.poll() is None:
                caller.kill()
                caller.wait()

    def _someone_dies_or_returns(self):
        name = self.dice.choice(list(SITES))
        if name in self.sites:
            self._die(name)
        else:
            self._bring_up(name)

    def _switch(self, on):
        told = subprocess.run([self.switch.binary, "drs", "on" if on else "off", "clinic", "fire", "--config",
                               "pointsman.yaml"], cwd=self.work, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=20)
        if told.returncode != 0:
            raise Failed(f"pointsman drs: {(told.stdout + told.stderr).strip()}")

    def _account(self):
        account = json.loads(self.switch.get("/status"))["account"]
        self.accounts.append(account)
        right = sum(value for name, value in account.items() if name != "received")
        if account["received"] != right:
            self.unbalanced.append(account)

    def _judge(self):
        try:
            wait_for("the end of the last call", lambda: self.switch.metrics()["pointsman_calls"] == 0, 40)
        except Failed as error:
            print(error)
        self._account()
        last = self.accounts[-1]
        shown = ", ".join(f"{name} {value}" for name, value in last.items())
        self.check(f"{len(self.accounts)} accounts, one a second and one at the end", not self.unbalanced,
                   f"not balanced: {self.unbalanced[0]}" if self.unbalanced else f"all balance; the last: {shown}")
        self.check("every call was received and is over", last["received"] >= self.calls and last["in_progress"] == 0,
                   f"{self.calls} placed, {last['received']} received, {last['in_progress']} in progress")
        self.check("all kinds of ends came up", min(last["answered"], last["announced"], last["rejected"]) > 0,
                   f"{self.deaths} times a site died")
        records = []

        def written():
            records[:] = self.switch.calls(("calls", "--json", "--limit", str(self.calls * 2)))
            return len(records) == last["received"] - last["shed"]

        wait_for("a CDR for every call", written, 10, every=0.5)
        wrong, right = [], 0
        for record in records:
            for on, since, until in self.periods:
                if since < record["started_ms"] < until:
                    follows = record["policy"] == "drs"
                    right += follows == on
                    wrong += [record["id"]] if follows != on else []
        switches = len(self.periods) - 1
        self.check(f"{switches} switches, each followed by the next call", not wrong and right > len(records) // 2,
                   f"{right} calls inside of certain times decided rightly, {len(wrong)} wrongly")
        self.check("nothing panicked", "panicked at" not in self.switch.log(), "the log says nothing of it")


def now_ms():
    return time.time_ns() // 1_000_000


def main():
    tidy_up_when_told_to_end()
    arguments = argparse.ArgumentParser(description="disaster plans under load")
    arguments.add_argument("--seconds", type=int, default=15)
    arguments.add_argument("--rate", type=int, default=100)
    arguments.add_argument("--evidence", action="store_true")
    options = arguments.parse_args()
    work = emptied(pathlib.Path(os.environ.get("DRS_WORK", ROOT / "target/drs")))
    run = Drs(options.seconds, options.rate, work)
    run.attempt()
    if options.evidence:
        evidence.write("drs", "Disaster plans switched under load while sites die", "just prove-drs",
                       f"SIPp places {options.rate} calls a second for {options.seconds} s; a plan is switched every "
                       f"{EVERY:.0f} s, and sites die and return at random.\n\n{run.table()}")
    run.tell("disaster plans under load", "scripts/drs-load", ["DRS-10 next_call balance"])
    run.end()


if __name__ == "__main__":
    main()
