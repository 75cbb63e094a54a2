"""The bounds of one data set of a study: what its runs' errors are compared with."""

from pathlib import Path
from typing import Any

import numpy as np

from mtdbench import seeds
from mtdbench.errors import InputError
from mtdbench.files import read_array
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.instrument import read_forward_model
from mtdbench.model.spacing import Spacing
from mtdbench.simulation import recipe_key
from mtdbench.spaces import make_space
from mtdbench.study.cells import Cell
from mtdbench.study.recipes import recipe
from mtdbench.study.schema import Study


def bounds(
    study: Study, cell: Cell, trial: int, folder: Path, facts: dict[str, Any]
) -> dict[str, float]:
    """The columns `bound`, `bound_uncertainty` and `bound_known` of the data set in `folder`, whose
    `dataset.json` says `facts`; none where its files are not complete, and of noise alone.

    The bound of patches is that of one copy to a patch, so it is missing where copies are spaced
    arbitrarily; both are missing where the copies show more than the space can hold (method
    `"full"`), where the measurement has faults, and where the study does without.
    """
    if (
        not cell.bound
        or cell.method != "expanded"
        or cell.faults != "{}"
        or not {"sigma", "copies", "density"} <= facts.keys()
        or facts["copies"] == 0
    ):
        return {}
    from mtdbench.evaluate.cramer_rao import known_bound, patch_bound  # loads JAX

    space = make_space(cell.space, cell.window, cell.basis)
    try:
        forward = read_forward_model(folder / "measurement.npy", space)
        x = read_coefficients(folder / "truth.npz", space)
        samples = read_array(folder / "measurement.npy")
    except InputError:
        return {}
    sigma = float(facts["sigma"])
    values = {"bound_known": known_bound(forward, x, int(facts["copies"]), sigma).error}
    if cell.spacing == Spacing.WELL_SEPARATED and len(forward.filters) == 1:
        rng = seeds.stream(study.seed, recipe_key(recipe(study, cell, trial)), trial, "bound")
        density, known = float(facts["density"]), cell.sigma_known
        of_patches = patch_bound(forward, x, samples, density, sigma, known, rng)
        values |= {"bound": of_patches.error, "bound_uncertainty": of_patches.uncertainty}
    return {name: value if np.isfinite(value) else np.nan for name, value in values.items()}
