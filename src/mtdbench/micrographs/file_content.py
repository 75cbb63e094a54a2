"""What a file of micrographs holds, whatever its format."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class FileContent:
    """The array of a file, and what the file says of it.

    Attributes
    ----------
    array : array
        One micrograph or several, the micrograph first; memory-mapped where the format allows it.
    pixel_size : float or None
        Angstrom; None where the file does not say.
    is_volume : bool
        Whether the file says that its sections are those of a volume.
    remarks : tuple of str
        What a user should know of how the file was read, a line each.
    """

    array: np.ndarray
    pixel_size: float | None = None
    is_volume: bool = False
    remarks: tuple[str, ...] = ()
