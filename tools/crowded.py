"""How EM does on crowded micrographs, beside well-separated copies of the same number.

    python tools/crowded.py disc --copies 20000 --trials 5
    python tools/crowded.py ball --copies 20000 --trials 1 --snr 3.5
    python tools/crowded.py disc --trials 3 --snr 3.5 --prior crowded --grids 9

Images of L = 5 (`disc`) or volumes of L = 11 (`ball`): copies that only do not overlap, at density
0.40, and as many of which no window sees two, at density 0.10, at the same SNR. A line of JSON
tells what each run comes to: the density that was placed and the one that was found, the error of
the object, seconds. Crowded copies are given to `em` with the prior `crowded` and with that of one
copy to a patch; `--prior` names only one of them.
"""

import argparse
import json
import time
from typing import Any

import numpy as np

import mtdbench
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.prior import Prior

WINDOWS = {"disc": 5, "ball": 11}
CASES: dict[str, tuple[float, tuple[Prior, ...]]] = {
    "arbitrary": (0.40, ("crowded", "uniform")),
    "well-separated": (0.10, ("uniform",)),
}
"""Of a spacing the density, and the priors that are tried."""


def run(
    space: str,
    spacing: str,
    prior: Prior,
    snr: float,
    copies: int,
    trial: int,
    target: str | None,
    grids: int,
) -> dict[str, object]:
    """One measurement, and what `em` finds in it."""
    window, density = WINDOWS[space], CASES[spacing][0]
    size = round(np.sqrt(copies * window**2 / density))
    given: dict[str, Any] = {"target": target} if target else {}
    given |= {"size": size, "snr": snr, "density": density, "spacing": spacing, "seed": trial}
    data = mtdbench.simulate(space, window, **given)
    placed = len(data.placement.corners) * window**2 / size**2
    begun, rng = time.perf_counter(), np.random.default_rng(trial)
    *_, found = em(data.measurement, rng, prior=prior, n_grids=grids)
    assert found.density is not None
    return {
        "space": space,
        "spacing": spacing,
        "prior": prior,
        "grids": grids,
        "snr": snr,
        "trial": trial,
        "copies": len(data.placement.corners),
        "size": size,
        "placed": round(placed, 5),
        "found": round(found.density, 5),
        "deviation": round(found.density / placed - 1, 5),
        "error": round(mtdbench.error(data.space, found.x, data.truth), 5),
        "iterations": found.iterations,
        "seconds": round(time.perf_counter() - begun, 1),
    }


def main() -> None:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("space", choices=WINDOWS)
    parser.add_argument("--copies", type=int, default=20_000, help="default: 20000")
    parser.add_argument("--trials", type=int, default=3, help="default: 3")
    parser.add_argument("--snr", type=float, nargs="*", default=[3.5, 1.0], help="default: 3.5 1")
    parser.add_argument("--prior", choices=("crowded", "uniform"), help="of crowded copies")
    parser.add_argument("--grids", type=int, default=1, help="of patches (default: 1)")
    parser.add_argument("--target", help="of volumes (default: volume:shepp-logan)")
    given = parser.parse_args()
    target = given.target or ("volume:shepp-logan" if given.space == "ball" else None)
    for snr in given.snr:
        for spacing, (_, priors) in CASES.items():
            for prior in priors:
                if spacing == "arbitrary" and given.prior not in (None, prior):
                    continue
                for trial in range(given.trials):
                    asked = given.copies, trial, target, given.grids
                    row = run(given.space, spacing, prior, snr, *asked)
                    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
