"""One micrograph whitened, scaled, and cut to what was measured of it."""

import numpy as np
import scipy.ndimage

from mtdbench.errors import InputError
from mtdbench.preparation.background_removal import Centred
from mtdbench.preparation.whitening import whitened
from mtdbench.spaces.window import Box


def finished(
    part: Centred, kernel: np.ndarray | None, scale: float, name: str
) -> tuple[Box, np.ndarray]:
    """The box of what is left of a micrograph, whose samples are overwritten, and the mask in it.

    Raises
    ------
    InputError
        If nothing of the micrograph was measured.
    """
    image, measured = part.image, part.measured
    if kernel is not None:
        image[...], measured = whitened(image, measured, kernel)
    found = scipy.ndimage.find_objects(measured.astype(np.int8))
    if not found:
        raise InputError(
            f"nothing of '{name}' is left after its preparation: expected clean samples, or a mask"
            " that is not asked for"
        )
    image[~measured] = 0
    image /= np.float32(scale)
    return found[0], measured[found[0]]
