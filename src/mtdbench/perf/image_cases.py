"""The posterior kernel and an EM iteration on an image."""

import numpy as np

from mtdbench.estimators.em.prior import uniform_prior
from mtdbench.estimators.em.problem import make_problem
from mtdbench.likelihood.e_step import PatchSource, e_step
from mtdbench.likelihood.pass_fused import FusedPass
from mtdbench.model.measurement import Measurement
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import overlaps
from mtdbench.perf.case import Case, Work
from mtdbench.perf.perf_data import noise
from mtdbench.spaces import make_space

ANGLES = 8


def _bare_products(patches: int, pixels: int, columns: int, block: int = 1000) -> Work:
    """The E-step's and the M-step's matrix products, blocked, in NumPy, single precision."""
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((patches, pixels), dtype=np.float32)
    keys = rng.standard_normal((pixels, columns), dtype=np.float32)
    logits, total = np.empty((block, columns), np.float32), np.zeros((pixels, columns), np.float32)

    def work() -> None:
        for start in range(0, patches, block):
            np.matmul(rows[start : start + block], keys, out=logits)
            np.add(total, rows[start : start + block].T @ logits, out=total)

    return work


def _posterior() -> tuple[Work, Work]:
    space, patch_pass = make_space("disc", 5, "paper"), FusedPass()
    source = PatchSource.of(Patches(noise(2500)[None], space.window), patch_pass)
    templates = space.project(space.random(np.random.default_rng(2)), space.poses(ANGLES))
    prior, every = uniform_prior(0.6, 82), overlaps(space.window)
    bare = _bare_products(250_000, 25, 81 * ANGLES + 1)
    return lambda: e_step(source, templates, prior, 2.0, every, patch_pass), bare


def _iteration() -> tuple[Work, Work]:
    measurement = Measurement(noise(2500), make_space("disc", 5, "paper"), 1.0)
    problem = make_problem(measurement, ANGLES, "uniform", 1, "single")
    start = problem.random_start(np.random.default_rng(2))
    return lambda: problem.operator.step(start), _bare_products(250_000, 25, 81 * ANGLES + 1)


IMAGE_CASES = {
    "posterior": Case("posterior kernel, L=5, K=8, 250 000 patches", _posterior),
    "iteration": Case("EM iteration, N=2500, L=5, K=8", _iteration),
}
