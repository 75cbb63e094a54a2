"""Stand-ins: the first target that can be had, and what a data set says about it."""

import io
import json
import socket
import urllib.error
from dataclasses import replace
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.files import read_array
from mtdbench.simulation import Recipe, recipe_key, write_dataset
from mtdbench.simulation.targets.downloads import DataBank
from mtdbench.simulation.targets.emdb import EMDB
from mtdbench.simulation.targets.fallback import alternatives, is_stand_in, obtainable
from mtdbench.simulation.targets.pdb import PDB
from mtdbench.simulation.targets.targets import check_target
from mtdbench.spaces import make_space

BALL = make_space("ball", 7)
RECIPE = Recipe(
    space="ball", window=7, size=49, snr=2, density=0.1, target="emdb:8117 or volume:shepp-logan"
)


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where downloads are kept; empty at first."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mtdbench"


def refusing(bank: DataBank, failure: Exception) -> DataBank:
    """A data bank of which every download fails in that way."""

    def refuse(*arguments: object, **options: object) -> None:
        raise failure

    return replace(bank, open_url=refuse)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that has the map."""
    with mrcfile.new(tmp_path / "8117.map.gz", compression="gzip") as file:
        file.set_data(np.random.default_rng(0).random((12, 12, 12)).astype(np.float32))
        file.set_volume()
    return tmp_path


@pytest.fixture
def answering(folder: Path) -> DataBank:
    """A data bank that is that folder."""
    return replace(EMDB, address=f"{folder.as_uri()}/{{0}}.map.gz")


@pytest.mark.parametrize(
    ("target", "used"),
    [
        ("emdb:8117 or volume:c4", "volume:c4"),
        ("emdb:8117 or pdb:1qlq@90 or volume:c4 or volume:c2", "volume:c4"),
        ("volume:c2 or volume:c4", "volume:c2"),
        ("volume:c4", "volume:c4"),
        ("emdb:8117", "emdb:8117"),
        ("emdb:8117 or emdb:2660", "emdb:2660"),
    ],
)
def test_without_a_network(target: str, used: str) -> None:
    failure = urllib.error.URLError("Name or service not known")
    assert obtainable(target, *(refusing(bank, failure) for bank in (EMDB, PDB))) == used
    assert is_stand_in(target, used) == (used != target.split(" ")[0])
    assert not is_stand_in(target, "")


def test_with_a_network_and_later_without_one(answering: DataBank, folder: Path) -> None:
    assert obtainable("emdb:8117 or volume:c4", answering) == "emdb:8117"
    (folder / "8117.map.gz").unlink()
    assert obtainable("emdb:8117 or volume:c4", answering) == "emdb:8117"


def test_a_broken_download_makes_way_for_the_stand_in(answering: DataBank, folder: Path) -> None:
    (folder / "8117.map.gz").write_bytes(b"<html>log in first</html>")
    assert obtainable("emdb:8117 or volume:c4", answering) == "volume:c4"


def test_mistakes_do_not(cache: Path) -> None:
    gone = urllib.error.HTTPError("a", 404, "gone", {}, io.BytesIO())  # type: ignore[arg-type]
    bank = refusing(EMDB, gone)
    with pytest.raises(InputError, match="has no such map"):
        obtainable("emdb:8117 or volume:c4", bank)
    kept = cache / "emdb"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "emd_8117.map.gz").write_bytes(b"other")
    (kept / "emd_8117.map.gz.sha256").write_text("0" * 64)
    with pytest.raises(InputError, match="is not what was downloaded"):
        obtainable("emdb:8117 or volume:c4", bank)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("emdb:8117 or volume:c44", "unknown volume 'c44'"),
        ("emdb:EMD or volume:c4", "'emdb:EMD': expected the number"),
        ("pdb:1qlq@wide or volume:c4", "expected the window's width"),
        ("volume:c4 or picture:camera", "'picture:camera' is an image"),
        ("emdb:8117 or ", "unknown target"),
    ],
)
def test_every_alternative_is_checked(target: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        check_target(target, BALL)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=message):
        replace(RECIPE, target=target)


def test_full_size_projection_of_a_random_stand_in_is_refused() -> None:
    with pytest.raises(InputError, match="expected a volume of a full size"):
        replace(RECIPE, target="emdb:8117 or random", method="full", full_size=14)


@pytest.mark.parametrize("more", [{}, {"method": "full", "full_size": 15}])
def test_a_data_set_says_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: dict[str, object]
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    recipe = replace(RECIPE, **more)
    write_dataset(recipe, tmp_path / "a")
    facts = json.loads((tmp_path / "a" / "dataset.json").read_text())
    assert facts["target"] == recipe.target
    assert facts["target_used"] == "volume:shepp-logan"
    with np.load(tmp_path / "a" / "truth.npz") as truth:
        assert ("full" in truth) == bool(more)
        assert not more or truth["full"].shape == (15, 15, 15)

    alone = replace(recipe, target="volume:shepp-logan")
    write_dataset(alone, tmp_path / "b")
    with np.load(tmp_path / "a" / "truth.npz") as one, np.load(tmp_path / "b" / "truth.npz") as two:
        np.testing.assert_array_equal(one["x"], two["x"])
    first, second = (read_array(tmp_path / name / "measurement.npy") for name in "ab")
    assert not np.array_equal(first, second)  # the streams are those of the whole specification
    assert recipe_key(recipe) != recipe_key(alone)


def test_what_a_specification_lists() -> None:
    assert alternatives("emdb:8117 or pdb:1qlq@60  or  volume:c4") == [
        *("emdb:8117", "pdb:1qlq@60", "volume:c4")
    ]
