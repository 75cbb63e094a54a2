"""A signal that nobody can see, from one long measurement.

    python signal_below_the_noise.py [figure.png]

The noise is twice as strong as the signal, and nothing says where its copies lie. EM does not ask:
it sums over all places at which each patch of the measurement may see a part of a copy.
"""

import sys

import numpy as np

import mtdbench


def main(figure: str | None = None) -> None:
    """Simulate, estimate, compare with someone who looks for copies."""
    data = mtdbench.simulate("line", 12, size=200_000, snr=0.25, density=0.3, seed=4)
    strength = np.sqrt(np.mean(np.square(data.space.render(data.truth))))
    print(f"{data.facts['copies']} copies, root mean square {strength:.2f}")
    print(f"noise, root mean square {data.facts['sigma']:.2f}")

    found = mtdbench.estimate(data.measurement, "em", n_init=4)
    print(f"error of EM: {mtdbench.error(data.space, found.x, data.truth):.3f}")
    print(f"density {found.density:.3f}, in truth {data.facts['density']:.3f}")

    # The picker is even told what it looks for. It finds noise that resembles it.
    picked = mtdbench.estimate(
        data.measurement, "matched-filter", truth=data.truth, placement=data.placement
    )
    print(f"error of picking: {mtdbench.error(data.space, picked.x, data.truth):.3f}")

    if figure:
        mtdbench.plot(data.space, found.x, data.truth).savefig(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
