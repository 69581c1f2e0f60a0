"""CPU per call of Pointsman and of Kamailio, with the same SIPp load, in alternating windows.

Usage: run.py [--rates 200,800] [--windows 3] [--window 10] [--warm 34] [--scenario pause|zero] [--evidence]
--smoke is a short run that only shows that both carry the load. POINTSMAN names the binary."""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts/lib"))

import evidence  # noqa: E402
import proc  # noqa: E402
from load import last_row  # noqa: E402
from sipp import bound  # noqa: E402
from switch import Failed, Switch, wait_for  # noqa: E402

SCENARIOS = {"pause": ("uas-pause.xml", "40"), "zero": ("uas.xml", "0")}


class Pointsman:
    name, address = "Pointsman (B2BUA)", "127.0.1.3:5060"

    def start(self, work):
        self.switch = Switch(os.environ["POINTSMAN"], "pointsman.yaml", work).start()
        self.pid = self.switch.pid

    def stop(self):
        self.switch.kill()


class Kamailio:
    name, address = "Kamailio (proxy)", "127.0.1.4:5060"

    def start(self, work):
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        log = open(work / "kamailio.log", "wb")
        self.process = subprocess.Popen(
            ["kamailio", "-f", str(work / "kamailio.cfg"), "-DD", "-E", "-m", "1024", "-M", "16",
             "-Y", str(work), "-P", str(work / "kamailio.pid")],
            cwd=work, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "PATH": path})
        self.pid = self.process.pid
        wait_for("Kamailio", lambda: self.process.poll() is not None or bound(self.address), 10)
        if self.process.poll() is not None:
            raise Failed(f"Kamailio ended with {self.process.returncode}; see {work / 'kamailio.log'}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Window:
    """One peer, one rate: warm up, then measure while the load goes on."""

    def __init__(self, peer, rate, options, work):
        self.peer, self.rate, self.options, self.work = peer, rate, options, work
        self.callee, self.pause = SCENARIOS[options.scenario]

    def sipp(self, name, *arguments):
        out = open(self.work / f"{name}.screen", "wb")
        return subprocess.Popen(
            ["sipp", *arguments, "-nostdin", "-buff_size", "4194304", "-max_socket", "50000"],
            cwd=self.work, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "TERM": "dumb"})

    def run(self):
        seconds = self.options.warm + self.options.window + 3
        csv = self.work / "uac.csv"
        csv.unlink(missing_ok=True)
        callee = self.sipp("uas", "-sf", self.callee, "-i", "127.0.1.2", "-p", "5060", "-mi", "127.0.1.2",
                           "-ci", "127.0.1.2")
        try:
            wait_for("the callee", lambda: bound("127.0.1.2:5060"), 5)
            caller = self.sipp("uac", self.peer.address, "-sf", "uac.xml", "-i", "127.0.1.1", "-p", "5060",
                               "-mi", "127.0.1.1", "-ci", "127.0.1.1", "-s", "2000", "-r", str(self.rate),
                               "-l", str(max(3000, 3 * self.rate)), "-m", str(self.rate * seconds),
                               "-d", self.pause, "-trace_stat", "-stf", str(csv), "-fd", "1")
            try:
                self._measure(caller, csv)
                caller.wait(60)
            except subprocess.TimeoutExpired:
                raise Failed(f"{self.peer.name} at {self.rate}/s: calls hang") from None
            finally:
                if caller.poll() is None:
                    caller.kill()
                    caller.wait()
            last = last_row(csv)
            self.failed = int(last["FailedCall(C)"])
            self.retransmitted = int(last["Retransmissions(C)"])
            return self
        finally:
            callee.kill()
            callee.wait()

    def _measure(self, caller, csv):
        """Both ends of the window lie on a row of SIPp's statistics, which it writes each second."""
        calls, cpu = self._at_next_row(caller, csv, self.options.warm)
        more_calls, more_cpu = self._at_next_row(caller, csv, self.options.window)
        placed = more_calls - calls
        if placed <= 0:
            raise Failed(f"{self.peer.name} at {self.rate}/s: no call completed in the window")
        self.user = (more_cpu[0] - cpu[0]) * 1000 / placed
        self.system = (more_cpu[1] - cpu[1]) * 1000 / placed

    def _at_next_row(self, caller, csv, after):
        deadline = time.monotonic() + after
        while time.monotonic() < deadline:
            if caller.poll() is not None:
                raise Failed(f"SIPp ended with {caller.returncode}; see {self.work / 'uac.screen'}")
            time.sleep(0.1)
        size = csv.stat().st_size
        wait_for("SIPp's statistics", lambda: csv.stat().st_size > size, 5, every=0.005)
        cpu = proc.cpu_seconds(self.peer.pid)
        return int(last_row(csv)["SuccessfulCall(C)"]), cpu


