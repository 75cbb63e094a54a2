"""The phase that says whether an estimate is of anything at all, and how sure its density is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mtdbench.estimators.em.evidence import evidence_of_object
from mtdbench.estimators.em.operator import EMOperator, Parameters
from mtdbench.estimators.em.phase import Phase, PhaseSteps, Reached, with_last_estimate
from mtdbench.estimators.em.problem import EMProblem
from mtdbench.likelihood.density_error import density_error, faintest_excluded
from mtdbench.likelihood.noise_alone import noise_alone
from mtdbench.likelihood.patch_score import PatchModel
from mtdbench.model.measurement import Estimate
from mtdbench.model.patches import Patches

FALSE_ALARMS = 1e-3  # share of measurements of noise alone in which something is found, at most
LEAST_EVIDENCE = float(-np.log(FALSE_ALARMS))  # nats
TESTED_LOGITS = 2**30  # of one pass, at most
TEST_PASSES = 15


@dataclass(frozen=True, slots=True)
class Tested:
    """The phase: another one, whose last estimate is then held against noise alone.

    Where the evidence of `mtdbench.estimators.em.evidence` is less than `LEAST_EVIDENCE` nothing is
    found: the estimate is no object at density 0. Else it stays what it is. Either way one more
    estimate says so, with the evidence and the standard error of the density.

    Attributes
    ----------
    phase : Phase
    grids : int
        Shifted grids of patches.
    """

    phase: Phase
    grids: int

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The estimates of the other phase, and one more."""
        last, reached = yield from with_last_estimate(self.phase(problem, reached, rng))
        if last is None:
            return reached
        found, operator = reached.parameters, tested_part(problem, rng)
        tested = against_noise(problem, operator, last, found, self.grids, rng)
        if tested.found:
            error = _density_error(problem, found, self.grids, True, rng)
            tested = replace(tested, density_error=error)
        yield tested
        x = found.x if tested.found else tested.x
        return Reached(replace(found, x=x), tested.note)


def tested_part(problem: EMProblem, rng: np.random.Generator) -> EMOperator:
    """The operator with as many patches as a test affords."""
    each = max(1, problem.logits // problem.count)
    return problem.part(rng, max(1, TESTED_LOGITS // each))


def against_noise(
    problem: EMProblem,
    operator: EMOperator,
    last: Estimate,
    found: Parameters,
    grids: int,
    rng: np.random.Generator,
) -> Estimate:
    """An estimate with what the test says of it: it stays what it is, with the evidence, or it is
    nothing, with the largest density that is likely all the same.

    Parameters
    ----------
    problem : EMProblem
        Of the measurement.
    operator : EMOperator
        With the patches that are tested.
    last : Estimate
        Of whatever estimator.
    found : Parameters
        That estimate's, in the problem's space.
    grids : int
        Shifted grids of patches.
    rng : numpy.random.Generator
    """
    nats = evidence_of_object(operator, found, grids, rng)
    against = f"evidence {nats:.1f} nats against noise alone"
    if nats > LEAST_EVIDENCE:
        return replace(last, evidence=nats, note=_joined(last.note, against))
    error = _density_error(problem, found, grids, False, rng)
    nothing = f"nothing found: {against}, expected above {LEAST_EVIDENCE:.1f}"
    note = _joined(nothing, last.note)
    return replace(_nothing(operator, last), evidence=nats, density_error=error, note=note)


def _joined(*words: str) -> str:
    return "; ".join(filter(None, words))


def _nothing(operator: EMOperator, last: Estimate) -> Estimate:
    """No object at density 0, with the likelihood and the sigma of noise alone."""
    noise = noise_alone((source for _, source in operator.sources), operator.ranks)
    patches = sum(len(source.patches) for _, source in operator.sources)
    sigma = noise.sigma if operator.learn_sigma else last.sigma
    objective = noise.loglik / patches
    return replace(
        last, x=np.zeros(len(last.x)), density=0.0, objective=objective, sigma=sigma, prior=None,
        pairs=None,
    )  # fmt: skip


def _density_error(
    problem: EMProblem, found: Parameters, grids: int, is_there: bool, rng: np.random.Generator
) -> float | None:
    """The standard error of the density, by rank 0, or where nothing is there the largest that is
    likely of copies as they were found; None where it is not computed: where a patch may see two
    copies, and where that takes too many patches, poses or unknowns.
    """
    operator = problem.operator
    whole = next(_whole(problem), None)
    family = operator.family
    if whole is None or (is_there and (family.pairs or family.crowded)):
        return None
    seen = float(np.clip(1 - found.prior[-1], 1e-6, 1 - 1e-6))
    model = PatchModel(operator.forward, found.x, operator.poses, seen, found.sigma)
    count, known = problem.count / grids, not operator.learn_sigma

    def error() -> np.ndarray:
        if is_there:
            value = density_error(model, whole, count, known, rng)
        else:
            value = faintest_excluded(model, whole, count, rng)
        return np.array(np.nan if value is None else value)

    value = float(operator.ranks.from_first(error))
    return value if np.isfinite(value) else None


def _whole(problem: EMProblem) -> Iterator[Patches]:
    """Patches of the first optics group that were measured whole."""
    return (part for group, part in problem.patches if group == 0 and part.measured is None)
