"""CryoGAN on windows that were cut anywhere: nothing is picked."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from mtdbench.estimators.cryogan.cryogan_cost import cryogan_operations
from mtdbench.estimators.cryogan.losses import Loss, Name
from mtdbench.estimators.cryogan.settings import SETTINGS
from mtdbench.estimators.cryogan.start_selection import STEPS, WARMUP, race
from mtdbench.estimators.cryogan.training import Game, Object
from mtdbench.estimators.cryogan.window_data import Arena
from mtdbench.estimators.declaration import declare
from mtdbench.estimators.options import at_least, well_separated
from mtdbench.estimators.random_start import random_start
from mtdbench.model.measurement import Estimate, Measurement


@declare(cost=cryogan_operations)
def cryogan(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    steps: int = 1000,
    n_init: int | None = None,
    loss: Name | None = None,
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
    n_init : random starts; each plays 200 steps with small batches, and the one whose
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

    Source: Gupta, McCann, Donati, Unser, *CryoGAN: a new reconstruction paradigm for
    single-particle cryo-EM via deep adversarial learning*, IEEE Trans. Comput. Imaging 7 (2021),
    for picked particles; for windows of a measurement it is ours.
    """
    at_least("cryogan", 1, steps=steps, n_init=n_init, batch=batch, waves=waves, width=width)
    at_least("cryogan", 0, penalty=penalty)
    well_separated("cryogan", measurement)
    how = SETTINGS[setting]
    name: Name = loss or how.loss
    space, window = measurement.space, measurement.space.window
    tries = n_init or min(how.starts, 2 if space.place_is_free else how.starts)
    places = window.places_in(window.times(width))
    count = batch or max(1, how.batch // places)
    draws = [random_start(measurement, rng) for _ in range(tries)]
    unit, scale = draws[0].sigma, float(np.sqrt(np.mean(draws[0].x ** 2)))
    weight = how.penalty(name) if penalty is None else penalty
    game = Game(space, Loss(name, weight), how, measurement.sigma is None)
    arena = Arena(measurement, rng, game, unit, scale, width)
    states = [arena.start(draw.x * (not how.blank), waves) for draw in draws]
    rates = how.rates(steps, count, measurement.samples.size // window.size)
    note = f"best of {tries} random starts, {name} loss, batches of {count}"
    warm = rates[:1] * np.array([[0, 1]], np.float32)
    if tries > 1:
        opening = np.concatenate([np.repeat(warm, WARMUP, 0), np.repeat(rates[:1], STEPS, 0)])
        state = yield from race(arena, states, opening, count)
    else:
        *_, (state, _) = arena.play(states[0], np.repeat(warm, WARMUP, 0), count)
    path: list[Object] = []
    for _, part in arena.play(state, rates, count):
        path.append(part)
        yield arena.estimate(path, note)
