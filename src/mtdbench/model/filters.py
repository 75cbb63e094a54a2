"""Filters: what the optics make of a projected copy, one for each optics group."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy

from mtdbench.errors import InputError
from mtdbench.spaces import Window


class Filter(Hashable, Protocol):
    """A linear map A of windows of L_1 x ... x L_d samples to windows wider by a margin."""

    @property
    def margin(self) -> int:
        """Samples by which a filtered copy is wider than its window, on each side."""

    @property
    def is_identity(self) -> bool:
        """Whether A changes nothing."""

    def apply(self, images: np.ndarray, window: Window) -> np.ndarray:
        """A of each image, (..., window.size) to (..., window.grown(margin).size)."""

    def adjoint(self, images: np.ndarray, window: Window) -> np.ndarray:
        """A^T of each image, (..., window.grown(margin).size) to (..., window.size)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The filter that changes nothing."""

    @property
    def margin(self) -> int:
        """0 samples."""
        return 0

    @property
    def is_identity(self) -> bool:
        """True."""
        return True

    def apply(self, images: np.ndarray, window: Window) -> np.ndarray:
        """The images."""
        return images

    def adjoint(self, images: np.ndarray, window: Window) -> np.ndarray:
        """The images."""
        return images


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """The convolution with a kernel, such as a point-spread function.

    Attributes
    ----------
    kernel : array, shape (2 m + 1,) * d
        Its middle is at sample m along every axis; m is the margin.
    """

    kernel: np.ndarray

    @property
    def margin(self) -> int:
        """m samples."""
        return len(self.kernel) // 2

    @property
    def is_identity(self) -> bool:
        """False: even a kernel of one sample scales."""
        return False

    def apply(self, images: np.ndarray, window: Window) -> np.ndarray:
        """The full convolution of each image with the kernel."""
        return self._convolved(window.reshape(images), self.kernel, "full")

    def adjoint(self, images: np.ndarray, window: Window) -> np.ndarray:
        """The correlation of each image with the kernel, where the two overlap fully."""
        flipped = self.kernel[(slice(None, None, -1),) * self.kernel.ndim]
        return self._convolved(window.grown(self.margin).reshape(images), flipped, "valid")

    def _convolved(self, boxes: np.ndarray, kernel: np.ndarray, mode: str) -> np.ndarray:
        lead = boxes.shape[: boxes.ndim - kernel.ndim]
        stacked = boxes.reshape(-1, *boxes.shape[len(lead) :])
        axes = tuple(range(1, stacked.ndim))
        found = scipy.signal.fftconvolve(stacked, kernel[None], mode=mode, axes=axes)
        return np.asarray(found).reshape(*lead, -1)


def composed(first: Filter, second: Filter) -> Filter:
    """The filter that acts as one after the other; its margin is the sum of theirs.

    Raises
    ------
    InputError
        If both do something, and one is no convolution.
    """
    if first.is_identity or second.is_identity:
        return second if first.is_identity else first
    if not (isinstance(first, Convolution) and isinstance(second, Convolution)):
        raise InputError("two filters, one of them no convolution: expected convolutions")
    return Convolution(scipy.signal.convolve(first.kernel, second.kernel, method="direct"))
