"""A load of twice what the switch can carry: it sheds with 503, goes on completing calls, and recovers at once.

Usage: run.py [--seconds 10] [--evidence]. POINTSMAN names the binary, OVERLOAD_WORK the folder for logs.
The switch has one core for itself and SIPp another. One SIPp caller runs throughout; its rate is set over its control
port, and what came of the calls is read from the row it writes each second."""

import argparse
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts/lib"))

import evidence  # noqa: E402
import proc  # noqa: E402
from checks import Checks, emptied  # noqa: E402
from load import last_row  # noqa: E402
from sipp import bound  # noqa: E402
from switch import Failed, Switch, tidy_up_when_told_to_end, wait_for  # noqa: E402

CONTROL = ("127.0.92.9", 15092)  # not 8888, which any other SIPp takes on all addresses
FIRST, FACTOR = 500, 1.2  # calls a second at which the search for the peak begins, and how it goes on
STEP = 4  # seconds at each rate
LINGER = 34  # seconds after which as many transactions are forgotten as begin
TALKERS = 50  # calls that are up from before the overload until after it


class Row:
    """One second of the caller."""

    def __init__(self, row):
        number = lambda name: int(row[name] or 0)
        self.placed = number("OutgoingCall(P)")
        self.shed = number("GenericCounter1(P)")
        self.completed = number("SuccessfulCall(P)") - self.shed
        self.failed = number("FailedCall(P)")
        self.again = number("Retransmissions(P)")


class Phase:
    """Some seconds at one rate, without the first, in which the rate changed."""

    def __init__(self, name, rate, rows, busy):
        self.name, self.rate, self.rows, self.busy = name, rate, rows, busy

    def mean(self, what):
        return sum(getattr(row, what) for row in self.rows) / len(self.rows)

    def sum(self, what):
        return sum(getattr(row, what) for row in self.rows)

    def line(self):
        return (f"| {self.name} | {self.rate} | {self.mean('placed'):.0f} | {self.mean('completed'):.0f} | "
                f"{self.mean('shed'):.0f} | {self.sum('failed')} | {self.mean('again'):.0f} | "
                f"{self.busy[0]:.0%} | {self.busy[1]:.0%} |")


