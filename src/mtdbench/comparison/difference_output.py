"""What changed between two tables, as text for people, and as JSON or CSV for programs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any, cast

import numpy as np
import pandas as pd

from mtdbench.comparison.accuracy_changes import AccuracyChange
from mtdbench.comparison.difference import Difference, StatusChange
from mtdbench.figures.layout.panels import short

MOST_LINES = 10  # of changed statuses, and of missing rows, that the text lists


def difference_lines(found: Difference, *, every_cell: bool = False) -> Iterator[str]:
    """Lines of text: each sweep and estimator, and those cells that are not equal.

    Parameters
    ----------
    found : Difference
    every_cell : bool
        List all cells instead.
    """
    yield (
        f"{found.pairs} runs in both; {len(found.only_a)} only in A, {len(found.only_b)} only in B"
    )
    yield ""
    yield "error, B over A: geometric mean, 95 % interval, corrected p that it is no greater"
    shown = [
        change
        for change in found.accuracy
        if every_cell or not change.cell or change.verdict in ("worse", "better")
    ]
    yield from _aligned([("sweep, cell", "estimator", "pairs", "ratio", "interval", "p", "")]
                        + [_accuracy_cells(change) for change in shown])  # fmt: skip
    yield ""
    yield "CPU time, B over A: median, interval"
    yield from _aligned([("sweep", "estimator", "pairs", "ratio", "interval")]
                        + [(t.sweep, t.estimator, str(t.pairs), _time(t.ratio),
                            _interval(t.low, t.high, _time)) for t in found.time])  # fmt: skip
    yield ""
    yield from _status_lines(found.statuses)
    yield from _missing_lines("A", found.only_a)
    yield from _missing_lines("B", found.only_b)
    yield f"verdict: {'worse' if found.is_worse else 'not worse'}"


def difference_json(found: Difference) -> dict[str, Any]:
    """All of it, as JSON can hold it."""
    return {
        "pairs": found.pairs,
        "only_a": found.only_a.to_dict("records"),
        "only_b": found.only_b.to_dict("records"),
        "accuracy": [asdict(change) for change in found.accuracy],
        "time": [asdict(change) for change in found.time],
        "statuses": [asdict(change) | {"is_worse": change.is_worse} for change in found.statuses],
        "is_worse": found.is_worse,
    }


def difference_table(found: Difference) -> pd.DataFrame:
    """Accuracy and time as one table: a row for each group, the column `quantity` says which."""
    accuracy = pd.DataFrame([asdict(change) for change in found.accuracy])
    time = pd.DataFrame([asdict(change) for change in found.time])
    parts = [("error", accuracy), ("cpu_seconds", time.assign(cell="") if len(time) else time)]
    return pd.concat([part.assign(quantity=name) for name, part in parts if len(part)])


def _accuracy_cells(change: AccuracyChange) -> tuple[str, ...]:
    place = f"  {change.cell}" if change.cell else change.sweep
    interval = _interval(change.low, change.high)
    p = f"{change.p_worse:.2g}" if change.pairs > 1 else ""
    return (
        *(place, change.estimator, str(change.pairs), _factor(change.ratio)),
        *(interval, p, change.verdict),
    )


def _status_lines(statuses: list[StatusChange]) -> Iterator[str]:
    yield f"{len(statuses)} runs ended otherwise" if statuses else "all runs ended alike"
    counts = Counter((c.estimator, c.before, c.after, c.reason) for c in statuses)
    for (estimator, before, after, reason), count in counts.most_common(MOST_LINES):
        yield f"  {estimator}: {before} -> {after}, {count} runs{f': {reason}' if reason else ''}"
    if (rest := len(counts) - MOST_LINES) > 0:
        yield f"  and {rest} other changes"


def _missing_lines(side: str, rows: pd.DataFrame) -> Iterator[str]:
    counts = rows.groupby(["sweep", "estimator"], sort=False).size()
    for key, count in counts.head(MOST_LINES).items():
        sweep, estimator = cast(tuple[str, str], key)
        yield f"only in {side}: {count} runs of {estimator} on {sweep}"
    if rest := int(counts.iloc[MOST_LINES:].sum()):
        yield f"only in {side}: {rest} runs of others"


def _factor(value: float) -> str:
    return f"{value:.4f}" if 0.95 < value < 1.05 else short(float(f"{value:.3g}"))


def _time(value: float) -> str:
    return short(float(f"{value:.3g}"))


def _interval(low: float, high: float, words: Callable[[float], str] = _factor) -> str:
    return f"{words(low)} to {words(high)}" if np.isfinite(low) else ""


def _aligned(lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The lines with their columns at one width each."""
    lines = list(lines)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(text.ljust(n) for text, n in zip(line, widths, strict=True)).rstrip()
