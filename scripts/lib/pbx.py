"""The test PBX: Pointsman, Kamailio with three phones behind it, and one phone that is the public network.

Their configuration is the one of docs/interop/kamailio, word for word."""

import os
import pathlib
import shutil
import signal
import subprocess

from baresip import Phone
from sipp import bound
from switch import Failed, Switch, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "docs/interop/kamailio"
SWITCH = "127.0.90.1:5060"
KAMAILIO = "127.0.90.10:5060"
DOMAIN = "pbx.test"
GAUGES = ("pointsman_calls", "pointsman_rtp_ports_in_use")


class Kamailio:
    def __init__(self, folder):
        self.folder = folder
        self.pid_file = folder / "kamailio.pid"

    def start(self):
        self.folder.mkdir()
        with open(self.folder / "log", "wb") as log:
            started = subprocess.run(
                ["kamailio", "-f", str(SAMPLES / "kamailio.cfg"), "-P", str(self.pid_file), "-Y", str(self.folder),
                 "-m", "16", "-M", "4", "-E"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, timeout=20, cwd=self.folder)
        if started.returncode != 0:
            raise Failed(f"kamailio ended with {started.returncode}, see {self.folder / 'log'}")
        wait_for(f"kamailio on {KAMAILIO}", lambda: bound(KAMAILIO) and self.pid_file.exists(), 10)

    def stop(self):
        if not self.pid_file.exists():
            return
        pid = int(self.pid_file.read_text())
        try:
            os.kill(pid, signal.SIGTERM)
            wait_for("the end of kamailio", lambda: not pathlib.Path(f"/proc/{pid}").exists(), 10)
        except ProcessLookupError:
            pass


class Pbx:
    """All of it, in one folder. Anna and Bram answer by themselves, Chloe rings until a case decides."""

    def __init__(self, work):
        self.work = pathlib.Path(work)
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        for name in ("pointsman.yaml", "customer.yaml"):
            shutil.copy(SAMPLES / name, self.work)
        self.switch = Switch(os.environ["POINTSMAN"], "pointsman.yaml", self.work)
        self.kamailio = Kamailio(self.work / "kamailio")
        self.anna = self._phone("1001", 11, 500, "16100-16199")
        self.bram = self._phone("1002", 12, 800, "16200-16299")
        self.chloe = self._phone("1003", 13, 1200, "16300-16399", answers="manual")
        self.outside = Phone(self.work / "outside", "127.0.90.20", "+32475000020", 1900, SWITCH, "16400-16499",
                             "pstn.test")
        self.phones = [self.anna, self.bram, self.chloe, self.outside]

    def _phone(self, user, host, tone, ports, answers="auto"):
        return Phone(self.work / user, f"127.0.90.{host}", user, tone, KAMAILIO, ports, DOMAIN,
                     password=f"secret{user}", answers=answers)

    def start(self):
        taken = [address for address in (SWITCH, KAMAILIO, "127.0.90.20:5060") if bound(address)]
        if taken:
            raise Failed(f"{', '.join(taken)} is taken: does another run go on?")
        self.switch.start()
        self.kamailio.start()
        for phone in self.phones:
            phone.start()
        for phone in self.phones:
            if phone.registers:
                wait_for(f"the registration of {phone.user}", phone.registered, 10)

    def idle(self):
        metrics = self.switch.metrics()
        return all(metrics.get(name) == 0 for name in GAUGES)

    def begin(self):
        """Before each case: everything is at rest, and what the phones remember is put away."""
        for phone in self.phones:
            phone.begin()

    def finish(self):
        """The phones log out, the switch ends by itself, and it never panicked."""
        for phone in self.phones:
            phone.stop()
        self.switch.stop()
        if "panicked at" in self.switch.log():
            raise Failed("the switch panicked")

    def stop(self):
        for phone in self.phones:
            phone.stop()
        self.kamailio.stop()
        self.switch.kill()
