"""Least squares with positions and poses known: the lower end of every scale."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.linalg import solve

from mtdbench.estimators.declaration import declare
from mtdbench.estimators.references.reference_cost import oracle_operations
from mtdbench.files import release_pages
from mtdbench.model.forward import FEATURES
from mtdbench.model.fractions import Fractions
from mtdbench.model.measurement import Estimate, Measurement, Placement

COPIES_AT_ONCE = 2**12


@declare(cost=oracle_operations, carries=FEATURES)
def oracle(
    measurement: Measurement, rng: np.random.Generator, *, placement: Placement
) -> Iterator[Estimate]:
    """x that minimises sum_t ||y[window t] - a_t A P_{g_t} x||^2 over all copies t, on the samples
    that were measured, A P_g being what the forward model shows of a copy, between samples too,
    and a_t the amplitude of a copy.

    The windows of copies do not overlap, so this is the maximum-likelihood estimate of someone who
    was told where every copy lies and how it is rotated.
    """
    a, b = normal_equations(measurement, placement)
    covered = len(placement.corners) * measurement.space.window.size
    yield Estimate(solve(a, b, assume_a="pos"), density=covered / measurement.samples.size)


def normal_equations(
    measurement: Measurement, placement: Placement, at_once: int = COPIES_AT_ONCE
) -> tuple[np.ndarray, np.ndarray]:
    """The matrix, shape (n, n), and the right side, shape (n,), of the least squares over all
    copies, of which `at_once` are read together.
    """
    space, forward, stack = measurement.space, measurement.forward, measurement.stack
    if placement.fractions is not None:
        forward = replace(forward, fractions=Fractions())
    poses, scales = placement.moved_poses, placement.amplitudes
    a, b = np.zeros((space.size, space.size)), np.zeros(space.size)
    for group, part in _runs(forward.group_of(placement.micrographs), at_once):
        images, known = forward.shown(stack, placement.micrographs[part], placement.corners[part])
        weights = known.astype(float)
        if scales is not None:
            weights, images = weights * scales[part, None] ** 2, images * scales[part, None]
        a += forward.normal(weights, poses[part], group)
        b += forward.adjoint(images, poses[part], group)
        release_pages(measurement.samples)
    return a, b


def _runs(groups: np.ndarray, most: int) -> Iterator[tuple[int, slice]]:
    """Runs of at most so many copies of one optics group each."""
    edges = [0, *(np.flatnonzero(np.diff(groups)) + 1), len(groups)]
    for first, last in pairwise(edges):
        for start in range(first, last, most):
            yield int(groups[start]), slice(start, min(start + most, last))
