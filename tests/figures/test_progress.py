"""The error at a time is that of the last snapshot before it."""

import numpy as np
import pandas as pd

from mtdbench.figures.kinds.progress_plots import latest_errors


def test_trials_are_held_from_snapshot_to_snapshot():
    rows = pd.DataFrame(
        {
            "trial": [0, 0, 1, 1, 1],
            "cpu_seconds": [1.0, 4.0, 2.0, 8.0, 16.0],
            "error": [0.9, 0.5, 0.8, 0.4, 0.2],
        }
    )
    times, errors = latest_errors(rows)
    assert times[0] == 2.0  # when the last trial has an estimate
    assert np.isclose(times[-1], 16.0)
    assert errors[:, 0].tolist() == [0.9, 0.8]
    assert errors[:, -1].tolist() == [0.5, 0.2]  # the first trial ended and keeps its estimate
    assert (errors[0] == np.where(times < 4.0, 0.9, 0.5)).all()


def test_one_estimate_each_is_one_point():
    rows = pd.DataFrame({"trial": [0, 1], "cpu_seconds": [1.0, 2.0], "error": [0.3, 0.4]})
    times, errors = latest_errors(rows)
    assert times.tolist() == [2.0]
    assert errors.ravel().tolist() == [0.3, 0.4]


def test_nothing_finite_is_nothing():
    rows = pd.DataFrame({"trial": [0], "cpu_seconds": [1.0], "error": [np.nan]})
    assert len(latest_errors(rows)[0]) == 0
