"""Remedies: what a study does to a simulated measurement before estimators are given it, or tells
them of the instrument.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import read_array, write_json
from mtdbench.micrographs import Micrographs
from mtdbench.model.instrument import INSTRUMENT_FILE
from mtdbench.preparation.whitening import whitened
from mtdbench.simulation import Recipe
from mtdbench.simulation.blocks import write_measurement
from mtdbench.simulation.noise import whitening_kernel
from mtdbench.spaces import make_space


def check_remedies(recipe: Recipe, remedies: Sequence[str]) -> None:
    """Check that what the remedies do fits the recipe.

    Raises
    ------
    InputError
        If noise is to be whitened behind an instrument that estimators are told, a remedy is named
        twice, or the measurement is to be written as an image too.
    """
    if len(set(remedies)) < len(remedies):
        raise InputError(f"remedies {', '.join(remedies)}: expected each once")
    if remedies and recipe.mrc:
        raise InputError("remedies with mrc: expected no measurement.mrc")
    if "whiten" in remedies and recipe.instrument:
        raise InputError("remedy 'whiten' with an instrument: expected none")


def apply_remedies(recipe: Recipe, remedies: Sequence[str], folder: Path) -> None:
    """Do to the measurement that `write_dataset` wrote into a folder what the remedies say, in
    their order; what estimators then have to know is in its `instrument.json`.
    """
    if not remedies:
        return
    if changes := [CHANGES[remedy] for remedy in remedies if remedy in CHANGES]:
        path = folder / "measurement.npy"
        one = recipe.shape[-_axes(recipe) :]
        stack = np.array(read_array(path)).reshape(recipe.micrographs, *one)
        for change in changes:
            stack = change(recipe, stack)
        write_measurement(path, recipe.shape, stack)
    if instrument := _told(recipe, remedies):
        write_json(folder / INSTRUMENT_FILE, instrument)


def _told(recipe: Recipe, remedies: Sequence[str]) -> dict[str, Any]:
    """The parts of the instrument that estimators are told."""
    parts = recipe.recorded_by if "tell-optics" in remedies else dict(recipe.instrument)
    if "whiten" in remedies and recipe.faults.colour:
        parts["kernels"] = [whitening_kernel(recipe.faults.colour, _axes(recipe)).tolist()]
    return parts


def _axes(recipe: Recipe) -> int:
    return make_space(recipe.space, recipe.window, recipe.basis).window.ndim


def _whitened(recipe: Recipe, stack: np.ndarray) -> np.ndarray:
    """Micrographs whose coloured noise is made white by the kernel that is known to do so, as if
    nothing lay beyond their edges.
    """
    if not recipe.faults.colour:
        return stack
    kernel = whitening_kernel(recipe.faults.colour, stack.ndim - 1)
    every = np.ones(stack.shape[1:], dtype=bool)
    return np.stack([whitened(micrograph, every, kernel)[0] for micrograph in stack])


def _flattened(recipe: Recipe, stack: np.ndarray) -> np.ndarray:
    """Micrographs without their background, as the preparation of a user's files finds it."""
    from mtdbench.preparation import Settings, prepare_micrographs

    nothing_else = Settings(
        background="smooth",
        degree=1,
        sign="light",
        whiten=False,
        borders=False,
        hot=False,
        contamination=False,
        normalise=False,
        window=recipe.window,
    )
    names = tuple(f"micrograph {m}" for m in range(len(stack)))
    prepared = prepare_micrographs(Micrographs(tuple(stack), names), nothing_else)
    return np.stack(prepared.micrographs.images)


CHANGES: dict[str, Callable[[Recipe, np.ndarray], np.ndarray]] = {
    "whiten": _whitened,
    "flatten": _flattened,
}
"""What is done to micrographs, by the remedies' names in a study file; `tell-optics` leaves them as
they are.
"""
