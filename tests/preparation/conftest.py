"""Micrographs with known copies, for everything that a preparation has to undo."""

from collections.abc import Callable

import numpy as np
import pytest

from mtdbench.micrographs import Micrographs
from mtdbench.preparation import Prepared, Settings, prepare_micrographs

WINDOW = 5
IMAGE = 3 * np.exp(-(np.arange(-2, 3)[None] ** 2 + 2 * np.arange(-2, 3)[:, None] ** 2) / 3)

Make = Callable[..., np.ndarray]


def make_micrograph(seed: int = 0, copies: int = 150, noise: float = 1.0) -> np.ndarray:
    """White noise of 200 x 260 samples with so many copies that do not touch."""
    rng = np.random.default_rng(seed)
    y = noise * rng.standard_normal((200, 260))
    taken = np.zeros((218, 278), dtype=bool)
    placed = 0
    for i, j in rng.integers(0, (196, 256), (4000, 2)):
        if placed < copies and not taken[i + 9, j + 9]:
            y[i : i + 5, j : j + 5] += IMAGE
            taken[i : i + 19, j : j + 19] = True
            placed += 1
    return y.astype(np.float32)


@pytest.fixture
def micrograph() -> Make:
    return make_micrograph


@pytest.fixture(scope="session")
def clean() -> np.ndarray:
    return make_micrograph()


@pytest.fixture(scope="session")
def prepare() -> Callable[..., Prepared]:
    """Prepare one image or several; keywords are settings."""

    def prepared(*images: np.ndarray, pixel_size: float | None = None, **given: object) -> Prepared:
        names = tuple(f"y{m}.mrc" for m in range(len(images)))
        settings = Settings(**{"window": WINDOW, **given})  # type: ignore[arg-type]
        return prepare_micrographs(Micrographs(images, names, pixel_size), settings)

    return prepared


@pytest.fixture(scope="session")
def as_clean(clean: np.ndarray, prepare: Callable[..., Prepared]) -> Prepared:
    """The clean micrograph, prepared."""
    return prepare(clean)
