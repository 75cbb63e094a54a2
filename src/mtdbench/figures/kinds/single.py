"""The picture of one estimate, for whoever has no truth to put beside it."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mtdbench.figures.kinds.pictures import paint
from mtdbench.figures.layout.save import DPI, METADATA, theme
from mtdbench.files import replacing


def draw_estimate(array: np.ndarray, path: Path) -> None:
    """Write a signal, an image or a volume, shape (L,) * ndim, as a PNG."""
    with theme():
        figure = Figure(figsize=(3.4, 2.2) if array.ndim == 1 else (3.2, 2.8), layout="constrained")
        axis = figure.subplots()
        low, high = float(array.min()), float(array.max())
        margin = 0.05 * (high - low or 1.0)
        paint(axis, array, array, (low - margin, high + margin), "#0072b2")
        if array.ndim == 1:
            axis.set_xlabel("sample")
        if array.ndim == 3:
            axis.set_xlabel("slices across z, y (above) and x; projection along z")
        for image in axis.images[:1]:
            figure.colorbar(image, ax=axis, shrink=0.9)
        with replacing(path) as temporary:
            figure.savefig(temporary, format="png", dpi=DPI, metadata=METADATA["png"])
