"""EM of whole signals: the exact likelihood, summed over every set of copies."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.em.gap_prior import GapPrior
from mtdbench.estimators.em.operator import EMOperator, quickest_solver
from mtdbench.estimators.em.prior import Prior
from mtdbench.estimators.em.problem import EMProblem
from mtdbench.likelihood.e_step import DataSource
from mtdbench.likelihood.signal_source import SignalSource
from mtdbench.model.gap_law import GapLaw, gap_law
from mtdbench.model.measurement import Measurement
from mtdbench.model.patches import Patches
from mtdbench.model.spacing import Spacing
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of

LikelihoodName = Literal["patches", "exact", "micrographs"]

VALID: Mapping[str, tuple[Any, ...]] = {
    "prior": (None, "uniform", "free"),
    "n_grids": (1,),
    "batch_fraction": (None, 1),
    "subsamples": (1,),
    "shift_annealing": (False,),
    "precision": ("auto", "double"),
}
"""The options of em that whole signals leave no choice of."""


@dataclass(frozen=True, slots=True)
class ExactLikelihood:
    """The likelihood of the signals that patches are cut from.

    Attributes
    ----------
    law : GapLaw
    """

    law: GapLaw

    def drawn(self, patches: Patches, rng: np.random.Generator, count: int) -> Patches:
        """Those of a segment, which holds about so many, of some of the signals, or of all."""
        stack, samples = patches.stack, count * patches.window.size
        size = stack.shape[1]
        signals = min(-(-samples // size), len(stack))
        chosen = np.sort(rng.choice(len(stack), signals, replace=False))
        length = min(size, max(-(-samples // signals), patches.window.size))
        start = int(rng.integers(size - length + 1))
        within = slice(start, start + length)
        measured = patches.measured
        return replace(
            patches,
            stack=stack[chosen, within],
            measured=None if measured is None else measured[chosen, within],
        )

    def source(self, operator: EMOperator, patches: Patches) -> DataSource:
        """The source of the signals, of which each rank has its share."""
        return SignalSource.of(patches, self.law, operator.ranks)

    def suited(self, operator: EMOperator, source: DataSource, poses: int) -> DataSource:
        """The source itself, if it has the share of the operator's rank."""
        mine = share_of(operator.ranks, len(source.patches.stack))
        each = len(source.patches) // len(source.patches.stack)
        if source.share == range(mine.start * each, mine.stop * each):
            return source
        return self.source(operator, source.patches)


def exact_problem(
    measurement: Measurement, prior: Prior | None, memory: int = 8, ranks: Ranks = ONE_RANK
) -> EMProblem:
    """The problem of a measurement of signals, with its exact likelihood. What is reported per
    patch is per L samples.

    Parameters
    ----------
    measurement : Measurement
        Of signals, without a filter.
    prior : "uniform", "free" or None
        Gaps geometric beyond the least one, or the first L of them free; None is "free" where
        copies are spaced arbitrarily, else "uniform".
    memory : int
        Of the Anderson acceleration.
    ranks : Ranks
        Each has its share of the signals.

    Raises
    ------
    InputError
        If nothing was measured at all.
    """
    space, forward, spacing = measurement.space, measurement.forward, measurement.spacing
    if forward.measured is not None and not np.any(forward.measured):
        raise InputError("a mask that leaves no sample: expected samples that were measured")
    is_free = spacing == Spacing.ARBITRARY if prior is None else prior == "free"
    likelihood = ExactLikelihood(gap_law(space.window, spacing, is_free))
    patches = Patches(
        measurement.stack,
        space.window,
        background=forward.background,
        measured=forward.measured,
    )
    family = GapPrior(likelihood.law, space.window.size)
    poses, learn_sigma = forward.poses(space.default_poses), measurement.sigma is None
    operator = EMOperator(forward, poses, (), family, learn_sigma, quickest_solver(forward), ranks)
    operator = replace(operator, sources=((0, likelihood.source(operator, patches)),))
    return EMProblem(measurement, ((0, patches),), likelihood, operator, memory)


def check_exact(measurement: Measurement, **options: Any) -> None:
    """Check that a measurement has an exact likelihood, and that the options go with it.

    Raises
    ------
    InputError
        If it is not of signals, or is seen through a filter, or if an option of `VALID` is another.
    """
    space = measurement.space
    if space.kind != "signal":
        raise InputError(
            f"option likelihood='exact' of em for space '{space.name}': expected 'patches'"
        )
    if "filter" in measurement.forward.features:
        raise InputError(
            "a measurement with a filter for em with likelihood 'exact': expected 'patches'"
        )
    for name, value in options.items():
        if value not in VALID[name]:
            named = [repr(valid) for valid in VALID[name] if valid is not None]
            raise InputError(
                f"option {name}={value!r} of em with likelihood 'exact':"
                f" expected {' or '.join(named)}"
            )
