"""Runs folders of sipp-scenarios/: starts the switch, SIPp and the audio parties, and checks expect.toml.

Usage: scenarios.py [FOLDER…] (none = all). POINTSMAN names the binary.
Each folder is copied to a work directory first, where its traces, log and data stay for reading."""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import tomllib

import conformance
import expect
import rtp_party
import sipp
from switch import Failed, Switch, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ROOT / "sipp-scenarios"


class Scenario:
    def __init__(self, folder, work):
        self.work = work / folder.name
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(folder, self.work)
        with open(self.work / "expect.toml", "rb") as file:
            self.plan = tomllib.load(file)
        self.limit = self.plan.get("limit", 20)
        self.wanted = self.plan["expect"]
        self.parties = [sipp.Party(table, self.work, self.limit) for table in self.plan["sipp"]]
        self.audio = []

    def run(self):
        """Returns the complaints; empty means passed."""
        switch = Switch(os.environ["POINTSMAN"], "pointsman.yaml", self.work)
        try:
            switch.start()
            self._start_parties()
            for table in self.plan.get("command", []):
                tell(switch, table["run"])
            complaints = self._finish_parties()
            complaints += self._check_switch(switch)
            switch.stop()
            complaints += expect.check_log(self.wanted.get("log", []) + ALWAYS, switch.log())
            return complaints
        except Failed as error:
            return [str(error)]
        finally:
            for party in self.parties:
                party.kill()
            for party in self.audio:
                party.stopping.set()
            switch.kill()

    def _start_parties(self):
        by_name = {party.name: party for party in self.parties}
        for table in self.plan.get("rtp", []):
            self.audio.append(rtp_party.RtpParty(table, target_of(by_name[table["for"]], table.get("call"))))
        for party in sorted(self.parties, key=lambda party: party.is_caller):
            party.start()
        for party in self.audio:
            party.start()

    def _finish_parties(self):
        deadline = time.monotonic() + self.limit + 2
        complaints = []
        for party in sorted(self.parties, key=lambda party: not party.is_caller):
            try:
                party.finish(deadline - time.monotonic())
            except Failed as error:
                complaints.append(str(error))
        heard = {party.name: party.finish() for party in self.audio}
        traces = {party.name: party.messages() for party in self.parties}
        complaints += expect.check_rtp(self.wanted.get("rtp", []), heard)
        complaints += expect.check_messages(self.wanted.get("messages", []), traces)
        complaints += expect.check_never(self.wanted.get("never", []), traces)
        return complaints

    def _check_switch(self, switch):
        complaints = []
        try:
            wait_for("no call left in /metrics", lambda: switch.metrics().get("pointsman_calls") == 0, 5)
        except Failed as error:
            complaints.append(str(error))
        complaints += expect.check_metrics(self.wanted.get("metrics", {}), switch.metrics())
        wanted = self.wanted.get("calls")
        if wanted is None:
            return complaints
        try:
            wait_for("the CDRs", lambda: not expect.check_calls(wanted, switch.calls()), 3, every=0.2)
        except Failed:
            complaints += expect.check_calls(wanted, switch.calls())
        return complaints


# No scenario may make the switch panic.
ALWAYS = [{"lacks": "panicked at"}]


def tell(switch, arguments):
    """Runs `pointsman` beside the switch: something that a scenario begins with."""
    told = subprocess.run([switch.binary, *arguments, "--config", switch.config], cwd=switch.directory,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    if told.returncode != 0:
        raise Failed(f"pointsman {' '.join(arguments)}: {(told.stdout + told.stderr).strip()}")


def target_of(party, number):
    """Where this SIPp party's audio goes: the last SDP that it received, or the first of the call of that number."""
    known = []

    def target():
        if not known:
            said = filter(None, (m.sdp_target() for m in party.messages() if not m.sent))
            known.extend(list(dict.fromkeys(said))[number - 1:] if number else said)
        return known[0 if number else -1] if known else None

    return target


def run_one(folder, work):
    began = time.monotonic()
    try:
        complaints = Scenario(folder, work).run()
    except (OSError, KeyError, ValueError) as error:
        complaints = [f"{type(error).__name__}: {error}"]
    verdict = "failed" if complaints else "passed"
    print(f"{folder.name:<28} {verdict}  {time.monotonic() - began:5.1f} s", flush=True)
    for complaint in complaints:
        print(f"    {complaint}", flush=True)
    return not complaints


def shown_by(folder):
    """The rows of the service description that a scenario shows."""
    return tomllib.loads((folder / "expect.toml").read_text()).get("shows", [])


def main(names):
    folders = [FOLDERS / pathlib.Path(name).name for name in names]
    folders = folders or sorted(path.parent for path in FOLDERS.glob("*/expect.toml"))
    missing = [folder.name for folder in folders if not (folder / "expect.toml").exists()]
    if missing or not folders:
        sys.exit(f"no such scenario: {' '.join(missing)}")
    work = pathlib.Path(os.environ.get("SIPP_WORK", ROOT / "target/sipp"))
    results = [run_one(folder, work) for folder in folders]
    if not names:
        tests = [(folder.name, passed, shown_by(folder)) for folder, passed in zip(folders, results)]
        conformance.write("SIPp scenarios", "scripts/sipp", tests)
    print(f"traces and logs: {os.path.relpath(work)}")
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
