"""What a study of volumes shows: slices, surfaces and shell correlations, with no display."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from mtdbench.evaluate.fsc import shell_correlation
from mtdbench.figures.automatic import plan
from mtdbench.figures.layout.painters import paint_volume
from mtdbench.figures.layout.picture_grid import Comparison, Picture, draw_pictures
from mtdbench.figures.layout.shell_curves import truth_correlations
from mtdbench.figures.layout.style import Look
from mtdbench.figures.layout.surface_rendering import (
    SURFACE_PIXELS,
    interpolated,
    photograph,
    shaded,
    surface,
)
from mtdbench.files import write_array
from mtdbench.results.reader import Results

VOLUMES = [("volumes", "ball", 9, 100)]
NAMES = ("volumes-estimates", "volumes-volume-isosurface", "volumes-fsc")


def failing(label, snr, trial):
    return label == "autocorrelation" and snr == 1 and trial == 0


@pytest.fixture(scope="module")
def folder(make_study):
    """A study of volumes at one size, in which a run of the first trial failed."""
    folder = make_study(trials=3, fails=failing, sweeps=VOLUMES)
    table = pd.read_parquet(folder / "table.parquet")
    table[table["size"] == 100].to_parquet(folder / "table.parquet")
    return folder


@pytest.fixture(scope="module")
def plots(folder):
    return {plot.name: plot for plot in plan(Results.load(folder))}


def blank(path):
    return np.ptp(imread(path)[..., :3]) < 0.5


def test_figures_are_drawn_without_a_display(folder, plots):
    assert set(NAMES) <= plots.keys()
    assert all(plots[name].caption and plots[name].title for name in NAMES)
    code = (
        "import os, sys; from pathlib import Path; os.environ.pop('DISPLAY', None)\n"
        "from mtdbench.figures import draw_all\n"
        "draw_all(Path(sys.argv[1]), Path(sys.argv[1]) / 'figures')\n"
        "assert 'matplotlib.pyplot' not in sys.modules or sys.modules['matplotlib'].get_backend()"
        ".lower() == 'agg'"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
    for name in NAMES:
        for kind in ("svg", "pdf", "png"):
            assert (folder / "figures" / f"{name}.{kind}").stat().st_size > 5000
        assert not blank(folder / "figures" / f"{name}.png")


def test_flat_studies_have_none_of_these(make_study):
    names = {plot.name for plot in plan(Results.load(make_study()))}
    assert not any("fsc" in name or "isosurface" in name for name in names)


def test_the_same_figure_is_drawn_again(plots):
    images = [
        [image.get_array() for axis in plot.draw().axes for image in axis.images]
        for plot in [plots["volumes-volume-isosurface"]] * 2
    ]
    for one, two in zip(*images, strict=True):
        np.testing.assert_array_equal(one, two)


def test_curves_are_those_of_the_runs_that_have_an_error(folder):
    results = Results.load(folder)
    cell = "volumes-L9-N100-snr1-d0.1"
    found = truth_correlations(results.table[results.table["cell"] == cell], results)
    runs = found.groupby("estimator")["trial"].nunique()
    assert runs["em"] == 3
    assert runs["autocorrelation"] == 2  # one crashed
    one = found[(found["estimator"] == "em") & (found["trial"] == 2)]
    expected = shell_correlation(results.estimate(cell, 2, "em"), results.truth(cell, 2))[1]
    np.testing.assert_array_equal(one["correlation"], expected)
    assert one["shell"].tolist() == [1, 2, 3, 4]


def test_the_medians_are_drawn_and_a_reference_has_no_band(plots):
    figure = plots["volumes-fsc"].draw()
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["em", "em poses=16", "autocorrelation (1 of 6 failed)", "oracle",
                     "range, 3 trials", "FSC = 0.5"]  # fmt: skip
    for axis in figure.axes:
        drawn = [line for line in axis.lines if len(line.get_xdata()) == 4]
        assert len(drawn) == 4
        assert len(axis.collections) == 3


def test_halves_are_compared_with_each_other_and_drawn_nowhere_else(make_study):
    folder = make_study(trials=2, sweeps=VOLUMES)
    table = pd.read_parquet(folder / "table.parquet").assign(half=0)
    part = table[table["estimator"] == "em"]
    halves = [part.assign(estimator=f"em half {half}", half=half) for half in (1, 2)]
    pd.concat([table, *halves]).to_parquet(folder / "table.parquet")
    rng, cell = np.random.default_rng(0), "volumes-L9-N300-snr1-d0.1"
    for half in (1, 2):
        path = folder / "estimates" / cell / "0" / f"em half {half}.npy"
        write_array(path, rng.standard_normal((9, 9, 9)))
    results = Results.load(folder)
    plots = {plot.name: plot for plot in plan(results)}
    (line,) = [line for line in plots["volumes-fsc-half-set"].draw().axes[0].lines
               if len(line.get_xdata()) == 4]  # fmt: skip
    one, two = (results.estimate(cell, 0, f"em half {half}") for half in (1, 2))
    np.testing.assert_array_equal(line.get_ydata(), shell_correlation(one, two)[1])
    words = [text.get_text() for text in plots["volumes-fsc"].draw().legends[0].get_texts()]
    assert not any("half" in word for word in words)


def test_volumes_of_which_nothing_was_kept_cost_no_figure(make_study):
    folder = make_study(trials=1, fails=lambda *_: True, sweeps=VOLUMES)
    plots = {plot.name: plot for plot in plan(Results.load(folder))}
    assert "volumes-fsc" not in plots
    for name in NAMES[:2]:
        plots[name].draw().draw_without_rendering()


def test_a_volume_is_its_central_slices_and_its_projection():
    volume = np.random.default_rng(0).normal(size=(5, 5, 5))
    axis = Figure().subplots()
    paint_volume(axis, volume, volume, (-3, 3), "black")
    z, y, x, projection = (np.asarray(image.get_array()) for image in axis.images)
    np.testing.assert_array_equal(z, volume[2])
    np.testing.assert_array_equal(y, volume[:, 2])
    np.testing.assert_array_equal(x, volume[:, :, 2])
    above = volume.sum(axis=0)
    assert np.corrcoef(projection.ravel(), above.ravel())[0, 1] == pytest.approx(1)
    assert (projection.min(), projection.max()) == pytest.approx((volume.min(), volume.max()))
    assert len({tuple(image.get_extent()) for image in axis.images}) == 4


def test_estimates_are_on_the_scale_of_the_truth(folder):
    truth = np.random.default_rng(0).normal(size=(5, 5, 5))
    figure = draw_pictures([Comparison("", truth, {})], {})
    assert len({image.get_clim() for image in figure.axes[0].images}) == 1


@pytest.mark.parametrize("shape", [(4, 8), (8, 4), (5, 5), (5, 5, 5)])
def test_a_picture_is_as_wide_and_high_as_its_array(shape):
    """And so is the place of one that is missing."""
    one = Comparison("", np.random.default_rng(0).normal(size=shape), {"em": Picture(None, "")})
    figure = draw_pictures([one], {"em": Look("em", "", "black", "", ())})
    figure.draw_without_rendering()
    for axis in figure.axes[:2]:
        assert axis.bbox.height / axis.bbox.width == pytest.approx(shape[0] / shape[-1], rel=0.02)
        assert axis.bbox.height > 0.3 * figure.bbox.height


def test_interpolation_keeps_the_samples_and_a_wave_between_them():
    volume = np.random.default_rng(0).normal(size=(7, 7, 7))
    fine = interpolated(volume, 3)
    assert fine.shape == (19, 19, 19)
    np.testing.assert_allclose(fine[::3, ::3, ::3], volume, atol=1e-12)
    wave = np.cos(2 * np.pi * np.arange(7) / 7)
    between = np.cos(2 * np.pi * np.arange(19) / 21)
    found = interpolated(np.broadcast_to(wave, (7, 7, 7)), 3)
    np.testing.assert_allclose(found, np.broadcast_to(between, (19, 19, 19)), atol=1e-12)


def test_a_surface_lies_where_the_volume_passes_the_level():
    z, y, x = np.mgrid[:21, :21, :21] - 10.0
    volume = np.exp(-(((x - 3) ** 2 + y**2 + z**2) / 18))
    triangles, normals = surface(volume, float(np.exp(-0.5)))
    out = triangles.mean(axis=1) - [13, 10, 10]  # (x, y, z)
    radii = np.linalg.norm(out, axis=1)
    np.testing.assert_allclose(radii, 3, atol=0.05)
    np.testing.assert_allclose(normals, out / radii[:, None], atol=0.1)
    assert len(surface(volume, 2.0)[0]) == 0
    assert len(surface(np.zeros((5, 5, 5)), 0.0)[0]) == 0


def test_faces_are_the_brighter_the_more_they_are_turned_to_the_light():
    normals = np.random.default_rng(0).normal(size=(500, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    shades = shaded(normals, np.ones(3))[:, 0]
    light = normals[shades.argmax()]
    lit = normals @ light > 0.3
    assert np.corrcoef(shades[lit], (normals @ light)[lit])[0, 1] > 0.98
    assert (shades[normals @ light < -0.3] == shades.min()).all()


def test_a_photograph_shows_its_colour_on_white():
    z, y, x = np.mgrid[:11, :11, :11] - 5.0
    triangles, normals = surface(4.0 - np.sqrt(x**2 + y**2 + z**2), 0.0)
    image = photograph(triangles, np.tile([0.0, 0.0, 1.0], (len(normals), 1)), 11)
    assert image.shape == (SURFACE_PIXELS, SURFACE_PIXELS, 3)
    blue = (image == [0, 0, 1]).all(axis=-1)
    assert (image[0, 0] == 1).all()
    assert 0.2 < blue.mean() < 0.6
    rows, columns = np.nonzero(blue)
    assert (rows.mean(), columns.mean()) == pytest.approx(
        (SURFACE_PIXELS / 2, SURFACE_PIXELS / 2), abs=8
    )


def test_an_estimate_of_another_shape_is_left_out(make_study):
    folder = make_study(trials=1, sweeps=VOLUMES)
    for path in folder.glob("estimates/*/0/em.npy"):
        write_array(path, np.ones((3, 3, 3)))
    plots = {plot.name: plot for plot in plan(Results.load(folder))}
    words = [text.get_text() for text in plots["volumes-fsc"].draw().legends[0].get_texts()]
    assert "em" not in words
    for name in NAMES[:2]:
        plots[name].draw()
