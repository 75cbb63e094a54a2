"""Samples that no estimator can take: NaN, infinities, numbers too large, all the same."""

from collections.abc import Iterator

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import release_pages

LARGEST_SAMPLE = 1e15
"""Of a measurement in a file: its square and sums of such are numbers of single precision too."""

AT_ONCE = 2**22
"""Samples that are looked at together."""


def check_micrograph(image: np.ndarray, name: str) -> None:
    """Check one micrograph; one in a file is not kept in memory.

    Raises
    ------
    InputError
        If it holds NaN, infinities or too large numbers, or is constant.
    """
    lowest, highest = np.inf, -np.inf
    for _, part in _slabs(image):
        low, high = check_numbers(part, image, name)
        lowest, highest = min(lowest, low), max(highest, high)
    if lowest == highest:
        raise InputError(
            f"'{name}' is constant, all of its samples are {lowest:g}: expected a measurement"
        )


def check_numbers(part: np.ndarray, whole: np.ndarray, name: str) -> tuple[float, float]:
    """The least and the largest of some samples of a measurement, which `name` stands for in
    messages.

    Raises
    ------
    InputError
        If there are NaN or infinities among them, or too large numbers.
    """
    low, high = float(part.min()), float(part.max())  # NaN if there is one
    if not (np.isfinite(low) and np.isfinite(high)):
        raise _not_finite(whole, name)
    if max(-low, high) > LARGEST_SAMPLE:
        raise InputError(
            f"'{name}' holds samples beyond {LARGEST_SAMPLE:g}: expected smaller numbers"
        )
    return low, high


def _not_finite(whole: np.ndarray, name: str) -> InputError:
    """The error for samples that are no numbers: how many, and where the first one lies."""
    count, first = 0, 0
    for start, part in _slabs(whole):
        wrong = np.flatnonzero(~np.isfinite(part))
        first = first if count or not len(wrong) else start + int(wrong[0])
        count += len(wrong)
    place = ", ".join(map(str, np.unravel_index(first, whole.shape)))
    return InputError(
        f"'{name}' holds NaN or infinities: {count} of {whole.size} samples, the first at ({place})"
        " counted from 0: expected finite numbers"
    )


def _slabs(array: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """An array in parts along its first axis, each with the number of samples before it."""
    size = array[0].size
    rows = max(1, AT_ONCE // size)
    for start in range(0, len(array), rows):
        yield start * size, array[start : start + rows]
        release_pages(array)
