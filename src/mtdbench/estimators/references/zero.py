"""The estimate 0: error 1, the upper end of every scale."""

from collections.abc import Iterator

import numpy as np

from mtdbench.estimators.declaration import declare
from mtdbench.estimators.references.reference_cost import no_operations
from mtdbench.model.forward import FEATURES
from mtdbench.model.measurement import Estimate, Measurement


@declare(cost=no_operations, is_reference=True, carries=FEATURES)
def zero(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Nothing is there."""
    yield Estimate(np.zeros(measurement.space.size), density=0.0)
