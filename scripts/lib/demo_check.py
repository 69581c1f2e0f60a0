"""Runs `pointsman demo --json` and compares what it says with its database and with the files on disk, read by
Python and by sox."""

import collections
import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import wave

CALLS = 10  # at least
CALLERS, AGENTS = 30, 5  # of the help line
CONTACTS = {"heard": 12, "agent": 2, "busy": 3, "no_answer": 2, "do_not_call": 1}
ATTEMPTS = {"heard": 1, "agent": 1, "busy": 2, "no_answer": 2, "do_not_call": 0}
KEYS = {"from", "to", "path", "why", "outcome", "expected", "seconds", "recording"}


def check_recording(recording):
    """Complaints about one WAV file: the form that the product promises, whole, and as long as it says."""
    path = pathlib.Path(recording["path"])
    if not path.exists():
        return [f"{path} does not exist"]
    complaints = []
    with wave.open(str(path), "rb") as file:
        form = (file.getnchannels(), file.getframerate(), file.getsampwidth() * 8)
        samples = file.getnframes()
    if form != (1, 11025, 8):
        complaints.append(f"{path.name}: {form} instead of 1 channel, 11025 Hz, 8 bits")
    content = path.read_bytes()
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE" or content[20:22] != b"\x01\x00":
        complaints.append(f"{path.name}: no RIFF/WAVE of PCM (tag 1)")
    if samples % 2 or len(content) % 2:
        complaints.append(f"{path.name}: odd length")
    if abs(samples / 11025 - recording["seconds"]) > 0.05:
        complaints.append(f"{path.name}: {samples / 11025:.2f} s on disk, {recording['seconds']} s in the JSON")
    out = subprocess.run(["soxi", "-t", str(path)], capture_output=True, text=True)
    if out.returncode != 0 or out.stdout.strip() != "wav":
        complaints.append(f"{path.name}: sox cannot read it: {out.stderr.strip()}")
    return complaints


def check_call(call):
    if not KEYS <= set(call):
        return [f"keys missing: {', '.join(sorted(KEYS - set(call)))}"]
    complaints = []
    if call["outcome"] != call["expected"]:
        complaints.append(f"{call['outcome']} instead of {call['expected']}")
    if not call["path"] or not call["why"]:
        complaints.append("no path or no reason")
    if call["recording"]:
        complaints += check_recording(call["recording"])
        if abs(call["recording"]["seconds"] - call["seconds"]) > 0.1:
            complaints.append(f"{call['recording']['seconds']} s recorded of {call['seconds']} s of talk")
    return complaints


def records_of(folder):
    """The CDRs of the demo's database, by call."""
    with contextlib.closing(sqlite3.connect(folder / "calls.db")) as database:
        bodies = [json.loads(body) for (body,) in database.execute("SELECT body FROM calls")]
    return {body["id"]: body for body in bodies}


def check_record(call, record, folder):
    """Complaints about what the JSON says of a call and its CDR does not."""
    if record is None:
        return ["no CDR"]
    path = [entry["node"] for entry in record["path"]]
    # The last reason is that of the last node, unless something else ended the call.
    reasons = [entry["why"] for entry in record["path"]]
    reasons += [record["why"]] if record["why"] not in reasons[-1:] else []
    recordings = [str(folder / "recordings" / recording["path"]) for recording in record["recordings"]]
    pairs = {
        "from": (call["from"], record["from"] or "anonymous"),
        "to": (call["to"], record["to"]),
        "path": (call["path"], path),
        "why": (call["why"], "; ".join(reasons)),
        "outcome": (call["outcome"], record["outcome"]),
        "seconds": (round(call["seconds"], 1), round(record["talk_ms"] / 1000, 1)),
        "recording": ([call["recording"]["path"]] if call["recording"] else [], recordings),
    }
    return [f"{name}: {said} in the JSON, {cdr} in the CDR" for name, (said, cdr) in pairs.items() if said != cdr]


def check_served(call, record):
    """Complaints about a caller of the help line."""
    if record is None:
        return ["no CDR"]
    complaints = list(call["complaints"])
    agent = record["attempts"][-1].get("agent") if record["attempts"] else None
    if agent is None or agent != call["agent"]:
        complaints.append(f"agent {call['agent']} in the JSON, {agent} in the CDR")
    if not call["recording"] or not record["recordings"]:
        return complaints + ["no recording"]
    return complaints + check_recording(call["recording"])


def check_queue(queue):
    complaints = list(queue["complaints"])
    if len(queue["calls"]) != CALLERS or len(queue["agents"]) != AGENTS:
        complaints.append(f"{len(queue['calls'])} callers, {len(queue['agents'])} agents")
    if sum(queue["agents"].values()) != CALLERS:
        complaints.append(f"agents had {queue['agents']}")
    return complaints


def check_campaign(campaign, records, folder):
    """Complaints about what the JSON says of the campaign, and its tables and CDRs do not."""
    complaints = list(campaign["complaints"])
    states = collections.Counter(contact["state"] for contact in campaign["contacts"])
    if campaign["state"] != "done" or states != CONTACTS:
        complaints.append(f"{campaign['state']} with {dict(states)}")
    with contextlib.closing(sqlite3.connect(folder / "calls.db")) as database:
        rows = collections.Counter(number for (number,) in database.execute("SELECT number FROM campaign_attempts"))
    for contact in campaign["contacts"]:
        found = rows.get(contact["number"], 0)
        if not found == contact["attempts"] == ATTEMPTS.get(contact["state"]):
            complaints.append(f"{contact['number']}: {contact['state']}, {found} attempts in the database")
    made = sum(1 for record in records.values() if record.get("campaign"))
    if made != campaign["calls"] or made != sum(rows.values()):
        complaints.append(f"{made} CDRs, {campaign['calls']} calls in the JSON, {sum(rows.values())} attempts")
    return complaints


def main():
    with tempfile.TemporaryDirectory(prefix="pointsman-demo-") as folder:
        check(pathlib.Path(folder) / "kept")


def check(folder):
    demo = subprocess.run([os.environ["POINTSMAN"], "demo", "--json", "--keep", str(folder)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, timeout=300)
    played = json.loads(demo.stdout)
    calls, queue, campaign = played["calls"], played["queue"], played["campaign"]
    records = records_of(folder)
    good = 0
    results = [("exit code", [] if demo.returncode == 0 else [str(demo.returncode)]),
               ("at least ten calls", [] if len(calls) >= CALLS else [str(len(calls))]),
               ("some call is recorded", [] if any(call["recording"] for call in calls) else ["none"])]
    placed = len(calls) + len(queue["calls"]) + campaign["calls"]
    found = f"{len(records)} for {placed} calls"
    results.append(("a CDR for each call", [] if len(records) == placed else [found]))
    results.append(("every agent of the help line has its share", check_queue(queue)))
    results.append(("a campaign of twenty", check_campaign(campaign, records, folder)))
    results += [(f"{call['from']} waits for an agent", check_served(call, records.get(call["call"])))
                for call in queue["calls"]]
    results += [(f"{call.get('from')} to {call.get('to')}",
                 check_call(call) + check_record(call, records.get(call["call"]), folder)) for call in calls]
    for name, complaints in results:
        good += not complaints
        print(f"{'FAILED' if complaints else 'ok    '} {name} {'; '.join(complaints)}".rstrip())
    print(f"{good} passed, {len(results) - good} failed")
    sys.exit(0 if good == len(results) else 1)


if __name__ == "__main__":
    main()
