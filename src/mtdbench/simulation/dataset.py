"""A simulated dataset on disk: the measurement, what is in it, and how it was made."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.files import read_array, write_arrays, write_json
from mtdbench.model.forward import ForwardModel
from mtdbench.simulation.blocks import noise_rows, write_measurement
from mtdbench.simulation.full_resolution import full
from mtdbench.simulation.mrc import write_mrc_images
from mtdbench.simulation.recipe import Recipe, micrograph_stream
from mtdbench.simulation.scene import CleanMeasurement, expanded
from mtdbench.spaces import Window, make_space


def write_dataset(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Write the dataset of a recipe into a folder and return the content of its `dataset.json`.

    Files: `measurement.npy` (float32, shape (N,) * d, or (M,) + (N,) * d for several micrographs),
    where asked for `measurement.mrc`, `placement.npz` (corners, poses, micrographs), `truth.npz`
    (coefficients x, rendered target, with method `"full"` also the full volume) and, last,
    `dataset.json`.

    Raises
    ------
    InputError
        If the target's file cannot be used; nothing is written then.
    """
    space = make_space(recipe.space, recipe.window, recipe.basis)
    forward = ForwardModel(space)
    scene = full(recipe, forward, folder) if recipe.method == "full" else expanded(recipe, forward)
    sigma = float(np.sqrt(scene.power / recipe.snr))
    (folder / "dataset.json").unlink(missing_ok=True)  # it stands for a complete dataset
    rows = noise_rows(recipe.size, space.window.ndim)
    write_measurement(
        folder / "measurement.npy",
        recipe.shape,
        (scene.blocks(m, rows) for m in range(recipe.micrographs)),
        sigma,
        noise=partial(micrograph_stream, recipe, "noise"),
    )
    (folder / "measurement.mrc").unlink(missing_ok=True)
    if recipe.mrc:
        write_mrc_images(folder / "measurement.mrc", read_array(folder / "measurement.npy"))
    placement = scene.placement
    write_arrays(
        folder / "placement.npz",
        corners=placement.corners,
        poses=placement.poses,
        micrographs=placement.micrographs,
    )
    write_arrays(folder / "truth.npz", **scene.truth)
    content = _describe(recipe, scene, space.window, sigma)
    write_json(folder / "dataset.json", content)
    return content


def _describe(
    recipe: Recipe, scene: CleanMeasurement, window: Window, sigma: float
) -> dict[str, Any]:
    """`density` is the achieved one; the requested one is null for saturation. `target_used` is
    the alternative of the target that could be had.
    """
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
    }
