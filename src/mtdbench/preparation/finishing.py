"""One micrograph whitened, scaled, and cut to what was measured of it."""

import numpy as np
import scipy.ndimage

from mtdbench.errors import InputError
from mtdbench.preparation.centring import Centred
from mtdbench.preparation.whitening import whitened


def finished(
    part: Centred, kernel: np.ndarray | None, scale: float, name: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The samples, the mask, and the first sample of what is left in what there was, shape (d,).

    Raises
    ------
    InputError
        If nothing of the micrograph was measured.
    """
    image, measured = part.image, part.measured
    if kernel is not None:
        image, measured = whitened(image, measured, kernel)
    found = scipy.ndimage.find_objects(measured.astype(np.int8))
    if not found:
        raise InputError(
            f"nothing of '{name}' is left after its preparation: expected clean samples, or a mask"
            " that is not asked for"
        )
    box = found[0]
    samples = np.where(measured[box], image[box], np.float32(0)) / np.float32(scale)
    return samples, measured[box], np.array([part.start for part in box])
