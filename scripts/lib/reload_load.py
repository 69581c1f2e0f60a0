"""Reloads under load: every two seconds a valid and a broken configuration in turn, while SIPp places calls.

Usage: reload_load.py [--seconds 10] [--rate 100] [--evidence]. POINTSMAN names the binary, RELOAD_WORK the folder."""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import time

import evidence
from checks import emptied
from load import Load, last_row
from sipp import bound
from switch import Failed, Switch, tidy_up_when_told_to_end, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVERY = 2  # seconds between reloads
TALK = 3000  # ms: longer than EVERY, so that every call is up during a reload
SWITCH, CALLER = "127.0.91.1:5060", "127.0.91.9:5060"
CALLEES = {"north": "127.0.91.2:5060", "south": "127.0.91.3:5060"}

CONFIG = """\
version: 1
node: {{ name: reload, data: data }}
listen: [ {{ udp: "127.0.91.1:5060" }} ]
media: {{ address: "127.0.91.1", ports: "17000-19999" }}
http: "127.0.91.1:8060"
trunks:
  caller: {{ address: "127.0.91.9:5060", accept_from: ["127.0.91.9"] }}
  north: {{ address: "127.0.91.2:5060", accept_from: ["127.0.91.2"] }}
  south: {{ address: "127.0.91.3:5060", accept_from: ["127.0.91.3"] }}
numbers:
  "*": {{ policy: direct, trunk: {trunk} }}
"""
NORTH, SOUTH = CONFIG.format(trunk="north"), CONFIG.format(trunk="south")

# What can be wrong with a file, and what the refusal has to name.
BROKEN = [
    ("a trunk that does not exist", CONFIG.format(trunk="west"), "west"),
    ("an unknown key", NORTH + "custommers: [x.yaml]\n", "custommers"),
    ("YAML that cannot be read", NORTH + "numbers: [\n", "pointsman.yaml"),
    ("an empty file", "", "pointsman.yaml"),
    ("another listener", NORTH.replace("127.0.91.1:5060\" }", "127.0.91.1:5062\" }"), "listen"),
    ("a port that is none", SOUTH.replace("127.0.91.2:5060", "127.0.91.2:99999"), "99999"),
]


