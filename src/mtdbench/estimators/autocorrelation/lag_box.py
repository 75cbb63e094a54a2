"""Which lags a fit of moments uses."""

from mtdbench.errors import InputError
from mtdbench.moments.autocorrelations import lags
from mtdbench.moments.bispectrum import rotation_invariants
from mtdbench.spaces import Space, Window

MOST_MOMENTS = 4000
MOST_REDUCED_MOMENTS = 10000  # where they are reduced to invariants before the fit


def chosen_box(space: Space, width: int | None, method: str) -> Window:
    """The box of lags that an option `width` names, or the largest up to the window that is
    affordable: along each axis as long as that, but no longer than the window.

    Raises
    ------
    InputError
        If the width is below 2, or longer than the window.
    """
    if width is None:
        width = space.window.longest
        most = MOST_MOMENTS if rotation_invariants(space) is None else MOST_REDUCED_MOMENTS
        while width > 2 and lags(_box(space.window, width)).count > most:
            width -= 1
    if not 2 <= width <= space.window.longest:
        raise InputError(
            f"option width={width} of {method}: expected 2 to {space.window.longest}, the window"
        )
    return _box(space.window, width)


def _box(window: Window, width: int) -> Window:
    return Window(tuple(min(width, side) for side in window.shape))
