"""From micrographs as a microscope leaves them to particles, with nothing known but a diameter."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from mtdbench.cli import main
from mtdbench.errors import InputError
from mtdbench.preparation.window_choice import BEHIND_OPTICS, choose_window

PIXEL, DIAMETER = 4.0, 64.0  # angstrom


@pytest.mark.parametrize(
    ("diameter", "pixel_size", "window", "expected"),
    [
        (130, 3.3, None, (3, 21)),
        (130, 3.3, 15, (4, 15)),
        (50, 10, None, (1, 9)),
        (13, 1, None, (1, 21)),
    ],
)
def test_window_and_binning_follow_from_the_diameter(
    diameter: float, pixel_size: float, window: int | None, expected: tuple[int, int]
) -> None:
    choice = choose_window(diameter, pixel_size, window)
    assert (choice.bin_factor, choice.window) == expected
    assert choice.diameter == pytest.approx(diameter / pixel_size / expected[0])


def test_a_window_behind_optics_holds_the_particle_alone() -> None:
    choice = choose_window(130, 3.3, diameters=BEHIND_OPTICS)
    assert (choice.bin_factor, choice.window) == (3, 15)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((130, None), "--pixel-size"),
        ((-1, 1.0), "diameter -1"),
        ((float("nan"), 1.0), "diameter nan"),
        ((130, 3.3, 5, 1), "window 5 for a particle of 39.39 samples"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple, said: str) -> None:
    with pytest.raises(InputError, match=said):
        choose_window(*arguments)


def micrograph(path: Path, seed: int) -> np.ndarray:
    """Writes counts: a gradient, dark rings that touch, noise. Returns the rings' middles."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((300, 322)).astype(float)
    middles = np.array([[20 + 20 * i, 18 + 20 * j] for i in range(14) for j in range(15)], float)
    middles = middles[rng.uniform(size=len(middles)) < 0.5]
    middles += rng.uniform(-1.5, 1.5, middles.shape)
    counts = 3000 + rows + 100 * rng.standard_normal(rows.shape)
    for row, column in middles:
        counts -= 150 * np.exp(-((np.hypot(rows - row, columns - column) - 5) ** 2) / 6)
    np.save(path, counts.astype(np.uint16))
    return middles


@pytest.mark.system
def test_touching_rings_are_found_in_raw_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    truth = [micrograph(Path(f"{name}.npy"), seed) for seed, name in enumerate("ab")]
    form = ["--space", "disc", "--diameter", str(DIAMETER), "--pixel-size", str(PIXEL)]
    few = ["--window", "11", "--option", "n_init=2", "--option", "iterations=12"]
    assert main(["estimate", "a.npy", "b.npy", *form, *few, "--out", "out"]) == 0
    facts = json.loads(Path("out/run.json").read_text())
    assert (facts["window"], facts["pixel_size"], facts["estimator"]) == (11, 8.0, "em")
    assert facts["preparation"]["contrast"] == "dark"
    assert facts["settings"]["diameter"] == DIAMETER
    assert Path("out/preparation.png").is_file()
    image = np.load("out/estimate.npy")
    distance = np.hypot(*(np.indices(image.shape) - 5.0))
    profile = [image[np.abs(distance - r) < 0.5].mean() for r in range(5)]
    assert int(np.argmax(profile)) in (2, 3)  # a light ring, in the middle

    assert main(["pick", "a.npy", "b.npy", "--estimate", "out", "--out", "picked"]) == 0
    picked = json.loads(Path("picked/pick.json").read_text())
    assert picked["sigma"] == facts["sigma_estimated"]  # of prepared samples, not of counts
    for name in ("noise_sigmas", "levels", "sign", "bin_factor", "kernel"):
        assert picked["preparation"][name] == facts["preparation"][name]
    table = pd.read_csv("picked/particles.csv")
    found = hits = 0
    for number, middles in enumerate(truth):
        places = table.loc[table["micrograph"] == number, ["centre_y", "centre_x"]].to_numpy()
        near = cdist(places, middles) < DIAMETER / PIXEL / 4
        found, hits = found + len(places), hits + int(near.any(axis=0).sum())
    assert hits > 0.9 * sum(map(len, truth))
    assert hits > 0.8 * found


def test_what_says_what_it_is_is_not_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    drawn = ["--space", "line", "--window", "5", "--size", "400", "--snr", "9", "--density", "0.2"]
    assert main(["simulate", *drawn, "--out", "d"]) == 0
    form = ["--space", "line", "--window", "5", "--estimator", "zero"]
    for name, words, prepared in (
        ("d/measurement.npy", [], False),
        ("y.npy", [], True),
        ("y.npy", ["--prepare", "none"], False),
    ):
        np.save("y.npy", np.load("d/measurement.npy"))
        assert main(["estimate", name, *form, *words, "--out", "out"]) == 0
        facts = json.loads(Path("out/run.json").read_text())
        assert (facts["preparation"] is not None) == prepared
    assert main(["estimate", "y.npy", *form, "--prepare", "some", "--out", "out"]) == 2
