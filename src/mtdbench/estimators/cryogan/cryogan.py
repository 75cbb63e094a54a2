"""CryoGAN on windows that were cut anywhere: nothing is picked."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from mtdbench.estimators.cryogan.cryogan_cost import cryogan_operations
from mtdbench.estimators.cryogan.losses import Loss, LossName
from mtdbench.estimators.cryogan.settings import TRAINING_SETTINGS
from mtdbench.estimators.cryogan.start_selection import SELECTION_STEPS, WARMUP_STEPS, select_start
from mtdbench.estimators.cryogan.training import ObjectParams, Training
from mtdbench.estimators.cryogan.window_data import WindowData
from mtdbench.estimators.declaration import declare
from mtdbench.estimators.options import at_least, well_separated
from mtdbench.estimators.random_start import random_start
from mtdbench.estimators.tested_estimator import with_null_test
from mtdbench.model.measurement import Estimate, Measurement


@with_null_test
@declare(cost=cryogan_operations, renamed={"starts": "n_init"})
def cryogan(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    steps: int = 1000,
    n_init: int | None = None,
    loss: LossName | None = None,
    penalty: float | None = None,
    batch: int | None = None,
    waves: int = 128,
    width: int = 1,
    setting: Literal["default", "published"] = "default",
) -> Iterator[Estimate]:
    """The object whose simulated windows a critic cannot tell from the measurement's.

    A simulator draws windows from the current object, a small critic learns to tell them from
    windows cut at any offset, and the object learns from the critic. Poses and shifts are drawn
    uniformly, which is exact for well-separated copies; the share of occupied windows is learned
    too, and the noise where sigma is not known.

    Options
    -------
    steps : of the object.
    n_init : random starts; each is trained 200 steps with small batches, and the one whose
        characteristic function is closest to the measured one goes on. None is 4 for signals and
        images, and 2 for volumes; 1 in the published setting.
    loss : "logistic" with a penalty on the critic's gradient at real windows (R1), or
        "wasserstein" with a gradient penalty; what the setting takes where None.
    penalty : its weight; the setting's where None.
    batch : windows of each kind to a step; where None the setting's, shared among the windows of
        L that wider ones hold.
    waves : of the critic.
    width : of the windows, in L. Wider ones see several copies, and the critic gets a second,
        pooling layer.
    setting : "default", or "published", that of the thesis: Wasserstein, four steps of the critic
        to one of the volume, batches of 8 windows, each normalised, gradients clipped, the object
        0 at first.
    null_test : whether the last estimate is held against noise alone, as that of `em` is, see
        `mtdbench.estimators.tested_estimator`. `mtdbench estimate` turns this on.

    Source: Gupta, McCann, Donati, Unser, *CryoGAN: a new reconstruction paradigm for
    single-particle cryo-EM via deep adversarial learning*, IEEE Trans. Comput. Imaging 7 (2021),
    for picked particles; for windows of a measurement it is ours.
    """
    at_least("cryogan", 1, steps=steps, n_init=n_init, batch=batch, waves=waves, width=width)
    at_least("cryogan", 0, penalty=penalty)
    well_separated("cryogan", measurement)
    settings = TRAINING_SETTINGS[setting]
    name: LossName = loss or settings.loss
    window = measurement.forward.support
    tries = n_init or min(
        settings.starts, 2 if measurement.space.place_is_free else settings.starts
    )
    count = batch or max(1, settings.batch // window.places_in(window.times(width)))
    draws = [random_start(measurement, rng) for _ in range(tries)]
    noise_scale, scale = draws[0].sigma, float(np.sqrt(np.mean(draws[0].x ** 2)))
    weight = settings.penalty(name) if penalty is None else penalty
    training = Training(Loss(name, weight), settings, measurement.sigma is None)
    data = WindowData(measurement, rng, training, noise_scale, scale, width)
    states = [data.start(draw.x * (not settings.zero_init), waves) for draw in draws]
    rates = settings.rates(steps, count, measurement.samples.size // window.size)
    note = f"best of {tries} random starts, {name} loss, batches of {count}"
    warm_up = np.repeat(rates[:1] * np.array([[0, 1]], np.float32), WARMUP_STEPS, 0)
    if tries > 1:
        opening = np.concatenate([warm_up, np.repeat(rates[:1], SELECTION_STEPS, 0)])
        state = yield from select_start(data, states, opening, count)
    else:
        *_, (state, _) = data.train(states[0], warm_up, count)
    path: list[ObjectParams] = []
    for _, part in data.train(state, rates, count):
        path.append(part)
        yield data.estimate(path, note)
