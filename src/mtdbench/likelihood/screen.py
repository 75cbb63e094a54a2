"""Which places may have a copy at all, by few templates: others are not looked at closely."""

from dataclasses import dataclass

import numpy as np

from mtdbench.likelihood.place_pass import Copies, Places, log_ratio, log_ratio_at
from mtdbench.model.tiles import Tile

GROUPS = 32  # of templates
WORTH = 4  # poses to a group, at least, and
MOST_OPEN = 0.25  # share of the places that are open, at most, for a screen to pay

CLOSED = 14.0
"""Nats by which a copy at a place is less likely than none, from which on it is not looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """Groups of templates that are much alike.

    Attributes
    ----------
    copies : Copies
        The means of the groups, and their joint weights.
    depth : float
        A place is closed if, by the means, a copy there is less likely than none by so many nats.
    """

    copies: Copies
    depth: float

    @classmethod
    def of(cls, copies: Copies, groups: int = GROUPS) -> "Screen":
        """Of some copies: each template goes to the nearest of `groups` of them.

        With J the mean of a group and I the template of a copy, the log ratio of J is smaller than
        that of I by ||I - J||^2 / (2 sigma^2) in the mean: the depth makes up for the largest.
        """
        templates, weights = copies.templates, np.exp(copies.log_weights)
        seeds = templates[np.linspace(0, len(templates) - 1, groups).astype(int)]
        nearest = np.argmax(templates @ seeds.T - np.sum(seeds**2, axis=1) / 2, axis=1)
        joint = np.bincount(nearest, weights, groups)
        sums = np.zeros(seeds.shape)
        np.add.at(sums, nearest, weights[:, None] * templates)
        filled = joint > 0
        means = np.where(filled[:, None], sums / np.where(filled, joint, 1)[:, None], seeds)
        apart = np.sum((templates - means[nearest]) ** 2, axis=1).max() / (2 * copies.sigma**2)
        log_joint = np.log(np.where(filled, joint, 1e-300))
        return cls(Copies(means, log_joint, copies.sigma), CLOSED + float(apart))


def worth_screening(copies: Copies) -> bool:
    """Whether there are enough poses for it."""
    return len(copies.templates) >= WORTH * GROUPS


def screened(
    places: Places, tile: Tile, copies: Copies, screen: Screen, log_activity: float
) -> tuple[np.ndarray, float]:
    """As `log_ratio`, by the means alone at places that are closed; and the share of those that are
    open.
    """
    found = log_ratio(places, tile, screen.copies)
    is_open = found > -screen.depth - log_activity
    index = np.nonzero(is_open)
    found[index] = log_ratio_at(places, tile, copies, index)
    return found, float(is_open.mean())
