"""Several micrographs, of one size or of several, and what is known of their samples."""

from dataclasses import dataclass

import numpy as np

from mtdbench.errors import InputError


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
        """
        shapes = {image.shape for image in self.images}
        if len(self.images) == 1:
            return self.images[0][None], None if self.measured is None else self.measured[0][None]
        largest = tuple(map(max, zip(*shapes, strict=True)))
        dtype = np.result_type(*self.images)
        stack = np.zeros((len(self.images), *largest), dtype)
        mask = np.zeros(stack.shape, dtype=bool)
        for m, image in enumerate(self.images):
            box = (m, *map(slice, image.shape))
            stack[box] = image
            mask[box] = True if self.measured is None else self.measured[m]
        return stack, None if mask.all() else mask
