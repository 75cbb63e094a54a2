"""A data set from one call."""

from collections.abc import Mapping
from pathlib import Path

from mtdbench.model.spacing import DEFAULT_SPACING
from mtdbench.simulation.dataset import Dataset, make_dataset, write_dataset
from mtdbench.simulation.faults import named_faults
from mtdbench.simulation.recipe import Recipe


def simulate(
    space: str,
    window: int,
    *,
    size: int,
    snr: float,
    density: float | None = None,
    target: str = "random",
    basis: str = "auto",
    spacing: str = DEFAULT_SPACING,
    micrographs: int = 1,
    method: str = "expanded",
    full_size: int | None = None,
    faults: Mapping[str, float] | None = None,
    seed: int = 0,
    folder: str | Path | None = None,
) -> Dataset:
    """A simulated measurement with its truth and the placement of its copies.

    Parameters
    ----------
    space : str
        `"line"` (signals), `"disc"` (images) or `"ball"` (volumes, seen in projections).
    window : int
        L, samples of the object along each axis.
    size : int
        N, samples of the measurement along each axis.
    snr : float
        Mean power of the copies, over their windows, divided by that of the noise.
    density : float or None
        Share of the samples that lie in copies, 0 for noise alone; None for as many copies as fit.
    target : str
        The hidden object: `"random"`, `"picture:camera"`, `"volume:shepp-logan"`, `"emdb:2660"`,
        a path of a file and others, see `mtdbench.simulation.targets.targets`.
    basis, spacing, micrographs, method, full_size
        As in `mtdbench.simulation.recipe.Recipe`.
    faults : mapping or None
        What estimators are not told, by name, such as `{"colour": 0.5}`, see
        `mtdbench.simulation.faults`.
    seed : int
        The same seed gives the same data set, in memory or in a folder.
    folder : str, Path or None
        Where the files of the data set are written, from which the measurement is then
        memory-mapped; None keeps all of it in memory.

    Raises
    ------
    InputError
        If a value is not valid; the message names it and says what would be.

    Examples
    --------
    >>> data = simulate("disc", 5, size=1000, snr=1, density=0.04)
    >>> data.measurement.samples.shape
    (1000, 1000)
    """
    recipe = Recipe(
        space=space,
        window=window,
        size=size,
        snr=snr,
        density=density,
        target=target,
        basis=basis,
        spacing=spacing,
        micrographs=micrographs,
        method=method,
        full_size=full_size,
        faults=named_faults(faults or {}),
        seed=seed,
    )
    if folder is None:
        return make_dataset(recipe)
    write_dataset(recipe, Path(folder))
    return Dataset.load(Path(folder))
