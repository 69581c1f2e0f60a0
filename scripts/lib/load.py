"""SIPp's built-in scenarios as load, unedited, against `pointsman run --config config/sipp.yaml`.

Usage: load.py --small | --full [--evidence]. POINTSMAN names the binary."""

import argparse
import os
import pathlib
import shutil
import subprocess
import time

import evidence
import proc
from checks import Checks, emptied
from sipp import bound
from switch import Failed, Switch, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATE = 200
SETTLE = 70  # 64 s of SIP timers, and a little for the poll
GAUGES = ("pointsman_transactions", "pointsman_calls", "pointsman_rtp_ports_in_use")
MIB = 1024 * 1024


class Load(Checks):
    def __init__(self, calls, work):
        super().__init__()
        self.calls = calls
        self.work = work
        self.samples = []  # (calls placed so far, resident bytes)

    def sipp(self, name, *arguments):
        out = open(self.work / f"{name}.screen", "wb")
        return subprocess.Popen(["sipp", *arguments, "-nostdin"], cwd=self.work, stdin=subprocess.DEVNULL,
                                stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "TERM": "dumb"})

    def run(self):
        shutil.copytree(ROOT / "config", self.work / "config", dirs_exist_ok=True)
        for port in (5060, 5070):
            if any(bound(f"{host}:{port}") for host in ("127.0.0.1", "0.0.0.0")):
                raise Failed(f"UDP port {port} is taken; this test uses the ports of the README's example")
        switch = Switch(os.environ["POINTSMAN"], "config/sipp.yaml", self.work).start()
        callee = self.sipp("uas", "-sn", "uas", "-p", "5070")
        try:
            wait_for("SIPp's uas on port 5070", lambda: bound("0.0.0.0:5070") or bound("127.0.0.1:5070"), 5)
            self._place(switch)
            self._settle(switch)
            switch.stop()
            self.check("SIGTERM", True, "the switch ended with 0")
        finally:
            callee.kill()
            callee.wait()
            switch.kill()

    def _place(self, switch):
        began = time.monotonic()
        user, system = proc.cpu_seconds(switch.pid)
        caller = self.sipp("uac", "-sn", "uac", "127.0.0.1:5060", "-r", str(RATE), "-m", str(self.calls),
                           "-trace_err", "-trace_stat", "-stf", "uac.csv", "-fd", "1")
        limit = self.calls / RATE + 60
        try:
            while caller.poll() is None:
                placed = min(self.calls, int((time.monotonic() - began) * RATE))
                self.samples.append((placed, proc.rss_bytes(switch.pid)))
                if time.monotonic() - began > limit:
                    raise Failed(f"SIPp's uac is not done after {limit:.0f} s")
                time.sleep(0.5)
        finally:
            if caller.poll() is None:
                caller.kill()
                caller.wait()
        after_user, after_system = proc.cpu_seconds(switch.pid)
        self.cpu = (after_user - user, after_system - system)
        last = last_row(self.work / "uac.csv")
        good, failed = int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])
        self.retransmissions = int(last["Retransmissions(C)"])
        self.check(f"{self.calls} calls at {RATE}/s", caller.returncode == 0 and good == self.calls and failed == 0,
                   f"{good} successful, {failed} failed, {self.retransmissions} retransmitted, "
                   f"SIPp's exit code {caller.returncode}")
        if self.calls >= 20000:
            grown, placed = self._growth()
            per_ten_thousand = grown * 10000 / placed
            self.check("memory from the 10,000th call on", per_ten_thousand < MIB,
                       f"{per_ten_thousand / MIB:+.2f} MiB per 10,000 calls")

    def _growth(self):
        """Bytes between the medians of five samples at the 10,000th call and at the end, and the calls between."""
        later = [sample for sample in self.samples if sample[0] >= 10000]
        middle = lambda some: sorted(size for _, size in some)[len(some) // 2]
        return middle(later[-5:]) - middle(later[:5]), later[-3][0] - later[2][0]

    def _settle(self, switch):
        began = time.monotonic()

        def idle():
            metrics = switch.metrics()
            return all(metrics.get(name) == 0 for name in GAUGES)

        try:
            wait_for("all gauges 0", idle, SETTLE, every=1)
        except Failed:
            pass
        metrics = switch.metrics()
        values = {name.removeprefix("pointsman_"): metrics.get(name, "missing") for name in GAUGES}
        self.check("afterwards", all(value == 0 for value in values.values()),
                   ", ".join(f"{name} {value}" for name, value in values.items())
                   + f" after {time.monotonic() - began:.0f} s")

    def report(self):
        peak = max(size for _, size in self.samples) / MIB
        every = max(1, len(self.samples) // 10)
        memory = "\n".join(f"| {placed} | {size / MIB:.1f} |" for placed, size in self.samples[::every])
        return (f"{self.table()}\n"
                f"CPU of the switch per call: {self.cpu[0] * 1000 / self.calls:.3f} ms user, "
                f"{self.cpu[1] * 1000 / self.calls:.3f} ms system. Peak resident memory: {peak:.1f} MiB.\n\n"
                f"| calls placed | resident MiB |\n|---|---|\n{memory}\n")


def last_row(path):
    lines = path.read_text().strip().splitlines()
    return dict(zip(lines[0].split(";"), lines[-1].split(";")))


def main():
    arguments = argparse.ArgumentParser(description="SIPp's built-in scenarios as load")
    arguments.add_argument("--small", action="store_const", const=3000, dest="calls", default=3000)
    arguments.add_argument("--full", action="store_const", const=20000, dest="calls")
    arguments.add_argument("--evidence", action="store_true")
    options = arguments.parse_args()
    work = emptied(pathlib.Path(os.environ.get("SIPP_WORK", ROOT / "target/sipp")) / "load")
    load = Load(options.calls, work)
    load.attempt()
    if options.evidence and load.samples:
        evidence.write("sipp", "SIPp's built-in scenarios against the switch", "just prove-sipp", load.report())
    load.end()


if __name__ == "__main__":
    main()
