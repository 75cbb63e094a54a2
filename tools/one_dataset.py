"""A study cut down to one small data set of each of its sweeps, to compare two revisions by.

    python tools/one_dataset.py config/paper-2d.yaml > one-paper-2d.yaml

    python tools/one_dataset.py config/paper-3d.yaml arbitrary > ...     only the sweeps named
    python tools/one_dataset.py config/paper-3d.yaml arbitrary=990 > ... and with another size N
    python tools/one_dataset.py config/losses.yaml --steps 600 > ...     cryogan on a small budget

The smallest window, size and number of micrographs, the first SNR and density, one trial; all
estimators with their options as they are; the reduced scale where the study has one. The data sets
are named by their content, so that two revisions run on the same ones:

    snakemake --cores 2 --config study=one-paper-2d.yaml
    python tools/compare_tables.py BEFORE/results/one-paper-2d AFTER/results/one-paper-2d
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

GRID: dict[str, Callable[[list[Any]], Any]] = {
    "window": min,
    "size": min,
    "snr": lambda values: values[0],
    "density": lambda v: v[0],
}


def one_dataset(study: dict[str, Any], only: list[str]) -> dict[str, Any]:
    """The study with one cell of one trial in each sweep, or those named, called `one-NAME`."""
    sizes = dict(entry.partition("=")[::2] for entry in only)
    kept = [sweep for sweep in study["sweeps"] if not sweep.get("reduced", {}).get("skip")]
    sweeps = [_cut(sweep) for sweep in kept if not only or sweep["name"] in sizes]
    for sweep in sweeps:
        if size := sizes.get(sweep["name"]):
            sweep["size"] = int(size)
    rest = {name: value for name, value in study.items() if name != "figures"}
    return {**rest, "name": f"one-{study['name']}", "sweeps": sweeps}


def with_steps(study: dict[str, Any], steps: int) -> dict[str, Any]:
    """The study with so many steps for every line of `cryogan`."""
    lines = [
        {**line, "options": {**line.get("options", {}), "steps": steps}}
        if line["name"] == "cryogan"
        else line
        for line in study["estimators"]
    ]
    return {**study, "estimators": lines}


def _cut(sweep: dict[str, Any]) -> dict[str, Any]:
    """The sweep at its reduced scale, with the first or smallest value of each axis."""
    reduced = {name: value for name, value in sweep.get("reduced", {}).items() if name != "skip"}
    cut = {**sweep, **reduced}
    for axis, choose in GRID.items():
        value = cut[axis]
        cut[axis] = choose(value) if isinstance(value, list) else value
    return {**{name: v for name, v in cut.items() if name != "reduced"}, "trials": 1}


def main() -> None:
    """Print the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("sweep", nargs="*", help="NAME or NAME=SIZE; all sweeps if none is named")
    parser.add_argument("--steps", type=int, help="steps of cryogan")
    given = parser.parse_args()
    study = yaml.safe_load(given.study.read_text(encoding="utf-8"))
    names = [sweep["name"] for sweep in study["sweeps"]]
    if unknown := [word for word in given.sweep if word.partition("=")[0] not in names]:
        parser.error(f"no sweep {', '.join(unknown)} in {given.study}: it has {', '.join(names)}")
    study = with_steps(study, given.steps) if given.steps else study
    yaml.safe_dump(one_dataset(study, given.sweep), sys.stdout, sort_keys=False, allow_unicode=True)


if __name__ == "__main__":
    main()
