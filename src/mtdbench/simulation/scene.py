"""What is in a measurement before the noise: copies of the target at their places."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from mtdbench.model.forward import ForwardModel
from mtdbench.model.fractions import Fractions
from mtdbench.model.measurement import Placement
from mtdbench.simulation.blocks import Projection, signal_blocks, signal_energy
from mtdbench.simulation.placement import copies, place_copies
from mtdbench.simulation.recipe import Recipe, micrograph_stream, recipe_stream
from mtdbench.simulation.targets.fallback import obtainable
from mtdbench.simulation.targets.targets import make_target
from mtdbench.spaces import Window

IMAGINED_COPIES = 256
"""Whose mean power is that of a copy where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class CleanMeasurement:
    """A measurement before the noise.

    Attributes
    ----------
    target : str
        The alternative of the recipe's target that is in it.
    truth : dict of arrays
        What `truth.npz` holds: at least the coefficients x.
    placement : Placement
    power : float
        Mean over the copies of ||A_k P_g x||^2 / L^d: what they show, without the background; of
        noise alone what copies would show.
    blocks : function
        `blocks(m, rows)` is micrograph m, float32, in blocks of that many rows.
    """

    target: str
    truth: dict[str, np.ndarray]
    placement: Placement
    power: float
    blocks: Callable[[int, int], Iterator[np.ndarray]]


def expanded(recipe: Recipe, forward: ForwardModel) -> CleanMeasurement:
    """What a forward model shows of copies of a target, given by its coefficients in the space;
    between samples and with other amplitudes where the recipe has such faults.
    """
    space = forward.space
    if width := recipe.faults.fractions:
        forward = replace(forward, fractions=Fractions(width))
    target = obtainable(recipe.target)
    x = make_target(target, space, recipe_stream(recipe, "target"))
    size = recipe.size
    placement = placed(recipe, forward, size, space.window)

    def blocks(micrograph: int, rows: int) -> Iterator[np.ndarray]:
        copies, group = placement.within(micrograph), forward.group_of(np.array(micrograph))
        return signal_blocks(
            _projection(forward, x, int(group), copies),
            forward.support,
            Placement(copies.corners, _shown(copies)),
            size,
            rows,
            margin=forward.margin,
            background=forward.background,
        )

    truth = {"x": x, "target": space.render(x)}
    shown = placement if len(placement.corners) else _imagined(recipe, forward)
    return CleanMeasurement(target, truth, placement, _power(forward, x, shown), blocks)


def _imagined(recipe: Recipe, forward: ForwardModel) -> Placement:
    """Copies that are not there, in random poses, by which noise alone has an SNR."""
    corners = np.zeros((IMAGINED_COPIES, forward.space.window.ndim), dtype=np.int64)
    rng = recipe_stream(recipe, "imagined")
    return Placement(corners, forward.pose_law.random(forward.space, rng, IMAGINED_COPIES))


def _shown(copies: Placement) -> np.ndarray:
    """What tells how each copy shows: pose, fractions and, if it is not 1, its amplitude."""
    if copies.amplitudes is None:
        return copies.moved_poses
    return np.concatenate([copies.moved_poses, copies.amplitudes[:, None]], axis=1)


def _projection(forward: ForwardModel, x: np.ndarray, group: int, copies: Placement) -> Projection:
    """What `signal_blocks` projects copies by, given by rows of `_shown`."""
    project = partial(forward.project, x, group=group)
    if copies.amplitudes is None:
        return project
    return lambda shown: shown[:, -1:] * project(shown[:, :-1])


def _power(forward: ForwardModel, x: np.ndarray, placement: Placement) -> float:
    """Mean over the copies of ||A_k P_g x||^2 / L^d, each as its micrograph's optics show it."""
    groups, shown = forward.group_of(placement.micrographs), _shown(placement)
    energy = sum(
        signal_energy(
            _projection(forward, x, int(k), placement), forward.support, shown[groups == k]
        )
        for k in np.unique(groups)
    )
    return energy / (len(groups) * forward.space.window.size)


def placed(recipe: Recipe, forward: ForwardModel, size: int, window: Window) -> Placement:
    """The recipe's copies, as windows of that shape in micrographs of `size`^d samples.

    The number of copies is rounded for all micrographs together and shared out evenly.
    """
    count = recipe.micrographs
    wanted = copies(recipe.size, forward.space.window, recipe.density, count)
    corners = []
    for m in range(count):
        share = wanted // count + (m < wanted % count)
        rng = micrograph_stream(recipe, "placement", m)
        corners.append(place_copies(size, window, share, recipe.spacing, rng))
    micrographs = np.repeat(np.arange(count), [len(part) for part in corners])
    poses = forward.pose_law.random(forward.space, recipe_stream(recipe, "poses"), len(micrographs))
    beside = _fractions(recipe, len(poses), window.ndim), _amplitudes(recipe, len(poses))
    return Placement(np.concatenate(corners), poses, micrographs, *beside)


def _fractions(recipe: Recipe, count: int, ndim: int) -> np.ndarray | None:
    """By what part of a sample each copy lies beside its corner."""
    if not (width := recipe.faults.fractions):
        return None
    return Fractions(width).random(recipe_stream(recipe, "fractions"), count, ndim)


def _amplitudes(recipe: Recipe, count: int) -> np.ndarray | None:
    """The amplitudes of the copies: exp(s z - s^2/2) with normal z has mean 1 and the relative
    variance exp(s^2) - 1.
    """
    if not (spread := recipe.faults.amplitudes):
        return None
    s = np.sqrt(np.log1p(spread**2))
    z = recipe_stream(recipe, "amplitudes").standard_normal(count)
    return np.asarray(np.exp(s * z - s**2 / 2))
