import math
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest

from mtdbench import Estimate, clock
from mtdbench.run.drive import Outcome, drive
from mtdbench.run.job import Snapshot, decode, encode
from mtdbench.run.stopwatch import Stopwatch

ZERO = np.zeros(3)


def run(
    generator: Callable[[], Iterator[Estimate]], budget: float | None = None
) -> tuple[Outcome, list[Snapshot], list[Snapshot], Stopwatch]:
    every, kept = [], []
    watch = Stopwatch()

    def report(snapshot: Snapshot, keep: bool) -> None:
        every.append(snapshot)
        kept.extend([snapshot] if keep else [])

    outcome = drive(generator, 3, watch, report, budget)
    return outcome, every, kept, watch


def once(**facts: object) -> Callable[[], Iterator[Estimate]]:
    return lambda: iter([Estimate(**{"x": ZERO, **facts})])


@pytest.mark.parametrize(
    ("generator", "status"),
    [
        (once(), "ok"),
        (once(converged=True), "converged"),
        (once(converged=False), "budget"),
        (lambda: iter([]), "crashed"),
        (lambda: None, "crashed"),
        (once(x=np.array([1.0, np.inf, 0.0])), "diverged"),
        (once(x=np.array([1.0, -1e300, 0.0])), "diverged"),
        (once(x=np.ma.masked_all(3)), "crashed"),
        (once(iterations=10**30), "crashed"),
        (once(iterations=-1), "crashed"),
        (once(x=np.zeros(2)), "crashed"),
        (once(x=np.zeros((3, 1))), "crashed"),
        (once(x=np.zeros(3, complex)), "crashed"),
        (once(x=np.array([None] * 3)), "crashed"),
        (once(x=[0, 1, 2]), "ok"),
        (lambda: iter([ZERO]), "crashed"),
    ],
)
def test_the_status_follows_from_what_is_yielded(generator, status: str) -> None:
    outcome = run(generator)[0]
    assert outcome.status == status
    assert bool(outcome.reason) == (status not in ("ok", "converged"))
    assert "\n" not in outcome.reason


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), BaseException("odd")])
def test_whatever_is_raised_ends_the_run_alone(error: BaseException) -> None:
    """But an interrupt, which is the user's."""

    def estimator(raised: BaseException) -> Iterator[Estimate]:
        yield Estimate(ZERO)
        raise raised

    assert run(lambda: estimator(error))[0].status == "crashed"
    with pytest.raises(KeyboardInterrupt):
        run(lambda: estimator(KeyboardInterrupt()))


def test_what_an_estimate_says_is_what_it_said_when_it_was_given() -> None:
    x = np.ones(3)

    def estimator() -> Iterator[Estimate]:
        yield Estimate(x, converged=True)
        x[:] = np.nan

    outcome, every, _, _ = run(estimator)
    assert outcome.status == "converged"
    assert every[-1].coefficients().tolist() == [1.0, 1.0, 1.0]


def test_work_of_another_thread_between_estimates_is_on_the_clock() -> None:
    watch, threads = Stopwatch(), list[threading.Thread]()

    def burn() -> None:
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass

    def estimator() -> Iterator[Estimate]:
        threads.append(threading.Thread(target=burn))
        threads[0].start()
        yield Estimate(ZERO)
        yield Estimate(ZERO)

    drive(estimator, 3, watch, lambda snapshot, keep: threads[0].join())
    assert watch.cpu >= 0.09


def test_running_out_of_memory_is_told_apart() -> None:
    def estimator() -> Iterator[Estimate]:
        yield Estimate(ZERO)
        raise MemoryError

    assert run(estimator)[0].status == "memory"


def test_after_the_soft_budget_no_better_estimate_is_asked_for() -> None:
    def estimator() -> Iterator[Estimate]:
        while True:
            time.sleep(0.02)
            yield Estimate(ZERO, converged=False)

    outcome, every, _, watch = run(estimator, budget=0.1)
    assert (outcome.status, outcome.reason) == ("budget", "soft budget of 0.1 s used up")
    assert len(every) <= 5
    assert watch.wall >= 0.1


def test_a_run_that_converges_within_its_budget_has_converged() -> None:
    assert run(once(converged=True), budget=1e-9)[0].status == "converged"


def test_only_the_estimator_is_on_the_clock_and_set_up_is_apart() -> None:
    def estimator() -> Iterator[Estimate]:
        with clock.setup():
            time.sleep(0.2)
            with clock.setup():
                time.sleep(0.1)
        time.sleep(0.1)
        yield Estimate(ZERO)

    watch = Stopwatch()
    drive(estimator, 3, watch, lambda snapshot, keep: time.sleep(0.2))
    assert 0.1 <= watch.wall < 0.19
    assert 0.3 <= watch.setup < 0.39


def test_snapshots_are_kept_at_log_spaced_times() -> None:
    def estimator() -> Iterator[Estimate]:
        for _ in range(400):
            time.sleep(0.0005)
            yield Estimate(ZERO)

    _, every, kept, _ = run(estimator)
    assert len(every) == 400
    assert 10 < len(kept) < 45
    times = [snapshot.wall_seconds for snapshot in kept]
    assert all(b >= 1.2 * a for a, b in pairwise(times))


def test_iterations_are_the_methods_own_or_counted() -> None:
    assert run(once(iterations=17))[1][-1].iteration == 17
    assert run(lambda: iter([Estimate(ZERO)] * 4))[1][-1].iteration == 4


def test_coefficients_survive_to_the_last_bit() -> None:
    x = np.array([1 / 3, -0.0, 5e-324, 1e308, math.pi])
    assert decode(encode(x)).tobytes() == x.tobytes()


def test_separations_are_carried_where_there_are_any() -> None:
    assert run(once())[1][-1].pairs == ""
    found = run(once(pairs=np.array([1 / 3, 0.0])))[1][-1].pairs
    assert decode(found).tolist() == [1 / 3, 0.0]
