"""One end of a conversation: says a tone as G.711 A-law over RTP and measures what it hears.

Independent of the switch's own media code on purpose: a shared mistake would hide from both."""

import math
import socket
import struct
import threading
import time

FRAME = 160  # samples in 20 ms at 8 kHz


def alaw(sample):
    """G.711 A-law of a 16-bit sample."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(abs(sample), 32767) >> 3
    exponent = max(0, magnitude.bit_length() - 5)
    mantissa = (magnitude >> 1) & 0x0F if exponent == 0 else (magnitude >> exponent) & 0x0F
    return (sign | (exponent << 4) | mantissa) ^ 0x55


def linear(code):
    """The middle of the interval that an A-law code stands for."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 0x07, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return magnitude if code & 0x80 else -magnitude


def tone(hertz, frame, level=8000):
    start = frame * FRAME
    return bytes(alaw(int(level * math.sin(2 * math.pi * hertz * (start + n) / 8000))) for n in range(FRAME))


def share_of_energy(samples, hertz):
    """How much of the energy lies at this frequency, 0 to 1 (Goertzel's single bin)."""
    total = sum(sample * sample for sample in samples)
    if total == 0:
        return 0.0
    real = sum(sample * math.cos(2 * math.pi * hertz * n / 8000) for n, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(2 * math.pi * hertz * n / 8000) for n, sample in enumerate(samples))
    return min(1.0, 2 * (real * real + imaginary * imaginary) / (len(samples) * total))


DIGITS = "0123456789*#ABCD"
TELEPHONE_EVENT = 101


def event_frames(digits):
    """{frame number: (payload type, frame of its time stamp, payload)}: after a second of voice each digit takes
    eight packets, the last three with the end bit (RFC 4733, 2.5.1.4), and then 240 ms of voice."""
    frames = {}
    for number, digit in enumerate(digits):
        first = 50 + 20 * number
        for step in range(8):
            end = 0x80 if step >= 5 else 0
            duration = FRAME * min(step + 1, 6)
            marker = 0x80 if step == 0 else 0
            frames[first + step] = (TELEPHONE_EVENT | marker, first,
                                    struct.pack("!BBH", DIGITS.index(digit), end | 10, duration))
    return frames


def digits_of(packets):
    """The digits of the events, once each: an event is known by its time stamp and counts when it ended."""
    ended = {}
    for packet in packets:
        if packet[1] & 0x7F == TELEPHONE_EVENT and len(packet) >= 16 and packet[13] & 0x80:
            ended.setdefault(packet[4:8], packet[12])
    return "".join(DIGITS[event] if event < len(DIGITS) else "?" for event in ended.values())


def samples_of(packets):
    return [linear(code) for packet in packets for code in packet[12:]]


class RtpParty(threading.Thread):
    """A [[rtp]] table of expect.toml: at, says (Hz, 0 = silent), dials (digits, after a second of tone), hears (Hz; with
    `last` in so many packets at the end), begins (Hz that it hears in the first second).
    `target` tells where to send."""

    def __init__(self, table, target):
        super().__init__(daemon=True)
        self.name = table["name"]
        self.says = table.get("says", 0)
        self.hears = table.get("hears", 0)
        self.begins = table.get("begins", 0)
        self.last = table.get("last", 0)
        self.target = target
        self.stopping = threading.Event()
        host, _, port = table["at"].rpartition(":")
        self.socket = socket.socket(socket.AF_INET6 if "[" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host.strip("[]"), int(port)))
        self.socket.settimeout(0.005)
        self.sent = 0
        self.packets = []
        self.plan = event_frames(table.get("dials", ""))

    def run(self):
        due = time.monotonic()
        while not self.stopping.is_set():
            self._receive()
            if time.monotonic() >= due:
                due += 0.02
                self._say()
        self.socket.close()

    def _receive(self):
        try:
            packet, _ = self.socket.recvfrom(2048)
        except (socket.timeout, ConnectionError):
            return
        if len(packet) > 12 and packet[0] >> 6 == 2:
            self.packets.append(packet)

    def _say(self):
        target = self.target()
        if target is None or self.says == 0:
            return
        kind, began, payload = self.plan.get(self.sent, (8, self.sent, None))
        header = struct.pack("!BBHII", 0x80, kind, self.sent & 0xFFFF, began * FRAME, 0x50571234)
        self.socket.sendto(header + (payload or tone(self.says, self.sent)), target)
        self.sent += 1

    def finish(self):
        self.stopping.set()
        self.join()
        return self.result()

    def result(self):
        """What expect.toml can ask of this party."""
        voice = [packet for packet in self.packets if packet[1] & 0x7F == 8]
        numbers = [struct.unpack("!H", packet[2:4])[0] for packet in voice]
        measured = voice[-self.last:] if self.last else voice[5:]  # the first 100 ms may hold the end of something else
        return {
            "sent": self.sent,
            "packets": len(voice),
            "in_order": all((b - a) & 0xFFFF == 1 for a, b in zip(numbers, numbers[1:])),
            "digits": digits_of(self.packets),
            "sources": len({packet[8:12] for packet in voice}),
            "purity": share_of_energy(samples_of(measured), self.hears) if self.hears else 0.0,
            "begins": share_of_energy(samples_of(voice[5:50]), self.begins) if self.begins else 0.0,
        }
