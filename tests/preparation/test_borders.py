"""Dead borders are cut off where they end, and nothing else is."""

import numpy as np
import pytest

from mtdbench.preparation.borders import live_box

NOISE = np.random.default_rng(0).normal(size=(120, 160)).astype(np.float32)
WHOLE = (slice(0, 120), slice(0, 160))


@pytest.mark.parametrize("value", [0.0, 7.0, -40.0])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_constant_borders_end_where_they_end(value: float, offset: float) -> None:
    y = NOISE + np.float32(offset)
    y[:20] = y[:, :3] = y[:, -45:] = value
    assert live_box(y) == (slice(20, 120), slice(3, 115))


def test_borders_that_repeat_the_outermost_line() -> None:
    y = np.pad(NOISE, ((6, 0), (0, 0)), mode="edge")
    assert live_box(y)[0].start in (6, 7)  # the line that was repeated may go too


@pytest.mark.parametrize(("level", "spread"), [(5.0, 1.0), (0.0, 20.0), (0.0, 0.02)])
def test_borders_with_another_noise(level: float, spread: float) -> None:
    y = NOISE.copy()
    y[-8:] = level + spread * y[-8:]
    assert live_box(y) == (slice(0, 112), slice(0, 160))


def test_noise_and_gradients_have_no_border() -> None:
    assert live_box(NOISE) == WHOLE
    assert live_box(NOISE + np.linspace(0, 50, 160)) == WHOLE
    assert live_box((20 * NOISE).clip(-127, 127).astype(np.int8)) == WHOLE
    assert live_box(NOISE.round().astype(np.int8)) == WHOLE


def test_what_lies_beside_a_border_is_none() -> None:
    y = NOISE.copy()
    y[40:80, 100:150] = -40
    assert live_box(y) == WHOLE


def test_a_single_line_that_varies_is_kept() -> None:
    y = np.random.default_rng(1).normal(size=500)
    assert live_box(y) == (slice(0, 500),)
    y[:30] = 0
    assert live_box(y) == (slice(30, 500),)
