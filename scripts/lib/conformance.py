"""What a suite showed of the rows of the service description: one JSON file for each suite in the folder
`conformance` of the build's output, which `pointsman conformance` reads.

Usage: conformance.py junit SUITE COMMAND FILE (from a report of the crates' tests)
       conformance.py clear"""

import datetime
import json
import os
import pathlib
import shutil
import sys
import xml.etree.ElementTree

import evidence

MARK = "shows: "  # the same as in crates/conformance/src/shows.rs


def folder():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", evidence.ROOT / "target")) / "conformance"


def write(suite, command, tests):
    """`tests`: (name, passed, ["TRM-07 busy", …]) for every test of the suite."""
    told = {
        "suite": suite,
        "command": command,
        "commit": evidence.commit(),
        "at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "passed": sum(passed for _, passed, _ in tests),
        "failed": sum(not passed for _, passed, _ in tests),
        "tests": [{"test": name, "passed": passed, "shows": shows} for name, passed, shows in tests if shows],
    }
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"{suite.replace(' ', '-').lower()}.json"
    path.write_text(json.dumps(told, indent=1) + "\n")
    return told


def of_junit(root):
    """The tests of a report in the JUnit form, as `write` takes them."""
    tests = []
    for case in root.iter("testcase"):
        passed = case.find("failure") is None and case.find("error") is None
        printed = "".join(out.text or "" for out in case.iter("system-out"))
        # The harness may stand before it on the line: `test name ... shows: TRM-07 busy`.
        shows = [line.split(MARK, 1)[1].strip() for line in printed.splitlines() if MARK in line]
        tests.append((f"{case.get('classname')} {case.get('name')}", passed, shows))
    return tests


def main():
    if sys.argv[1:] == ["clear"]:
        shutil.rmtree(folder(), ignore_errors=True)
        return
    if len(sys.argv) != 5 or sys.argv[1] != "junit":
        sys.exit(__doc__)
    _, _, suite, command, file = sys.argv
    told = write(suite, command, of_junit(xml.etree.ElementTree.parse(file).getroot()))
    print(f"{len(told['tests'])} tests of {suite} show rows of the service description")


if __name__ == "__main__":
    main()
