"""Calls between real phones behind a real PBX and the public network, through the switch.

Usage: interop.py [CASE…] (none = all). POINTSMAN names the binary, INTEROP_WORK the folder for logs and recordings.
Every case places its own call, and is over when the switch holds nothing of it and its CDR says what happened."""

import os
import pathlib
import subprocess
import sys
import time
import wave

import expect
import tones
from capture import Capture
from pbx import Pbx, ROOT, SAMPLES
from switch import Failed, tidy_up_when_told_to_end, wait_for

ANNA, BRAM, CHLOE, EMPTY = "+3232001001", "+3232001002", "+3232001003", "+3232001009"
OUTSIDE = "+32475000020"
ENOUGH = 1.0  # seconds of audio that a case waits for, each way


class Conversation:
    """Two phones that talk: `one` called `other`."""

    def __init__(self, one, other):
        self.one, self.other = one, other

    def dial(self, number):
        self.one.tell("dial", number)
        return self.established()

    def established(self):
        for phone in (self.one, self.other):
            phone.wait_event("CALL_ESTABLISHED", 10)
        return self

    def both_heard(self):
        """Each hears the other's tone, and nothing else."""
        for listener, speaker in ((self.one, self.other), (self.other, self.one)):
            try:
                wait_for("audio", lambda: listener.heard_seconds() >= ENOUGH, 5)
            except Failed:
                raise Failed(f"{listener.user} hears {listener.heard_seconds():.2f} s of {speaker.user}") from None
            for complaint in tones.complaints(listener.heard(), speaker.says, ENOUGH):
                raise Failed(f"{listener.user} should hear {speaker.user}: {complaint}")
        return self

    def hang_up(self, phone):
        phone.tell("hangup")
        for each in (self.one, self.other):
            each.wait_event("CALL_CLOSED", 5)


def phone_calls_out(pbx):
    """A phone calls the public network. Its extension is shown as its whole number there."""
    talk = Conversation(pbx.anna, pbx.outside).dial(OUTSIDE).both_heard()
    talk.hang_up(pbx.anna)
    if "From: <sip:+3232001001@" not in pbx.outside.log():
        raise Failed("the called party did not see the number of the phone")
    return {"from": ANNA, "to": OUTSIDE, "trunk": "pbx", "outcome": "answered", "ended_by": "caller",
            "attempts": [{"target": "trunk:pstn", "outcome": "answered", "status": 200}],
            "legs": [{"codec": "PCMA", "lost": 0, "received": {"min": 45}, "sent": {"min": 45}}] * 2}


def phone_is_called_and_recorded(pbx):
    """The public network calls a phone, which hangs up. The recording holds both voices."""
    talk = Conversation(pbx.outside, pbx.anna).dial(ANNA).both_heard()
    talk.hang_up(pbx.anna)
    check_recording(pbx, pbx.outside.says, pbx.anna.says)
    return {"from": OUTSIDE, "to": ANNA, "trunk": "pstn", "outcome": "answered", "ended_by": "callee",
            "attempts": [{"target": "site:anna", "outcome": "answered"}],
            "recordings": [{"bytes": {"min": 11025}}]}


def check_recording(pbx, *voices):
    record = wait_for("the recording in the CDR", lambda: newest(pbx).get("recordings"), 5)[0]
    with wave.open(str(pbx.work / "data/recordings" / record["path"]), "rb") as recording:
        form = (recording.getnchannels(), recording.getsampwidth(), recording.getframerate())
        content = recording.readframes(recording.getnframes())
    if form != (1, 1, 11025):
        raise Failed(f"the recording is {form}, not mono, 8 bit, 11025 Hz")
    samples = [byte - 128 for byte in content][1100:-1100]
    shares = [tones.share(samples, voice, 11025) for voice in voices]
    if min(shares) < 0.3 or sum(shares) < 0.85:
        heard = ", ".join(f"{share:.2f} at {voice} Hz" for share, voice in zip(shares, voices))
        raise Failed(f"the recording does not hold both voices: {heard} of its energy")


