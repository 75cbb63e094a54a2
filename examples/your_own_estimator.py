"""An estimator of your own in twenty lines, run beside one of the suite.

    python your_own_estimator.py [figure.png]

An estimator is a generator function; its keyword-only parameters are its options, checked like
those of the suite. `mtdbench new-estimator NAME` makes a package of one, for studies and tables.
"""

import sys
from collections.abc import Iterator

import numpy as np
from scipy.ndimage import maximum_filter1d

import mtdbench
from mtdbench import Estimate, Measurement


def template_matching(
    measurement: Measurement, rng: np.random.Generator, *, rounds: int = 20, share: float = 0.2
) -> Iterator[Estimate]:
    """Find the best matches of a template, average them, and start again with the average."""
    space, y = measurement.space, measurement.samples
    windows = np.lib.stride_tricks.sliding_window_view(y, space.window.size)
    template = windows[np.argmax(np.sum(windows**2, axis=1))]
    for done in range(1, rounds + 1):
        scores = windows @ (template / np.linalg.norm(template))
        peaks = np.flatnonzero(scores == maximum_filter1d(scores, 2 * space.window.size - 1))
        count = max(1, int(share * y.size / space.window.size))
        best = peaks[np.argsort(scores[peaks])[-count:]]
        template = windows[best].mean(axis=0)
        yield Estimate(x=space.expand(template), iterations=done)


def main(figure: str | None = None) -> None:
    """Where copies stand out from the noise, matching is good; below it, it is not."""
    for snr in (8, 0.5):
        data = mtdbench.simulate("line", 10, size=50_000, snr=snr, density=0.2, seed=6)
        mine = mtdbench.estimate(data.measurement, template_matching, rounds=10)
        em = mtdbench.estimate(data.measurement, "em", n_init=4)
        errors = [mtdbench.error(data.space, found.x, data.truth) for found in (mine, em)]
        print(f"SNR {snr}: error of template matching: {errors[0]:.3f}, of EM: {errors[1]:.3f}")
    if figure:
        mtdbench.plot(data.space, mine.x, data.truth).savefig(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
