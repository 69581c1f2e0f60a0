"""SIPp processes of one scenario, and what they wrote about the messages they sent and received."""

import ipaddress
import os
import re
import signal
import struct
import subprocess

from switch import Failed, wait_for

SEPARATOR = re.compile(r"^-{20,} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$", re.MULTILINE)


class Message:
    def __init__(self, sent, text):
        self.sent = sent
        self.text = text

    def sdp_target(self):
        """(address, port) of the audio that this message asks for, or None."""
        address = re.search(r"^c=IN IP[46] (\S+)", self.text, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.text, re.MULTILINE)
        return (address.group(1), int(port.group(1))) if address and port else None


def parse_trace(text):
    messages = []
    for block in SEPARATOR.split(text):
        head, _, body = block.strip("\n").partition("\n\n")
        if re.match(r"\w+ message (sent|received)", head):
            messages.append(Message(" message sent" in head, body.replace("\r", "")))
    return messages


LISTENS = "0A"  # the state of a TCP socket that accepts connections


def bound(address, transport="udp"):
    """Whether a UDP socket is bound to exactly this address, or a TCP socket listens there (from /proc/net)."""
    host, port = split(address)
    ip = ipaddress.ip_address(host)
    # The kernel prints words of 32 bits as numbers of this machine.
    words = struct.iter_unpack("=I", ip.packed)
    local = "".join(f"{word:08X}" for word, in words) + f":{port:04X}"
    with open(f"/proc/net/{transport}{'6' if ip.version == 6 else ''}", encoding="ascii") as table:
        rows = [line.split() for line in list(table)[1:]]
    return any(row[1] == local and (transport == "udp" or row[3] == LISTENS) for row in rows)


def split(address):
    """Host, without the brackets of IPv6, and port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


class Party:
    """One SIPp process, described by a [[sipp]] table of expect.toml."""

    def __init__(self, table, directory, limit):
        self.name = table["name"]
        self.table = table
        self.directory = directory
        self.limit = limit
        self.is_caller = "to" in table
        self.transport = table.get("transport", "udp")
        self.untouched = table.get("calls", 1) == 0
        self.trace_path = directory / f"{self.name}.messages"
        self.process = None

    def command(self):
        host, port = split(self.table["at"])
        command = ["sipp", "-sf", self.table["scenario"], "-i", host, "-p", str(port), "-mi", host,
                   "-ci", host, "-t", "t1" if self.transport == "tcp" else "u1", "-nostdin", "-recv_timeout", "10000",
                   "-timeout", f"{self.limit}s", "-timeout_error",
                   "-trace_msg", "-message_file", str(self.trace_path),
                   "-trace_err", "-error_file", str(self.directory / f"{self.name}.errors")]
        if self.is_caller:
            command[1:1] = [self.table["to"], "-s", self.table.get("number", "service")]
        if not self.untouched:
            command += ["-m", str(self.table.get("calls", 1))]
        for key, value in self.table.get("keys", {}).items():
            command += ["-key", key, str(value)]
        return command + self.table.get("options", [])

    def start(self):
        with open(self.directory / f"{self.name}.screen", "wb") as screen:
            self.process = subprocess.Popen(
                self.command(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=screen,
                stderr=subprocess.STDOUT, env={**os.environ, "TERM": "dumb"})
        if not self.is_caller:
            wait_for(f"{self.name} on {self.table['at']}", self._listens, 5)

    def _listens(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.name}: SIPp ended with {self.process.returncode} at its start")
        return bound(self.table["at"], self.transport)

    def finish(self, deadline):
        """Waits for SIPp's own verdict. One that must not be called is stopped and must have seen nothing."""
        if self.untouched:
            self.kill()
            if self.messages():
                raise Failed(f"{self.name}: must not be called, but was")
            return
        try:
            code = self.process.wait(max(0.1, deadline))
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name}: not done in time") from None
        if code != 0:
            raise Failed(f"{self.name}: SIPp ended with {code}: {self._first_error()}")

    def _first_error(self):
        path = self.directory / f"{self.name}.errors"
        text = path.read_text(errors="replace") if path.exists() else ""
        events = [line.split(": ", 1)[-1] for line in text.splitlines() if line.count("\t") == 2]
        return events[0][:200] if events else "see its .screen file"

    def messages(self):
        if not self.trace_path.exists():
            return []
        return parse_trace(self.trace_path.read_text(errors="replace"))

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
