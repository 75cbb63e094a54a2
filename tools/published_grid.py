"""A corner of a published study, small enough to be run again by every change.

    python tools/published_grid.py paper-2d-reduced size --size 150 194 --trials 3 > grid.yaml

The study as it is now under config/, its sweeps that are named, at the sizes or windows that are
named (default: the smallest) and the other axes' first values, with the first trials; called
`grid-NAME`. Cells, data sets and seeds are those of the published study, so that

    snakemake --cores 2 --config study=grid.yaml
    mtdbench diff results/published/paper-2d-reduced results/grid-paper-2d-reduced

compares what this revision finds with what is published. A run gives the same estimate up to the
rounding of the linear algebra on the machine; `mtdbench diff` calls errors equal within 0.5 %.
"""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

import yaml

from mtdbench.study.find import find_study
from mtdbench.study.schema import Study


def published_grid(
    study: dict[str, Any], sweeps: list[str], axes: dict[str, list[float]], trials: int
) -> dict[str, Any]:
    """The study with these sweeps alone, cut to these values of the axes and so many trials."""
    kept = [_cut(sweep, axes, trials) for sweep in study["sweeps"] if sweep["name"] in sweeps]
    name = f"grid-{study['name']}"
    return {**study, "name": name, "sweeps": kept, "figures": [], "batch": trials}


def _cut(sweep: dict[str, Any], axes: Mapping[str, list[float]], trials: int) -> dict[str, Any]:
    smallest = {axis: [min(sweep[axis])] for axis in ("size", "window")}
    first = {axis: sweep[axis][:1] for axis in ("snr", "density")}
    return {**sweep, **smallest, **first, **axes, "trials": trials}


def main() -> None:
    """Print the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", help="its file or name; NAME-reduced is its reduced scale")
    parser.add_argument("sweeps", nargs="+")
    parser.add_argument("--size", nargs="+", type=int)
    parser.add_argument("--window", nargs="+", type=int)
    parser.add_argument("--trials", type=int, default=3)
    given = parser.parse_args()
    axes = {name: values for name in ("size", "window") if (values := getattr(given, name))}
    study = find_study(given.study)[0].model_dump(mode="json")
    grid = Study.model_validate(published_grid(study, given.sweeps, axes, given.trials))
    yaml.safe_dump(grid.model_dump(mode="json", exclude_defaults=True), sys.stdout, sort_keys=False)


if __name__ == "__main__":
    main()
