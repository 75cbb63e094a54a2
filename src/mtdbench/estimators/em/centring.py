"""Centring: an image or volume of known diameter is moved to the middle of its window."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import ceil

import numpy as np
from scipy import ndimage

from mtdbench.errors import InputError
from mtdbench.estimators.em.phase import Phase, PhaseSteps, Reached, with_last_estimate
from mtdbench.estimators.em.problem import EMProblem
from mtdbench.spaces import Space
from mtdbench.spaces.directions import directions

RIM = 0.75
"""Radius of the disc or ball that is kept, in diameters: the object and the fringe that optics put
about it, hardly anything of a neighbour that touches it.
"""

STEP = 0.5  # samples between the places that are tried, and between radii


@dataclass(frozen=True, slots=True)
class Centring:
    """The phase: the object is moved to where it is roundest about the middle; what lies beyond the
    disc or ball there is taken away.

    Where copies touch, one copy with a part of its neighbour explains more of a patch than one
    alone, and where a window cuts off a fringe, it pays to be off the middle on one side. Both are
    maxima of the likelihood of patches with one copy, and EM that starts in the middle ends at the
    one there.

    Attributes
    ----------
    diameter : float
        Of the object, in samples.

    Source: as classes are centred in 2-D classification of particles.
    """

    diameter: float

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The parameters with the centred object; no estimate on the way."""
        yield from ()
        space, parameters = problem.space, reached.parameters
        x, offset = centred_object(space, parameters.x, self.diameter)
        moved = f"moved by {', '.join(f'{o:+.1f}' for o in offset)} samples to the middle"
        return Reached(replace(parameters, x=x), f"{reached.note}, {moved}")


@dataclass(frozen=True, slots=True)
class CentredEnd:
    """The phase: another one, whose last estimate is then centred in the same way.

    Attributes
    ----------
    phase : Phase
    diameter : float
        Of the object, in samples.
    """

    phase: Phase
    diameter: float

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The estimates of the other phase, and one more."""
        last, reached = yield from with_last_estimate(self.phase(problem, reached, rng))
        reached = yield from Centring(self.diameter)(problem, reached, rng)
        if last is not None:
            yield replace(last, x=reached.parameters.x, note=reached.note)
        return reached


def default_poses(space: Space, diameter: float | None) -> int:
    """K where nobody asks for a number: of an image of known diameter angles such that from one to
    the next its rim moves by a sample; else the space's own.
    """
    if diameter is None or space.kind != "image":
        return space.default_poses
    return ceil(np.pi * diameter)


def check_diameter(space: Space, diameter: float) -> None:
    """Check that the objects of a space can be centred by a diameter.

    Raises
    ------
    InputError
        If they are signals, or the diameter is not one in the window.
    """
    if space.kind == "signal":
        raise InputError(
            f"option diameter of em for space '{space.name}': expected images or volumes"
        )
    if not 0 < diameter <= space.window.longest:
        raise InputError(
            f"option diameter={diameter} of em: expected samples, at most the window's"
            f" {space.window.longest}"
        )


def centred_object(
    space: Space, x: np.ndarray, diameter: float
) -> tuple[np.ndarray, tuple[float, ...]]:
    """The object x moved to the middle and cut to the disc or ball there, and by how much it was
    moved, in samples along each axis.

    Its place c is the one about which it is most nearly a function of the distance r: with m(r) the
    mean over directions from c, and R = `RIM` diameters, where

        sum_{r < R} r^(d-1) ((m(r) - mean)^2 - mean over directions of (f - m(r))^2)

    is largest. A part of a neighbour hardly counts, nor does the level that the object lies on.

    Parameters
    ----------
    space : Space
        Of images or volumes.
    x : array, shape (n,)
    diameter : float
        Samples.
    """
    values, radius = space.render(x), RIM * diameter
    middle = (np.array(values.shape) - 1) / 2
    places = list(_places(values.shape))
    roundness = [_roundness(values, middle + place, radius) for place in places]
    offset = -np.array(places[int(np.argmax(roundness))])
    moved = ndimage.shift(values, offset, order=3, mode="constant")
    grid = np.moveaxis(np.indices(values.shape), 0, -1) - middle
    cut = np.clip(radius + 0.5 - np.linalg.norm(grid, axis=-1), 0, 1)
    return space.expand(moved * cut), tuple(map(float, offset))


def _places(shape: tuple[int, ...]) -> Iterator[tuple[float, ...]]:
    """The places in the inner half of a window, the middle first, as offsets from the middle."""
    reach = [np.arange(0, side / 4, STEP) for side in shape]
    axes = [np.concatenate([each, -each[1:]]) for each in reach]
    return product(*axes)


def _roundness(values: np.ndarray, centre: np.ndarray, radius: float) -> float:
    """See above; of an array that is 0 beyond its window."""
    radii = np.arange(STEP, radius, STEP)[:, None]
    places = [c + radii * unit for c, unit in zip(centre, directions(values.ndim).T, strict=True)]
    seen = ndimage.map_coordinates(values, places, order=1, mode="constant")
    weights = radii ** (values.ndim - 1)
    means = seen.mean(axis=1, keepdims=True)
    round_part = (means - np.average(means, weights=weights)) ** 2
    return float(np.sum(weights * (round_part - ((seen - means) ** 2).mean(axis=1, keepdims=True))))
