"""EM's iterations, accelerated, and what each leaves behind."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mtdbench.estimators.em.operator import EMOperator, Parameters
from mtdbench.estimators.em.packing import Packing
from mtdbench.numerics.anderson import Accept, accelerate, never_lower


@dataclass(frozen=True, slots=True, eq=False)
class EMState:
    """One accepted iteration of EM.

    Attributes
    ----------
    parameters : Parameters
        After the M-step.
    objective : float
        Log-likelihood per patch of the parameters that the E-step used.
    iteration : int
        E-steps so far, refused ones included.
    residual : float
        Relative change of the packed parameters in the step.
    """

    parameters: Parameters
    objective: float
    iteration: int
    residual: float


def iterate(
    operator: EMOperator, start: Parameters, memory: int, accept: Accept = never_lower
) -> Iterator[EMState]:
    """EM from `start`, by Anderson acceleration with that memory (0: plain EM).

    A step that `accept` refuses is not taken; by default the objective never decreases.
    """
    packing = Packing(operator, start)

    def step(theta: np.ndarray) -> tuple[np.ndarray, float]:
        following, objective = operator.step(packing.unpack(theta))
        return packing.pack(following), objective

    for point in accelerate(step, packing.pack(start), memory, accept):
        parameters = packing.unpack(point.image)
        yield EMState(parameters, point.objective, point.evaluations, point.residual)
