"""Which degrees of the harmonics carry the error of volumes in a study's results.

    python tools/error_by_degree.py results/pose-grids

For each estimate of a volume a line of JSON: the relative error, and the part of it in each degree
l. The squares of the parts add up to that of the error, nearly: harmonics of different degree are
orthogonal, but for the samples. Estimates are those that the study has aligned with the truth.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from mtdbench.model.coefficients import read_coefficients
from mtdbench.spaces import make_space
from mtdbench.spaces.volume.volume import Ball


def parts_by_degree(space: Ball, difference: np.ndarray, truth: np.ndarray) -> list[float]:
    """||R d_l|| / ||R x||, with R the rendering, d_l the part of degree l of the difference d."""
    scale, parts = np.linalg.norm(space.render(truth)), []
    for part, _ in space.shells.by_degree(difference):
        alone = np.zeros_like(difference)
        alone[part] = difference[part]
        parts.append(float(np.linalg.norm(space.render(alone)) / scale))
    return parts


def main() -> None:
    """Print a line for each estimate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a study's results")
    results = parser.parse_args().results
    for path in sorted(results.glob("estimates/*/*/*.npy")):
        cell, trial = path.parts[-3:-1]
        data = results / "data" / cell / trial
        facts = json.loads((data / "dataset.json").read_text())
        space = make_space(facts["space"], facts["window"], facts["basis"])
        if not isinstance(space, Ball):
            continue
        truth = read_coefficients(data / "truth.npz", space)
        difference = space.expand(np.load(path)) - truth
        parts = parts_by_degree(space, difference, truth)
        error = float(
            np.linalg.norm(space.render(difference)) / np.linalg.norm(space.render(truth))
        )
        row = {"cell": cell, "trial": int(trial), "estimate": path.stem, "error": round(error, 5)}
        print(json.dumps(row | {"by_degree": [round(part, 5) for part in parts]}), flush=True)


if __name__ == "__main__":
    main()
