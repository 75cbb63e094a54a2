"""Point-spread kernels: the transform of minus the transfer function, cut where little is left."""

from collections.abc import Callable

import numpy as np
import pytest

from mtdbench import InputError
from mtdbench.optics import TransferFunction, point_spreads
from mtdbench.optics.point_spread import LARGEST_MARGIN, margin_of

LENS = {"voltage": 300, "spherical_aberration": 2.7, "amplitude_contrast": 0.1}
EVEN = TransferFunction(**LENS, defocus_u=12000)
ASTIGMATIC = TransferFunction(**LENS, defocus_u=15000, defocus_v=11000, angle=30, b_factor=200)
FAR = TransferFunction(**LENS, defocus_u=25000)


def transform(kernel: np.ndarray, side: int) -> np.ndarray:
    """The Fourier transform of a kernel about its middle, on a grid of that side."""
    padded = np.zeros((side,) * kernel.ndim)
    padded[tuple(slice(0, n) for n in kernel.shape)] = kernel
    middle = len(kernel) // 2
    return np.fft.fftn(np.roll(padded, [-middle] * kernel.ndim, tuple(range(kernel.ndim))))


def wanted(function: TransferFunction, side: int, ndim: int, pixel_size: float) -> np.ndarray:
    axis = np.fft.fftfreq(side, pixel_size)
    return -function.value(np.array(np.meshgrid(*[axis] * ndim, indexing="ij")))


@pytest.mark.parametrize(("function", "ndim"), [(EVEN, 1), (EVEN, 2), (ASTIGMATIC, 2)])
def test_a_wide_kernel_has_the_transform_of_light_copies(
    function: TransferFunction, ndim: int
) -> None:
    (kernel,) = point_spreads([function], ndim, 5.0, margin=LARGEST_MARGIN)
    assert kernel.shape == (2 * LARGEST_MARGIN + 1,) * ndim
    side = 151
    found, expected = transform(kernel, side), wanted(function, side, ndim, 5.0)
    assert np.abs(found.imag).max() < 1e-9
    assert np.sqrt(np.mean((found.real - expected) ** 2)) < 0.02
    assert expected.flat[0] > 0  # light


@pytest.mark.parametrize("pixel_size", [3.3, 8.0, 13.0])
@pytest.mark.parametrize("share", [0.95, 0.99, 0.999])
def test_the_margin_is_the_smallest_that_holds_the_share(pixel_size: float, share: float) -> None:
    (kernel,) = point_spreads([EVEN], 2, pixel_size, share=share)
    (whole,) = point_spreads([EVEN], 2, pixel_size, margin=LARGEST_MARGIN)
    total = np.mean(wanted(EVEN, 400, 2, pixel_size) ** 2)  # Parseval
    margin = len(kernel) // 2

    def held(m: int) -> float:
        inside = slice(LARGEST_MARGIN - m, LARGEST_MARGIN + m + 1)
        return float(np.sum(whole[inside, inside] ** 2) / total)

    assert held(margin) > share - 2e-4
    assert margin == 0 or held(margin - 1) < share + 2e-4


def test_all_functions_have_the_margin_of_the_widest() -> None:
    alone = [len(point_spreads([f], 2, 6.0)[0]) for f in (EVEN, FAR)]
    assert alone[0] < alone[1]
    assert {len(kernel) for kernel in point_spreads([EVEN, FAR], 2, 6.0)} == {alone[1]}


@pytest.mark.parametrize("margin", [1, 4, 9])
@pytest.mark.parametrize("function", [EVEN, ASTIGMATIC, FAR])
def test_means_are_exact_and_the_cut_is_the_nearest(
    function: TransferFunction, margin: int
) -> None:
    (kernel,) = point_spreads([function], 2, 6.0, margin=margin)
    (whole,) = point_spreads([function], 2, 6.0, margin=LARGEST_MARGIN)
    assert kernel.sum() == pytest.approx(0.1, abs=1e-12)
    inside = slice(LARGEST_MARGIN - margin, LARGEST_MARGIN + margin + 1)
    assert np.ptp(kernel - whole[inside, inside]) < 1e-3


def test_the_share_is_counted_from_the_middle() -> None:
    spread = np.zeros((9, 9))
    spread[4, 4], spread[4, 7], spread[2, 4] = 3.0, 1.0, 2.0
    assert [margin_of(spread, share) for share in (0.6, 0.7, 0.92, 0.95)] == [0, 2, 2, 3]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: point_spreads([FAR], 2, 1.0), "expected at most 64, with larger samples"),
        (lambda: point_spreads([FAR], 2, 0.0), "pixel_size 0"),
        (lambda: point_spreads([FAR], 2, 5.0, share=1.5), "share 1.5"),
        (lambda: point_spreads([FAR], 2, 5.0, margin=65), "over 65 samples"),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