def table(results, options):
    lines = ["| peer | calls/s | ms/call min / **median** / max | user | system | failed | retransmitted |",
             "|---|---|---|---|---|---|---|"]
    for (name, rate), windows in results.items():
        total = sorted(window.user + window.system for window in windows)
        median = statistics.median
        lines.append(
            f"| {name} | {rate} | {total[0]:.3f} / **{median(total):.3f}** / {total[-1]:.3f} "
            f"| {median(w.user for w in windows):.3f} | {median(w.system for w in windows):.3f} "
            f"| {sum(w.failed for w in windows)} | {sum(w.retransmitted for w in windows)} |")
    pause = "20 ms between 180 and 200, 40 ms between ACK and BYE" if options.scenario == "pause" else "no pauses"
    return "\n".join(lines) + (
        f"\n\nA call is INVITE, 100, 180, 200, ACK, BYE, 200 with SDP, {pause}; SIPp runs on the same cores. CPU is user and "
        f"system time of the peer's process tree in {options.windows} windows of {options.window} s, each after {options.warm} s "
        "of the same load, Pointsman and Kamailio in turn.\n\n"
        "Not the same work: Kamailio forwards as a transaction-stateful proxy and leaves SDP alone; Pointsman ends both legs, "
        "runs its routing policy, rewrites SDP, takes two RTP ports for the call and writes a CDR.\n")


def main():
    arguments = argparse.ArgumentParser(description="CPU per call beside Kamailio")
    arguments.add_argument("--rates", default="200,800")
    arguments.add_argument("--windows", type=int, default=3)
    arguments.add_argument("--window", type=int, default=10, help="seconds")
    arguments.add_argument("--warm", type=int, default=34, help="seconds before each window: SIP timers last 32 s")
    arguments.add_argument("--scenario", choices=SCENARIOS, default="pause")
    arguments.add_argument("--evidence", action="store_true", help="write docs/evidence/bench-calls-<date>.md")
    arguments.add_argument("--smoke", action="store_true", help="a few seconds, no figures worth quoting")
    options = arguments.parse_args()
    if options.smoke:
        options.rates, options.windows, options.window, options.warm = "200", 1, 3, 2
    work = pathlib.Path(os.environ.get("BENCH_WORK", HERE.parents[1] / "target/bench-calls"))
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(HERE, work)
    peers = [Pointsman(), Kamailio()]
    results = {}
    try:
        for peer in peers:
            peer.start(work)
        for rate in map(int, options.rates.split(",")):
            for number in range(options.windows):
                for peer in peers:
                    window = Window(peer, rate, options, work).run()
                    results.setdefault((peer.name, rate), []).append(window)
                    print(f"{peer.name:<18} {rate:>5}/s window {number + 1}: {window.user:.3f} user + "
                          f"{window.system:.3f} system ms/call, {window.failed} failed", flush=True)
    except Failed as error:
        sys.exit(f"bench-calls: {error}")
    finally:
        for peer in peers:
            if hasattr(peer, "pid"):
                peer.stop()
    text = table(results, options)
    print("\n" + text)
    if options.evidence:
        evidence.write("bench-calls", "CPU per call beside Kamailio", "just bench-calls " + " ".join(sys.argv[1:]), text)
    ours = (window for (name, _), windows in results.items() if name == Pointsman.name for window in windows)
    sys.exit(1 if any(window.failed for window in ours) else 0)


if __name__ == "__main__":
    main()
