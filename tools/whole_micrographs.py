"""How EM of whole micrographs does beside EM of patches, on one grid of patches and on several.

    python tools/whole_micrographs.py --trials 8 --snr 5 2 1
    python tools/whole_micrographs.py --trials 3 --snr 3.5 1 0.5 --size 400 --density saturation

Random images of L = 5. A line of JSON for each SNR: of every method the root mean square error over
the data sets, the mean deviation of the density, CPU seconds of a run; and the ratio of its mean
square error to that of whole micrographs, which is how many times as much data it needs, with its
95 % interval by resampling the data sets. All methods see the same data sets, one after the other.
"""

import argparse
import json
import time
from typing import Any

import numpy as np

import mtdbench
from mtdbench.estimators.em.em import em

METHODS: dict[str, dict[str, Any]] = {
    "patches": {},
    "4 grids": {"n_grids": 4},
    "9 grids": {"n_grids": 9},
    "micrographs": {"likelihood": "micrographs"},
}


def run(data: Any, trial: int, options: dict[str, Any]) -> tuple[float, float, float]:
    """The error of the object and of the density, and the CPU seconds of one run."""
    begun, measurement = time.process_time(), data.measurement
    *_, found = em(measurement, np.random.default_rng(trial), **options)
    seconds = time.process_time() - begun
    placed = len(data.placement.corners) * data.space.window.size / measurement.samples.size
    assert found.density is not None
    return mtdbench.error(data.space, found.x, data.truth), found.density / placed - 1, seconds


def compared(given: argparse.Namespace, snr: float) -> dict[str, Any]:
    """The runs of one SNR, summed up."""
    density = None if given.density == "saturation" else float(given.density)
    about = {"size": given.size, "snr": snr, "density": density, "spacing": given.spacing}
    runs = np.array(
        [
            [run(data, trial, options) for options in METHODS.values()]
            for trial in range(given.trials)
            for data in [mtdbench.simulate("disc", 5, seed=trial, **about)]
        ]
    )
    squares = runs[..., 0] ** 2
    drawn = np.random.default_rng(0).integers(0, given.trials, (2000, given.trials))
    means = squares[drawn].mean(axis=1)
    ends = np.quantile(means / means[:, -1:], [0.025, 0.975], axis=0)
    row: dict[str, Any] = {**about, "trials": given.trials}
    for k, name in enumerate(METHODS):
        row[name] = {
            "rms": round(float(np.sqrt(squares[:, k].mean())), 5),
            "density": round(float(runs[:, k, 1].mean()), 4),
            "seconds": round(float(np.median(runs[:, k, 2])), 1),
            "data": round(float(squares[:, k].mean() / squares[:, -1].mean()), 2),
            "interval": ends[:, k].round(2).tolist(),
        }
    return row


def main() -> None:
    """Print one line of JSON for each SNR."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--trials", type=int, default=8, help="default: 8")
    parser.add_argument("--size", type=int, default=500, help="default: 500")
    parser.add_argument("--snr", type=float, nargs="*", default=[2.0], help="default: 2")
    parser.add_argument("--density", default="0.1", help="or 'saturation' (default: 0.1)")
    parser.add_argument("--spacing", default="well-separated", help="default: well-separated")
    given = parser.parse_args()
    for snr in given.snr:
        print(json.dumps(compared(given, snr)), flush=True)


if __name__ == "__main__":
    main()
