"""What arrived at a phone's RTP ports, from a capture of the loopback interface.

For what a phone's own recording cannot show: baresip 1.0.0 stops recording what it hears at its first re-INVITE."""

import os
import signal
import struct
import subprocess

import tones
from rtp_party import linear
from switch import wait_for

HEADERS = 14 + 20 + 8  # Ethernet, IPv4 without options, UDP
LINEAR = [linear(code) for code in range(256)]


class Capture:
    def __init__(self, path, first_port, last_port):
        self.path = path
        self.filter = f"udp and dst portrange {first_port}-{last_port}"
        self.process = None

    def start(self):
        # It reads what everybody sends, so it needs root; without --immediate-mode its end would be lost.
        command = ["tcpdump", "-i", "lo", "-n", "-U", "--immediate-mode", "-Z", "root", "-w", str(self.path), self.filter]
        if os.geteuid() != 0:
            command = ["sudo", "-n", *command]
        with open(self.path.with_suffix(".log"), "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        wait_for("tcpdump", lambda: b"listening on" in self.path.with_suffix(".log").read_bytes(), 5)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(5)

    def voice(self, ports):
        """[(unix time, payload)] of the A-law packets that went to these ports, as they came."""
        content = self.path.read_bytes()
        found, at = [], 24
        while at + 16 <= len(content):
            second, micro, length, _ = struct.unpack_from("<IIII", content, at)
            packet = content[at + 16:at + 16 + length]
            at += 16 + length
            if len(packet) < length or length <= HEADERS + 12:
                continue
            port = struct.unpack_from("!H", packet, HEADERS - 6)[0]
            rtp = packet[HEADERS:]
            if port in ports and port % 2 == 0 and rtp[0] >> 6 == 2 and rtp[1] & 0x7F == 8:
                found.append((second + micro / 1e6, rtp[12:]))
        return found

    def count(self, ports):
        return len(self.voice(ports))

    def samples(self, ports, since, until):
        return [LINEAR[code] for when, payload in self.voice(ports) if since <= when < until for code in payload]

    def complaints(self, ports, hertz, since, until):
        """What speaks against this tone, and no other, having come without a gap between two moments."""
        return tones.complaints(self.samples(ports, since, until), hertz, (until - since) * 0.9)
