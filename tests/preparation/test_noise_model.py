"""The spectrum of the noise is told from what lies between copies, or not at all."""

import numpy as np
import pytest

from mtdbench.micrographs import Micrographs
from mtdbench.preparation import Prepared, Settings, prepare_micrographs

WINDOW, STEP = 15, 13


def prepared(share: float, **given: object) -> Prepared:
    """A micrograph of light rings with dark fringes in white noise, at a share of the places of a
    lattice on which they touch.
    """
    rng = np.random.default_rng(0)
    r = np.hypot(*(np.indices((WINDOW, WINDOW)) - 7.0))
    ring = 3 * np.exp(-((r - 4) ** 2) / 4) - 1.5 * np.exp(-((r - 7) ** 2) / 2)
    y = rng.standard_normal((200, 260)).astype(np.float32)
    for i in range(0, 186, STEP):
        for j in range(0, 246, STEP):
            if rng.uniform() < share:
                y[i : i + WINDOW, j : j + WINDOW] += ring
    settings = Settings(window=WINDOW, **given)  # type: ignore[arg-type]
    return prepare_micrographs(Micrographs((y,), ("y.mrc",), None), settings)


def test_what_copies_that_touch_add_is_not_taken_for_colour() -> None:
    """A kernel that is asked for is made all the same, and shows what would have been done."""
    found = prepared(0.8)
    assert found.kernel is None
    assert found.report["noise_crowded"]
    assert "taken for white" in "\n".join(found.lines)
    asked = prepared(0.8, radius=1).kernel
    assert asked is not None
    assert np.abs(asked).sum() > 1.3


@pytest.mark.parametrize("share", [0, 0.2])
def test_few_copies_leave_enough(share: float) -> None:
    assert not prepared(share).report["noise_crowded"]