def phone_calls_phone_by_the_trunk(pbx):
    """A phone dials another one by its outside number: out by the trunk, and in again."""
    talk = Conversation(pbx.anna, pbx.bram).dial(BRAM).both_heard()
    talk.hang_up(pbx.bram)
    return {"from": ANNA, "to": BRAM, "trunk": "pbx", "outcome": "answered", "ended_by": "callee",
            "attempts": [{"target": "site:bram", "trunk": "pbx", "outcome": "answered"}]}


def hold_and_resume(pbx):
    """Both sides in turn hold the call: no audio arrives at either, and all of it again afterwards."""
    capture = Capture(pbx.work / "hold.pcap", 16100, 16499)
    capture.start()
    try:
        talk = Conversation(pbx.outside, pbx.anna).dial(ANNA).both_heard()
        for holder in (pbx.anna, pbx.outside):
            holder.tell("hold")
            silence(capture, talk)
            holder.tell("resume")
            sound(capture, talk)
    finally:
        capture.stop()
    talk.hang_up(pbx.outside)
    return {"to": ANNA, "outcome": "answered", "ended_by": "caller"}


def silence(capture, talk):
    """No packet arrives at either phone for half a second."""
    phones = (talk.one, talk.other)

    def quiet():
        newest = max(capture.voice(phone.ports)[-1][0] for phone in phones)
        return time.time() - newest > 0.5

    wait_for("the silence of a held call", quiet, 5)


def sound(capture, talk):
    """Audio starts to arrive at both phones, and for a second each hears the other and nobody else."""
    resumed = time.time() - 0.5
    for listener, speaker in ((talk.one, talk.other), (talk.other, talk.one)):
        def fresh():
            return [when for when, _ in capture.voice(listener.ports) if when > resumed]

        wait_for(f"audio from {speaker.user} to {listener.user} after the hold", lambda: len(fresh()) >= 50, 5)
        begin = fresh()[0]
        for complaint in capture.complaints(listener.ports, speaker.says, begin, begin + ENOUGH):
            raise Failed(f"{listener.user} should hear {speaker.user} after the hold: {complaint}")


def digits_cross(pbx):
    """Digits of RFC 4733 arrive at the other side exactly once, both ways."""
    talk = Conversation(pbx.anna, pbx.outside).dial(OUTSIDE).both_heard()
    for speaker, listener, digits in ((pbx.anna, pbx.outside, "1159#"), (pbx.outside, pbx.anna, "*0")):
        speaker.tell("sndcode", digits)
        wait_for(f"{digits} at {listener.user}", lambda: len(listener.digits()) >= len(digits), 10)
    talk.hang_up(pbx.anna)
    if (pbx.outside.digits(), pbx.anna.digits()) != ("1159#", "*0"):
        raise Failed(f"digits arrived as {pbx.outside.digits()!r} and {pbx.anna.digits()!r}")
    if len(pbx.outside.events("CALL_DTMF_END")) != 5:
        raise Failed("a digit did not end")
    return {"outcome": "answered", "to": OUTSIDE}


def busy_then_next(pbx):
    """The first phone refuses with 486; the routing tree goes on to the next."""
    talk = Conversation(pbx.outside, pbx.bram)
    pbx.outside.tell("dial", CHLOE)
    pbx.chloe.wait_event("CALL_INCOMING", 5)
    pbx.chloe.tell("hangup")
    talk.established().both_heard().hang_up(pbx.outside)
    return next_target("site:chloe", "busy", {"status": 486})


def no_answer_then_next(pbx):
    """The first phone rings for three seconds and is given up; the next answers."""
    talk = Conversation(pbx.outside, pbx.bram)
    pbx.outside.tell("dial", CHLOE)
    pbx.chloe.wait_event("CALL_INCOMING", 5)
    talk.established().both_heard()
    pbx.chloe.wait_event("CALL_CLOSED", 5)
    talk.hang_up(pbx.bram)
    return next_target("site:chloe", "no_answer")


def not_registered_then_next(pbx):
    """No phone has registered the first number: the PBX says 480, and the next target answers."""
    Conversation(pbx.outside, pbx.bram).dial(EMPTY).both_heard().hang_up(pbx.outside)
    return next_target("site:empty-desk", "no_answer", {"status": 480})


