"""Operations of CryoGAN: the waves of its critic."""

from collections.abc import Mapping
from typing import Any

from mtdbench.estimators.cryogan.settings import TRAINING_SETTINGS
from mtdbench.estimators.cryogan.start_selection import (
    SELECTION_BATCHES,
    SELECTION_FREQUENCIES,
    SELECTION_STEPS,
    SELECTION_WINDOWS,
    WARMUP_STEPS,
)
from mtdbench.estimators.workload import SINE, Workload


def cryogan_operations(workload: Workload, options: Mapping[str, Any]) -> float:
    """Waves of the windows that the critic sees in all steps."""
    settings, space = TRAINING_SETTINGS[options["setting"]], workload.space
    most = min(settings.starts, 2 if space.place_is_free else settings.starts)
    starts = options["n_init"] or most
    places = space.window.places_in(space.window.times(options["width"]))
    batch = options["batch"] or max(1, settings.batch // places)
    window = places * options["waves"] * (workload.pixels + 5 * SINE)
    steps, ranked = options["steps"] + float(WARMUP_STEPS), 0.0
    if starts > 1:
        opening = starts * (WARMUP_STEPS + SELECTION_STEPS) / SELECTION_BATCHES
        steps = options["steps"] + opening
        ranked = SELECTION_FREQUENCIES * min(workload.samples, SELECTION_WINDOWS) * workload.pixels
    return float(steps * (1 + settings.critic_steps) * batch * window + ranked)
