"""What copies tell of an object whose places are known and whose poses are not.

    python tools/pose_bounds.py ball 11 --copies 47000 --snr 3.5 1 --poses 552 2208 8832
    python tools/pose_bounds.py ball 7 --copies 1500 --poses 120 552 2208

A line of JSON for each target and SNR: the Cramer-Rao bound for whole copies at known places by
sums over more and more poses, each with its standard error, whether it has converged, and the bound
where poses are known too; and how far views of the object differ, the mean of ||I_g - I||^2 /
sigma^2 over poses, I their mean, beside ||I_g||^2 / sigma^2: what tells the poses; and how far the
nearest mirror image of the object is, of those that a flip of one axis makes.
"""

import argparse
import json
import time
from typing import Any

import numpy as np

import mtdbench
from mtdbench.evaluate.cramer_rao import known_bound
from mtdbench.evaluate.places_bound import places_bound

TARGETS = ("volume:shepp-logan", "volume:asymmetric", "volume:c4")


def row(given: argparse.Namespace, target: str, snr: float) -> dict[str, Any]:
    """The bounds of one target and SNR."""
    data = mtdbench.simulate(given.space, given.window, size=300, snr=snr, target=target, seed=1)
    forward, x, sigma = data.measurement.forward, data.truth, data.measurement.sigma
    assert sigma is not None
    volume = data.space.render(x)
    mirrored = [np.linalg.norm(np.flip(volume, axis) - volume) for axis in range(volume.ndim)]
    views = data.space.project(x, data.space.poses(given.poses[0]))
    differ = np.sum((views - views.mean(axis=0)) ** 2, axis=1).mean() / sigma**2
    begun, rng = time.process_time(), np.random.default_rng(0)
    found = places_bound(forward, x, given.copies, sigma, rng, given.poses, given.drawn)
    seconds = time.process_time() - begun
    known = known_bound(forward, x, given.copies, sigma)
    return {
        "target": target,
        "snr": snr,
        "views": [round(float(v), 1) for v in (differ, np.sum(views**2, axis=1).mean() / sigma**2)],
        "mirrored": round(float(min(mirrored) / np.linalg.norm(volume)), 3),
        "poses": found.poses,
        "bounds": [[round(b.error, 4), round(b.uncertainty, 4)] for b in found.bounds],
        "converged": bool(np.isfinite(found.converged.error)),
        "known": round(known.error, 5),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Print one line of JSON for each target and SNR."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("space", choices=("disc", "ball"))
    parser.add_argument("window", type=int)
    parser.add_argument("--copies", type=int, default=47_000, help="default: 47000")
    parser.add_argument("--drawn", type=int, default=4096, help="copies drawn (default: 4096)")
    parser.add_argument("--snr", type=float, nargs="*", default=[3.5], help="default: 3.5")
    parser.add_argument("--poses", type=int, nargs="*", default=[552, 2208], help="K")
    parser.add_argument("--target", nargs="*", default=TARGETS, help="default: three volumes")
    given = parser.parse_args()
    for target in given.target:
        for snr in given.snr:
            print(json.dumps(row(given, target, snr)), flush=True)


if __name__ == "__main__":
    main()
