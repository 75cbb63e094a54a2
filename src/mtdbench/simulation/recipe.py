"""What a simulated dataset is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from numbers import Integral
from typing import Any

import numpy as np

from mtdbench import seeds
from mtdbench.errors import InputError
from mtdbench.model.instrument import forward_model
from mtdbench.model.spacing import DEFAULT_SPACING, Spacing
from mtdbench.simulation.defocus import defocused
from mtdbench.simulation.faults import NO_FAULTS, Faults
from mtdbench.simulation.placement import copies
from mtdbench.simulation.targets.fallback import alternatives
from mtdbench.simulation.targets.targets import check_target
from mtdbench.spaces import Space, Window, make_space

METHODS = ("expanded", "full")
MOST_SAMPLES = 2**46
"""Of a measurement, all micrographs together: hundreds of terabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One dataset, checked: the same recipe always gives the same measurement.

    Attributes
    ----------
    space, window, basis : str, int, str
        What `mtdbench.spaces.make_space` takes.
    target : str
        What is hidden in the measurement, see `mtdbench.simulation.targets.targets`; or several, of
        which the first that can be had is used, see `mtdbench.simulation.targets.fallback`.
    size : int
        N: the measurement has N samples along each axis.
    micrographs : int
        M: so many measurements of N^d samples, independent but for the target.
    snr : float
        Mean of ||P_g x||^2 over the placed copies, divided by L^d sigma^2; at density 0 over
        copies that might have been there.
    density : float or None
        Wanted gamma = copies L^d / (M N^d) in [0, 1]; None for as many copies as fit, 0 for noise
        alone. The number of copies is rounded for the whole and shared out, so that micrographs
        differ by one at most; one that cannot hold its share holds as many as fit.
    spacing : str
        One of `mtdbench.model.spacing.Spacing`, or its word.
    method : str
        `"expanded"`: copies show the target's expansion in the space. `"full"`, for volumes: they
        show it at its full size, and the micrographs are downsampled, see
        `mtdbench.simulation.full_resolution`; N is then a multiple of L.
    full_size : int or None
        F, the side of the volume that method `"full"` projects; None for the target's own.
    mrc : bool
        Whether the measurement is written as `measurement.mrc` too.
    seed, trial : int
        The study's seed and the number of the repetition.
    instrument : mapping
        Parts of the forward model that estimators are told, see `mtdbench.model.instrument`; none
        for a bare measurement.
    faults : Faults
        What is in the measurement besides, and estimators are not told.

    Raises
    ------
    InputError
        If a value is not valid, in one line that names it.
    """

    space: str
    window: int
    size: int
    snr: float
    density: float | None
    basis: str = "auto"
    target: str = "random"
    spacing: str = DEFAULT_SPACING
    micrographs: int = 1
    method: str = "expanded"
    full_size: int | None = None
    mrc: bool = False
    seed: int = 0
    trial: int = 0
    instrument: Mapping[str, Any] = field(default_factory=dict)
    faults: Faults = NO_FAULTS

    def __post_init__(self) -> None:
        for name in ("window", "size", "seed", "trial"):
            _check_whole(name, getattr(self, name), 0)
        _check_whole("micrographs", self.micrographs, 1)
        space = make_space(self.space, self.window, self.basis)
        if self.size < space.window.longest:
            raise InputError(
                f"window {space.window} is larger than the measurement, size {self.size}:"
                " expected a window that fits"
            )
        if self.micrographs * self.size**space.window.ndim > MOST_SAMPLES:
            raise InputError(
                f"size {self.size} with {self.micrographs} micrographs: expected at most"
                f" {MOST_SAMPLES} samples"
            )
        if not (isfinite(self.snr) and self.snr > 0):
            raise InputError(f"snr {self.snr}: expected a positive number")
        object.__setattr__(self, "spacing", Spacing(self.spacing))
        if self.mrc and space.kind == "signal":
            raise InputError(
                f"mrc with space '{self.space}': expected a space of images, not of signals"
            )
        forward = forward_model(space, self.instrument)
        if forward.groups is not None and len(forward.groups) != self.micrographs:
            raise InputError(
                f"groups of {len(forward.groups)} micrographs in the instrument: expected"
                f" {self.micrographs}, as micrographs says"
            )
        if self.method == "full" and forward.features:
            raise InputError("an instrument with method 'full': expected method 'expanded'")
        self._check_method(space)
        self._check_density(space.window)
        check_target(self.target, space)
        self._check_defocus(space)

    def _check_method(self, space: Space) -> None:
        if self.method not in METHODS:
            raise InputError(f"method '{self.method}': expected one of {', '.join(METHODS)}")
        if self.method == "expanded":
            if self.full_size is not None:
                raise InputError(f"full_size {self.full_size}: expected method 'full' with it")
            return
        if space.kind != "volume":
            raise InputError(f"method 'full' with space '{self.space}': expected space 'ball'")
        if self.full_size is not None:
            _check_whole("full_size", self.full_size, self.window)
        for name in ("fractions", "amplitudes", "defocus"):
            if name in self.faults.present:
                raise InputError(f"fault {name} with method 'full': expected method 'expanded'")
        if self.size % self.window:
            near = round(self.size / self.window) * self.window
            raise InputError(
                f"method 'full' with size {self.size}: expected a multiple of the window"
                f" {self.window}, such as {near}"
            )
        if "random" in alternatives(self.target):
            raise InputError("method 'full' with target 'random': expected a volume of a full size")

    def _check_density(self, window: Window) -> None:
        if self.density is None:
            return
        if not 0 <= self.density <= 1:
            raise InputError(
                f"density {self.density}: expected a number above 0 and at most 1,"
                " 0 for noise alone, or null for saturation"
            )
        if self.density == 0:
            if self.method == "full":
                raise InputError("density 0 with method 'full': expected method 'expanded'")
            return
        if copies(self.size, window, self.density, self.micrographs) == 0:
            least = window.size / self.size**window.ndim / self.micrographs
            raise InputError(
                f"density {self.density:g} places no copy in a measurement of size {self.size}:"
                f" expected at least {least:.2g}"
            )

    def _check_defocus(self, space: Space) -> None:
        if not self.faults.defocus:
            return
        if twice := sorted({"ctf", "groups"}.intersection(self.instrument)):
            raise InputError(
                f"fault defocus with {' and '.join(twice)} in the instrument: expected one of them"
            )
        forward_model(space, self.recorded_by)

    @property
    def recorded_by(self) -> dict[str, Any]:
        """The parts of the instrument as it is: those that estimators are told, and the transfer
        functions of the fault `defocus`.
        """
        z = self.faults.defocus
        return {**self.instrument, **(defocused(z, self.micrographs) if z else {})}

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the measurement: (N,) * d, or (M,) + (N,) * d for several micrographs."""
        micrograph = (self.size,) * make_space(self.space, self.window, self.basis).window.ndim
        return micrograph if self.micrographs == 1 else (self.micrographs, *micrograph)


