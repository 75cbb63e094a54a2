"""Molecules of the data bank: downloaded once, read through, then rendered as any file."""

import gzip
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.simulation.targets.downloads import DataBank, OutOfReachError
from mtdbench.simulation.targets.pdb import PDB, is_entry, parse_entry, pdb_file
from mtdbench.simulation.targets.proteins import electron_density
from mtdbench.simulation.targets.targets import check_target, full_volume, make_target
from mtdbench.spaces import make_space

ATOM = "ATOM  {0:5d}  C   ALA A{0:4d}    {1:8.3f}{2:8.3f}{3:8.3f}  1.00 20.00           C\n"
BALL = make_space("ball", 11)
RNG = np.random.default_rng(0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds one entry, and an empty cache."""
    folder = tmp_path / "bank"
    folder.mkdir()
    places = np.random.default_rng(1).normal(0, (3, 6, 10), (200, 3))
    molecule = folder / "molecule.pdb"
    molecule.write_text("".join(ATOM.format(i, *place) for i, place in enumerate(places, start=1)))
    text = gemmi.read_structure(str(molecule)).make_mmcif_document().as_string()
    (folder / "1qlq.cif.gz").write_bytes(gzip.compress(text.encode()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def bank(folder: Path) -> DataBank:
    """A data bank that is that folder."""
    return replace(PDB, address=f"{folder.as_uri()}/{{0}}.cif.gz")


def cached(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache" / "mtdbench" / "pdb").glob("*"))


@pytest.mark.parametrize(("target", "width"), [("pdb:1qlq", None), ("pdb:1QLQ@120", 120.0)])
def test_an_entry_is_what_its_file_is(
    bank: DataBank, folder: Path, target: str, width: float | None
) -> None:
    pdb_file("1qlq", bank)
    expected = electron_density(folder / "molecule.pdb", 31, width)
    found = full_volume(target, 31)
    assert found is not None
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    rendered = BALL.render(make_target(target, BALL, RNG))
    assert np.mean(rendered**2) == pytest.approx(1)


def test_one_download_serves_all_uses_in_capitals_or_not(
    bank: DataBank, folder: Path, tmp_path: Path
) -> None:
    pdb_file(parse_entry("pdb:1QLQ")[0], bank)
    assert cached(tmp_path) == ["1qlq.cif.gz", "1qlq.cif.gz.sha256"]
    (folder / "1qlq.cif.gz").unlink()
    first = full_volume("pdb:1qlq", 11)
    again = full_volume("pdb:1QLQ", 11)
    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("part", [0, 10, 0.5, -200, -20, -4])
def test_half_a_download_is_not_kept(
    bank: DataBank, folder: Path, tmp_path: Path, part: float
) -> None:
    whole = (folder / "1qlq.cif.gz").read_bytes()
    kept = int(part * len(whole)) if isinstance(part, float) else part
    (folder / "1qlq.cif.gz").write_bytes(whole[:kept])
    with pytest.raises(OutOfReachError, match=r"PDB 1QLQ.*no complete molecule") as caught:
        pdb_file("1qlq", bank)
    assert "\n" not in str(caught.value)
    assert cached(tmp_path) == []


def test_changed_file_is_refused(bank: DataBank) -> None:
    path = pdb_file("1qlq", bank)
    path.write_bytes(gzip.compress(b"data_other\n"))
    with pytest.raises(InputError, match=r"is not what was downloaded.*delete both files"):
        pdb_file("1qlq", bank)


@pytest.mark.parametrize("target", ["pdb:a.pdb", "pdb:1qlq.pdb", "1qlq", "pdb:12345", "pdb:qlq1"])
def test_what_is_no_number(target: str) -> None:
    assert not is_entry(target)
    with pytest.raises(InputError, match="expected the number of an entry"):
        parse_entry(target)


@pytest.mark.parametrize("width", ["", "-3", "0", "nan", "wide", "40A"])
def test_bad_widths_are_found_without_a_download(width: str) -> None:
    with pytest.raises(InputError, match="expected the window's width in angstrom after '@'"):
        check_target(f"pdb:1qlq@{width}", BALL)


def test_an_entry_is_a_volume() -> None:
    with pytest.raises(InputError, match="'pdb:1qlq' is a volume: expected space 'ball'"):
        check_target("pdb:1qlq", make_space("disc", 11))
