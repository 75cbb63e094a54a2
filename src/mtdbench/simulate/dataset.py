"""A simulated dataset on disk: the measurement, what is in it, and how it was made."""

from pathlib import Path
from typing import Any

import numpy as np

from mtdbench import seeds
from mtdbench.files import write_arrays, write_json
from mtdbench.measurement import Placement
from mtdbench.simulate.measure import signal_power, write_measurement
from mtdbench.simulate.placement import place
from mtdbench.simulate.recipe import Recipe, key
from mtdbench.simulate.targets import make_target
from mtdbench.spaces import Space, make_space


def simulate(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Write the dataset of a recipe into a folder and return the content of its `dataset.json`.

    Files: `measurement.npy` (float32, shape (N,)*d), `placement.npz` (corners, poses), `truth.npz`
    (coefficients x, rendered target) and, last, `dataset.json`.

    Raises
    ------
    InputError
        If the target's file cannot be used; nothing is written then.
    """
    space = make_space(recipe.space, recipe.window, recipe.basis)
    x = make_target(recipe.target, space, _stream(recipe, "target"))
    placement = _place(recipe, space)
    sigma = float(np.sqrt(signal_power(space, x, placement.poses) / recipe.snr))
    (folder / "dataset.json").unlink(missing_ok=True)  # it stands for a complete dataset
    write_measurement(
        folder / "measurement.npy",
        *(space, x, placement, recipe.size, sigma),
        noise=lambda block: _stream(recipe, "noise", block),
    )
    write_arrays(folder / "placement.npz", corners=placement.corners, poses=placement.poses)
    write_arrays(folder / "truth.npz", x=x, target=space.render(x))
    content = _describe(recipe, space, sigma, len(placement.corners))
    write_json(folder / "dataset.json", content)
    return content


def _place(recipe: Recipe, space: Space) -> Placement:
    corners = place(
        *(recipe.size, recipe.window, space.ndim_measurement, recipe.density, recipe.spacing),
        _stream(recipe, "placement"),
    )
    return Placement(corners, space.random_poses(_stream(recipe, "poses"), len(corners)))


def _stream(recipe: Recipe, *purpose: str | int) -> np.random.Generator:
    return seeds.stream(recipe.seed, key(recipe), recipe.trial, *purpose)


def _describe(recipe: Recipe, space: Space, sigma: float, count: int) -> dict[str, Any]:
    """`density` is the achieved one; the requested one is null for saturation."""
    ndim = space.ndim_measurement
    return {
        "space": recipe.space,
        "window": recipe.window,
        "basis": recipe.basis,
        "size": recipe.size,
        "snr": recipe.snr,
        "sigma": sigma,
        "density_requested": recipe.density,
        "density": count * recipe.window**ndim / recipe.size**ndim,
        "copies": count,
        "spacing": recipe.spacing,
        "target": recipe.target,
        "seed": recipe.seed,
        "trial": recipe.trial,
    }
