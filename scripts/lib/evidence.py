"""The head of a file in docs/evidence/: which commit, when, on what."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _output(*command):
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def commit():
    short = _output("git", "rev-parse", "--short=12", "HEAD") or "unknown"
    # What other runs of the same day have written is no change of what is run.
    changed = _output("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/evidence")
    return f"{short} with uncommitted changes" if changed else short


def processor():
    found = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def today():
    return datetime.date.today().isoformat()


def head(title, command):
    system = re.search(r'^PRETTY_NAME="(.+)"', pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)
    return "\n".join([
        f"# {title}", "",
        "| | |", "|---|---|",
        f"| commit | {commit()} |",
        f"| date | {today()} |",
        f"| processor | {processor()}, {os.cpu_count()} cores |",
        f"| system | {system.group(1) if system else 'Linux'}, kernel {platform.release()} |",
        f"| command | `{command}` |", "", ""])


def write(name, title, command, body):
    path = ROOT / "docs/evidence" / f"{name}-{today()}.md"
    path.write_text(head(title, command) + body.rstrip("\n") + "\n")
    print(f"written: {path.relative_to(ROOT)}")
