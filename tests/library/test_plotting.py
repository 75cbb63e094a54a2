"""The picture of an estimate."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest

from mtdbench import make_space, plot
from mtdbench.library.plotting import save_png


@pytest.mark.parametrize("name", ["line", "disc", "ball"])
def test_an_estimate_beside_the_truth(name: str, tmp_path: Path) -> None:
    space, rng = make_space(name, 5), np.random.default_rng(0)
    truth = space.random(rng)
    alone, both = plot(space, truth), plot(space, 1.2 * truth, truth)
    titles = [axis.get_title() for axis in both.axes]
    assert "estimate, error 0.2" in titles
    assert ("truth" in titles) == (name != "line")
    for figure in (alone, both):
        save_png(figure, tmp_path / "a.png")
        save_png(figure, tmp_path / "b.png")
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
        assert np.ptp(matplotlib.image.imread(tmp_path / "a.png")) > 0.5


def test_images_share_the_scale_of_the_truth() -> None:
    space = make_space("disc", 5)
    truth = space.random(np.random.default_rng(1))
    figure = plot(space, 3 * truth, truth)
    limits = {axis.images[0].get_clim() for axis in figure.axes if axis.images}
    assert len(limits) == 1


def test_a_signal_is_drawn_over_the_truth() -> None:
    space = make_space("line", 6)
    truth = space.random(np.random.default_rng(1))
    (axis,) = plot(space, 2 * truth, truth).axes
    drawn = [line.get_ydata() for line in axis.lines]
    np.testing.assert_allclose(drawn, [truth, 2 * truth])


def test_settings_of_the_user_change_nothing(tmp_path: Path) -> None:
    space = make_space("line", 6)
    x = space.random(np.random.default_rng(1))
    save_png(plot(space, x), tmp_path / "a.png")
    with matplotlib.rc_context({"lines.linewidth": 9, "figure.facecolor": "red"}):
        save_png(plot(space, x), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