def next_target(first, outcome, more=None):
    return {"outcome": "answered", "attempts": [
        {"target": first, "outcome": outcome, **(more or {})},
        {"target": "site:bram", "outcome": "answered", "status": 200}]}


def caller_gives_up(pbx):
    """The caller hangs up while the phone rings, and it stops."""
    pbx.outside.tell("dial", CHLOE)
    pbx.chloe.wait_event("CALL_INCOMING", 5)
    pbx.outside.wait_event("CALL_RINGING", 5)
    pbx.outside.tell("hangup")
    pbx.chloe.wait_event("CALL_CLOSED", 5)
    if pbx.chloe.events("CALL_ESTABLISHED"):
        raise Failed("the phone was connected to nobody")
    return {"outcome": "abandoned", "to": CHLOE, "talk_ms": 0}


def phone_transfers_in_vain(pbx):
    """A blind transfer is not supported across the trunk: REFER is refused with 405. baresip then gives its call up,
    and nothing of it stays."""
    talk = Conversation(pbx.anna, pbx.outside).dial(OUTSIDE).both_heard()
    pbx.anna.tell("transfer", "sip:1002@pbx.test")
    refused = pbx.anna.wait_event("TRANSFER_FAILED", 5)
    if not refused.get("param", "").startswith("405"):
        raise Failed(f"REFER got {refused.get('param')!r} instead of 405")
    talk.other.wait_event("CALL_CLOSED", 5)
    if pbx.bram.events("CALL_INCOMING"):
        raise Failed("the transfer was refused and made nevertheless")
    return {"outcome": "answered", "ended_by": "caller"}


CASES = [phone_calls_out, phone_is_called_and_recorded, phone_calls_phone_by_the_trunk, hold_and_resume, digits_cross,
         busy_then_next, no_answer_then_next, not_registered_then_next, caller_gives_up, phone_transfers_in_vain]


def newest(pbx):
    records = pbx.switch.calls()
    return records[-1] if records else {}


def run_case(pbx, case):
    """The complaint, or None."""
    before = len(pbx.switch.calls())
    pbx.begin()
    try:
        wanted = case(pbx)
        wait_for("gauges back to 0", pbx.idle, 5)
        wait_for("the CDR", lambda: len(pbx.switch.calls()) > before and newest(pbx)["ended_ms"], 5, every=0.1)
    except (Failed, OSError, KeyError, ValueError, IndexError) as error:
        for phone in pbx.phones:
            phone.control.ask("hangup")
        return str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
    if len(pbx.switch.calls()) != before + 1:
        return f"{len(pbx.switch.calls()) - before} CDRs of one call"
    return expect.mismatch(wanted, newest(pbx), "CDR")


def samples_load():
    """Every Pointsman configuration in docs/interop is one that the switch takes."""
    for sample in sorted(SAMPLES.parent.glob("*/pointsman.yaml")):
        checked = subprocess.run([os.environ["POINTSMAN"], "check", sample], capture_output=True, text=True, timeout=20)
        if checked.returncode != 0:
            raise Failed(f"{sample.relative_to(ROOT)}: {checked.stdout}{checked.stderr}")


def main(names):
    tidy_up_when_told_to_end()
    cases = [case for case in CASES if not names or case.__name__ in names]
    if unknown := set(names) - {case.__name__ for case in CASES}:
        sys.exit(f"no such case: {' '.join(unknown)}")
    work = pathlib.Path(os.environ.get("INTEROP_WORK", ROOT / "target/interop"))
    pbx = Pbx(work)
    failed = 0
    try:
        samples_load()
        pbx.start()
        for case in cases:
            began = time.monotonic()
            complaint = run_case(pbx, case)
            failed += complaint is not None
            print(f"{case.__name__:<32} {'failed' if complaint else 'passed'} {time.monotonic() - began:5.1f} s", flush=True)
            if complaint:
                print(f"    {complaint}", flush=True)
        pbx.finish()
    except Failed as error:
        failed = max(failed, 1)
        print(f"the test PBX: {error}")
    finally:
        pbx.stop()
    print(f"logs, SIP traces and recordings: {os.path.relpath(work)}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
