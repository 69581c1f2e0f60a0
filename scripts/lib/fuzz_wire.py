"""Damaged SIP messages at the running switch: strangers by UDP and TCP, then a trunk; peers are answered throughout.

Usage: fuzz_wire.py [--full] [--seed N] [--evidence]. POINTSMAN names the binary, FUZZ_WIRE_WORK the folder, WIRE the
program that sends (crates/fuzz/examples/wire)."""

import argparse
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import evidence
import proc
from checks import Checks, emptied
from sipp import bound
from switch import Failed, Switch, tidy_up_when_told_to_end, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE, PEER, MONITOR, PROBE = "127.0.93.1:5060", "127.0.93.9:5060", "127.0.93.8:5060", "127.0.93.7"
CONFIG = """\
version: 1
node: { name: fuzz-wire, data: data }
listen: [ { udp: "127.0.93.1:5060" }, { tcp: "127.0.93.1:5060" } ]
media: { address: "127.0.93.1", ports: "21000-22999" }
http: "127.0.93.1:8060"
recordings: { path: recordings }
trunks:
  peer: { address: "127.0.93.9:5060", accept_from: ["127.0.93.9"] }
  monitor: { address: "127.0.93.8:5060", accept_from: ["127.0.93.8", "127.0.93.7"] }
numbers:
  "*": { policy: direct, trunk: peer, record: true }
"""
# (what, mode, share of the messages); the shares of strangers are what issue 3 asks for.
PHASES = [("strangers, UDP", "strangers-udp", 0.9), ("strangers, TCP", "strangers-tcp", 0.1), ("a trunk, UDP", "trunk-udp", 0.2)]
SHAPES = ("long", "many", "commas", "folded", "routes", "vias", "record-routes", "accept", "privacy", "contacts")
WEIGHED_ALIVE = SHAPES[:6]  # OPTIONS; the others are INVITEs, that would be calls
KILOBYTE, LARGEST = 1000, 64000
MOST_TIMES = 60  # a message of 64 kB costs at most so many times one of 1 kB
BASELINE = 64  # seconds, as the SIP timers have it
ANSWERED_WITHIN = 2  # seconds: more is a hang; SIP itself would have asked again after 0.5 s
GAUGES = ("pointsman_calls", "pointsman_transactions", "pointsman_rtp_ports_in_use", "pointsman_connections",
          "pointsman_recordings_running", "pointsman_store_waiting")
MIB = 1024 * 1024


