"""What copies near each other add to the moments, where a window can see several of them.

With rho = gamma / L^d copies per sample, xi(u) = rho h(u) is the probability that another copy lies
at displacement u from a given one (h = 1 for copies that know nothing of each other). A sum over
the samples r of a given copy, I its window and Ibar its mean over poses, both zero elsewhere; poses
of different copies are independent:

    X(r) = sum_u h(u) Ibar(r - u)                     what the others show at r, over rho
    m2[l]      += rho^2 sum_r Ibar(r) X(r + l)
    m3[l1, l2] += rho^2 sum_r  E[I(r) I(r+l1)] X(r+l2) + E[I(r) I(r+l2)] X(r+l1)
                             + E[I(r) I(r+l2-l1)] X(r-l1)
                + rho^3 sum_{u,v} h(u) h(v) h(v-u) sum_r Ibar(r) Ibar(r+l1-u) Ibar(r+l2-v)

The last sum is over samples on three copies, by superposition: that three copies lie so is taken as
the product of what holds for each two of them. In 1-D there is no such term at lags below L.

h depends on u only up to what takes the window into itself: reversal of axes, and exchange of axes
along which it is equally long.

Source: Lan, Bendory, Boumal, Singer, *Multi-target detection with an arbitrary spacing
distribution* (1-D); Kreymer, Bendory, *Two-dimensional multi-target detection: an autocorrelation
analysis approach* (2-D, where the triplets are unknowns of their own).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from mtdbench.backend import jax, jnp
from mtdbench.model.separations import displacements, separation_classes
from mtdbench.moments.autocorrelations import Lags, lags, shifted_templates
from mtdbench.moments.symmetry import lag_orbits
from mtdbench.spaces.window import Window

TRIPLETS = 32  # classes of them at once


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourGeometry:
    """Which values of h meet in which moments.

    Attributes
    ----------
    label : int array, shape (U,)
        Class of each of the `displacements`; C where no lag reaches it.
    count : int
        C, the number of classes that lags reach.
    nearby : int array, shape (S, L^d)
        Class of the displacement of a copy that shows its sample p at place s, for the places s
        that lags reach from a window; C where no copy can lie.
    ahead, behind : int arrays, shape (L^d, H)
        The place r + l, r - l for each sample r and lag l.
    between : int array, shape (D3,)
        The lag l2 - l1 of each pair of lags.
    triplet : int array, shape (D3,)
        Class of each pair of lags in the triplet term, R where three copies are too wide for it.
    members : int array, shape (3, R)
        The lags l1, l2 - l1, l2 of a member of each class.
    """

    label: np.ndarray
    count: int
    nearby: np.ndarray
    ahead: np.ndarray
    behind: np.ndarray
    between: np.ndarray
    triplet: np.ndarray
    members: np.ndarray


@lru_cache(maxsize=8)
def neighbour_geometry(window: Window, box: Window) -> NeighbourGeometry:
    """For copies in a window, and lags shorter than the box along each axis."""
    geometry, steps = lags(box), displacements(window)
    sides, widths = np.array(window.shape), np.array(box.shape)
    label, count = separation_classes(window, tuple(map(int, sides + widths - 2)))
    reach = 2 * sides - 2
    table = np.full(tuple(2 * reach + 1), count)
    for side in (steps, -steps):
        table[tuple((side + reach).T)] = label
    low = 1 - widths
    around = Window(tuple(map(int, sides + 2 * (widths - 1))))  # the box of places
    places, samples = around.grid + low, window.grid
    nearby = table[tuple(np.moveaxis(places[:, None] - samples + reach, 2, 0))]

    def number(points: np.ndarray) -> np.ndarray:
        return np.asarray((points - low) @ around.strides)

    ahead, behind = (number(samples[:, None] + sign * geometry.lags) for sign in (1, -1))
    between = _between(geometry)
    groups = lag_orbits(box, True, window)
    offset = 1 + len(geometry.lags)
    first = groups.first[groups.first >= offset] - offset
    a, b = geometry.pairs[:, first]
    members = np.stack([a, between[first], b])
    seen = np.array([_meet(nearby < count, ahead, each) for each in members.T], dtype=bool)
    triplet = np.where(seen, np.cumsum(seen) - 1, seen.sum())
    label3 = groups.label[offset:] - len(groups.first) + len(first)
    return NeighbourGeometry(
        label, count, nearby, ahead, behind, between, triplet[label3], members[:, seen]
    )


def neighbour_terms(
    templates: Any,
    h: Any,
    density: Any,
    geometry: Lags,
    window: Window,
    shares: np.ndarray | None = None,
) -> Any:
    """What neighbours add to the moments, per copy and sample of the window, shape (D,): to be
    added to `mtdbench.moments.autocorrelations.model_moments`, in JAX.

    Parameters
    ----------
    templates : array, shape (K, L^d)
        P_g x for a quadrature of poses; their mean has the symmetries of the window.
    h : array, shape (C,)
        Of each class of displacements.
    density : float
        gamma.
    geometry : Lags
    shares : array, shape (K,), or None
        Weights of the quadrature, which sum to 1; None for equal ones.
    """
    count, pixels = templates.shape
    shares = np.full(count, 1 / count) if shares is None else shares
    known = neighbour_geometry(window, geometry.box)
    rho = density / pixels
    mean = shares @ templates
    towards = jnp.append(h, 0.0)[known.nearby]  # h(s - p), shape (S, L^d)
    others = towards @ mean  # X
    shifted = shifted_templates(templates, geometry, window, jnp)
    both = jnp.einsum("k,kr,krl->rl", shares, templates, shifted)  # E[I(r) I(r + l)]
    one = both.T @ others[known.ahead]
    two = both.T @ others[known.behind]
    a, b = geometry.pairs
    second = mean @ others[known.ahead]
    third = one[a, b] + one[b, a] + two[known.between, a]
    if known.members.size:
        third = third + rho * jnp.append(_triplets(mean, towards, known), 0.0)[known.triplet]
    return rho / pixels * jnp.concatenate([jnp.zeros(1), second, third])


def _triplets(mean: Any, towards: Any, known: NeighbourGeometry) -> Any:
    """Samples on three copies: with H_l[r, p] = h(r + l - p), sum over r, p, q of
    Ibar(r) Ibar(p) Ibar(q) H_l1[r, p] H_(l2-l1)[p, q] H_l2[r, q]; shape (R,).
    """
    near = towards[known.ahead]  # H_l[r, p], shape (L^d, H, L^d)

    def one(member: Any) -> Any:
        first, between, last = (near[:, lag] for lag in member)
        return mean @ (last * ((first * mean) @ between)) @ mean

    return jax.lax.map(one, jnp.asarray(known.members.T), batch_size=TRIPLETS)


def _meet(near: np.ndarray, ahead: np.ndarray, member: np.ndarray) -> bool:
    """Whether three copies can lie so that one is seen at 0, one at l1 and one at l2."""
    first, between, last = (near[ahead[:, lag]] for lag in member)
    return bool(np.any(last & (first @ between)))


def _between(geometry: Lags) -> np.ndarray:
    """The number of the lag l2 - l1 of each pair; it is on the half space since l1 <= l2."""
    a, b = geometry.lags[geometry.pairs]
    return np.asarray((b - a) @ Window(geometry.box.spread).strides)
