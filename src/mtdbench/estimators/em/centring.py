"""Centring: an image of known diameter is moved to the middle of its window."""

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

RIM = 0.75
"""Radius of the disc that is kept, in diameters: the object and the fringe that optics put about
it, hardly anything of a neighbour that touches it.
"""

STEP = 0.5  # samples between the places that are tried, and between radii
DIRECTIONS = 48


@dataclass(frozen=True, slots=True)
class Centring:
    """The phase: the image is moved to where it is roundest about the middle; what lies beyond the
    disc there is taken away.

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
        """The parameters with the centred image; no estimate on the way."""
        yield from ()
        space, parameters = problem.space, reached.parameters
        x, offset = centred_image(space, parameters.x, self.diameter)
        moved = f"moved by {offset[0]:+.1f}, {offset[1]:+.1f} samples to the middle"
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


def poses_around(diameter: float) -> int:
    """Angles such that from one to the next the rim of an object moves by a sample."""
    return ceil(np.pi * diameter)


def check_diameter(space: Space, diameter: float) -> None:
    """Check that the objects of a space can be centred by a diameter.

    Raises
    ------
    InputError
        If they are no images, or the diameter is not one in the window.
    """
    if space.kind != "image":
        raise InputError(f"option diameter of em for space '{space.name}': expected images")
    if not 0 < diameter <= space.window.longest:
        raise InputError(
            f"option diameter={diameter} of em: expected samples, at most the window's"
            f" {space.window.longest}"
        )


def centred_image(
    space: Space, x: np.ndarray, diameter: float
) -> tuple[np.ndarray, tuple[float, float]]:
    """The image x moved to the middle and cut to the disc there, and by how much it was moved.

    Its place c is the one about which it is most nearly a function of the distance r: with m(r) the
    mean over rotations about c, and R = `RIM` diameters, where

        sum_{r < R} r ((m(r) - mean)^2 - mean over rotations of (f - m(r))^2)

    is largest. A part of a neighbour hardly counts, nor does the level that the image lies on.

    Parameters
    ----------
    space : Space
        Of images.
    x : array, shape (n,)
    diameter : float
        Samples.
    """
    image, radius = space.render(x), RIM * diameter
    middle = (np.array(image.shape) - 1) / 2
    places = list(_places(image.shape))
    roundness = [_roundness(image, middle + place, radius) for place in places]
    offset = -np.array(places[int(np.argmax(roundness))])
    moved = ndimage.shift(image, offset, order=3, mode="constant")
    grid = np.moveaxis(np.indices(image.shape), 0, -1) - middle
    cut = np.clip(radius + 0.5 - np.linalg.norm(grid, axis=-1), 0, 1)
    return space.expand(moved * cut), (float(offset[0]), float(offset[1]))


def _places(shape: tuple[int, ...]) -> Iterator[tuple[float, ...]]:
    """The places in the inner half of a window, the middle first, as offsets from the middle."""
    reach = [np.arange(0, side / 4, STEP) for side in shape]
    axes = [np.concatenate([each, -each[1:]]) for each in reach]
    return product(*axes)


def _roundness(image: np.ndarray, centre: np.ndarray, radius: float) -> float:
    """See above; of an image that is 0 beyond its window."""
    angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    radii = np.arange(STEP, radius, STEP)[:, None]
    places = [centre[0] + radii * np.sin(angles), centre[1] + radii * np.cos(angles)]
    values = ndimage.map_coordinates(image, places, order=1, mode="constant")
    means = values.mean(axis=1, keepdims=True)
    round_part = (means - np.average(means, weights=radii)) ** 2
    return float(np.sum(radii * (round_part - ((values - means) ** 2).mean(axis=1, keepdims=True))))