class Probe(threading.Thread):
    """Asks with OPTIONS every 100 ms, once each, from an address of a trunk."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((PROBE, 0))
        self.socket.settimeout(ANSWERED_WITHIN)
        self.ended = threading.Event()
        self.asked, self.took = 0, []

    def run(self):
        host, port = NODE.split(":")
        while not self.ended.wait(0.1):
            call_id, began = f"probe{self.asked}", time.monotonic()
            mine = "{}:{}".format(*self.socket.getsockname())
            self.asked += 1
            self.socket.sendto(
                (f"OPTIONS sip:{NODE} SIP/2.0\r\nVia: SIP/2.0/UDP {mine};rport;branch=z9hG4bK{call_id}\r\n"
                 f"Max-Forwards: 70\r\nFrom: <sip:probe@{mine}>;tag=p\r\nTo: <sip:{NODE}>\r\nCall-ID: {call_id}\r\n"
                 f"CSeq: 1 OPTIONS\r\nContact: <sip:{mine}>\r\nContent-Length: 0\r\n\r\n").encode(), (host, int(port)))
            try:
                while f"Call-ID: {call_id}\r\n".encode() not in self.socket.recv(65536):
                    pass
                self.took.append(time.monotonic() - began)
            except OSError:
                continue  # asked and not answered

    def end(self):
        self.ended.set()
        self.join(ANSWERED_WITHIN + 1)


class FuzzWire(Checks):
    def __init__(self, count, weighed, seed, work):
        super().__init__()
        self.count, self.weighed, self.seed, self.work = count, weighed, seed, work
        self.phases, self.costs, self.fates, self.memory = [], [], [], []
        self.wire = os.environ["WIRE"]

    def run(self):
        taken = [address for address in (NODE, PEER, MONITOR) if bound(address)]
        if taken:
            raise Failed(f"{', '.join(taken)} is taken: does another run go on?")
        (self.work / "pointsman.yaml").write_text(CONFIG)
        self.switch = switch = Switch(os.environ["POINTSMAN"], "pointsman.yaml", self.work).start()
        probe = Probe()
        try:
            descriptors = self._descriptors()
            self.memory.append(("at the start", proc.rss_bytes(switch.pid)))
            probe.start()
            for what, mode, share in PHASES:
                self._phase(what, mode, int(self.count * share))
                self.memory.append((f"after {what}", proc.rss_bytes(switch.pid)))
            probe.end()
            self._judge(probe)
            self._settle(descriptors)
            self._weigh()
            switch.stop()
            self.check("the end", True, "exit status 0 after SIGTERM")
            self._read_log()
        finally:
            probe.ended.set()
            switch.kill()

    def _corpus(self):
        return [str(ROOT / "crates/sip/tests/corpus"), str(ROOT / "fuzz/corpus/message")]

    def _received(self):
        return sum(value for series, value in self.switch.metrics().items()
                   if series.startswith('pointsman_sip_messages_total{direction="in"'))

    def _phase(self, what, mode, count):
        parties = [NODE, MONITOR] + ([PEER] if mode == "trunk-udp" else [])
        began, before = time.monotonic(), self._received()
        told = open(self.work / f"{mode}.out", "w+b")
        wire = subprocess.Popen([self.wire, mode, *parties, str(self.seed), str(count), *self._corpus()],
                                stdin=subprocess.PIPE, stdout=told, stderr=subprocess.STDOUT, cwd=self.work)
        path = pathlib.Path(told.name)
        settling = lambda: "\nsettling 1" in path.read_text(errors="replace") or wire.poll() is not None
        try:
            wait_for(f"{count} messages of {what}", settling, 60 + count / 1000, every=0.2)
            took = time.monotonic() - began
            if wire.poll() is None:
                self._until_idle(("pointsman_calls",), 2 * BASELINE)  # its calls end, by BYE or by SIP's own timers
                self.ended_after = time.monotonic() - began - took
        finally:
            wire.stdin.close()
            try:
                code = wire.wait(60)
            except subprocess.TimeoutExpired:
                wire.kill()
                code = wire.wait()
            told.close()
        text = path.read_text(errors="replace")
        said = {name: float(value) for name, value in re.findall(r"^(\w+) ([\d.]+)$", text, re.MULTILINE)}
        if code != 0 or self.switch.process.poll() is not None:
            raise Failed(f"{what}: wire ended with {code}, the switch with {self.switch.process.poll()}: {text[-300:]}")
        # What the monitor and the peer's answers add is theirs; the probe's are a few.
        arrived = self._received() - before - said["fences"] - said.get("peer_answered", 0)
        self.phases.append((what, said, arrived, took))
        if mode.endswith("udp"):
            self.check(f"{what}: arrived", arrived >= 0.99 * count and said["sent"] == count,
                       f"{arrived:.0f} read by the switch, {said['sent']:.0f} sent, in {took:.0f} s")
        else:
            self.check(f"{what}: sent", said["sent"] == count,
                       f"{said['sent']:.0f} by {said['connections']:.0f} connections, of which {said['connections_refused']:.0f} "
                       f"were refused and {said['cut_off']:.0f} cut off; {arrived:.0f} messages cut out of them, in {took:.0f} s")

    def _until_idle(self, gauges, seconds=BASELINE + 6):
        def idle():
            metrics = self.switch.metrics()
            return all(metrics[name] == 0 for name in gauges)
        try:
            wait_for("the gauges", idle, seconds, every=0.5)
        except Failed:
            return

    def _judge(self, probe):
        self.check("OPTIONS of a peer, every 100 ms", probe.asked == len(probe.took) > 0,
                   f"{len(probe.took)} of {probe.asked} answered, the slowest after {max(probe.took) * 1000:.0f} ms")
        self.fates = sorted((series.removeprefix("pointsman_"), value) for series, value in self.switch.metrics().items()
                            if value and "{" in series and re.match(
                                r"pointsman_(sip_messages|refused|dropped|calls|connections\w*|recordings)_total", series))
        self.fates.append(("bans_total", self.switch.metrics()["pointsman_bans_total"]))

    def _settle(self, descriptors):
        began = time.monotonic()
        self._until_idle(GAUGES, BASELINE)
        took, metrics = time.monotonic() - began, self.switch.metrics()
        left = {name.removeprefix("pointsman_"): metrics[name] for name in GAUGES}
        self.check("back to the baseline", not any(left.values()),
                   ", ".join(f"{name} {value:.0f}" for name, value in left.items()) + f" after {took:.0f} s")
        try:
            # The connection over which the metrics came may not be closed yet; what leaks stays.
            wait_for("the descriptors", lambda: self._descriptors() <= descriptors, 5, every=0.1)
        except Failed:
            pass
        now = self._descriptors()
        self.check("descriptors, RTP sockets apart", now <= descriptors, f"{descriptors} before, {now} after")
        self.memory.append(("at rest", proc.rss_bytes(self.switch.pid)))

    def _descriptors(self):
        """Open descriptors, without the RTP sockets, which stay bound."""
        sockets = set()
        for line in pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]:
            fields = line.split()
            if 21000 <= int(fields[1].rpartition(":")[2], 16) <= 22999:
                sockets.add(f"socket:[{fields[9]}]")
        folder = f"/proc/{self.switch.pid}/fd"
        count = 0
        for name in os.listdir(folder):
            try:
                count += os.readlink(f"{folder}/{name}") not in sockets
            except FileNotFoundError:
                continue
        return count

    def _cpu(self):
        """Nanoseconds on a core so far, of all threads."""
        tasks = pathlib.Path(f"/proc/{self.switch.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())

    def _weigh(self):
        """One large message against one of a kilobyte: instructions always, CPU at full size."""
        for shape in SHAPES:
            counted = [self._instructions(shape, size) for size in (KILOBYTE, LARGEST)]
            times = counted[1] / counted[0]
            cpu = [self._cpu_of(shape, size) for size in (KILOBYTE, LARGEST)] if self.weighed and shape in WEIGHED_ALIVE else None
            self.costs.append((shape, counted, cpu))
            self.check(f"64 kB beside 1 kB, {shape}: instructions", times <= MOST_TIMES,
                       f"{times:.1f} times, {counted[1]:.0f} beside {counted[0]:.0f}")
            if cpu:
                self.check(f"64 kB beside 1 kB, {shape}: CPU of the switch", cpu[1] / cpu[0] <= MOST_TIMES,
                           f"{cpu[1] / cpu[0]:.1f} times, {cpu[1]:.0f} µs beside {cpu[0]:.0f} µs")

    def _instructions(self, shape, size):
        """Of the call path for one message, in the steady state: the difference of two runs."""
        counted = []
        for messages in (2, 4):
            out = self.work / "callgrind.out"
            run = subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no",
                                  "--toggle-collect=*PlainCalls*switch*", f"--callgrind-out-file={out}",
                                  self.wire, "one", shape, str(size), str(messages)], capture_output=True, text=True)
            found = re.search(r"^summary: (\d+)", out.read_text(), re.MULTILINE) if run.returncode == 0 else None
            if not found or not re.fullmatch(r"answers [1-9]\d*\n", run.stdout):
                raise Failed(f"valgrind: {run.stdout}{run.stderr[-300:]}")
            counted.append(int(found[1]))
        return (counted[1] - counted[0]) / 2

    def _cpu_of(self, shape, size):
        before = self._cpu()
        run = subprocess.run([self.wire, "cost", NODE, MONITOR, shape, str(size), str(self.weighed)],
                             capture_output=True, text=True)
        if run.returncode != 0:
            raise Failed(f"{shape} of {size}: {run.stderr[-300:]}")
        return (self._cpu() - before) / self.weighed / 1000

    def _read_log(self):
        panics = [line for line in self.switch.log().splitlines() if "panic" in line]
        self.check("no panic", not panics, panics[0] if panics else f"{len(self.switch.log().splitlines())} lines of log")

    def report(self):
        said = "\n".join(f"| {what} | " + ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in one.items())
                         + f" | {arrived:.0f} | {took:.0f} |" for what, one, arrived, took in self.phases)
        fates = "\n".join(f"| `{series}` | {value:.0f} |" for series, value in self.fates)
        memory = "\n".join(f"| {when} | {size / MIB:.1f} |" for when, size in self.memory)
        return (f"Seed {self.seed}. Each message is one of the corpora or one of a call, with one to seven places damaged; one in "
                f"150 is blown up to as much as 64 kB. Strangers send from 5,120 addresses.\n\n{self.table()}\n"
                f"| sent by | what it says | read by the switch | seconds |\n|---|---|---|---|\n{said}\n\n"
                f"| when | resident MiB |\n|---|---|\n{memory}\n\n"
                f"What became of it, as the switch counts:\n\n| series | count |\n|---|---|\n{fates}\n")


def main():
    tidy_up_when_told_to_end()
    arguments = argparse.ArgumentParser(description="damaged SIP messages at the running switch")
    arguments.add_argument("--full", action="store_true", help="1,000,000 messages of strangers, not 20,000")
    arguments.add_argument("--seed", type=int, default=3)
    arguments.add_argument("--evidence", action="store_true")
    options = arguments.parse_args()
    work = emptied(pathlib.Path(os.environ.get("FUZZ_WIRE_WORK", ROOT / "target/fuzz-wire")))
    run = FuzzWire(1_000_000 if options.full else 20_000, 2_000 if options.full else 0, options.seed, work)
    run.attempt()
    if options.evidence:
        evidence.write("fuzz-wire", "Damaged messages at the running switch", "just prove-fuzz-wire", run.report())
    run.end()


if __name__ == "__main__":
    main()