class Overload(Checks):
    def __init__(self, seconds, work):
        super().__init__()
        self.seconds, self.work = seconds, work
        self.csv = work / "uac.csv"
        self.phases, self.reasons = [], {}
        self.cores = sorted(os.sched_getaffinity(0))
        self.control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def sipp(self, name, *arguments):
        with open(self.work / f"{name}.screen", "wb") as out:
            return subprocess.Popen(
                ["taskset", "-c", str(self.cores[1]), "sipp", *arguments, "-p", "5060", "-nostdin", "-buff_size", "4194304",
                 "-trace_stat", "-stf", str(self.work / f"{name}.csv"), "-fd", "1"],
                cwd=self.work, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, "TERM": "dumb"})

    def run(self):
        if len(self.cores) < 2:
            raise Failed("the switch and SIPp need a core each")
        if os.geteuid() == 0:
            # What else the machine does shall not decide what a core can carry. All started from here inherit it. Where
            # the kernel shares a core between sessions first, the nice level of ours is what counts.
            os.setpriority(os.PRIO_PROCESS, 0, -15)
            session = pathlib.Path("/proc/self/autogroup")
            if session.exists():
                session.write_text("-15")
        taken = [address for address in ("127.0.92.1:5060", "127.0.92.2:5060") if bound(address)]
        if taken:
            raise Failed(f"{', '.join(taken)} is taken: does another run go on?")
        switch = self.switch = Switch(os.environ["POINTSMAN"], "pointsman.yaml", self.work)
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self.cores[0]})
        try:
            switch.start()
        finally:
            os.sched_setaffinity(0, mine)
        parties = self.parties = [self.sipp("uas", "-sn", "uas", "-i", "127.0.92.2", "-ci", "127.0.92.2")]
        try:
            wait_for("the callee", lambda: bound("127.0.92.2:5060"), 5)
            talkers = self.sipp("talkers", "-sn", "uac", "127.0.92.1:5060", "-i", "127.0.92.8", "-ci", "127.0.92.8",
                                "-d", str(self._talk_ms()), "-r", str(TALKERS), "-m", str(TALKERS))
            parties.append(talkers)
            wait_for("the calls that talk", lambda: switch.metrics()["pointsman_calls"] == TALKERS, 10)
            parties.append(self.sipp(
                "uac", "-sf", "uac.xml", "127.0.92.1:5060", "-i", CONTROL[0], "-ci", CONTROL[0], "-cp", str(CONTROL[1]),
                "-d", "0", "-r", str(FIRST), "-l", "100000"))
            self._phases(switch)
            self._finish(switch, parties[-1], talkers)
            switch.stop()
        finally:
            for party in parties:
                party.kill()
                party.wait()
            switch.kill()

    def _talk_ms(self):
        """Until after the recovery: the search takes at most 15 steps, and then comes a few times LINGER."""
        return (15 * (STEP + 1) + 5 * (LINGER + self.seconds)) * 1000

    def _phases(self, switch):
        peak = self._find_peak()
        before = refused(switch)
        over = self._phase("overload", 2 * peak, self.seconds, LINGER)
        after = self._phase("recovery", peak // 2, 5)
        self.check("it is an overload", over.mean("placed") > 1.9 * peak,
                   f"{over.mean('placed'):.0f} calls a second placed, peak {peak}")
        self.check("it sheds with 503", over.sum("shed") > 0 and refused(switch) > before,
                   f"{over.mean('shed'):.0f} a second")
        share = over.mean("completed") / peak
        self.check("it completes at least 90 % of its peak", share >= 0.9,
                   f"{over.mean('completed'):.0f} a second, {share:.0%} of {peak}")
        self.check("it recovers within a second", after.sum("shed") == after.sum("failed") == 0,
                   f"{after.mean('completed'):.0f} of {after.mean('placed'):.0f} a second, {after.sum('shed')} shed, "
                   f"{after.sum('failed')} failed")

    def _find_peak(self):
        """Raises the rate until two steps in a row complete no more calls than the best before. What it can carry for
        a few seconds is more than for long, so then the best rates are held until all that lingers is there."""
        best, worse, rate = 0, 0, FIRST
        while worse < 2:
            phase = self._phase("search", rate, STEP)
            completed = int(phase.mean("completed"))
            worse = worse + 1 if completed <= best * 1.02 else 0
            best, rate = max(best, completed), int(rate * FACTOR)
        held = []
        for share in (1, 0.8, 0.65):
            held.append(self._phase("held", int(share * best), self.seconds, LINGER))
            if held[-1].mean("shed") < 0.01 * held[-1].rate:
                break
        return int(max(phase.mean("completed") for phase in held))

    def _cpu(self):
        """CPU seconds so far of the switch, and of SIPp."""
        return [sum(sum(proc.cpu_seconds(pid)) for pid in pids)
                for pids in ([self.switch.pid], [party.pid for party in self.parties])]

    def _phase(self, name, rate, seconds, settle=0):
        self.control.sendto(f"cset rate {rate}\n".encode(), CONTROL)
        # The row being counted now holds both rates; and then what lingers for 32 s has to reach its level.
        first = len(self._rows()) + 1 + settle
        wait_for(f"{settle} s at {rate}", lambda: len(self._rows()) >= first, settle + 10, 0.1)
        began, before = time.monotonic(), self._cpu()
        wait_for(f"{seconds} s at {rate} calls a second", lambda: len(self._rows()) >= first + seconds, seconds + 10, 0.1)
        took, after = time.monotonic() - began, self._cpu()
        phase = Phase(name, rate, [Row(row) for row in self._rows()[first:first + seconds]],
                      [(end - start) / took for start, end in zip(before, after)])
        self.phases.append(phase)
        print(phase.line(), flush=True)
        return phase

    def _rows(self):
        """The seconds so far."""
        if self.parties[-1].poll() is not None:
            raise Failed(f"SIPp's caller ended with {self.parties[-1].returncode}, see {self.work / 'uac.screen'}")
        lines = self.csv.read_text().splitlines() if self.csv.exists() else [""]
        names = lines[0].split(";")
        return [dict(zip(names, line.split(";"))) for line in lines[1:] if line.count(";") == lines[0].count(";")]

    def _finish(self, switch, caller, talkers):
        caller.send_signal(signal.SIGUSR1)  # places no more calls, and ends with the last one
        try:
            caller.wait(60)
            talkers.wait(self._talk_ms() / 1000 + 30)
        except subprocess.TimeoutExpired:
            raise Failed("calls hang") from None
        last = last_row(self.csv)
        shed, said_bye = int(last["GenericCounter1(C)"]), int(last["GenericCounter2(C)"])
        completed = int(last["SuccessfulCall(C)"]) - shed
        self.check("no answered call of the load is lost", completed == said_bye, f"{completed} of {said_bye} ended by BYE")
        self.check("every other call got 503", int(last["FailedCall(C)"]) == 0,
                   f"{shed} shed, {last['FailedCall(C)']} failed")
        talked = last_row(self.work / "talkers.csv")
        self.check("calls that were up before stay up", talkers.returncode == 0
                   and int(talked["SuccessfulCall(C)"]) == TALKERS, f"{talked['SuccessfulCall(C)']} of {TALKERS}")
        try:
            wait_for("the last call", lambda: switch.metrics()["pointsman_calls"] == 0, 40, every=0.5)
        except Failed as error:
            print(error)
        metrics = switch.metrics()
        self.reasons = {name.partition('why="')[2].rstrip('"}'): value for name, value in metrics.items()
                        if name.startswith("pointsman_refused_total{")}
        self.check("nothing is left", metrics["pointsman_calls"] == metrics["pointsman_rtp_ports_in_use"] == 0,
                   f"{metrics['pointsman_calls']:.0f} calls, {metrics['pointsman_rtp_ports_in_use']:.0f} ports")

    def report(self):
        phases = "\n".join(phase.line() for phase in self.phases)
        reasons = "\n".join(f"* {count:.0f} because {why}" for why, count in self.reasons.items())
        return (f"The switch on core {self.cores[0]}, SIPp (caller and callee) on core {self.cores[1]}. A call is INVITE, "
                f"180, 200, ACK, BYE, 200, with SDP and no pause; {TALKERS} further calls are up throughout.\n\n"
                f"{self.table()}\n"
                f"| phase | rate | placed/s | completed/s | shed/s | failed | retransmitted/s | CPU of the switch | of SIPp |\n"
                f"|---|---|---|---|---|---|---|---|---|\n{phases}\n\nRefused by the switch in the whole run:\n\n{reasons}\n")


def refused(switch):
    return sum(value for name, value in switch.metrics().items() if name.startswith('pointsman_refused_total{status="503"'))


def main():
    tidy_up_when_told_to_end()
    arguments = argparse.ArgumentParser(description="twice what the switch can carry")
    arguments.add_argument("--seconds", type=int, default=10)
    arguments.add_argument("--evidence", action="store_true")
    options = arguments.parse_args()
    work = emptied(pathlib.Path(os.environ.get("OVERLOAD_WORK", HERE.parents[1] / "target/overload")))
    for name in ("pointsman.yaml", "uac.xml"):
        shutil.copy(HERE / name, work)
    run = Overload(options.seconds, work)
    run.attempt()
    if options.evidence and run.phases:
        evidence.write("overload", "Twice what the switch can carry", "just prove-overload", run.report())
    run.end()


if __name__ == "__main__":
    main()
