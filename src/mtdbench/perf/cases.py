"""The benchmarks: each a piece of the real code beside the bare operations of the same shapes."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np

from mtdbench.estimators.autocorrelation import fitter
from mtdbench.estimators.em import em
from mtdbench.estimators.em_starts import random_start
from mtdbench.estimators.em_step import Task, iterate, uniform_prior
from mtdbench.kernels.moments import lags, measured
from mtdbench.kernels.patches import Patches
from mtdbench.kernels.posterior import Source, statistics
from mtdbench.measurement import Measurement
from mtdbench.run.memory import forget_peak, peak_mib
from mtdbench.run.stopwatch import Stopwatch
from mtdbench.simulate import Recipe, place, simulate
from mtdbench.spaces import Space, make_space

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Case:
    """One benchmark: `prepare` gives the work, and the bare work it is compared with if any."""

    name: str
    prepare: Callable[[], tuple[Work, Work | None]]
    repeats: int = 7


def measure(case: Case) -> None:
    """Time work and bare work in turn, so that both meet the same machine; print a JSON row."""
    work, bare = case.prepare()
    steps = work()
    forget_peak()
    ours, theirs = [], []
    for _ in range(case.repeats):
        if bare is not None:
            theirs.append(_timed(bare))
        ours.append(_timed(work))
    cpu, wall = (median(column) for column in zip(*ours, strict=True))
    bare_cpu = median(cpu for cpu, _ in theirs) if theirs else None
    ratio = median(a[0] / b[0] for a, b in zip(ours, theirs, strict=True)) if theirs else None
    row = {"name": case.name, "cpu_seconds": cpu, "wall_seconds": wall}
    row |= {"bare_cpu_seconds": bare_cpu, "ratio": ratio, "peak_rss_mib": peak_mib()}
    if isinstance(steps, int):
        row |= {"steps": steps, "bare_steps": bare() if bare else None}
    print(json.dumps(row))


def _timed(work: Work) -> tuple[float, float]:
    watch = Stopwatch()
    with watch.running():
        work()
    return watch.cpu, watch.wall


def _disc() -> Space:
    return make_space("disc", 5, "paper")


def _noise(size: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)


def _dataset(**recipe: object) -> Measurement:
    """A simulated measurement in a folder that goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="mtdbench-perf-"))
    told = simulate(Recipe(seed=0, trial=0, **recipe), folder)  # type: ignore[arg-type]
    space = make_space(str(recipe["space"]), int(str(recipe["window"])))
    samples = np.load(folder / "measurement.npy")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return Measurement(samples, space, told["sigma"])


def _bare_products(patches: int, pixels: int, views: int, block: int = 1000) -> Work:
    """The E-step's and the M-step's matrix products, blocked, in NumPy, single precision."""
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((patches, pixels), dtype=np.float32)
    keys = rng.standard_normal((pixels, views), dtype=np.float32)
    logits, total = np.empty((block, views), np.float32), np.zeros((pixels, views), np.float32)

    def work() -> None:
        for start in range(0, patches, block):
            np.matmul(rows[start : start + block], keys, out=logits)
            np.add(total, rows[start : start + block].T @ logits, out=total)

    return work


def _posterior() -> tuple[Work, Work]:
    space, poses = _disc(), 8
    source = Source.of(Patches(_noise(2500), 5))
    templates = space.project(space.random(np.random.default_rng(2)), space.poses(poses))
    prior = uniform_prior(0.6, 82)
    bare = _bare_products(250_000, 25, 81 * poses + 1)
    return lambda: statistics(source, templates, prior, 2.0, 2), bare


def _iteration() -> tuple[Work, Work]:
    measurement = Measurement(_noise(2500), _disc(), 1.0)
    task = Task(measurement.space, measurement.space.poses(8), Source.of(Patches(_noise(2500), 5)))
    start = random_start(measurement, np.random.default_rng(2), 82)
    return lambda: task.step(start), _bare_products(250_000, 25, 81 * 8 + 1)


