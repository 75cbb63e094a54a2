"""Recipes: what is valid, and which recipes share their random streams."""

from dataclasses import replace

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.simulation import Recipe, recipe_key

GOOD = Recipe(space="disc", window=5, size=100, snr=2.0, density=0.04)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"snr": 0.0}, "snr 0.0: expected a positive"),
        ({"snr": -1.0}, "snr -1.0"),
        ({"snr": float("nan")}, "snr nan"),
        ({"snr": float("inf")}, "snr inf"),
        ({"density": -0.1}, "density -0.1: expected"),
        ({"density": 1.01}, "density 1.01: expected"),
        ({"density": float("nan")}, "density nan"),
        ({"density": 1e-4}, "density 0.0001 places no copy.*at least 0.0025"),
        ({"window": 101}, "window 101 is larger than the measurement, size 100"),
        ({"window": -5}, "window -5: expected a whole number"),
        ({"size": 99.5}, "size 99.5: expected a whole number"),
        ({"seed": -1}, "seed -1"),
        ({"trial": 0.5}, "trial 0.5"),
        ({"spacing": "dense"}, "spacing 'dense': expected one of well-separated, arbitrary"),
        ({"space": "disk"}, "unknown space 'disk': did you mean 'disc'"),
        ({"basis": "bandlimit:7"}, "basis 'bandlimit:7'"),
        ({"target": "file:nowhere.npy"}, "no file 'nowhere.npy'"),
        ({"target": "stepp"}, "unknown target 'stepp'"),
    ],
)
def test_bad_values_are_named_in_one_line(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        replace(GOOD, **change)
    assert "\n" not in str(caught.value)


def test_saturation_and_full_density_are_valid() -> None:
    assert replace(GOOD, density=None).density is None
    assert replace(GOOD, density=1, size=5).density == 1


def test_key_ignores_snr_trial_and_seed_and_nothing_else() -> None:
    for change in ({"snr": 0.5}, {"trial": 3}, {"seed": 9}):
        assert recipe_key(replace(GOOD, **change)) == recipe_key(GOOD)
    assert recipe_key(replace(GOOD, mrc=True)) == recipe_key(GOOD)
    others = [
        {"space": "line"},
        {"window": 6},
        {"size": 101},
        {"density": 0.05},
        {"density": None},
        {"spacing": "arbitrary"},
        {"target": "picture:camera"},
        {"basis": "count:10"},
        {"micrographs": 2},
    ]
    keys = {recipe_key(replace(GOOD, **change)) for change in others}
    assert len(keys | {recipe_key(GOOD)}) == len(others) + 1


def test_key_does_not_depend_on_the_type_of_a_number() -> None:
    assert recipe_key(replace(GOOD, density=1, size=np.int64(100))) == recipe_key(
        replace(GOOD, density=1.0)
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "disc:L=5:basis=auto:target=random:N=100:density=0.04:well-separated"),
        (
            {"density": None, "spacing": "arbitrary", "micrographs": 3},
            "disc:L=5:basis=auto:target=random:N=100:density=saturation:arbitrary:M=3",
        ),
        (
            {"space": "ball", "target": "volume:c4", "method": "full", "full_size": 50},
            "ball:L=5:basis=auto:target=volume:c4:N=100:density=0.04:well-separated:full=50",
        ),
    ],
)
def test_the_text_of_a_key_names_published_data_sets(change: dict[str, object], text: str) -> None:
    assert recipe_key(replace(GOOD, **change)) == text
