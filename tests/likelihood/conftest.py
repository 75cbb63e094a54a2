"""Small sets of patches that partly show their templates, and both passes over them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from mtdbench.likelihood.e_step import PatchSource, Statistics, e_step
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.likelihood.pass_fused import FusedPass
from mtdbench.likelihood.pass_sums import PatchPass
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import overlaps
from mtdbench.spaces import Window


@dataclass
class Example:
    """Patches (P, L_1, ...), templates (K, L_1, ...), and everything else that a pass needs."""

    window: Window
    patches: np.ndarray
    templates: np.ndarray
    prior: np.ndarray
    sigma: float
    patch_pass: PatchPass
    weights: np.ndarray | None = None

    def with_pass(self, **settings: object) -> "Example":
        """The same, read by the same pass with other settings."""
        return replace(self, patch_pass=replace(self.patch_pass, **settings))

    def source(self, dtype: type = np.float64) -> PatchSource:
        samples = self.patches.reshape(1, -1, *self.patches.shape[2:])  # one beneath the other
        measured = ~np.isnan(samples)
        mask = None if measured.all() else measured
        patches = Patches(np.where(measured, samples, 1e30), self.window, measured=mask)
        return PatchSource.of(patches, self.patch_pass, dtype)

    def flat(self) -> np.ndarray:
        return self.templates.reshape(len(self.templates), -1)

    def e_step(
        self, dtype: type = np.float64, pairs: bool = False, crowded: bool = False
    ) -> Statistics:
        geometry = overlaps(self.window, pairs, crowded)
        source = self.source(dtype)
        arguments = self.flat(), self.prior, self.sigma, geometry, source.patch_pass, self.weights
        return e_step(source, *arguments)

    def forget(self, share: float = 0.3) -> None:
        """Some samples were not measured: of the first patch all but one, of the second none."""
        rng = np.random.default_rng(5)
        self.patches[rng.uniform(size=self.patches.shape) < share] = np.nan
        self.patches[0].flat[1:] = np.nan
        self.patches[0].flat[0] = 0.3
        self.patches[1] = rng.standard_normal(self.window.shape)

    def with_energy(self, low: float, high: float) -> None:
        """Scale the patches so that ||patch||^2/(2 sigma^2) runs from `low` to `high`."""
        flat = self.patches.reshape(len(self.patches), -1)
        wanted = np.geomspace(low, high, len(flat)) * 2 * self.sigma**2
        flat *= np.sqrt(wanted / np.sum(flat**2, axis=1))[:, None]


def make(
    shape: tuple[int, ...],
    count: int,
    patch_pass: PatchPass,
    patches: int = 9,
    sigma: float = 0.8,
    seed: int = 0,
) -> Example:
    """Noise, and in every other patch a part of a random template."""
    rng, window = np.random.default_rng(seed), Window(shape)
    templates = 1.0 + rng.standard_normal((count, *shape))
    contents = sigma * rng.standard_normal((patches, *shape))
    for i in range(0, patches, 2):
        move = tuple(rng.integers(1 - np.array(shape), shape))
        contents[i] += np.roll(templates[i % count], move, tuple(range(window.ndim)))
    prior = rng.dirichlet(np.ones(len(window.shifts) + 1))
    return Example(window, contents, templates, prior, sigma, patch_pass)


@pytest.fixture
def make_example() -> Callable[..., Example]:
    """`make_example(shape, count, patch_pass, patches=9)`."""
    return make


@pytest.fixture(params=[FusedPass, PassByShift], ids=["fused", "by shift"])
def patch_pass(request: pytest.FixtureRequest) -> PatchPass:
    """Both passes, with chunks of 256 patches: little memory for few patches."""
    return request.param(chunk_samples=2**8)
