"""What jobs ask for: the plan with a margin, then the limits, never more."""

import pytest

from mtdbench.cost.costs import Calibration, Cost, batch_cost, read_calibration
from mtdbench.cost.requests import (
    JobRequest,
    first_request,
    growing_request,
    largest_request,
    one_after_another,
)
from mtdbench.run.allocation import OVERHEAD_MIB, START_SECONDS, Allocation
from mtdbench.study import Plan, Study, make_plan


def planned(ranks: int = 1, **limits: float) -> Plan:
    sweep = {"name": "line", "space": "line", "window": 10, "size": [1000, 30000], "snr": [1, 5]}
    sweep |= {"density": 0.2, "trials": 6}
    names = ("zero", "oracle", "em", "autocorrelation", "characteristic")
    content = {"name": "made", "batch": 3, "sweeps": [sweep], "limits": limits, "ranks": ranks}
    estimators = [{"name": name} for name in names]
    return make_plan(Study.model_validate({**content, "estimators": estimators}))


@pytest.fixture(scope="module")
def shipped() -> Calibration:
    return read_calibration()


def test_a_first_request_is_the_plan_with_a_margin(shipped: Calibration) -> None:
    plan = planned()
    for batch in plan.batches:
        asked, cost = first_request(plan.study, batch, shipped), batch_cost(
            plan.study, batch, shipped
        )  # fmt: skip
        assert asked.mem_mb == pytest.approx(3 * cost.memory_mib + OVERHEAD_MIB, abs=1)
        assert asked.runtime * 60 == pytest.approx(3 * cost.cpu_seconds + START_SECONDS, abs=60)


def test_ranks_ask_for_memory_each_and_share_the_time(shipped: Calibration) -> None:
    one, two = planned(), planned(ranks=2)
    for alone, shared in zip(one.batches, two.batches, strict=True):
        before, after = (batch_cost(one.study, b, shipped) for b in (alone, shared))
        if shared.run.ranks == 1:
            assert before == after
        else:
            assert after.memory_mib == 2 * before.memory_mib
            assert before.cpu_seconds < after.cpu_seconds
            assert after.longest < after.cpu_seconds


def test_no_request_is_larger_than_the_limits_allow(shipped: Calibration) -> None:
    plan = planned(seconds=1, setup_seconds=1, memory_mib=100)
    for batch in plan.batches:
        first = first_request(plan.study, batch, shipped)
        largest = largest_request(plan.study, batch)
        assert largest.mem_mb == 100 + OVERHEAD_MIB
        assert largest.runtime == 3  # three runs of two seconds, and their processes
        assert first.mem_mb <= largest.mem_mb
        assert first.runtime <= largest.runtime


def test_within_the_largest_request_the_limits_of_the_study_hold() -> None:
    """The guard, not the cluster, ends a run; and it does so before the job is over."""
    plan = planned(seconds=700, setup_seconds=100, memory_mib=5000)
    for batch in plan.batches:
        largest = largest_request(plan.study, batch)
        given = Allocation(largest.mem_mb, 60 * largest.runtime)
        assert given.run_mib == plan.study.limits.memory_mib
        assert given.working_seconds > 3 * (700 + 100)


def test_steps_without_limits_ask_for_twice_as_much_each_time() -> None:
    cost = Cost(0, 600.0, 1000.0, 600.0, 0.0)
    first, second = growing_request(cost, 1), growing_request(cost, 2)
    assert first.mem_mb - OVERHEAD_MIB == 1000
    assert second.mem_mb - OVERHEAD_MIB == 2000
    assert second.runtime - first.runtime == 30


def test_jobs_that_follow_one_another_ask_for_the_largest_and_for_the_sum() -> None:
    together = one_after_another([JobRequest(100, 60), JobRequest(300, 30), JobRequest(200, 90)])
    assert together == JobRequest(300, 180)
    assert together.mem_mb == 300 + OVERHEAD_MIB
    assert together.runtime == 4  # half a minute to start
    assert one_after_another([]) == JobRequest(0, 0)