def recipe_key(recipe: Recipe) -> str:
    """The name of the recipe's random streams: everything but seed, trial, SNR and faults.

    Recipes that differ in nothing but these share target, placement, poses and noise.
    """
    density = "saturation" if recipe.density is None else repr(float(recipe.density))
    several = f":M={int(recipe.micrographs)}" if recipe.micrographs > 1 else ""
    full = f":full={recipe.full_size}" if recipe.method == "full" else ""
    parts = json.dumps(dict(recipe.instrument), sort_keys=True)
    instrument = f":{parts}" if recipe.instrument else ""
    return (
        f"{recipe.space}:L={int(recipe.window)}:basis={recipe.basis}:target={recipe.target}"
        f":N={int(recipe.size)}:density={density}:{recipe.spacing}{several}{full}{instrument}"
    )


def recipe_stream(recipe: Recipe, *purpose: str | int) -> np.random.Generator:
    """The recipe's stream of random numbers for a purpose."""
    return seeds.stream(recipe.seed, recipe_key(recipe), recipe.trial, *purpose)


def micrograph_stream(
    recipe: Recipe, purpose: str, micrograph: int, *names: int
) -> np.random.Generator:
    """The stream of one micrograph for a purpose; a single one has no number in the name."""
    number = (micrograph,) if recipe.micrographs > 1 else ()
    return recipe_stream(recipe, purpose, *number, *names)


def _check_whole(name: str, value: object, least: int) -> None:
    if not isinstance(value, Integral) or value < least:
        raise InputError(f"{name} {value}: expected a whole number, {least} or larger")
