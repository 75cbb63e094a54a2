"""The picture of a preparation: what was there, what was left, and what is known of it."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtdbench.figures.layout.painters import PICTURE_STYLES, paint
from mtdbench.figures.layout.save import theme
from mtdbench.preparation import Prepared

COLOUR_BEFORE, COLOUR_AFTER = "#9a9a9a", "#0072b2"
LEFT_OUT = "#d55e00"
SHADES = (0.5, 99.5)
"""Percentiles of the samples between which a picture has its shades."""
MOST_SHOWN = 1200
"""Samples along an axis that a picture shows."""
MOST_TRANSFORMED = 2048
"""Samples along an axis of the part in the middle that spectra and histograms are of."""
PANELS_INCHES = (10.2, 6.6)  # inches


def draw_preparation(before: np.ndarray, prepared: Prepared, index: int = 0) -> Figure:
    """A figure of one micrograph: as it came and as it was prepared, both spectra, both
    histograms, and the report in words.

    Parameters
    ----------
    before : array, shape (N_1, ..., N_d)
        The micrograph as it came.
    prepared : Prepared
    index : int
        Its number.
    """
    after = prepared.micrographs.images[index]
    masks = prepared.micrographs.measured
    measured = np.ones(after.shape, dtype=bool) if masks is None else masks[index]
    with theme():
        figure = Figure(figsize=PANELS_INCHES, layout="constrained")
        axes = list(figure.subplots(2, 3).flat)
        _picture(axes[0], before, np.ones(before.shape, dtype=bool), "as it came")
        share = 100 * float(1 - measured.mean())
        without = f", {share:.2g} % left out" if share else ""
        _picture(axes[1], after, measured, f"prepared{without}")
        _words(axes[2], prepared)
        part = _middle(before, MOST_TRANSFORMED)
        left = _middle(after, MOST_TRANSFORMED), _middle(measured, MOST_TRANSFORMED)
        _spectra(axes[3], part, *left, prepared.bin_factor)
        _histograms(axes[4], part, left[0][left[1]])
        axes[5].set_axis_off()
        figure.suptitle(prepared.micrographs.names[index], fontsize=8)
        return figure


def _middle(image: np.ndarray, most: int) -> np.ndarray:
    """The middle of an image, at most so many samples along each axis."""
    starts = [max(0, (n - most) // 2) for n in image.shape]
    return image[tuple(slice(start, start + most) for start in starts)]


def _picture(axis: Axes, image: np.ndarray, measured: np.ndarray, title: str) -> None:
    """A micrograph in grey, thinned out if it is large; what was not measured in colour."""
    step = tuple(slice(None, None, max(1, n // MOST_SHOWN)) for n in image.shape)
    shown, known = np.asarray(image[step], dtype=float), measured[step]
    low, high = np.percentile(shown[known], SHADES)
    paint(axis, shown, shown, (float(low), float(high)), COLOUR_AFTER)
    axis.set_title(title)
    if PICTURE_STYLES[image.ndim].is_grey and not known.all():
        veil = np.zeros((*known.shape, 4))
        veil[~known] = [*(int(LEFT_OUT[i : i + 2], 16) / 255 for i in (1, 3, 5)), 0.7]
        axis.imshow(veil, interpolation="nearest")


def _spectra(
    axis: Axes, before: np.ndarray, after: np.ndarray, measured: np.ndarray, factor: int
) -> None:
    """Power by frequency, in cycles of the samples that came, each beside its median."""
    centre = np.median(before)
    for image, size, name, colour in (
        (np.asarray(before, dtype=float) - centre, 1, "as it came", COLOUR_BEFORE),
        (after * measured, factor, "prepared", COLOUR_AFTER),
    ):
        frequency, power = radial_spectrum(image)
        axis.plot(frequency / size, power / np.median(power), color=colour, label=name)
    axis.set(yscale="log", xlabel="cycles per sample that came", ylabel="power / median")
    axis.legend()


def radial_spectrum(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in cycles per sample, and the mean power of each ring; 0 is left out."""
    taper = image
    for axis, n in enumerate(image.shape):
        taper = np.moveaxis(np.moveaxis(taper, axis, -1) * np.hanning(n), -1, axis)
    power = np.abs(np.fft.rfftn(taper)) ** 2
    axes = [np.fft.fftfreq(n) for n in image.shape[:-1]] + [np.fft.rfftfreq(image.shape[-1])]
    radius = np.sqrt(sum(f**2 for f in np.meshgrid(*axes, indexing="ij", sparse=True)))
    rings = max(4, min(image.shape) // 4)
    number = np.minimum((radius * 2 * rings).astype(int), rings).ravel()
    count = np.bincount(number, minlength=rings + 1)[1:rings]
    total = np.bincount(number, power.ravel(), rings + 1)[1:rings]
    return (np.arange(1, rings) + 0.5) / (2 * rings), total / np.maximum(count, 1)


def _histograms(axis: Axes, before: np.ndarray, after: np.ndarray) -> None:
    """Both distributions of samples in standard deviations, with the normal one."""
    edges = np.linspace(-6, 6, 121)
    raw = np.asarray(before, dtype=float).ravel()
    middle, spread = np.median(raw), raw.std() or 1.0
    for values, name, colour in (
        ((raw - middle) / spread, "as it came", COLOUR_BEFORE),
        (after.ravel(), "prepared", COLOUR_AFTER),
    ):
        density = np.histogram(values, edges)[0] / (len(values) * (edges[1] - edges[0]))
        axis.stairs(np.maximum(density, 1e-9), edges, color=colour, label=name)
    normal = np.exp(-0.5 * edges**2) / np.sqrt(2 * np.pi)
    axis.plot(edges, normal, color="black", linewidth=0.8, linestyle=":", label="noise alone")
    axis.set(yscale="log", ylim=(1e-6, 1), xlabel="standard deviations", ylabel="density")
    axis.legend()


def _words(axis: Axes, prepared: Prepared) -> None:
    axis.set_axis_off()
    text = "\n\n".join(textwrap.fill(line, 46) for line in prepared.lines)
    axis.text(0, 1, text, va="top", ha="left", fontsize=7, transform=axis.transAxes)