class Reloads(Load):
    """The load, and what it counted: reloads asked for, by result."""

    def __init__(self, seconds, rate, work):
        super().__init__(seconds * rate, work)
        self.seconds, self.rate = seconds, rate
        self.asked = {"ok": 0, "refused": 0}
        self.slowest = 0.0
        self.unnamed = []
        self.file = work / "pointsman.yaml"

    def run(self):
        taken = [address for address in (SWITCH, CALLER, *CALLEES.values()) if bound(address)]
        if taken:
            raise Failed(f"{', '.join(taken)} is taken: does another run go on?")
        self.file.write_text(NORTH)
        switch = Switch(os.environ["POINTSMAN"], "pointsman.yaml", self.work).start()
        callees = [self.sipp(name, "-sn", "uas", "-i", host, "-p", "5060", "-ci", host)
                   for name, host in ((name, address.partition(":")[0]) for name, address in CALLEES.items())]
        try:
            wait_for("SIPp's callees", lambda: all(map(bound, CALLEES.values())), 5)
            self._load(switch)
            self._judge(switch)
            switch.stop()
        finally:
            for callee in callees:
                callee.kill()
                callee.wait()
            switch.kill()

    def _load(self, switch):
        host = CALLER.partition(":")[0]
        caller = self.sipp("uac", "-sn", "uac", SWITCH, "-i", host, "-p", "5060", "-ci", host, "-d", str(TALK),
                           "-r", str(self.rate), "-m", str(self.calls), "-l", str(10 * self.rate),
                           "-trace_err", "-trace_stat", "-stf", "uac.csv", "-fd", "1")
        try:
            deadline = time.monotonic() + self.seconds + 60
            due, turn = time.monotonic() + EVERY, 0
            while caller.poll() is None:
                if time.monotonic() >= due:
                    self._reload(switch, turn)
                    due, turn = due + EVERY, turn + 1
                if time.monotonic() > deadline:
                    raise Failed("SIPp's caller is not done in time")
                time.sleep(0.02)
        finally:
            if caller.poll() is None:
                caller.kill()
                caller.wait()
        self.code = caller.returncode

    def _reload(self, switch, turn):
        """Turns are: broken, south, broken, north, and so on; the mistakes take turns as well."""
        valid = turn % 2 == 1
        what, text, named = BROKEN[turn // 2 % len(BROKEN)]
        if valid:
            text = NORTH if turn % 4 == 3 else SOUTH
        self.file.write_text(text)
        result = "ok" if valid else "refused"
        began = time.monotonic()
        os.kill(switch.pid, signal.SIGHUP)
        self.asked[result] += 1
        wait_for(f"the reload that is to be {result}", lambda: self._counted(switch, result), 2, every=0.01)
        self.slowest = max(self.slowest, time.monotonic() - began)
        if not valid:
            self._must_be_shown(switch, what, named)

    def _counted(self, switch, result):
        series = f'pointsman_reloads_total{{result="{result}"}}'
        return switch.metrics().get(series) == self.asked[result]

    def _must_be_shown(self, switch, what, named):
        """`pointsman status` says so while the broken file lies there."""
        where = ["--config", "pointsman.yaml"] if "http:" in self.file.read_text() else ["--http", switch.http]
        shown = subprocess.run([switch.binary, "status", *where], cwd=self.work, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=10)
        if shown.returncode != 0 or "REFUSED" not in shown.stdout or named not in shown.stdout:
            self.unnamed.append(f"{what}: {(shown.stdout + shown.stderr).strip()[:300]}")

    def _judge(self, switch):
        last = last_row(self.work / "uac.csv")
        good, failed = int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])
        self.check(f"{self.calls} calls at {self.rate}/s, of {TALK / 1000:.0f} s",
                   self.code == 0 and good == self.calls and failed == 0,
                   f"{good} successful, {failed} failed, {last['Retransmissions(C)']} retransmitted")
        try:
            wait_for("the end of the last call", lambda: switch.metrics()["pointsman_calls"] == 0, 5)
        except Failed as error:
            print(error)
        metrics = switch.metrics()
        answered = metrics.get('pointsman_calls_total{outcome="answered"}')
        others = metrics.get("pointsman_calls_total", 0) - (answered or 0)
        self.check("calls of the switch", answered == self.calls and others == 0 and metrics["pointsman_calls"] == 0,
                   f"{answered:.0f} answered, {others:.0f} other, {metrics['pointsman_calls']:.0f} left")
        self.check("reloads", min(self.asked.values()) > 0,
                   f"{self.asked['ok']} taken, {self.asked['refused']} refused, each counted within "
                   f"{self.slowest * 1000:.0f} ms")
        logged = len(re.findall(r"ERROR.*configuration refused: ", switch.log()))
        self.check("refusals in the log", logged >= self.asked["refused"], f"{logged} mistakes named")
        self.check("refusals in `pointsman status`", not self.unnamed, self.unnamed[0] if self.unnamed else "each named")
        per_trunk = self._per_trunk(switch)
        self.check("valid files took effect", min(per_trunk.values()) > self.rate,
                   ", ".join(f"{count} calls to {name}" for name, count in per_trunk.items()))

    def _per_trunk(self, switch):
        """How many calls went to each trunk, from the CDRs."""
        self.file.write_text(NORTH)
        trunks = []

        def written():
            records = switch.calls(("calls", "--json", "--limit", str(self.calls + 10)))
            trunks[:] = [record["attempts"][0]["trunk"] for record in records if record["ended_ms"]]
            return len(trunks) == self.calls

        wait_for(f"{self.calls} CDRs", written, 10, every=0.5)
        return {name: trunks.count(name) for name in CALLEES}


def main():
    tidy_up_when_told_to_end()
    arguments = argparse.ArgumentParser(description="reloads under load")
    arguments.add_argument("--seconds", type=int, default=10)
    arguments.add_argument("--rate", type=int, default=100)
    arguments.add_argument("--evidence", action="store_true")
    options = arguments.parse_args()
    work = emptied(pathlib.Path(os.environ.get("RELOAD_WORK", ROOT / "target/reload")))
    run = Reloads(options.seconds, options.rate, work)
    run.attempt()
    if options.evidence:
        mistakes = "\n".join(f"* {what}" for what, _, _ in BROKEN)
        evidence.write("reload", "Reloads under load", "just prove-reload",
                       f"A reload every {EVERY} s, in turn broken and valid, the valid ones sending calls to another "
                       f"trunk.\n\n{run.table()}\nThe broken files had in turn:\n\n"
                       f"{mistakes}\n")
    run.end()


if __name__ == "__main__":
    main()
