"""Whether one revision is slower than another: the cases of `make perf` of two checkouts, in turn.

    python tools/compare_perf.py BEFORE AFTER --rounds 5 posterior iteration

Each folder is a checkout with its own `.venv`. In every round a case is prepared in one process of
each checkout; then the two are timed one after the other, timing by timing, so that both meet the
same machine. Printed after each round are the medians over all rounds of the CPU seconds, and of
the ratios of two neighbouring timings.
"""

import argparse
import json
import subprocess
from pathlib import Path
from statistics import median

from mtdbench.perf.cases import CASES
from mtdbench.run.environment import environment

WORKER = """
import sys, time
from contextlib import redirect_stdout
from mtdbench.perf.cases import CASES
with redirect_stdout(sys.stderr):
    work, _ = CASES[sys.argv[1]].prepare()
    work()
for _ in sys.stdin:
    start = time.process_time()
    with redirect_stdout(sys.stderr):
        work()
    print(time.process_time() - start, flush=True)
"""


class Worker:
    """A process of a checkout in which a case is prepared and warm."""

    def __init__(self, checkout: Path, case: str) -> None:
        self.process = subprocess.Popen(
            [checkout / ".venv" / "bin" / "python", "-c", WORKER, case],
            cwd=checkout,
            env=environment(CASES[case].threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def cpu_seconds(self) -> float:
        """CPU seconds of doing the work once; waits until it is done."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def measure_round(case: str, checkouts: list[Path], repeats: int) -> list[list[float]]:
    """The CPU seconds of `repeats` timings (repeats, 2), before and after in turn."""
    workers = [Worker(checkout, case) for checkout in checkouts]
    timings = []
    for n in range(repeats):
        first = n % 2
        pair = {i: workers[i].cpu_seconds() for i in (first, 1 - first)}
        timings.append([pair[0], pair[1]])
    for worker in workers:
        worker.close()
    return timings


def summary(case: str, rounds: list[list[list[float]]]) -> dict[str, float | int | str]:
    """Medians over the rounds of each round's medians, and of its ratios after / before."""
    before, after = (median(median(t[i] for t in r) for r in rounds) for i in (0, 1))
    ratios = [median(b / a for a, b in r) for r in rounds]
    return {
        "case": case, "rounds": len(rounds), "timings": len(rounds[0]), "before": before,
        "after": after, "ratio": median(ratios), "least": min(ratios), "most": max(ratios),
    }  # fmt: skip


def main() -> None:
    """Measure, and print a JSON line for each case after each round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("case", nargs="+", choices=CASES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, help="timings in a round (the case's own number)")
    given = parser.parse_args()
    checkouts = [given.before.resolve(), given.after.resolve()]
    for case in given.case:
        repeats = given.repeats or CASES[case].repeats
        rounds: list[list[list[float]]] = []
        for n in range(given.rounds):
            turned = checkouts[:: 1 if n % 2 == 0 else -1]
            timings = measure_round(case, turned, repeats)
            rounds.append(timings if n % 2 == 0 else [pair[::-1] for pair in timings])
            print(json.dumps(summary(case, rounds)), flush=True)


if __name__ == "__main__":
    main()
