"""Several micrographs, of one size or of several, and what is known of their samples."""

from dataclasses import dataclass

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import release_pages


@dataclass(frozen=True, slots=True, eq=False)
class Micrographs:
    """What was measured, before or after its preparation.

    Attributes
    ----------
    images : tuple of arrays, each of shape (N_1, ..., N_d)
        The micrographs (signals where d = 1); memory-mapped where they come from files.
    names : tuple of str
        What each is called: its file, and its place there if it is one of several.
    pixel_size : float or None
        Angstrom; None where nobody knows.
    measured : tuple of bool arrays, or None
        Which samples were measured; None for all of all micrographs.

    Raises
    ------
    InputError
        If there are none, or they have different numbers of axes.
    """

    images: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    pixel_size: float | None = None
    measured: tuple[np.ndarray, ...] | None = None

    def __post_init__(self) -> None:
        if not self.images:
            raise InputError("no micrographs: expected at least one")
        axes = sorted({image.ndim for image in self.images})
        if len(axes) > 1:
            raise InputError(f"micrographs with {axes[0]} and {axes[-1]} axes: expected one number")

    def stacked(self) -> tuple[np.ndarray, np.ndarray | None]:
        """All micrographs as one array, shape (M, N_1, ..., N_d), and which of its samples were
        measured, None for all. Smaller ones are filled up with samples that were not measured.

        One micrograph, and those that are one array in order, stay the array that they are,
        memory-mapped or not; others are copied.
        """
        whole, largest = _one_array(self.images), self._largest
        if whole is None:
            whole = np.zeros((len(self.images), *largest), np.result_type(*self.images))
            for place, image in zip(whole, self.images, strict=True):
                place[_box(image)] = image
                release_pages(image)
        return whole, self._mask(largest)

    @property
    def _largest(self) -> tuple[int, ...]:
        return tuple(map(max, zip(*(image.shape for image in self.images), strict=True)))

    def _mask(self, largest: tuple[int, ...]) -> np.ndarray | None:
        if self.measured is None and all(image.shape == largest for image in self.images):
            return None
        mask = np.zeros((len(self.images), *largest), dtype=bool)
        known = self.measured or (True,) * len(mask)
        for place, image, which in zip(mask, self.images, known, strict=True):
            place[_box(image)] = which
        return None if mask.all() else mask


def _box(image: np.ndarray) -> tuple[slice, ...]:
    return tuple(map(slice, image.shape))


def _one_array(images: tuple[np.ndarray, ...]) -> np.ndarray | None:
    """The array of shape (M, N_1, ..., N_d) that the images are the rows of, in order; None if
    there is none.
    """
    first, *others = images
    if not others:
        return first[None]
    whole = first.base
    if not isinstance(whole, np.ndarray) or whole.shape != (len(images), *first.shape):
        return None
    rows = zip(images, whole, strict=True)
    return whole if all(_place(image) == _place(row) for image, row in rows) else None


def _place(array: np.ndarray) -> tuple[object, ...]:
    """Where the samples of an array lie in memory, and what they are."""
    interface = array.__array_interface__
    return interface["data"][0], array.shape, array.strides, array.dtype
