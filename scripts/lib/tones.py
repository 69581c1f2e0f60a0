"""Tones in recorded audio: which one is heard, from when to when, and whether anything else is.

Each party of a test plays its own tone between 300 and 3400 Hz, so what a recording holds says who was heard:
silence, one's own voice coming back and somebody else's are all told apart from the right answer."""

import array
import math
import struct
import wave

RATE = 8000
WINDOW = 800  # samples: 100 ms, so that all frequencies here (multiples of 10 Hz) fit a whole number of times
LEVEL = 8000  # of 32767
LOUD = 1000  # root mean square above which a window is not silent; a tone of LEVEL has 5657


def write_wav(path, hertz, seconds):
    period = [int(LEVEL * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(WINDOW)]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(struct.pack(f"<{WINDOW}h", *period) * (seconds * RATE // WINDOW))


def seconds(path):
    """How much audio a file that is still being written holds (its header says so only when it is closed)."""
    return max(0, path.stat().st_size - 44) / 2 / RATE


def read_wav(path):
    """Samples of a 16-bit mono WAV at 8 kHz, also of one that is still being written."""
    content = path.read_bytes()
    if content[:4] != b"RIFF" or struct.unpack_from("<HHI", content, 20) != (1, 1, RATE):
        raise ValueError(f"{path.name} is not PCM, mono, {RATE} Hz")
    at = content.index(b"data", 12) + 8
    end = len(content) - (len(content) - at) % 2
    return array.array("h", content[at:end])


def share(samples, hertz, rate=RATE):
    """How much of the energy lies at this frequency, 0 to 1 (Goertzel)."""
    total = sum(sample * sample for sample in samples)
    if total == 0:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * hertz / rate)
    one = two = 0.0
    for sample in samples:
        one, two = sample + factor * one - two, one
    power = one * one + two * two - factor * one * two
    return min(1.0, 2 * power / (len(samples) * total))


def loudness(samples):
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if len(samples) else 0.0


def windows(samples, length=WINDOW):
    return [samples[at:at + length] for at in range(0, len(samples) - length + 1, length)]


def complaints(samples, hertz, at_least=0.8):
    """What speaks against these samples being `hertz` and nothing else, for at least so many seconds."""
    parts = windows(samples)
    if len(parts) * WINDOW < at_least * RATE - WINDOW:
        return [f"only {len(samples) / RATE:.2f} s of audio instead of {at_least} s"]
    right = sum(1 for part in parts if loudness(part) > LOUD and share(part, hertz) > 0.9)
    # The first and the last window may be cut by the call's beginning and end.
    if right >= len(parts) - 2 and right * WINDOW >= (at_least - 0.3) * RATE:
        return []
    silent = sum(1 for part in parts if loudness(part) <= LOUD)
    return [f"{hertz} Hz in {right} of {len(parts)} windows of 100 ms, {silent} silent, "
            f"loudest overall {max(range(300, 3400, 100), key=lambda one: share(samples, one))} Hz"]
