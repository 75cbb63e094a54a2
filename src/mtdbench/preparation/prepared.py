"""Micrographs that are ready for the model, and what was done to them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mtdbench.micrographs import Micrographs


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a preparation makes of micrographs.

    Attributes
    ----------
    micrographs : Micrographs
        Float32, with the background at 0 and light copies; `pixel_size` is that after binning.
    kernel : array, shape (2 r + 1,) * d, or None
        With which they were convolved to whiten the noise. A forward model with this filter
        estimates the object as it was before; None: nothing was whitened.
    filters_object : bool
        Whether the model is to apply the kernel to the object, see `Settings.colour`.
    sign : int
        -1 where the samples changed their sign, as copies were dark; else 1.
    sigma : float
        Standard deviation of the noise in the samples that are measured, as estimated here; 1 where
        micrographs were divided by it.
    sigma_known : bool
        Whether it was given, and not estimated.
    bin_factor : int
    origins : int array, shape (M, d)
        The first sample of each prepared micrograph, in samples of the one that came.
    scales : float array, shape (M,)
        What one unit of prepared samples is in units of the samples that came.
    stack : array, shape (M, n_1, ..., n_d), or None
        All micrographs, of which `micrographs` has views; None where their sizes differ.
    report : dict
        What was chosen and found, in plain values, for `run.json`.
    lines : tuple of str
        The same for a log, a line for each step.
    """

    micrographs: Micrographs
    kernel: np.ndarray | None
    filters_object: bool
    sign: int
    sigma: float
    sigma_known: bool
    bin_factor: int
    origins: np.ndarray
    scales: np.ndarray
    stack: np.ndarray | None
    report: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    def in_samples_that_came(self, micrographs: np.ndarray, centres: np.ndarray) -> np.ndarray:
        """Places in prepared micrographs, float, shape (T, d), as places in those that came."""
        return self.origins[micrographs] + self.bin_factor * centres + (self.bin_factor - 1) / 2

    def in_prepared_samples(self, micrographs: np.ndarray, places: np.ndarray) -> np.ndarray:
        """The inverse: places in micrographs that came, (T, d), as places in prepared ones."""
        middle = (self.bin_factor - 1) / 2
        return np.asarray((places - self.origins[micrographs] - middle) / self.bin_factor)
