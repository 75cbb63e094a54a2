"""What a preparation chose and found, in plain values and in words."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtdbench.preparation.background import BackgroundFits
from mtdbench.preparation.background_removal import Centred
from mtdbench.preparation.cleaning import Cleaned
from mtdbench.preparation.noise_model import NoiseModel
from mtdbench.preparation.preparation_settings import Background, Settings


def steps_report(
    parts: Sequence[Cleaned],
    middle: Sequence[Centred],
    fits: Sequence[BackgroundFits],
    noise: NoiseModel,
    settings: Settings,
) -> dict[str, Any]:
    """What each step chose, with its numbers; those of every micrograph as lists."""
    none = settings.background == Background.NONE
    degrees = [0 if none else each.degree for each in fits]
    kernel = noise.whitening.kernel
    return {
        "boxes": [[[axis.start, axis.stop] for axis in part.box] for part in parts],
        "hot_samples": [part.hot for part in parts],
        "contaminated": [part.contaminated for part in parts],
        "background": "none" if none else "smooth" if any(degrees) else "constant",
        "degrees": degrees,
        "levels": [part.level for part in middle],
        "contrast_gains": {
            "light" if sign > 0 else "dark": sum(each.gain(sign) for each in fits)
            for sign in fits[0].by_sign
        },
        "shows_copies": [part.shows_copies for part in middle],
        "noise_sigmas": [float(sigma) for sigma in noise.sigmas],
        "unevenness": noise.unevenness,
        "unevenness_left": noise.whitening.unevenness,
        "kernel": None if kernel is None else kernel.tolist(),
        "noise_crowded": noise.crowded,
        "noise_from": [float(part.noise_weights.mean()) for part in middle],
    }


def report_lines(report: dict[str, Any]) -> tuple[str, ...]:
    """The report in words, a line for each step."""
    return (
        _borders(report),
        f"hot or dead samples: {sum(report['hot_samples'])}",
        f"contamination: {_percent(report['contaminated'])} of the samples left out",
        _background(report),
        _contrast(report),
        _noise(report),
        _size(report),
    )


def _borders(report: dict[str, Any]) -> str:
    cut = [
        sum(shape) - sum(stop - start for start, stop in box)
        for box, shape in zip(report["boxes"], report["shapes_before"], strict=True)
    ]
    if not any(cut):
        return "borders: none"
    return f"borders: up to {max(cut)} lines cut off, in {sum(c > 0 for c in cut)} of {len(cut)}"


def _background(report: dict[str, Any]) -> str:
    if report["background"] == "none":
        return "background: left as it is"
    levels = _range(report["levels"])
    if report["background"] == "constant":
        return f"background: constant, {levels}"
    return f"background: smooth, of degree {_range(report['degrees'])}, on average {levels}"


def _contrast(report: dict[str, Any]) -> str:
    gains = ", ".join(f"{name} {gain:.0f}" for name, gain in report["contrast_gains"].items())
    what = {"dark": "copies are dark: sign changed", "light": "copies are light"}
    words = what.get(report["contrast"], "not seen, samples keep their sign")
    shown = report["shows_copies"]
    few = f", no copies are seen in {shown.count(False)} of {len(shown)}" if any(shown) else ""
    return f"contrast: {words} (log-likelihood gained: {gains}){few if not all(shown) else ''}"


def _noise(report: dict[str, Any]) -> str:
    sigmas = _range(report["noise_sigmas"])
    known = "given" if report["sigma_given"] else "estimated"
    start = f"noise: standard deviation {sigmas} ({known})"
    before, left = np.exp(report["unevenness"]), np.exp(report["unevenness_left"])
    if report["kernel"] is None and report["noise_crowded"]:
        share = _percent(report["noise_from"])
        return f"{start}, taken for white: only {share} of the samples lie between copies"
    if report["kernel"] is None:
        return f"{start}, spectrum within a factor {before:.2f} of its mean, not whitened"
    side = len(report["kernel"])
    return (
        f"{start}, whitened by a kernel of {side} samples a side: spectrum within a factor"
        f" {left:.2f} of its mean, before {before:.2f}"
    )


def _size(report: dict[str, Any]) -> str:
    size = report["pixel_size"]
    pixel = "of unknown size" if size is None else f"of {size:.4g} angstrom"
    shapes = sorted({" x ".join(map(str, shape)) for shape in report["shapes"]})
    shape = shapes[0] if len(shapes) == 1 else f"{shapes[0]} to {shapes[-1]}"
    number = len(report["shapes"])
    what = "micrograph" if number == 1 else "micrographs"
    return (
        f"result: {number} {what}, {shape} samples {pixel}, binned by"
        f" {report['bin_factor']}, {_percent(report['measured'])} measured"
    )


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:.5g}" if f"{low:.5g}" == f"{high:.5g}" else f"{low:.5g} to {high:.5g}"


def _percent(shares: Sequence[float]) -> str:
    return f"{100 * float(np.mean(shares)):.3g} %"
