"""Noise alone: its likelihood is the largest that white noise about a level has."""

import numpy as np
import pytest
from scipy.stats import norm

from mtdbench.likelihood.e_step import PatchSource
from mtdbench.likelihood.noise_alone import noise_alone
from mtdbench.likelihood.pass_fused import FusedPass
from mtdbench.model.patches import Patches
from mtdbench.spaces import Window


def noise(masked: bool) -> tuple[list[PatchSource], np.ndarray]:
    """Patches of 3 x 3 in two micrographs, and their samples that were measured."""
    rng = np.random.default_rng(0)
    stack = 0.3 + 2 * rng.standard_normal((2, 12, 9))
    measured = rng.uniform(size=stack.shape) < 0.7 if masked else None
    patches = Patches(stack, Window((3, 3)), measured=measured)
    source = PatchSource.of(patches, FusedPass())
    return [source], stack[measured] if masked else stack.ravel()


@pytest.mark.parametrize("masked", [False, True])
def test_it_is_the_likeliest_of_all_levels_and_sigmas(masked: bool) -> None:
    sources, samples = noise(masked)
    found = noise_alone(sources)
    assert found.samples == len(samples)
    assert found.loglik == pytest.approx(norm(found.level, found.sigma).logpdf(samples).sum())
    for level, sigma in ((0.01, 1), (-0.01, 1), (0, 1.01), (0, 0.99)):
        other = norm(found.level + level, found.sigma * sigma).logpdf(samples).sum()
        assert other < found.loglik
