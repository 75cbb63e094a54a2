"""Approximate expectation-maximisation, in every space."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.declaration import declare
from mtdbench.estimators.em.centring import (
    CentredEnd,
    Centring,
    centred_object,
    check_diameter,
    default_poses,
)
from mtdbench.estimators.em.em_cost import em_operations
from mtdbench.estimators.em.exact_likelihood import LikelihoodName, check_exact, exact_problem
from mtdbench.estimators.em.frequency_marching import (
    FrequencyMarching,
    Recentred,
    by_centre_of_mass,
)
from mtdbench.estimators.em.full_batch import PUBLISHED_RULE, FullBatch, StoppingRule
from mtdbench.estimators.em.given_start import given_start
from mtdbench.estimators.em.micrograph_likelihood import (
    MicrographLikelihood,
    OnPatches,
    check_micrographs,
    drawn_patches,
    micrograph_problem,
)
from mtdbench.estimators.em.null_test import Tested
from mtdbench.estimators.em.patch_test import TestedByPatches
from mtdbench.estimators.em.phase import Phase, one_random_start, run_phases
from mtdbench.estimators.em.prior import WIDEST_PAIRS, Prior, suggested_prior
from mtdbench.estimators.em.problem import EMProblem, make_problem
from mtdbench.estimators.em.restarts import Restarts, default_starts
from mtdbench.estimators.em.settling import Settling
from mtdbench.estimators.em.shift_annealing import shift_annealing as annealing_phase
from mtdbench.estimators.em.stochastic import PASS_LOGITS, Stochastic
from mtdbench.estimators.options import at_least
from mtdbench.likelihood.hard_core import LEADING
from mtdbench.model.forward import FEATURES
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks


@dataclass(frozen=True, slots=True)
class Course:
    """What the options ask for: how to begin, how many patches an iteration has, when to end."""

    init: str
    n_init: int
    annealed: bool
    diameter: float | None
    batch: int  # patches of an iteration of stochastic EM, 0 for full batches
    rule: StoppingRule
    grids: int = 1
    tested: bool = False  # against noise alone
    likelihood: LikelihoodName = "patches"


@declare(
    cost=em_operations,
    carries=FEATURES,
    renamed={
        "share": "batch_fraction",
        "depth": "anderson_memory",
        "grids": "n_grids",
        "coarse": "shift_annealing",
        "start": "init",
        "starts": "n_init",
        "stop": "stopping_rule",
    },
)
def em(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    ranks: Ranks = ONE_RANK,
    likelihood: LikelihoodName = "patches",
    poses: int | None = None,
    subsamples: int = 1,
    n_init: int | None = None,
    init: str = "random",
    shift_annealing: bool = False,
    diameter: float | None = None,
    prior: Prior | None = None,
    n_grids: int = 1,
    batch_fraction: float | None = None,
    anderson_memory: int = 8,
    stopping_rule: Literal["converged", "published"] = "converged",
    tolerance: float | None = None,
    iterations: int = 1000,
    precision: Literal["auto", "single", "double"] = "auto",
    null_test: bool = False,
) -> Iterator[Estimate]:
    """Maximum likelihood of the patch model by accelerated EM from several starts.

    Options
    -------
    likelihood : "patches", or "exact" (signals only): that of whole signals, summed over every set
        of copies, whose gaps are a renewal process. The prior is then that of the gaps: "uniform"
        (geometric beyond the least one, the default of well-separated copies) or "free" (the first
        L of them are each for itself, the default of arbitrary spacing). "micrographs": that of
        whole images too, whose copies are seen whole, anywhere, and keep their distance; a sum over
        all sets of them by belief propagation, which is exact for signals alone. A start is chosen
        on patches.
    poses : K, the number of poses summed over; the space's own where None.
    subsamples : q, with which copies between samples are modelled: the sum over poses is one over q
        fractions of a sample along each axis too, at q^d times the cost. With 1 copies lie at
        samples.
    n_init : random starts; all run on a part of the patches, the likeliest goes on. None is 8 for
        signals and images, 4 for images of known diameter, and 3 for volumes, of which nearly every
        start ends at the same place.
    init : "random", or the name of the estimator whose result is the only start, or where
        coefficients are: a .npy file, a truth.npz, or a folder that `mtdbench estimate` wrote.
    shift_annealing : whether each random start first goes through stages of EM with few shifts,
        m = 2, 4, 8, ... <= L of the 2L circular ones, as in [ASD1]; each costs up to 50 iterations.
    diameter : of the object in samples, of images and volumes: the best start and the last estimate
        are moved to the middle of the window, and what lies beyond the object is taken away, see
        `mtdbench.estimators.em.centring`; K of images is such that from one pose to the next the
        rim moves by a sample, where nobody asks for another. None leaves them as they are.
    prior : "uniform" (only the share of empty patches is free), "free" (every overlap is), or
        "pairs" (a patch may see two copies, at separations that are estimated; signals only), or
        "crowded" (it may see as many as do not overlap, each in a pose of its own, at a density
        that is estimated). None is "pairs" for signals under arbitrary spacing, else "uniform".
    n_grids : shifted grids of patches, 1 as in the papers; more are a composite likelihood, which
        lowers the error at as many times the cost.
    batch_fraction : share of the patches drawn for each iteration; below 1 the method is stochastic
        EM, with 1 it is full batch, whose likelihood never decreases. None is 1 for signals and
        images; for volumes as much as an iteration affords, stochastic in any case, since a grid
        of poses that stays where it is leaves its mark on a volume.
    anderson_memory : of the Anderson acceleration of full batches; 0 is plain EM, as it is of whole
        micrographs, which ends when five steps in a row change the parameters by less than 5e-4.
    stopping_rule : "converged", or the papers' rule "published": one start, no acceleration, at
        most ten iterations, and none after the log-likelihood rose by less than 0.5.
    tolerance : converged when an iteration raises the log-likelihood by less, in nats. None: 1e-3,
        and 0.1 for images of known diameter: what is seen in real micrographs takes more than that.
    iterations : at most so many after the restarts and the marching.
    precision : of the products; "auto" is double where that costs little.
    null_test : whether the last estimate is held against noise alone, which takes as long as some
        15 iterations. If copies are not likelier than noise by more than noise gives in one of 1000
        measurements, the estimate is no object at density 0, and its note says "nothing found", see
        `mtdbench.estimators.em.evidence`. The density also gets a standard error. `mtdbench
        estimate` turns this on.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*; Lan, Bendory, Boumal, Singer, *Multi-target detection with an
    arbitrary spacing distribution* (1-D).
    """
    if batch_fraction is not None and not 0 < batch_fraction <= 1:
        raise InputError(
            f"option batch_fraction={batch_fraction} of em: expected a number in (0, 1]"
        )
    at_least("em", 0, tolerance=tolerance, anderson_memory=anderson_memory)
    if diameter is not None:
        check_diameter(measurement.space, diameter)
    at_least("em", 1, n_init=n_init, n_grids=n_grids, poses=poses, iterations=iterations)
    at_least("em", 1, subsamples=subsamples)
    if tolerance is None:
        tolerance = 1e-3 if diameter is None else 0.1
    rule = StoppingRule(iterations, 5, tolerance)
    if stopping_rule == "published":
        n_init, anderson_memory, batch_fraction, rule = 1, 0, 1.0, PUBLISHED_RULE
    poses = poses or default_poses(measurement.space, diameter)
    law = _prior(prior, measurement, subsamples)
    given = measurement, poses, law, n_grids, precision, anderson_memory
    patches = None
    if likelihood == "exact":
        check_exact(
            measurement,
            prior=prior,
            n_grids=n_grids,
            batch_fraction=batch_fraction,
            subsamples=subsamples,
            shift_annealing=shift_annealing,
            precision=precision,
        )
        problem = exact_problem(measurement, prior, anderson_memory, ranks)
    elif likelihood == "micrographs":
        check_micrographs(measurement, prior=prior, n_grids=n_grids, subsamples=subsamples)
        few = min(poses, measurement.space.default_poses)
        patches = make_problem(measurement, few, *given[2:], ranks=ranks)
        problem = micrograph_problem(measurement, poses, precision, ranks)
    else:
        problem = make_problem(*given, ranks=ranks, subsamples=subsamples)
    starts = n_init or default_starts(measurement.space, diameter)
    batch = _batch(problem, batch_fraction)
    asked = init, starts, shift_annealing, diameter, batch, rule, n_grids, null_test
    course = Course(*asked, likelihood)
    yield from run_phases(problem, schedule(course, problem, patches), rng)


def schedule(course: Course, problem: EMProblem, patches: EMProblem | None = None) -> list[Phase]:
    """The phases of a course, in order; a start is chosen on patches if a problem of these is
    given.
    """
    phases: list[Phase] = []
    if course.init != "random":
        phases.append(given_start(course.init))
    elif course.n_init == 1:
        phases += [one_random_start, *([annealing_phase] if course.annealed else [])]
    else:
        phases.append(Restarts(course.n_init, course.annealed))
    if patches is not None:
        phases = [OnPatches(patches, tuple(phases))]
    if course.init == "random":
        phases.append(FrequencyMarching(course.batch or problem.count, _recentred(course)))
    if course.diameter is not None:
        phases.append(Centring(course.diameter))
    end: Phase = FullBatch(course.rule)
    if course.likelihood == "micrographs":
        end = Settling(course.rule.iterations)
    if course.batch:
        end = Stochastic(course.batch, course.rule.iterations)
    if course.tested:
        end = TestedByPatches(end) if course.likelihood != "patches" else Tested(end, course.grids)
    return [*phases, end if course.diameter is None else CentredEnd(end, course.diameter)]


def _recentred(course: Course) -> Recentred:
    """How a volume is moved to the middle: by its diameter, or by its centre of mass."""
    diameter = course.diameter
    if diameter is None:
        return by_centre_of_mass
    return lambda space, x: centred_object(space, x, diameter)[0]


def _prior(prior: Prior | None, measurement: Measurement, subsamples: int) -> Prior:
    """The prior that is asked for, or what the spacing of the copies suggests."""
    space = measurement.space
    prior = prior or suggested_prior(space, measurement.spacing, subsamples)
    if prior == "crowded" and space.window.ndim not in LEADING:
        raise InputError(
            f"option prior='crowded' of em for space '{space.name}': expected 'uniform' or 'free'"
        )
    if prior == "pairs" and subsamples > 1:
        raise InputError(
            f"option subsamples={subsamples} of em with prior 'pairs': expected 'uniform' or 'free'"
        )
    if prior == "pairs" and not space.has_ordered_copies:
        raise InputError(
            f"option prior='pairs' of em for space '{space.name}': expected 'uniform' or 'free'"
        )
    if prior == "pairs" and space.window.longest > WIDEST_PAIRS:
        raise InputError(
            f"window {space.window} with prior 'pairs' of em: expected at most {WIDEST_PAIRS},"
            " or prior 'uniform'"
        )
    return prior


def _batch(problem: EMProblem, fraction: float | None) -> int:
    """Patches of an iteration of stochastic EM, 0 for full batches."""
    everything = problem.count
    if fraction is not None:
        return 0 if fraction == 1 else max(1, int(fraction * everything))
    if not problem.space.place_is_free:
        return 0
    if isinstance(problem.likelihood, MicrographLikelihood):
        return drawn_patches(problem)
    return min(everything, max(1, PASS_LOGITS * everything // problem.logits))
