"""How EM of whole signals does beside EM of patches, and how long a pass over a signal takes.

    python tools/exact_likelihood.py errors --trials 20 --snr 10 2 1 0.5
    python tools/exact_likelihood.py bounds --snr 10 2 1 0.5
    python tools/exact_likelihood.py pass

`errors`: the signal `asd1` (L = 10) in 30 000 samples at density 0.3. A line of JSON for each
spacing and SNR: the median and the root mean square error of `em` by patches and by the exact
likelihood, the ratio of the mean squares with its 95 % interval over the data sets, how often the
exact one is nearer, the densities, CPU seconds of a run. `bounds`: the Cramer-Rao bounds for
estimators that see whole signals, that see patches of well-separated copies, and that are told all
places, each with its standard error; the ratio of the squares of the second and the first.
`pass`: the least seconds of an exact E-step of 10^6 samples, L = 21.
"""

import argparse
import json
import time
from typing import Any

import numpy as np

import mtdbench
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.exact_likelihood import LikelihoodName, exact_problem
from mtdbench.evaluate.cramer_rao import known_bound, patch_bound
from mtdbench.evaluate.signal_bound import signal_bound
from mtdbench.model.measurement import Measurement
from mtdbench.spaces import make_space

CASES: dict[str, list[dict[str, Any]]] = {
    "well-separated": [{"prior": "uniform"}, {"prior": "free"}],
    "arbitrary": [{"prior": "free"}, {"prior": "uniform"}],
}
"""Of a spacing the laws of the gaps, that of the default first."""


def run(
    spacing: str, size: int, snr: float, trial: int, likelihood: LikelihoodName, **options: Any
) -> dict[str, float]:
    """One measurement, and what `em` finds in it."""
    given: dict[str, Any] = {"target": "asd1", "size": size, "density": 0.3, "spacing": spacing}
    data = mtdbench.simulate("line", 10, snr=snr, seed=trial, **given)
    begun, rng = time.process_time(), np.random.default_rng(trial)
    *_, found = em(data.measurement, rng, likelihood=likelihood, **options)
    assert found.density is not None
    return {
        "error": mtdbench.error(data.space, found.x, data.truth),
        "density": found.density,
        "seconds": time.process_time() - begun,
    }


def compared(spacing: str, size: int, snr: float, trials: int, every: bool) -> dict[str, Any]:
    """The runs of one spacing and SNR, summed up; `every`: by every law of the gaps."""
    laws = CASES[spacing] if every else CASES[spacing][:1]
    kinds: dict[str, dict[str, Any]] = {"patches": {"likelihood": "patches"}}
    kinds |= {f"exact, {law['prior']}": {"likelihood": "exact", **law} for law in laws}
    row: dict[str, Any] = {"spacing": spacing, "size": size, "snr": snr, "trials": trials}
    squares: dict[str, np.ndarray] = {}
    for kind, options in kinds.items():
        runs = [run(spacing, size, snr, trial, **options) for trial in range(trials)]
        squares[kind] = np.array([each["error"] ** 2 for each in runs])
        row[kind] = {name: round(float(np.median([r[name] for r in runs])), 5) for name in runs[0]}
        row[kind]["rms"] = round(float(np.sqrt(squares[kind].mean())), 5)
        if kind != "patches":
            row[kind] |= beside(squares["patches"], squares[kind])
    return row


def beside(patches: np.ndarray, exact: np.ndarray) -> dict[str, Any]:
    """The ratio of mean squares, with its 95 % interval by resampling the data sets, and the share
    of these in which the exact likelihood is nearer.
    """
    drawn = np.random.default_rng(0).integers(0, len(exact), (2000, len(exact)))
    ratios = patches[drawn].mean(axis=1) / exact[drawn].mean(axis=1)
    interval = np.quantile(ratios, [0.025, 0.975])
    return {
        "ratio": round(float(patches.mean() / exact.mean()), 3),
        "interval": [round(float(end), 3) for end in interval],
        "nearer": round(float(np.mean(exact < patches)), 3),
    }


def bounds(spacing: str, size: int, snr: float, trials: int) -> dict[str, Any]:
    """The bounds of one spacing and SNR, by data sets of 10^6 samples, for one of `size`."""
    scale, rows = np.sqrt(10**6 / size), []
    for trial in range(trials):
        given: dict[str, Any] = {"target": "asd1", "size": 10**6, "spacing": spacing}
        data = mtdbench.simulate("line", 10, snr=snr, density=0.3, seed=trial, **given)
        y, sigma = data.measurement, data.measurement.sigma
        assert sigma is not None
        density = len(data.placement.corners) * 10 / 10**6
        about = y.forward, data.truth, y.samples
        row = [signal_bound(*about, spacing, density, sigma, True)]
        row.append(known_bound(y.forward, data.truth, len(data.placement.corners), sigma))
        if spacing == "well-separated":
            rng = np.random.default_rng(trial)
            row.append(patch_bound(*about, density, sigma, True, rng))
        rows.append([(each.error * scale, each.uncertainty * scale) for each in row])
    means = np.mean(rows, axis=0)
    means[:, 1] /= np.sqrt(trials)
    named = dict(zip(("signals", "known", "patches"), means.round(5).tolist(), strict=False))
    ratio = (means[-1, 0] / means[0, 0]) ** 2 if "patches" in named else None
    return {"spacing": spacing, "size": size, "snr": snr, **named, "ratio": ratio}


def timed(spacing: str, prior: Any, size: int, length: int) -> dict[str, Any]:
    """The least seconds of five E-steps of noise."""
    rng, space = np.random.default_rng(0), make_space("line", length)
    measurement = Measurement(rng.standard_normal(size), space, 1.0, spacing)
    problem = exact_problem(measurement, prior)
    start, seconds = problem.random_start(rng), []
    problem.operator.expectation(start)  # compiled
    for _ in range(5):
        begun = time.perf_counter()
        problem.operator.expectation(start)
        seconds.append(time.perf_counter() - begun)
    return {"spacing": spacing, "prior": prior, "size": size, "length": length, "s": min(seconds)}


def main() -> None:
    """Print one line of JSON for each case."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=("errors", "bounds", "pass"))
    parser.add_argument("--trials", type=int, default=20, help="default: 20")
    parser.add_argument("--size", type=int, help="samples (default: 30000, and 10^6 of a pass)")
    parser.add_argument("--snr", type=float, nargs="*", default=[1.0], help="default: 1")
    parser.add_argument("--spacing", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--every-law", action="store_true", help="of the gaps, not the default one")
    given = parser.parse_args()
    for spacing in given.spacing:
        if given.what == "pass":
            for law in CASES[spacing]:
                print(json.dumps(timed(spacing, law["prior"], given.size or 10**6, 21)), flush=True)
            continue
        for snr in given.snr:
            size, trials = given.size or 30_000, given.trials
            if given.what == "bounds":
                row = bounds(spacing, size, snr, trials)
            else:
                row = compared(spacing, size, snr, trials, given.every_law)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
