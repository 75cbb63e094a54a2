"""Operations of matching a characteristic function."""

from collections.abc import Mapping
from typing import Any

from mtdbench.estimators.workload import SINE, Workload

LIKELY_STEPS = 25  # of a least-squares fit
MEASURING = 7e8  # of measuring a characteristic function and its covariance


def characteristic_operations(workload: Workload, options: Mapping[str, Any]) -> float:
    """Waves of windows and of overlaps."""
    space, wave = workload.space, workload.pixels + SINE
    starts, stages = options["n_init"] or (2 if space.place_is_free else 10), options["stages"]
    poses = len(space.poses(options["poses"] or space.default_poses))
    measuring = MEASURING * (1 + stages)
    reading = (0.5 + stages) * min(workload.samples, options["windows"]) * wave
    step = poses * (2 * workload.overlap_count * wave + workload.pixels * space.size)
    fitting = LIKELY_STEPS * (starts / 2 + stages) * step
    return float(measuring + options["frequencies"] * (reading + fitting))
