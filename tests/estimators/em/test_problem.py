"""The EM problem: precision, parts of the patches, coarser levels."""

from typing import Any

import numpy as np
import pytest

from mtdbench import Measurement, make_space
from mtdbench.estimators.em.full_batch import PUBLISHED_RULE, StoppingRule
from mtdbench.estimators.em.problem import make_problem
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.likelihood.pass_fused import FusedPass


def test_precision_is_double_where_it_costs_little() -> None:
    space = make_space("line", 4)
    small, large = (Measurement(np.zeros(size), space, 1.0) for size in (4000, 4 * 10**6))
    kinds = {"auto": np.float32, "single": np.float32, "double": np.float64}
    for precision, expected in kinds.items():
        assert make_problem(large, None, "uniform", 1, precision).likelihood.dtype is expected
    assert make_problem(small, None, "uniform", 1, "auto").likelihood.dtype is np.float64
    assert make_problem(large, None, "pairs", 1, "auto").likelihood.dtype is np.float64


def test_patches_of_all_grids_are_counted(image: Any) -> None:
    one, four = (make_problem(image.measurement, 8, "uniform", n, "double") for n in (1, 4))
    assert one.count == 30 * 30
    assert four.count == 30 * 30 + 2 * 30 * 29 + 29 * 29
    assert one.logits == 900 * (81 + 1) * 8


@pytest.mark.parametrize("patch_pass", [FusedPass(), PassByShift()], ids=["fused", "by shift"])
def test_the_pass_that_is_given_reads_all_patches(image: Any, patch_pass: Any) -> None:
    """Those of a part too, and those of another number of poses."""
    problem = make_problem(image.measurement, 8, "uniform", 1, "double", patch_pass=patch_pass)
    rng = np.random.default_rng(0)
    operators = [problem.operator, problem.part(rng, 100), problem.fresh(rng, 100)]
    operators.append(problem.with_poses(problem.operator, 500))
    assert {source.patch_pass for each in operators for _, source in each.sources} == {patch_pass}
    assert [sum(len(s) for _, s in each.sources) for each in operators] == [900, 100, 100, 900]
    assert len(operators[-1].poses) == len(image.space.poses(500))


def test_a_part_as_large_as_the_whole_is_the_whole(signal: Any) -> None:
    problem = make_problem(signal.measurement, None, "uniform", 1, "double")
    assert problem.part(np.random.default_rng(0), problem.count) is problem.operator


def test_a_coarser_problem_has_poses_in_proportion() -> None:
    space = make_space("ball", 17)
    coarse = space.resolution_levels()[0]
    problem = make_problem(Measurement(np.zeros((34, 34)), space, 1.0), 276, "uniform", 1, "auto")
    level = problem.coarser(coarse)
    count = round(276 * coarse.default_poses / space.default_poses)
    assert level.space is coarse
    assert len(level.operator.poses) == len(coarse.poses(count))
    assert level.count == problem.count


def test_the_rules_of_stopping() -> None:
    rule = StoppingRule(iterations=100, gains=2, tolerance=1.0)
    assert not rule.is_met([0.0, 0.1])  # one gain so far
    assert rule.is_met([0.0, 0.1, 0.2])
    assert not rule.is_met([0.0, 5.0, 5.1])
    assert rule.is_met([0.0, 5.0, 5.1, 5.2])
    assert PUBLISHED_RULE.is_met([0.0, 0.49])
    assert not PUBLISHED_RULE.is_met([0.0, 0.51])
