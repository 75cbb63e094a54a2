"""Operations of CryoGAN: the waves of its critic."""

from collections.abc import Mapping
from typing import Any

from mtdbench.estimators.cryogan.settings import SETTINGS
from mtdbench.estimators.cryogan.start_selection import FREQUENCIES, PART, STEPS, WARMUP, WINDOWS
from mtdbench.estimators.workload import SINE, Workload


def cryogan_operations(workload: Workload, options: Mapping[str, Any]) -> float:
    """Waves of the windows that the critic sees in all steps."""
    setting, space = SETTINGS[options["setting"]], workload.space
    most = min(setting.starts, 2 if space.place_is_free else setting.starts)
    starts = options["n_init"] or most
    places = space.window.places_in(space.window.times(options["width"]))
    batch = options["batch"] or max(1, setting.batch // places)
    window = places * options["waves"] * (workload.pixels + 5 * SINE)
    opening = starts * (WARMUP + STEPS) / PART if starts > 1 else WARMUP
    ranked = FREQUENCIES * min(workload.samples, WINDOWS) * workload.pixels if starts > 1 else 0
    steps = options["steps"] + opening
    return float(steps * (1 + setting.critic_steps) * batch * window + ranked)
