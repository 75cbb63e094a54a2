"""Whether one revision is slower than another: `make perf` of two checkouts, in turn.

    python tools/compare_perf.py BEFORE AFTER --rounds 5 posterior iteration

Each folder is a checkout with its own `.venv`. In every round each case is measured in both, the
order turned around from round to round, so that both meet the same machine. Printed are the medians
of the CPU seconds and their ratio.
"""

import argparse
import json
import subprocess
from collections import defaultdict
from pathlib import Path
from statistics import median


def cpu_seconds(checkout: Path, case: str) -> float:
    """The CPU seconds of a case, measured by the checkout's own benchmark."""
    python = checkout / ".venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "mtdbench.perf", case], cwd=checkout, check=True, stdout=subprocess.DEVNULL
    )
    (row,) = json.loads((checkout / "results" / "perf" / "perf.json").read_text())
    return float(row["cpu_seconds"])


def main() -> None:
    """Measure, and print a line for each case after each round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("case", nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    both = [given.before.resolve(), given.after.resolve()]
    seconds: dict[tuple[str, Path], list[float]] = defaultdict(list)
    for n in range(given.rounds):
        for case in given.case:
            for checkout in both[:: 1 if n % 2 == 0 else -1]:
                seconds[case, checkout].append(cpu_seconds(checkout, case))
            before, after = (median(seconds[case, checkout]) for checkout in both)
            print(
                f"{case:24s} {n + 1} rounds: {before:.4g} s before, {after:.4g} s after,"
                f" ratio {after / before:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
