"""The picture of a preparation has a panel for each thing that it shows."""

import numpy as np
import pytest

from mtdbench.figures.preparation_figure import draw_preparation, radial_spectrum
from mtdbench.micrographs import Micrographs
from mtdbench.preparation import Settings, prepare_micrographs

RNG = np.random.default_rng(0)


def test_the_spectrum_of_white_noise_is_flat() -> None:
    frequency, power = radial_spectrum(RNG.standard_normal((256, 200)))
    assert power[5:] == pytest.approx(np.full(len(power) - 5, power.mean()), rel=0.3)
    assert np.all((frequency > 0) & (frequency < 0.5))


def test_a_wave_stands_where_its_frequency_is() -> None:
    wave = np.cos(2 * np.pi * 0.2 * np.arange(300)) * np.ones((280, 1))
    frequency, power = radial_spectrum(wave)
    assert frequency[power.argmax()] == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("shape", [(4000,), (90, 110)], ids=["signal", "image"])
def test_all_panels(shape: tuple[int, ...]) -> None:
    y = RNG.standard_normal(shape) + 50
    y.flat[1005] = 400
    prepared = prepare_micrographs(Micrographs((y,), ("mine",)), Settings(window=5))
    figure = draw_preparation(y, prepared)
    titles = [axis.get_title() for axis in figure.axes]
    labels = [axis.get_xlabel() for axis in figure.axes]
    assert titles[0] == "as it came"
    assert titles[1].startswith("prepared, ")
    assert {"cycles per sample that came", "standard deviations"} < set(labels)
    text = " ".join(t.get_text() for axis in figure.axes for t in axis.texts)
    assert "hot or dead samples: 1" in text.replace("\n", " ")
