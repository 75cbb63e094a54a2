"""What is beneath the copies: noise that may be correlated, a background that may slope."""

from collections.abc import Iterable, Iterator

import numpy as np
import scipy


def correlated(white: np.ndarray, a: float, before: np.ndarray | None) -> np.ndarray:
    """Noise with the covariance a^|r_1| ... a^|r_d| at the lag r, from white noise of variance 1,

        n_i = a n_{i-1} + (1 - a^2)^(1/2) e_i

    along one axis after the other, started so that it is stationary from the first sample on.

    Parameters
    ----------
    white : float32 array
        e, a block of rows; overwritten.
    a : float
        In [0, 1).
    before : array, shape of a row, or None
        The last row of the block before; None in the first one.
    """
    rest = np.float32(np.sqrt(1 - a**2))
    b, c = np.array([rest]), np.array([1, -a], dtype=np.float32)
    for axis in reversed(range(white.ndim)):
        state = np.zeros_like(np.take(white, [0], axis=axis))
        if axis == 0 and before is not None:
            state[0] = np.float32(a) * before
        else:
            np.moveaxis(white, axis, 0)[0] /= rest
        white, _ = scipy.signal.lfilter(b, c, white, axis=axis, zi=state)
    return white


def whitening_kernel(a: float, ndim: int) -> np.ndarray:
    """The kernel whose convolution makes such noise white, of the same variance: along each axis
    (0, 1, -a) / (1 - a^2)^(1/2); shape (3,) * d.
    """
    axis, kernel = np.array([0, 1, -a]) / np.sqrt(1 - a**2), np.ones(())
    for _ in range(ndim):
        kernel = np.multiply.outer(kernel, axis)
    return kernel


def sloping(
    blocks: Iterable[np.ndarray], slope: np.ndarray, shape: tuple[int, ...]
) -> Iterator[np.ndarray]:
    """A micrograph, in blocks of rows, with a background that changes by so much from one sample to
    the next along each axis, and is 0 in the middle.
    """
    top = 0
    for block in blocks:
        places = np.ogrid[tuple(map(slice, block.shape))]
        start = np.array([top, *[0] * (block.ndim - 1)]) - (np.array(shape) - 1) / 2
        background = sum(s * (p + o) for s, p, o in zip(slope, places, start, strict=True))
        yield block + np.asarray(background, dtype=np.float32)
        top += len(block)
