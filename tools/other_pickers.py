"""Pickers that know nothing of an object but its size, each at the settings that serve it best.

Nobody knows those settings beforehand: what is told is the most that such a picker can reach.
"""

import logging
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import mrcfile
import numpy as np
from aspire.apple.apple import Apple
from skimage.feature import blob_log

LOG_THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Of the Laplacian of Gaussian."""
APPLE_SHARES = tuple(product((0.01, 0.03, 0.1, 0.2), (0.1, 0.3, 0.6)))
"""Of the windows that the APPLE picker learns from: surely particles, surely not noise."""
RIM = 20
"""Samples that the APPLE picker cuts off, given to it as reflections."""

Scores = dict[str, float]
Score = Callable[[dict[str, np.ndarray]], Scores]
"""Of places (y, x) by the name of the micrograph."""


def best_of_blobs(images: dict[str, np.ndarray], diameter: float, score: Score) -> Scores:
    """The scores of the maxima of a Laplacian of Gaussian (scikit-image), light blobs."""
    width, tried = diameter / np.sqrt(8), []
    for threshold in LOG_THRESHOLDS:
        found = {}
        for name, image in images.items():
            blobs = blob_log(  # type: ignore[no-untyped-call]
                image.astype(float), width, width, 1, threshold=threshold, overlap=0.2
            )
            found[name] = blobs[:, :2]
        tried.append(score(found) | {"threshold": threshold})
    return max(tried, key=lambda row: row["f1"])


def best_of_apple(images: dict[str, np.ndarray], diameter: float, score: Score) -> Scores:
    """The scores of the APPLE picker of aspire: a support vector machine learns from the windows
    that respond most and least to the others.
    """
    logging.disable(logging.INFO)
    tried = []
    with tempfile.TemporaryDirectory() as folder:
        files = {name: _square(image, Path(folder) / name) for name, image in images.items()}
        for surely, perhaps in APPLE_SHARES:
            found = {
                name: _apple(file, images[name].shape, diameter, surely, perhaps)
                for name, file in files.items()
            }
            tried.append(score(found) | {"surely": surely, "perhaps": perhaps})
    return max(tried, key=lambda row: row["f1"])


def _square(image: np.ndarray, path: Path) -> Path:
    """A file with the micrograph as aspire reads it: square, within a rim."""
    side = max(image.shape)
    edges = [(RIM, RIM + side - n) for n in image.shape]
    mrcfile.write(path, np.pad(image, edges, mode="reflect").astype(np.float32), overwrite=True)
    return path


def _apple(
    file: Path, shape: tuple[int, ...], diameter: float, surely: float, perhaps: float
) -> np.ndarray:
    """The middles (y, x) of the particles that it finds, shape (T, 2)."""
    size = round(diameter)
    query = size * 2 // 3 - size * 2 // 3 % 4
    windows = 4 * (max(shape) / query) ** 2
    picker = Apple(
        size,
        output_dir=None,
        container_size=max(100, size),
        tau1=int(windows * surely),
        tau2=int(windows * perhaps),
        mrc_margin_left=RIM,
        mrc_margin_right=RIM,
        mrc_margin_top=RIM,
        mrc_margin_bottom=RIM,
    )
    found = np.asarray(picker.process_micrograph_centers(str(file)), dtype=float).reshape(-1, 2)
    places = found[:, ::-1] - RIM
    return places[np.all(places < shape, axis=1)]
