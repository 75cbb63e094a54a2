"""Whose maximum EM looks for: the likelihood of patches, or another one of the same data."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mtdbench.estimators.em.operator import EMOperator
from mtdbench.likelihood.e_step import DataSource, PatchSource, quickest_pass, suited
from mtdbench.likelihood.pass_sums import PatchPass
from mtdbench.model.patches import Patches


class Likelihood(Protocol):
    """How patches, or what they are cut from, become sources of E-steps."""

    def drawn(self, patches: Patches, rng: np.random.Generator, count: int) -> Patches:
        """About `count` of some patches, drawn at random."""

    def source(self, operator: EMOperator, patches: Patches) -> DataSource:
        """The source of some patches, of which each of the operator's ranks has its share."""

    def suited(self, operator: EMOperator, source: DataSource, poses: int) -> DataSource:
        """The source of the same patches for an operator with so many poses, or other ranks."""


@dataclass(frozen=True, slots=True)
class PatchLikelihood:
    """The likelihood of patches, as if they were independent.

    Attributes
    ----------
    dtype : type
        That of the products.
    patch_pass : PatchPass or None
        The pass over patches; None for the quickest one.
    """

    dtype: type
    patch_pass: PatchPass | None = None

    def drawn(self, patches: Patches, rng: np.random.Generator, count: int) -> Patches:
        """So many of the patches, without replacement."""
        return patches.sample(rng, count)

    def source(self, operator: EMOperator, patches: Patches) -> DataSource:
        """The source of the patches, for the pass that suits the operator's poses."""
        return operator.source(patches, self._pass(operator, len(operator.poses)), self.dtype)

    def suited(self, operator: EMOperator, source: DataSource, poses: int) -> DataSource:
        """The source itself, if it has the pass and the share that suit."""
        patch_pass = suited(self._pass(operator, poses), source.patches)
        share = operator.share(source.patches, patch_pass)
        fits = isinstance(source, PatchSource) and source.patch_pass == patch_pass
        if fits and source.share == share:
            return source
        return operator.source(source.patches, patch_pass, self.dtype)

    def _pass(self, operator: EMOperator, poses: int) -> PatchPass:
        return self.patch_pass or quickest_pass(poses, operator.overlaps)
