"""A simulated data set: the measurement, what is in it, and how it was made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import read_array, read_json, write_arrays, write_json
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.instrument import INSTRUMENT_FILE, forward_model
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement
from mtdbench.simulation.blocks import (
    gather_measurement,
    noise_rows,
    noisy_blocks,
    write_measurement,
)
from mtdbench.simulation.full_resolution import full
from mtdbench.simulation.mrc import write_mrc_images
from mtdbench.simulation.noise import sloping
from mtdbench.simulation.recipe import Recipe, micrograph_stream
from mtdbench.simulation.scene import CleanMeasurement, expanded
from mtdbench.spaces import Space, Window, make_space


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A measurement with its ground truth.

    Attributes
    ----------
    measurement : Measurement
        What an estimator is given.
    truth : array, shape (n,)
        Coefficients of the object in the measurement's space.
    placement : Placement
        Places and poses of the copies.
    facts : dict
        How it was made: the content of `dataset.json`, see `write_dataset`.
    """

    measurement: Measurement
    truth: np.ndarray
    placement: Placement
    facts: dict[str, Any]

    @property
    def space(self) -> Space:
        """The space of the object."""
        return self.measurement.space

    @classmethod
    def load(cls, folder: Path) -> "Dataset":
        """The data set that `write_dataset` wrote into a folder, its measurement memory-mapped.

        Raises
        ------
        InputError
            If a file is missing or cannot be used.
        """
        try:
            facts = read_json(folder / "dataset.json")
            space = make_space(facts["space"], facts["window"], facts["basis"])
            sigma, spacing = told_sigma(facts), facts["spacing"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"cannot read a data set from '{folder}': {error}") from error
        return cls(
            Measurement.load(folder / "measurement.npy", space, sigma, spacing),
            read_coefficients(folder / "truth.npz", space),
            Placement.load(folder / "placement.npz"),
            facts,
        )


def make_dataset(recipe: Recipe) -> Dataset:
    """The data set of a recipe, in memory: to the bit what `write_dataset` writes.

    Raises
    ------
    InputError
        If the target's file cannot be used.
    """
    space = make_space(recipe.space, recipe.window, recipe.basis)
    scene = _scene(recipe, space, None)
    sigma = _sigma(recipe, scene)
    samples = gather_measurement(recipe.shape, _blocks(recipe, space, scene, sigma))
    forward = forward_model(space, recipe.instrument)
    facts = _describe(recipe, scene, space.window, sigma)
    measurement = Measurement(samples, space, told_sigma(facts), recipe.spacing, forward)
    return Dataset(measurement, scene.truth["x"], scene.placement, facts)


def write_dataset(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Write the data set of a recipe into a folder and return the content of its `dataset.json`.

    Files: `measurement.npy` (float32, shape (N,) * d, or (M,) + (N,) * d for several micrographs),
    where asked for `measurement.mrc`, for an instrument `instrument.json`, `placement.npz`
    (corners, poses, micrographs, with such faults fractions and amplitudes), `truth.npz`
    (coefficients x, rendered target, with method `"full"` also the full volume) and, last,
    `dataset.json`.

    Raises
    ------
    InputError
        If the target's file cannot be used; nothing is written then.
    """
    space = make_space(recipe.space, recipe.window, recipe.basis)
    scene = _scene(recipe, space, folder)
    sigma = _sigma(recipe, scene)
    (folder / "dataset.json").unlink(missing_ok=True)  # it stands for a complete dataset
    measurement = folder / "measurement.npy"
    write_measurement(measurement, recipe.shape, _blocks(recipe, space, scene, sigma))
    (folder / INSTRUMENT_FILE).unlink(missing_ok=True)
    if recipe.instrument:
        write_json(folder / INSTRUMENT_FILE, dict(recipe.instrument))
    (folder / "measurement.mrc").unlink(missing_ok=True)
    if recipe.mrc:
        write_mrc_images(folder / "measurement.mrc", read_array(measurement))
    write_arrays(folder / "placement.npz", **scene.placement.arrays)
    write_arrays(folder / "truth.npz", **scene.truth)
    content = _describe(recipe, scene, space.window, sigma)
    write_json(folder / "dataset.json", content)
    return content


def _scene(recipe: Recipe, space: Space, scratch: Path | None) -> CleanMeasurement:
    forward = forward_model(space, recipe.recorded_by)
    if recipe.method == "full":
        return full(recipe, forward, scratch)
    return expanded(recipe, forward)


def _sigma(recipe: Recipe, scene: CleanMeasurement) -> float:
    """The standard deviation of the noise that gives the recipe's SNR."""
    return float(np.sqrt(scene.power / recipe.snr))


def _blocks(
    recipe: Recipe, space: Space, scene: CleanMeasurement, sigma: float
) -> Iterator[np.ndarray]:
    """The noisy measurement, block by block."""
    ndim, size, faults = space.window.ndim, recipe.size, recipe.faults
    micrographs = (scene.blocks(m, noise_rows(size, ndim)) for m in range(recipe.micrographs))
    if faults.gradient:
        micrographs = (
            sloping(blocks, _slope(recipe, m, sigma, ndim), (size,) * ndim)
            for m, blocks in enumerate(micrographs)
        )
    noise = partial(micrograph_stream, recipe, "noise")
    return noisy_blocks(micrographs, sigma, noise, faults.colour)


def _slope(recipe: Recipe, micrograph: int, sigma: float, ndim: int) -> np.ndarray:
    """The slope of the background of a micrograph, per sample, shape (d,)."""
    direction = micrograph_stream(recipe, "gradient", micrograph).standard_normal(ndim)
    change = recipe.faults.gradient * sigma * direction / np.linalg.norm(direction)
    return np.asarray(change / max(1, recipe.size - 1))


def told_sigma(facts: Mapping[str, Any]) -> float:
    """The sigma that estimators are told of a data set, by its `dataset.json`; NaN where nobody
    knows it.
    """
    return float(facts.get("sigma_told") or facts.get("sigma") or "nan")


def _describe(
    recipe: Recipe, scene: CleanMeasurement, window: Window, sigma: float
) -> dict[str, Any]:
    """`density` is the achieved one; the requested one is null for saturation. `target_used` is
    the alternative of the target that could be had. Faults and the sigma that estimators are told
    are there only if there are faults.
    """
    faults = recipe.faults
    count = len(scene.placement.corners)
    samples = recipe.micrographs * recipe.size**window.ndim
    return {
        "space": recipe.space,
        "window": recipe.window,
        "basis": recipe.basis,
        "size": recipe.size,
        "micrographs": recipe.micrographs,
        "snr": recipe.snr,
        "sigma": sigma,
        "density_requested": recipe.density,
        "density": count * window.size / samples,
        "copies": count,
        "spacing": recipe.spacing,
        "target": recipe.target,
        "target_used": scene.target,
        "method": recipe.method,
        "full_size": len(scene.truth["full"]) if "full" in scene.truth else None,
        "seed": recipe.seed,
        "trial": recipe.trial,
        **({"faults": faults.present} if faults.present else {}),
        **({"sigma_told": faults.sigma_factor * sigma} if faults.sigma_factor != 1 else {}),
    }
