"""Two ways to an image without detection: maximum likelihood by EM, and moments.

    python em_against_moments.py [figure.png]

Autocorrelation analysis reads the measurement once and then fits its first three moments; EM goes
through all patches in every iteration. The oracle, which knows the place and the rotation of every
copy, shows how much there is to gain.
"""

import sys
import time
from typing import Any

from matplotlib.figure import Figure

import mtdbench

LEVELS = (2, 8)


def main(figure: str | None = None) -> None:
    """The errors of three estimators at two noise levels."""
    errors: dict[str, list[float]] = {"autocorrelation": [], "em": [], "oracle": []}
    for snr in LEVELS:
        data = mtdbench.simulate("disc", 5, size=700, snr=snr, density=0.04, seed=2)
        told = {"placement": data.placement}
        options: dict[str, dict[str, Any]] = {"em": {"poses": 16}, "oracle": told}
        for name in errors:
            start = time.perf_counter()
            found = mtdbench.estimate(data.measurement, name, **options.get(name, {}))
            seconds = time.perf_counter() - start
            errors[name].append(mtdbench.error(data.space, found.x, data.truth))
            print(f"SNR {snr}: error of {name}: {errors[name][-1]:.4f} in {seconds:.1f} s")
    if figure:
        drawn = Figure(figsize=(4, 3), layout="constrained")
        axis = drawn.subplots()
        for name, values in errors.items():
            axis.semilogy([str(snr) for snr in LEVELS], values, marker="o", label=name)
        axis.set(xlabel="SNR", ylabel="relative error")
        axis.legend()
        drawn.savefig(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
