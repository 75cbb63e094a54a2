"""What a simulated dataset is made of."""

from dataclasses import dataclass
from math import isfinite
from numbers import Integral

from mtdbench.errors import InputError
from mtdbench.measurement import SPACINGS
from mtdbench.simulate.placement import copies
from mtdbench.simulate.targets import check_target
from mtdbench.spaces import make_space


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One dataset, checked: the same recipe always gives the same measurement.

    Attributes
    ----------
    space, window, basis : str, int, str
        What `mtdbench.spaces.make_space` takes.
    target : str
        What is hidden in the measurement, see `mtdbench.simulate.targets`.
    size : int
        N: the measurement has N samples along each axis.
    snr : float
        Mean of ||P_g x||^2 over the placed copies, divided by L^d sigma^2.
    density : float or None
        Wanted gamma = copies L^d / N^d in (0, 1]; None for as many copies as fit.
    spacing : str
        `"well-separated"` or `"arbitrary"`.
    seed, trial : int
        The study's seed and the number of the repetition.

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
    spacing: str = "well-separated"
    seed: int = 0
    trial: int = 0

    def __post_init__(self) -> None:
        for name in ("window", "size", "seed", "trial"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 0:
                raise InputError(f"{name} {value}: expected a whole number, 0 or larger")
        space = make_space(self.space, self.window, self.basis)
        if self.size < self.window:
            raise InputError(
                f"window {self.window} is larger than the measurement, size {self.size}:"
                " expected a window that fits"
            )
        if not (isfinite(self.snr) and self.snr > 0):
            raise InputError(f"snr {self.snr}: expected a positive number")
        if self.spacing not in SPACINGS:
            raise InputError(f"spacing '{self.spacing}': expected one of {', '.join(SPACINGS)}")
        self._check_density(space.ndim_measurement)
        check_target(self.target, space)

    def _check_density(self, ndim: int) -> None:
        if self.density is None:
            return
        if not 0 < self.density <= 1:
            raise InputError(
                f"density {self.density}: expected a number above 0 and at most 1,"
                " or null for saturation"
            )
        if copies(self.size, self.window, ndim, self.density) == 0:
            raise InputError(
                f"density {self.density:g} places no copy in a measurement of size {self.size}:"
                f" expected at least {(self.window / self.size) ** ndim:.2g}"
            )


def key(recipe: Recipe) -> str:
    """The name of the recipe's random streams: everything but seed, trial and SNR.

    Recipes that differ in nothing but the SNR share target, placement, poses and noise.
    """
    density = "saturation" if recipe.density is None else repr(float(recipe.density))
    return (
        f"{recipe.space}:L={int(recipe.window)}:basis={recipe.basis}:target={recipe.target}"
        f":N={int(recipe.size)}:density={density}:{recipe.spacing}"
    )
