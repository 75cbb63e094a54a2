"""The steps of a preparation, in their order."""

from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import release_pages
from mtdbench.micrographs import Micrographs
from mtdbench.preparation.background import (
    BackgroundFits,
    background_fits,
    contrast_of,
)
from mtdbench.preparation.background_removal import Centred, without_background
from mtdbench.preparation.binning import bin_factor
from mtdbench.preparation.block_statistics import block_statistics
from mtdbench.preparation.block_values import block_values
from mtdbench.preparation.cleaning import Cleaned, block_side, cleaned
from mtdbench.preparation.finishing import finished
from mtdbench.preparation.noise_model import NoiseModel, noise_model
from mtdbench.preparation.preparation_report import report_lines, steps_report
from mtdbench.preparation.preparation_settings import Colour, Settings
from mtdbench.preparation.prepared import Prepared

UNKNOWN_WINDOW = 40
"""Windows along the shortest side of micrographs, where nobody says how large a copy is."""
SIGNS = {"dark": -1, "light": 1}


def prepare_micrographs(micrographs: Micrographs, settings: Settings | None = None) -> Prepared:
    """Micrographs as the model has them: white noise of one standard deviation around 0, light
    copies, and a mask of what was not measured.

    Borders are cut off and hot samples marked in the samples as they come. Then samples are
    binned, contaminations marked, and the background is fitted together with the contrast. The
    spectrum of the noise is that of what is left between copies.

    Raises
    ------
    InputError
        If a micrograph is constant, or nothing but its background, or not finite, or the settings
        do not fit.
    """
    settings = settings or Settings()
    factor = bin_factor(settings, micrographs.pixel_size)
    window = window_samples(micrographs, settings, factor)
    parts, stack = _cleaned(micrographs, factor, window, settings)
    fits = [_fits(part, window, settings) for part in parts]
    largest = [float(max(part.image.max(), -part.image.min())) for part in parts]
    seen = contrast_of(fits)
    sign = SIGNS.get(settings.sign, seen or 1)
    middle = [
        without_background(p, f, sign, seen, settings) for p, f in zip(parts, fits, strict=True)
    ]
    noise = noise_model(middle, factor, settings)
    _check_noise(noise.sigmas, largest, micrographs.names)
    report = steps_report(parts, middle, fits, noise, settings)
    report |= {
        "bin_factor": factor,
        "contrast": settings.sign if settings.sign in SIGNS else _CONTRASTS[seen],
        "sign": sign,
        "shapes_before": [list(image.shape) for image in micrographs.images],
    }
    return _prepared(micrographs, parts, middle, stack, noise, report, settings)


def candidates(micrographs: Micrographs, settings: Settings | None = None) -> dict[str, Prepared]:
    """The preparations with either contrast, for whoever decides by the likelihood of the whole
    model: `light` and `dark`.
    """
    settings = settings or Settings()
    return {word: prepare_micrographs(micrographs, replace(settings, sign=word)) for word in SIGNS}


def window_samples(micrographs: Micrographs, settings: Settings, factor: int) -> int:
    """The side of a copy's window in samples after binning: as it is given, by the diameter of a
    particle, or a guess.
    """
    if settings.window is not None:
        return settings.window
    if settings.diameter is not None and micrographs.pixel_size is not None:
        return max(2, ceil(settings.diameter / (micrographs.pixel_size * factor)))
    shortest = min(min(image.shape) for image in micrographs.images) // factor
    return max(5, shortest // UNKNOWN_WINDOW)


_ROUNDING = 4 * float(np.finfo(np.float32).eps)

_CONTRASTS = {1: "light", -1: "dark", 0: "not seen"}


def _cleaned(
    micrographs: Micrographs, factor: int, window: int, settings: Settings
) -> tuple[list[Cleaned], np.ndarray | None]:
    """All micrographs, and the stack that holds their samples; None where their sizes differ."""
    images, parts = micrographs.images, []
    masks = micrographs.measured or (None,) * len(images)
    stack = None
    if len({image.shape for image in images}) == 1:
        stack = np.empty((len(images), *(n // factor for n in images[0].shape)), dtype=np.float32)
    for m, name in enumerate(micrographs.names):
        part = cleaned(images[m], masks[m], name, factor, window, settings)
        if stack is not None:
            place = stack[m][tuple(map(slice, part.image.shape))]
            place[...] = part.image
            part = replace(part, image=place)
        parts.append(part)
        release_pages(images[m])
    return parts, stack


def _check_noise(sigmas: np.ndarray, largest: list[float], names: tuple[str, ...]) -> None:
    """Refuse a micrograph that is its background alone, as exactly as float32 can say it."""
    for sigma, level, name in zip(sigmas, largest, names, strict=True):
        if sigma <= _ROUNDING * level:
            raise InputError(f"'{name}' is a smooth background and nothing else: expected noise")


def _fits(part: Cleaned, window: int, settings: Settings) -> BackgroundFits:
    statistics = block_statistics(part.image, part.measured, block_side(window))
    blocks = block_values(statistics, statistics.usable, part.image.shape)
    return background_fits(blocks, window, settings)


def _prepared(
    micrographs: Micrographs,
    parts: list[Cleaned],
    middle: list[Centred],
    stack: np.ndarray | None,
    noise: NoiseModel,
    report: dict[str, Any],
    settings: Settings,
) -> Prepared:
    """The last step, and all that is known at the end."""
    factor, known = report["bin_factor"], settings.sigma is not None
    scales = noise.sigmas if settings.normalise else np.ones(len(parts))
    kernel, names = noise.whitening.kernel, micrographs.names
    boxes, masks = zip(
        *(finished(middle[m], kernel, float(scales[m]), names[m]) for m in range(len(names))),
        strict=True,
    )
    origins = [
        [rim.start + factor * axis.start for rim, axis in zip(part.box, box, strict=True)]
        for part, box in zip(parts, boxes, strict=True)
    ]
    size = micrographs.pixel_size
    result = Micrographs(
        tuple(part.image[box] for part, box in zip(middle, boxes, strict=True)),
        names,
        None if size is None else size * factor,
        None if all(mask.all() for mask in masks) else masks,
    )
    report |= {
        "pixel_size": result.pixel_size,
        "sigma_given": known,
        "normalised": settings.normalise,
        "colour": str(settings.colour),
        "shapes": [list(image.shape) for image in result.images],
        "origins": origins,
        "measured": [float(mask.mean()) for mask in masks],
    }
    alike = all(box == boxes[0] for box in boxes)
    return Prepared(
        micrographs=result,
        kernel=kernel,
        filters_object=settings.colour == Colour.NOISE,
        sign=report["sign"],
        sigma=float(np.median(noise.sigmas / scales)),
        sigma_known=known,
        bin_factor=factor,
        origins=np.array(origins),
        scales=np.array(scales),
        stack=stack[(slice(None), *boxes[0])] if stack is not None and alike else None,
        report=report,
        lines=report_lines(report),
    )
