"""Images and arrays from files, made fit for a window."""

import warnings
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import first_line, read_array
from mtdbench.spaces import Space

# Photographs that every installation of scikit-image carries, none of them downloaded.
PICTURES = ("astronaut", "camera", "chelsea", "coffee", "coins", "moon", "rocket")
PIXELS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def picture(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The picture of that name in scikit-image, of that shape, as grey values."""
    from skimage import data

    return _fit(np.asarray(_grey(getattr(data, name)()), dtype=float), shape)


def read_image(path: Path, space: Space) -> np.ndarray:
    """The array or image in a file, made to measure: shape `space.shape`.

    Colours become grey values; an image that is not L x L is cropped to its central square and
    resized, smoothed first where it shrinks. A signal must have L samples as it is; K signals, for
    a space of so many, are the rows of a (K, L) array, or stand end to end.

    Raises
    ------
    InputError
        If the file cannot be read, has the wrong number of axes or samples, or holds NaN.
    """
    window = space.window
    array = _read_pixels(path) if path.suffix.lower() in PIXELS else read_array(path)
    if array.ndim > space.ndim and array.shape[0] == 1:
        array = array[0]  # an .mrc image may come as a stack of one
    if space.kind == "image" and array.ndim > space.ndim:
        array = _grey(array)
    if space.kind == "signal" and array.shape == (space.size / window.size, window.size):
        array = array.reshape(-1)
    if array.ndim != space.ndim or array.size == 0:
        raise InputError(
            f"target '{path}' has shape {array.shape}: space '{space.name}' expects"
            f" {space.ndim} axes"
        )
    with np.errstate(invalid="ignore"):  # NaN that signals, which is refused below
        array = np.asarray(array, dtype=float)
    if not np.isfinite(array).all():
        raise InputError(f"target '{path}' holds NaN or infinities: expected finite numbers")
    if space.kind == "signal" and array.shape != space.shape:
        classes = space.size // window.size
        many = f"{classes} signals of " if classes > 1 else ""
        raise InputError(
            f"target '{path}' has {len(array)} samples: expected {many}window {window}"
        )
    return array if space.kind == "signal" else _fit(array, space.shape)


def _read_pixels(path: Path) -> np.ndarray:
    """The samples of an image file, (rows, columns) or, in colour, (rows, columns, 3)."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is wrong beside the pixels
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG", "TIFF")) as image:
                count = getattr(image, "n_frames", 1)
                grey = image.mode in ("L", "F") or image.mode.startswith("I")
                pixels = np.asarray(image if grey else image.convert("RGB"))
    except Exception as error:  # a decoder may raise anything on a broken file
        raise InputError(
            f"cannot read '{path}': {first_line(error)}"
            " (expected a complete PNG, JPEG or TIFF image)"
        ) from error
    if count != 1:
        raise InputError(f"target '{path}' holds {count} images: expected one")
    return pixels


def _grey(image: np.ndarray) -> np.ndarray:
    """Luminance of an image whose last axis may be the colour; transparency is left out."""
    from skimage.color import rgb2gray

    if image.shape[2:] in ((3,), (4,)):
        return np.asarray(rgb2gray(image[..., :3]))
    return image


def _fit(image: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The largest box of a shape's proportions in the middle of an image, resized to the shape."""
    from skimage.transform import resize

    if image.shape == shape:
        return image
    scale = min(length / side for length, side in zip(image.shape, shape, strict=True))
    sizes = [min(round(scale * side), n) for side, n in zip(shape, image.shape, strict=True)]
    starts = [(n - size) // 2 for n, size in zip(image.shape, sizes, strict=True)]
    box = image[tuple(slice(a, a + size) for a, size in zip(starts, sizes, strict=True))]
    small = resize(box, shape, anti_aliasing=scale > 1)  # type: ignore[no-untyped-call]
    return np.asarray(small)
