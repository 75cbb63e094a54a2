"""A micrograph of your own: what is in it, and where.

    python your_own_micrograph.py [--file micrograph.mrc] [--window 5] [--figure figure.png]

Nothing is known but the size of the window, not even how strong the noise is. Without a file a
micrograph is simulated first, so that the error is known too. Writes `copies.csv`, a copy a line.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import mtdbench


def main() -> None:
    """Read, estimate, pick."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, help="a .npy or .mrc file")
    parser.add_argument("--window", type=int, default=5, help="samples along an axis of a copy")
    parser.add_argument("--figure", type=Path, help="where the estimate is drawn")
    given = parser.parse_args()

    truth = None
    if given.file is None:
        given.file = Path("simulated", "measurement.npy")
        data = mtdbench.simulate("disc", 5, size=500, snr=5, seed=3, folder=given.file.parent)
        truth = data.truth
    space = mtdbench.make_space("disc", given.window)
    measurement = mtdbench.Measurement.load(given.file, space)

    found = mtdbench.estimate(measurement, "em", progress=True)
    print(f"noise {found.sigma:.3f}, density {found.density:.3f}: {found.note}")
    if truth is not None:
        print(f"error: {mtdbench.error(space, found.x, truth):.3f}")

    picks = mtdbench.pick(replace(measurement, sigma=found.sigma), found.x, grids=4)
    copies = mtdbench.particles(picks)
    table = np.column_stack([copies.micrographs, copies.corners, copies.probabilities])
    np.savetxt("copies.csv", table, "%g", ",", header="micrograph,row,column,probability")
    print(f"{len(table)} copies found: copies.csv")

    if given.figure:
        mtdbench.plot(space, found.x, truth).savefig(given.figure)


if __name__ == "__main__":
    main()
