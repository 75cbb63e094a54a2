"""What the work of a run depends on, before its method and options."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mtdbench.model.shifts import overlaps
from mtdbench.model.spacing import DEFAULT_SPACING, Spacing
from mtdbench.spaces import Space, Window

SINE = 20  # operations that a sine is worth


@dataclass(frozen=True)
class Workload:
    """One data set, as far as the operations of a run depend on it.

    Attributes
    ----------
    space : Space
    samples : float
        N^d of all micrographs together.
    density : float
        Share of the samples that copies cover.
    spacing : Spacing
    margin : int
        Samples by which copies show beyond their window, on each side.
    """

    space: Space
    samples: float
    density: float
    spacing: Spacing = DEFAULT_SPACING
    margin: int = 0

    @cached_property
    def support(self) -> Window:
        """The window in which a copy shows."""
        return self.space.window.grown(self.margin)

    @cached_property
    def pairs(self) -> int:
        """Overlaps with two copies, where copies are ordered and spaced arbitrarily."""
        near = self.spacing is Spacing.ARBITRARY and self.space.has_ordered_copies
        return len(overlaps(self.space.window, pairs=True).pairs) if near else 0

    @cached_property
    def pixels(self) -> int:
        """L^d, of the support."""
        return self.support.size

    @cached_property
    def overlap_count(self) -> int:
        """What a patch may show: (2L - 1)^d shifts of a copy, nothing, and two copies."""
        return len(self.support.shifts) + 1 + self.pairs

    @property
    def patches(self) -> float:
        """Patches of L^d on one grid."""
        return self.samples / self.pixels

    @property
    def product(self) -> float:
        """Operations of a logit: a product over what a shift shows of a copy, an exponential."""
        return float(self.pixels / 2**self.space.window.ndim + SINE / 3)

    @cached_property
    def shift_candidates(self) -> int:
        """Shifted copies of an estimate that a method tries."""
        return sum(1 for _ in self.space.shift_candidates(np.ones(self.space.size)))
