"""Slope guides have the slope that they state, and hide nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtdbench.figures.layout.guides import guide, slope_label
from mtdbench.figures.layout.panels import with_axes
from mtdbench.figures.layout.plot import Subject
from mtdbench.figures.layout.style import looks
from mtdbench.figures.layout.sweep_drawings import sweep_drawings
from mtdbench.results.reader import Results

POINTS = st.lists(st.tuples(st.floats(1, 1e8), st.floats(1e-4, 10)), min_size=2, max_size=12)


@given(POINTS, st.sampled_from([-1.5, -0.5, 1.0]))
def test_a_guide_has_its_slope_and_runs_below_every_point(points, slope):
    x, y = np.array(points).T
    ends = guide(x, y, slope)
    if x.min() * 1.001 < x.max():
        found = np.diff(np.log(ends[:, 1])) / np.diff(np.log(ends[:, 0]))
        assert found[0] == pytest.approx(slope, abs=1e-6)
    line = ends[0, 1] * (x / ends[0, 0]) ** slope
    assert (line < y).all()


@given(POINTS, st.sampled_from([-1.5, -0.5, 1.0]))
def test_a_guide_stays_near_the_points(points, slope):
    x, y = np.array(points).T
    ends = guide(x, y, slope)
    assert x.min() <= ends[0, 0] <= ends[1, 0] <= x.max()
    long = ends[1, 0] > 3.01 * ends[0, 0]
    assert not long or ends[:, 1].min() > 0.599 * y.min()


def test_error_falls_with_the_root_of_the_samples_and_time_grows_with_them(make_study):
    results = Results.load(make_study(trials=1))
    subject = Subject(with_axes(results.table), results, looks(results.table, results.references))
    guides = {drawing.name: drawing.guides for drawing in sweep_drawings(subject)}
    assert guides["error-size"] == guides["error-snr"] == (-0.5,)
    assert guides["runtime-size"] == (1.0,)
    assert slope_label(-0.5) == "slope −1/2"
    assert slope_label(1.0) == "slope 1"
