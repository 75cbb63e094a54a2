"""Which lags a fit of moments uses."""

import pytest

from mtdbench import InputError, make_space
from mtdbench.estimators.autocorrelation.lag_box import (
    MOST_MOMENTS,
    MOST_REDUCED_MOMENTS,
    chosen_box,
)
from mtdbench.moments.autocorrelations import lags
from mtdbench.spaces import Window


def test_a_small_window_is_taken_whole() -> None:
    space = make_space("disc", 5)
    assert chosen_box(space, None, "it") == space.window
    assert chosen_box(space, 3, "it") == Window((3, 3))


@pytest.mark.parametrize(
    ("names", "most"), [(("disc", 21), MOST_MOMENTS), (("ball", 21), MOST_REDUCED_MOMENTS)]
)
def test_of_a_large_window_as_much_as_is_affordable(names: tuple[str, int], most: int) -> None:
    """One more sample a side would be too many moments."""
    box = chosen_box(make_space(*names), None, "it")
    assert lags(box).count <= most < lags(Window.cube(box.longest + 1, 2)).count


@pytest.mark.parametrize("width", [-1, 1, 6])
def test_widths_out_of_range_are_named(width: int) -> None:
    with pytest.raises(
        InputError, match=f"option width={width} of it: expected 2 to 5, the window"
    ):
        chosen_box(make_space("line", 5), width, "it")
