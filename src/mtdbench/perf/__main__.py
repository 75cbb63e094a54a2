"""Run every benchmark in a process of its own; print a table, write perf.json."""

import json
import subprocess
import sys
from pathlib import Path

from mtdbench.errors import unknown
from mtdbench.files import write_json
from mtdbench.run.environment import environment

OUT = Path("results/perf/perf.json")
PERF_COLUMNS = (
    "threads",
    "cpu_seconds",
    "wall_seconds",
    "bare_cpu_seconds",
    "ratio",
    "peak_rss_mib",
)


def main() -> int:
    """Measure the cases named on the command line; where none is named all but the long ones."""
    from mtdbench.perf.cases import CASES

    wanted = sys.argv[1:] or [name for name, case in CASES.items() if not case.named_only]
    for case in wanted:
        if case not in CASES:
            print(f"mtdbench.perf: {unknown('case', case, CASES)}", file=sys.stderr)
            return 2
    print(f"{'case':58s}" + "".join(f"{column:>18s}" for column in PERF_COLUMNS))
    rows = []
    for case in wanted:
        row = _fresh(case)
        rows.append(row)
        cells = "".join(
            "-".rjust(18) if row[c] is None else f"{row[c]:18.4g}" for c in PERF_COLUMNS
        )
        steps = f"  {row['steps']} against {row['bare_steps']} E-steps" if "steps" in row else ""
        print(f"{row['name']:58s}" + cells + steps, flush=True)
    write_json(OUT, rows)
    print(f"written to {OUT}; ratio is cpu_seconds / bare_cpu_seconds, medians")
    return 0


def _fresh(case: str) -> dict[str, float | str | None]:
    """The row of one case, measured in a process that has as many threads as the case says."""
    from mtdbench.perf.cases import CASES

    code = (
        "from mtdbench.perf.case import measure; from mtdbench.perf.cases import CASES;"
        f" measure(CASES[{case!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(CASES[case].threads),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    row: dict[str, float | str | None] = json.loads(done.stdout.splitlines()[-1])
    return row


if __name__ == "__main__":
    sys.exit(main())
