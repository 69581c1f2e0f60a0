"""A Pointsman under test: start it, ask it, stop it by its process id."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request


class Failed(Exception):
    """What went wrong, in one line for the table."""


def wait_for(what, condition, seconds, every=0.02):
    """Polls until condition() is true; the deadline only bounds a failure."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(every)


def tidy_up_when_told_to_end():
    """SIGTERM ends a run like a failure does: what it started is ended too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Switch:
    def __init__(self, binary, config, directory):
        self.binary = os.path.abspath(binary)
        self.config = config
        self.directory = pathlib.Path(directory)
        self.log_path = self.directory / "switch.log"
        self.process = None
        self.http = self._http_address()

    def _http_address(self):
        text = (self.directory / self.config).read_text()
        found = re.search(r'^http:\s*"?([^"\s#]+)', text, re.MULTILINE)
        if not found:
            raise Failed(f"{self.config} has no http address")
        return found.group(1)

    def start(self, ready_within=15):
        log = open(self.log_path, "wb")
        self.process = subprocess.Popen(
            [self.binary, "run", "--config", self.config],
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        log.close()
        try:
            wait_for("the switch's /health", self._ready, ready_within)
        except Failed as error:
            self.kill()
            raise Failed(f"{error}: {self._last_log_line()}") from None
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise Failed(f"the switch ended with {self.process.returncode}")
        try:
            return self.get("/health") is not None
        except (OSError, urllib.error.URLError):
            return False

    def _last_log_line(self):
        lines = self.log().strip().splitlines()
        return lines[-1] if lines else "(empty log)"

    @property
    def pid(self):
        return self.process.pid

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.http}{path}", timeout=5) as answer:
            return answer.read().decode()

    def metrics(self):
        """Prometheus text as {name: value}; series with labels are summed into their name as well."""
        return parse_metrics(self.get("/metrics"))

    def calls(self, command=("calls", "--json")):
        """The CDRs, oldest first."""
        out = subprocess.run([self.binary, *command, "--config", self.config], cwd=self.directory,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        if out.returncode != 0:
            raise Failed(f"pointsman calls: {out.stderr.strip() or out.returncode}")
        parsed = json.loads(out.stdout)
        records = parsed["calls"] if isinstance(parsed, dict) else parsed
        return sorted(records, key=lambda record: record["started_ms"])

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self, within=10):
        """SIGTERM drains: with no call left the switch must end by itself, with 0."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"the switch did not end within {within} s of SIGTERM") from None
        if code != 0:
            raise Failed(f"the switch ended with {code} after SIGTERM")

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def parse_metrics(text):
    values = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        series, _, value = line.rpartition(" ")
        number = float(value)
        values[series] = number
        name = series.partition("{")[0]
        if name != series:
            values[name] = values.get(name, 0.0) + number
    return values
