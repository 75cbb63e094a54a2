"""Anderson acceleration of a monotone fixed-point iteration, guarded by its objective."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Iterate:
    """One accepted point: theta, its image F(theta), the objective at theta, evaluations so far."""

    theta: np.ndarray
    image: np.ndarray
    objective: float
    evaluations: int

    @property
    def residual(self) -> float:
        """||F(theta) - theta|| / ||theta||."""
        return float(np.linalg.norm(self.image - self.theta) / np.linalg.norm(self.theta))


Accept = Callable[[float, float], bool]
"""(objective at a proposed point, objective at the last accepted one) to whether it is taken."""


def never_lower(objective: float, last: float) -> bool:
    """Whether the objective does not decrease; NaN is refused."""
    return objective >= last


def accelerate(
    step: Callable[[np.ndarray], tuple[np.ndarray, float]],
    theta: np.ndarray,
    memory: int = 8,
    accept: Accept = never_lower,
) -> Iterator[Iterate]:
    """Iterates of theta <- F(theta) whose objective, by the usual rule, never decreases.

    Three proposals, and a point that is not accepted is thrown away:

    - mix: the combination of the last `memory` images whose combined residual is smallest;
    - stretch, when a mix failed: theta + s (F(theta) - theta), with s = 2, 4, 8 ... as long as that
      succeeds. On a ridge the residual does not shrink on the way up, and a mix would go back to
      where it was smaller;
    - plain, when a stretch failed: F(theta), which is never worse than theta.

    Parameters
    ----------
    step : callable
        theta -> (F(theta), objective at theta), with objective(F(theta)) >= objective(theta).
    theta : array, shape (m,)
    memory : int
        Images that are combined; 0 is the plain iteration.
    accept : Accept
        Whether a mixed or stretched point is taken; a plain step always is.

    Source: Walker, Ni, *Anderson acceleration for fixed-point iterations*, SIAM J. Numer. Anal. 49
    (2011); the guard as in Henderson, Varadhan, *Damped Anderson acceleration with restarts and
    monotonicity control for accelerating EM*, J. Comput. Graph. Stat. 28 (2019); stretching:
    Salakhutdinov, Roweis, *Adaptive overrelaxed bound optimization methods*, ICML 2003.
    """
    past: list[tuple[np.ndarray, np.ndarray]] = []
    last: Iterate | None = None
    kind, stretch, evaluations = "plain", 1.0, 0
    while True:
        image, objective = step(theta)
        evaluations += 1
        if last is not None and kind != "plain" and not accept(objective, last.objective):
            kind = "stretch" if kind == "mix" else "plain"
            stretch, past = 2.0, past[-1:]
            theta = _stretched(last, stretch) if kind == "stretch" else last.image
            continue
        last = Iterate(theta, image, objective, evaluations)
        yield last
        past = [*past, (theta, image)][-(memory + 1) :] if memory else []
        if kind == "stretch":
            stretch *= 2
            theta = _stretched(last, stretch)
        elif len(past) > 1:
            kind, theta = "mix", _mix(past)
        else:
            kind, theta = "plain", image


def _stretched(last: Iterate, factor: float) -> np.ndarray:
    return last.theta + factor * (last.image - last.theta)


def _mix(past: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The combination of images whose residual is smallest, by regularised least squares."""
    images = np.array([image for _, image in past])
    residuals = images - np.array([theta for theta, _ in past])
    steps = np.diff(residuals, axis=0)
    gram = steps @ steps.T
    gram[np.diag_indices_from(gram)] += 1e-10 * np.trace(gram) + 1e-300
    weights = np.linalg.solve(gram, steps @ residuals[-1])
    return np.asarray(images[-1] - weights @ np.diff(images, axis=0))
