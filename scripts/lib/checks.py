"""What a long run has to show: a line for each check as it is made, a table for the evidence, and the count at the end."""

import shutil
import sys

import conformance
from switch import Failed


class Checks:
    """A run. What it is made of says `run`; what it found, `check`."""

    def __init__(self):
        self.checks = []  # (what, passed, found)

    def check(self, what, passed, found):
        self.checks.append((what, passed, found))
        print(f"{'ok    ' if passed else 'FAILED'} {what}: {found}", flush=True)

    def attempt(self):
        """Runs; what keeps the run from its end is a check that failed."""
        try:
            self.run()
        except Failed as error:
            self.check("the run", False, str(error))

    def table(self):
        rows = "\n".join(f"| {what} | {'yes' if passed else '**no**'} | {found} |" for what, passed, found in self.checks)
        return f"| check | holds | found |\n|---|---|---|\n{rows}\n"

    def tell(self, suite, command, shows):
        """Leaves word that this run, if all its checks passed, shows these rows of the service description."""
        conformance.write(suite, command, [("all checks", all(passed for _, passed, _ in self.checks), shows)])

    def end(self):
        """Prints "N passed, N failed" and ends the program, with 0 if nothing failed."""
        good = sum(1 for _, passed, _ in self.checks if passed)
        print(f"{good} passed, {len(self.checks) - good} failed")
        sys.exit(0 if good == len(self.checks) else 1)


def emptied(folder):
    """A folder with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
