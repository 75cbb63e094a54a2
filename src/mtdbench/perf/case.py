"""A benchmark: a piece of the real code beside the bare operations of the same shapes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from mtdbench.run.memory import forget_peak, peak_mib
from mtdbench.run.stopwatch import Stopwatch

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Case:
    """One benchmark: `prepare` gives the work, and the bare work it is compared with if any. One of
    minutes runs if it is named only, and is not tried before.
    """

    name: str
    prepare: Callable[[], tuple[Work, Work | None]]
    repeats: int = 7
    threads: int = 1
    named_only: bool = False


def measure(case: Case) -> None:
    """Time work and bare work in turn, so that both meet the same machine; print a JSON row."""
    work, bare = case.prepare()
    steps = None if case.named_only else work()  # a first time compiles
    forget_peak()
    ours, theirs = [], []
    for _ in range(case.repeats):
        if bare is not None:
            theirs.append(_timed(bare))
        ours.append(_timed(work))
    cpu, wall = (median(column) for column in zip(*ours, strict=True))
    bare_cpu, bare_wall, ratio = None, None, None
    if theirs:
        bare_cpu, bare_wall = (median(column) for column in zip(*theirs, strict=True))
        ratio = median(a[0] / b[0] for a, b in zip(ours, theirs, strict=True))
    row = {
        "name": case.name, "threads": case.threads, "cpu_seconds": cpu, "wall_seconds": wall,
        "bare_cpu_seconds": bare_cpu, "bare_wall_seconds": bare_wall, "ratio": ratio,
        "peak_rss_mib": peak_mib(),
    }  # fmt: skip
    if isinstance(steps, int):
        row |= {"steps": steps, "bare_steps": bare() if bare else None}
    print(json.dumps(row))


def _timed(work: Work) -> tuple[float, float]:
    watch = Stopwatch()
    with watch.running():
        work()
    return watch.cpu, watch.wall