def _third_order() -> tuple[Work, Work]:
    stored = _noise(2500)
    geometry, samples = lags(5, 2), stored.astype(float)
    padded = np.pad(samples, 4)
    inner = tuple(slice(4, 4 + n) for n in samples.shape)

    def at(lag: np.ndarray) -> np.ndarray:
        return padded[
            tuple(slice(s.start + k, s.stop + k) for s, k in zip(inner, lag, strict=True))
        ]

    def loop() -> None:
        """What the papers' codes do: a pass in double precision for every pair of lags."""
        for a, b in geometry.pairs.T:
            np.sum(samples * at(geometry.lags[a]) * at(geometry.lags[b]))

    return lambda: measured(stored, 5), loop


def _moment_fit() -> tuple[Work, None]:
    measurement = _dataset(space="disc", window=5, size=1000, snr=5.0, density=0.04)
    problem = fitter(measurement, 5, "covariance")
    rng = np.random.default_rng(0)
    return lambda: problem.levenberg_marquardt(random_start(measurement, rng, 82).x, 0.1), None


def _acceleration(snr: float, **recipe: object) -> tuple[Work, Work]:
    """Accelerated EM to the likelihood at which plain EM, from the same start, meets the papers'
    stopping rule: a relative change of 1e-6.
    """
    measurement = _dataset(snr=snr, **recipe)
    space = measurement.space
    patches = Patches(measurement.samples, space.window)
    task = Task(space, space.poses(8), Source.of(patches, np.float64))
    views = (2 * space.window - 1) ** space.ndim_measurement + 1
    first = random_start(measurement, np.random.default_rng(3), views)
    goal: list[float] = []

    def plain() -> int:
        for state in islice(iterate(task, first, 0), 1000):
            if state.residual < 1e-6:
                break
        goal[:] = [state.objective - 1e-12 * abs(state.objective)]
        return state.iteration

    def accelerated() -> int:
        for state in islice(iterate(task, first, 8), 1000):
            if state.objective >= goal[0]:
                break
        return state.iteration

    plain()
    return accelerated, plain


def _placement() -> tuple[Work, None]:
    density = 150_000 * 25 / 10_000**2
    rng = np.random.default_rng(0)
    return lambda: place(10_000, 5, 2, density, "well-separated", rng), None


def _large_measurement() -> tuple[Work, None]:
    """Two full EM iterations on 10 000^2 samples from disk: memory is that of any number."""
    folder = Path(tempfile.mkdtemp(prefix="mtdbench-perf-"))
    told = simulate(
        Recipe(
            space="disc", window=5, size=10_000, snr=2.0, density=0.04,
            spacing="well-separated", seed=0, trial=0,
        ),
        folder,
    )  # fmt: skip
    measurement = Measurement.load(folder / "measurement.npy", _disc(), told["sigma"])

    def work() -> None:
        for _ in em(measurement, np.random.default_rng(0), iterations=2):
            pass

    return work, None


SETTINGS: dict[str, dict[str, object]] = {
    "1d": {"space": "line", "window": 10, "target": "asd1", "size": 100_000, "density": 0.3},
    "2d": {"space": "disc", "window": 5, "size": 500, "density": 0.04},
}

CASES = {
    "posterior": Case("posterior kernel, L=5, K=8, 250 000 patches", _posterior),
    "iteration": Case("EM iteration, N=2500, L=5, K=8", _iteration),
    "moments": Case("third-order autocorrelations, N=2500, L=5; bare: lag loop", _third_order, 2),
    "fit": Case("autocorrelation fit, one start, 703 moments", _moment_fit, 10),
    **{
        f"acceleration-{name}-snr{snr:g}": Case(
            f"EM to the end, {name}, SNR {snr:g}; bare: plain EM",
            partial(_acceleration, snr, **recipe),
            1,
        )
        for name, recipe in SETTINGS.items()
        for snr in (1.0, 2.0)
    },
    "placement": Case("placement of 150 000 copies on 10 000^2", _placement, 3),
    "large": Case("10 000^2 measurement, start and 2 EM iterations, K=16", _large_measurement, 1),
}
