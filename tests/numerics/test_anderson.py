"""Anderson acceleration on maps whose fixed points are known."""

from itertools import islice

import numpy as np
import pytest

from mtdbench.numerics.anderson import accelerate


class Linear:
    """theta <- A theta + b, a contraction; the objective is minus the distance to its fixed point
    in a norm that A shrinks."""

    def __init__(self, rates: list[float]) -> None:
        rng = np.random.default_rng(1)
        basis = np.linalg.qr(rng.standard_normal((len(rates),) * 2))[0]
        self.matrix = basis @ np.diag(rates) @ basis.T
        self.fixed = rng.standard_normal(len(rates))
        self.start = self.fixed + rng.standard_normal(len(rates))

    def __call__(self, theta: np.ndarray) -> tuple[np.ndarray, float]:
        away = theta - self.fixed
        return self.fixed + self.matrix @ away, -float(np.linalg.norm(away))


RATES = [0.9, 0.6, 0.4, 0.2]


def test_a_linear_map_is_solved_in_memory_plus_two_steps() -> None:
    problem = Linear(RATES)

    def unguarded(theta: np.ndarray) -> tuple[np.ndarray, float]:
        return problem(theta)[0], 0.0

    def left(memory: int) -> float:
        *_, point = islice(accelerate(unguarded, problem.start, memory), 7)
        assert point.evaluations == 7  # what the sixth gave
        distances = [problem(theta)[1] for theta in (point.theta, problem.start)]
        return distances[0] / distances[1]

    assert left(4) < 1e-10
    assert left(2) > 1e-3
    assert left(0) > 0.1


def test_memory_0_is_the_plain_iteration() -> None:
    problem = Linear(RATES)
    theta = problem.start
    for point in islice(accelerate(problem, problem.start, memory=0), 20):
        assert np.array_equal(point.theta, theta)
        theta, objective = problem(theta)
        assert np.array_equal(point.image, theta)
        assert point.objective == objective


def nasty(theta: np.ndarray) -> tuple[np.ndarray, float]:
    """Gradient ascent with small steps in a curved, narrow valley (Rosenbrock's); NaN outside of a
    box, as where a likelihood underflows."""
    x, y = theta
    if max(abs(x), abs(y)) > 1.6:
        return theta, float("nan")
    value = -((1 - x) ** 2 + 100 * (y - x**2) ** 2)
    gradient = np.array([2 * (1 - x) + 400 * x * (y - x**2), -200 * (y - x**2)])
    return theta + 5e-4 * gradient, float(value)


@pytest.mark.parametrize("memory", [1, 3, 8])
def test_the_objective_never_decreases(memory: int) -> None:
    points = list(islice(accelerate(nasty, np.array([-1.2, 1.0]), memory), 300))
    values = np.array([point.objective for point in points])
    assert np.all(np.diff(values) >= 0)
    assert points[-1].evaluations > len(points)  # some points were thrown away


def test_evaluations_are_counted() -> None:
    calls = []

    def counted(theta: np.ndarray) -> tuple[np.ndarray, float]:
        calls.append(theta)
        return nasty(theta)

    for point in islice(accelerate(counted, np.array([-1.2, 1.0]), 8), 100):
        assert point.evaluations == len(calls)
        assert np.array_equal(calls[-1], point.theta)


def test_the_residual_is_relative() -> None:
    problem = Linear(RATES)
    point = next(accelerate(problem, problem.start))
    change = np.linalg.norm(problem(problem.start)[0] - problem.start)
    assert point.residual == pytest.approx(change / np.linalg.norm(problem.start))


def test_a_fixed_point_stays() -> None:
    problem = Linear(RATES)
    for point in islice(accelerate(problem, problem.fixed, memory=3), 10):
        np.testing.assert_allclose(point.image, problem.fixed, rtol=1e-12)


def test_where_the_rule_refuses_everything_the_iteration_is_plain() -> None:
    """Every mix costs two evaluations then, the stretch that follows it one of them."""
    problem = Linear(RATES)
    refused = list(islice(accelerate(problem, problem.start, 4, lambda new, last: False), 10))
    plain = list(islice(accelerate(problem, problem.start, 0), 10))
    for one, two in zip(refused, plain, strict=True):
        assert np.array_equal(one.theta, two.theta)
    assert refused[-1].evaluations > plain[-1].evaluations


def test_a_rule_that_takes_everything_throws_no_point_away() -> None:
    valley = list(islice(accelerate(nasty, np.array([-1.2, 1.0]), 8, lambda new, last: True), 30))
    assert [point.evaluations for point in valley] == list(range(1, 31))
    assert np.any(np.diff([point.objective for point in valley]) < 0)
