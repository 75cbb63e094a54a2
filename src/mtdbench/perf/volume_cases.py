"""An EM iteration on a volume, at the size of the 3-D paper and in a larger window."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from scipy.ndimage import gaussian_filter
from threadpoolctl import threadpool_limits

from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.prior import uniform_prior
from mtdbench.estimators.em.problem import make_problem
from mtdbench.model.shifts import empty_share
from mtdbench.perf.case import Case, Work
from mtdbench.perf.perf_data import dataset

ROTATIONS, FINE_ROTATIONS = 552, 4000
THREADS = 2
SNR = 3.5
SATURATED_DENSITY = 0.15  # copies L^2 / N^2, about
MATRIX_SIDE, CACHED = (
    1024,
    2**17,
)  # of the bare operations: large matrices, exponentials in the cache


def _bare(patches: int, window: int, rotations: int, threads: int) -> Work:
    """As many multiplications as an E-step and an M-step over all overlaps take, in large matrix
    products, and as many exponentials, in single precision.
    """
    shifts = (2 * window - 1) ** 2
    multiplied = 2 * (window**4 + shifts) * rotations * patches
    products = round(multiplied / MATRIX_SIDE**3 / threads)
    exponentials = round(shifts * rotations * patches / CACHED / threads)
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, MATRIX_SIDE, MATRIX_SIDE), dtype=np.float32)
    logits = rng.standard_normal(CACHED, dtype=np.float32)

    def part() -> None:
        product, weights = np.empty_like(a), np.empty_like(logits)
        for _ in range(products):
            np.matmul(a, b, out=product)
        for _ in range(exponentials):
            np.exp(logits, out=weights)

    def work() -> None:
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(part) for _ in range(threads)]:
                done.result()

    return work


def _iteration(
    window: int, degree: int, patches: int, rotations: int, threads: int
) -> tuple[Work, Work]:
    """From the true volume, blurred by a tenth of the window: posteriors as halfway through EM."""
    measurement, truth = dataset(
        space="ball", window=window, basis=f"degree:{degree}", target="volume:shepp-logan",
        size=window * int(np.ceil(np.sqrt(patches))), snr=SNR, density=None,
    )  # fmt: skip
    space, sigma = measurement.space, measurement.sigma
    assert sigma is not None
    problem = make_problem(measurement, rotations, "uniform", 1, "single")
    operator = problem.part(np.random.default_rng(1), patches)
    blurred = space.expand(gaussian_filter(space.render(truth), window / 10))
    prior = uniform_prior(
        empty_share(SATURATED_DENSITY, space.window), len(space.window.shifts) + 1
    )
    start = Parameters(blurred, prior, sigma)
    return lambda: operator.step(start), _bare(patches, window, rotations, threads)


def _case(window: int, degree: int, patches: int, repeats: int, rotations: int = ROTATIONS) -> Case:
    name = f"EM iteration, L={window}, degree {degree}, K={rotations}, {patches} patches"
    work = partial(_iteration, window, degree, patches, rotations, THREADS)
    return Case(name, work, repeats, THREADS, named_only=rotations > ROTATIONS)


VOLUME_CASES = {
    **{f"volume-degree{degree}": _case(11, degree, 14_796, 2) for degree in (6, 8, 10)},
    "volume-large": _case(31, 10, 512, 1),
    "volume-fine": _case(31, 10, 4096, 1, FINE_ROTATIONS),
}
