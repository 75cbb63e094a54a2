"""Operations of EM: all passes over patches, overlaps and poses."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtdbench.estimators.em.centring import default_poses
from mtdbench.estimators.em.frequency_marching import LEVEL_ITERATIONS, LEVEL_PATCHES
from mtdbench.estimators.em.full_batch import PUBLISHED_RULE
from mtdbench.estimators.em.micrograph_likelihood import DRAWN_PLACES
from mtdbench.estimators.em.null_test import TEST_PASSES, TESTED_LOGITS
from mtdbench.estimators.em.restarts import (
    RACE_LOGITS,
    RACE_PATCHES,
    RACE_POSES,
    ROUND,
    default_starts,
)
from mtdbench.estimators.em.stochastic import PASS_LOGITS
from mtdbench.estimators.workload import Workload

LIKELY_ITERATIONS = 20  # of EM with all patches, where it may converge
LIKELY_PAIR_ITERATIONS = 60  # the same with the separations of copies, which go on changing
PASS_OVERHEAD = 2e7  # that a pass takes beside its products, however few there are
SHARED_POSES = 3  # poses that an overlap of a patch is worth in a pass, beside those it is seen in

BELIEF_POSES = 60  # poses that the messages between the cells of micrographs are worth
EXACT_SAMPLE = 1000  # operations that a sample is worth in the chain of whole signals

Passes = tuple[int, float, float]
"""How many, patches and poses of each."""


def em_operations(workload: Workload, options: Mapping[str, Any]) -> float:
    """All passes: over all patches or those drawn, of the choice of a start, of coarser levels."""
    space = workload.space
    diameter = options.get("diameter")
    default = default_poses(space, diameter)
    fractions = options["subsamples"] ** space.window.ndim
    if fractions > 1:
        workload = replace(workload, margin=space.move_margin)
    poses = fractions * len(space.poses(options["poses"] or default))
    patches, volume = workload.patches * options["n_grids"], space.place_is_free
    share, starts = options["batch_fraction"], options["n_init"] or default_starts(space, diameter)
    likely = LIKELY_PAIR_ITERATIONS if workload.pairs else LIKELY_ITERATIONS
    iterations = min(options["iterations"], likely)
    if options["stopping_rule"] == "published":
        share, starts, iterations = 1, 1, min(iterations, PUBLISHED_RULE.iterations)
    if options["likelihood"] == "exact":
        raced = options["init"] == "random" and starts > 1
        rounds = _race_passes(workload, starts) if raced else 0
        tests = null_test_operations(workload, patches, poses) if options["null_test"] else 0
        return (iterations + rounds) * exact_pass_operations(workload, poses) + tests
    drawn = patches * (share or 1)
    if volume and share is None:
        drawn = min(patches, PASS_LOGITS / (workload.overlap_count * poses))
    summed = poses
    if options["likelihood"] == "micrographs":
        drawn = min(drawn, DRAWN_PLACES / space.window.size) if volume and share is None else drawn
        summed += BELIEF_POSES
    parts: list[Passes] = [(iterations, drawn, summed)]
    if options["init"] == "random":
        parts += [_pilot(workload, patches, poses, starts, fractions)] if starts > 1 else []
        parts += _march(workload, patches, drawn, poses) if volume else []
    total = sum(passes * pass_operations(workload, *each) for passes, *each in parts)
    return total + (null_test_operations(workload, patches, poses) if options["null_test"] else 0)


def null_test_operations(
    workload: Workload, patches: float, poses: float, passes: int = TEST_PASSES
) -> float:
    """The passes of a test against noise alone."""
    tested = min(patches, TESTED_LOGITS / (workload.overlap_count * poses))
    return passes * pass_operations(workload, tested, poses)


def pass_operations(workload: Workload, patches: float, poses: float) -> float:
    """One pass: a product and an exponential a logit, and what the poses of an overlap share."""
    return (
        PASS_OVERHEAD + patches * workload.overlap_count * (poses + SHARED_POSES) * workload.product
    )


def exact_pass_operations(workload: Workload, poses: float) -> float:
    """One pass over whole signals."""
    return PASS_OVERHEAD + workload.samples * (poses + SHARED_POSES) * EXACT_SAMPLE


def _race_passes(workload: Workload, starts: int) -> int:
    """The race of several starts, and moving the best."""
    return 2 * ROUND * starts + ROUND * workload.shift_candidates


def _pilot(workload: Workload, patches: float, poses: int, starts: int, fractions: int) -> Passes:
    """The passes of a choice of the start, each over a part of the patches."""
    level = workload.space.resolution_levels()[0]
    poses = max(1, round(poses * level.default_poses / workload.space.default_poses))
    if not workload.space.place_is_free:
        poses = min(poses, RACE_POSES * fractions)
    count = min(patches, max(RACE_PATCHES, RACE_LOGITS / (workload.overlap_count * poses)))
    return _race_passes(workload, starts), count, poses


def _march(workload: Workload, patches: float, drawn: float, poses: int) -> list[Passes]:
    """Those of each coarser level."""
    space = workload.space
    levels = space.resolution_levels()
    shares = [level.default_poses / space.default_poses for level in levels[:-1] or levels]
    counts = [min(patches, max(LEVEL_PATCHES, share * drawn)) for share in shares]
    return [(LEVEL_ITERATIONS, n, share * poses) for n, share in zip(counts, shares, strict=True)]
