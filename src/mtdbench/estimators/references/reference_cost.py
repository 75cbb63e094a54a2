"""Operations of the references."""

from collections.abc import Mapping
from typing import Any

from mtdbench.estimators.workload import Workload


def no_operations(workload: Workload, options: Mapping[str, Any]) -> float:
    """Hardly any."""
    return 1.0


def oracle_operations(workload: Workload, options: Mapping[str, Any]) -> float:
    """A normal matrix of each copy."""
    return workload.samples * workload.density * workload.space.size
