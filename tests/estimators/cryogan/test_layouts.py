"""What windows see of copies: by looking at every copy of a field."""

import numpy as np
import pytest

from mtdbench.estimators.cryogan.layouts import layouts
from mtdbench.spaces import Window


def copies_of(places: np.ndarray, window: Window, wide: Window) -> list[tuple[int, ...]]:
    """The corners, in samples of the window, of the copies that one layout holds."""
    corners = []
    for copy in places:
        seen = np.flatnonzero(copy < window.size)
        if len(seen):
            found = np.array(np.unravel_index(seen, wide.shape)) - np.array(
                np.unravel_index(copy[seen], window.shape)
            )
            assert np.all(
                found == found[:, :1]
            )  # all of its samples lie where one corner puts them
            corners.append(tuple(found[:, 0].tolist()))
    return corners


def test_windows_of_one_length_see_one_copy_at_every_shift() -> None:
    window = Window((4, 3))
    found = layouts(window, 1, 0.2, np.random.default_rng(0))
    corners = [copies_of(places, window, window) for places in found.places]
    assert [corner for (corner,) in corners] == [tuple(s) for s in window.shifts.tolist()]
    assert found.ratio == 1


@pytest.mark.parametrize("shape", [(5,), (3, 3), (3, 4)], ids=str)
@pytest.mark.parametrize("width", [2, 3])
def test_wider_windows_see_separated_copies_whole(shape: tuple[int, ...], width: int) -> None:
    """Each shows exactly the samples of a copy that lie in the window; no window of L^d could see
    two of them; and every layout has one.
    """
    window, sides = Window(shape), np.array(shape)
    wide = window.times(width)
    found = layouts(window, width, 0.3, np.random.default_rng(1))
    for places in found.places[:200]:
        corners = np.array(copies_of(places, window, wide))
        assert len(corners) >= 1
        apart = np.abs(corners[:, None] - corners)
        assert np.all(np.any(apart >= 2 * sides - 1, axis=2) | np.eye(len(corners), dtype=bool))
        inside = np.minimum(corners + sides, wide.shape) - np.maximum(corners, 0)
        visible = np.sum(np.prod(np.maximum(inside, 0), axis=1))
        assert np.sum(places < window.size) == visible


@pytest.mark.parametrize("density", [0.02, 0.2])
def test_the_ratio_is_that_of_lone_copies_where_these_are_rare(density: float) -> None:
    """A window of W sees a copy at W + L - 1 places of 2L - 1; fewer where copies share windows."""
    alone = (3 * 6 + 6 - 1) / (2 * 6 - 1)
    rng = np.random.default_rng(2)
    ratio = np.mean([layouts(Window((6,)), 3, density, rng).ratio for _ in range(10)])
    if density < 0.1:
        assert ratio == pytest.approx(alone, rel=0.05)
    else:
        assert 1 < ratio < 0.95 * alone
