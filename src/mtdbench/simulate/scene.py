"""What is in a measurement before the noise: copies of the target at their places."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from mtdbench.model.measurement import Placement
from mtdbench.simulate.blocks import signal_blocks, signal_power
from mtdbench.simulate.placement import copies, place_copies
from mtdbench.simulate.recipe import Recipe, micrograph_stream, stream
from mtdbench.simulate.targets.fallback import obtainable
from mtdbench.simulate.targets.targets import make_target
from mtdbench.spaces import Space


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A noise-free measurement.

    Attributes
    ----------
    target : str
        The alternative of the recipe's target that is in it.
    truth : dict of arrays
        What `truth.npz` holds: at least the coefficients x.
    placement : Placement
    power : float
        Mean over the copies of ||window||^2 / L^d.
    blocks : function
        `blocks(m, rows)` is micrograph m, float32, in blocks of that many rows.
    """

    target: str
    truth: dict[str, np.ndarray]
    placement: Placement
    power: float
    blocks: Callable[[int, int], Iterator[np.ndarray]]


def expanded(recipe: Recipe, space: Space) -> Scene:
    """Copies P_g x of a target that is given by its coefficients in the space."""
    target = obtainable(recipe.target)
    x = make_target(target, space, stream(recipe, "target"))
    window, size = recipe.window, recipe.size
    placement = placed(recipe, space, size, window)
    project = partial(space.project, x)

    def blocks(micrograph: int, rows: int) -> Iterator[np.ndarray]:
        return signal_blocks(project, window, placement.within(micrograph), size, rows)

    power = signal_power(project, window, space.ndim_measurement, placement.poses)
    return Scene(target, {"x": x, "target": space.render(x)}, placement, power, blocks)


def placed(recipe: Recipe, space: Space, size: int, window: int) -> Placement:
    """The recipe's copies, as windows of `window`^d in micrographs of `size`^d samples.

    The number of copies is rounded for all micrographs together and shared out evenly.
    """
    ndim, count = space.ndim_measurement, recipe.micrographs
    wanted = copies(recipe.size, recipe.window, ndim, recipe.density, count)
    corners = []
    for m in range(count):
        share = wanted // count + (m < wanted % count)
        rng = micrograph_stream(recipe, "placement", m)
        corners.append(place_copies(size, window, ndim, share, recipe.spacing, rng))
    micrographs = np.repeat(np.arange(count), [len(part) for part in corners])
    poses = space.random_poses(stream(recipe, "poses"), len(micrographs))
    return Placement(np.concatenate(corners), poses, micrographs)
