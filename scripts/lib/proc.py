"""What the kernel counts for a process and its children, from /proc."""

import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def rss_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has no memory left")


def _stat(pid):
    # The command's name may hold spaces and brackets: what counts comes after the last ')'.
    return pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def tree(pid):
    """This process and all its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                children.setdefault(int(_stat(entry)[1]), []).append(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def cpu_seconds(pid):
    """(user, system) seconds that the process tree has used so far."""
    user = system = 0
    for one in tree(pid):
        fields = _stat(one)
        user += int(fields[11])
        system += int(fields[12])
    return user / TICKS, system / TICKS
