"""Whether two revisions give the same results: the tables, estimates and figures of two folders.

    python tools/compare_tables.py BEFORE/results/quick AFTER/results/quick --except cryogan

Every column but times, memory and where it ran has to be equal to the bit, as have the rendered
estimates; figures.json has to list the same figures. Which snapshots a run keeps depends on the
time, so the histories are compared where both have a snapshot of the same iteration in the same
phase. Options that were renamed are compared under their new names (`--renamed
share=batch_fraction`, repeated). Exit code 1 where anything differs.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

MEASURED = {
    *("wall_seconds", "cpu_seconds", "setup_seconds", "peak_rss_mib"),
    *("device", "host", "version", "commit"),
}
KEY = ["cell", "trial", "estimator"]


def differences(
    before: Path, after: Path, without: list[str], renamed: dict[str, str]
) -> Iterator[str]:
    """A line for whatever differs between two folders of results."""
    for name in ("table", "history"):
        old, new = (pd.read_parquet(folder / f"{name}.parquet") for folder in (before, after))
        yield from _tables(old, new, name, without, renamed)
    yield from _estimates(before, after, without)
    yield from _figures(before, after)


def _tables(
    old: pd.DataFrame, new: pd.DataFrame, name: str, without: list[str], renamed: dict[str, str]
) -> Iterator[str]:
    old, new = (t[~t["estimator"].isin(without)].reset_index(drop=True) for t in (old, new))
    for column in ("options", "estimator"):
        if column in old:
            old[column] = [_words(text, renamed) for text in old[column]]
    if list(old.columns) != list(new.columns):
        yield f"{name}: columns {sorted(set(old.columns) ^ set(new.columns))} or their order"
    if name == "history":
        old, new = _common(old, new)
    if len(old) != len(new):
        yield f"{name}: {len(old)} rows before, {len(new)} after"
        return
    for column in old.columns.intersection(new.columns).difference(list(MEASURED)):
        a, b = old[column], new[column]
        unequal = ~((a == b) | (a.isna() & b.isna()))
        for row in np.flatnonzero(unequal)[:3]:
            where = ", ".join(str(old.at[row, key]) for key in KEY if key in old)
            yield f"{name}, {column} of {where}: {a[row]!r} before, {b[row]!r} after"


def _common(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of two histories that are of the same iteration in the same phase of a run."""
    key = [*KEY, "phase", "iteration"]
    old, new = (
        t.assign(phase=_phases(t)).drop_duplicates(key, keep="last").set_index(key, drop=False)
        for t in (old, new)
    )
    both = old.index.intersection(new.index)
    return old.loc[both].reset_index(drop=True), new.loc[both].reset_index(drop=True)


def _phases(history: pd.DataFrame) -> pd.Series:
    """The number of the phase of every snapshot: iterations are counted anew in each."""
    falls = history.groupby(KEY)["iteration"].diff() < 0
    return falls.groupby([history[name] for name in KEY]).cumsum()


def _words(text: str, renamed: dict[str, str]) -> str:
    """Options, or a label with an option in it, under their new names."""
    for old, new in renamed.items():
        text = text.replace(f'"{old}":', f'"{new}":').replace(f" {old}=", f" {new}=")
    if text.startswith("{"):
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    return text


def _estimates(before: Path, after: Path, without: list[str]) -> Iterator[str]:
    for old in sorted((before / "estimates").rglob("*.npy")):
        new = after / old.relative_to(before)
        if old.stem.removesuffix(".pairs") in without:
            continue
        if not new.is_file():
            yield f"{new} is missing"
        elif not np.array_equal(np.load(old), np.load(new), equal_nan=True):
            yield f"{new} differs"


def _figures(before: Path, after: Path) -> Iterator[str]:
    old, new = (f / "figures" / "figures.json" for f in (before, after))
    names = [[entry["name"] for entry in json.loads(path.read_text())] for path in (old, new)]
    if names[0] != names[1]:
        yield f"figures: {sorted(set(names[0]) ^ set(names[1]))} or their order"


def main() -> int:
    """Print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--except", dest="without", action="append", default=[], metavar="LABEL")
    parser.add_argument("--renamed", action="append", default=[], metavar="OLD=NEW")
    given = parser.parse_args()
    renamed = dict(pair.split("=", 1) for pair in given.renamed)
    found = list(differences(given.before, given.after, given.without, renamed))
    print("\n".join(found) or "equal")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
