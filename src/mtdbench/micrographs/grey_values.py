"""Pictures in colour formats: grey values if that is what they hold, else refused.

A grey picture that some program saved in a colour format holds what was measured, if only as it was
displayed. Of a picture in colours nobody can say which number was measured.
"""

from pathlib import Path

import numpy as np

from mtdbench.errors import InputError

EXPECTED = "expected one grey value for each sample, as the microscope recorded it"


def grey_of_channels(array: np.ndarray, path: Path) -> tuple[np.ndarray, str]:
    """The grey values (..., N_1, N_2) in channels (..., N_1, N_2, C), and a remark: the first of
    three equal colours. What says how transparent a sample is, is left out.

    Raises
    ------
    InputError
        If the colours are not equal.
    """
    grey, colours = array[..., 0], array[..., : 3 if array.shape[-1] > 2 else 1]
    if not (colours == grey[..., None]).all():
        raise InputError(f"'{path}' is a picture in colours: {EXPECTED}")
    return np.ascontiguousarray(grey), _remark(path)


def grey_of_palette(array: np.ndarray, palette: np.ndarray, path: Path) -> tuple[np.ndarray, str]:
    """The grey values behind the numbers of colours in a palette, shape (3, C), and a remark.

    Raises
    ------
    InputError
        If a colour that occurs is no grey.
    """
    used = palette[:, np.unique(array)]
    if not (used == used[0]).all():
        raise InputError(f"'{path}' is a picture with a palette of colours: {EXPECTED}")
    return palette[0][array], _remark(path)


def _remark(path: Path) -> str:
    return (
        f"'{path}' is a grey picture in a colour format: its grey values are taken, which may have"
        " been changed for display"
    )
