"""Molecules: electrons are counted, centred and put where the file has them."""

from pathlib import Path

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.simulation.targets.proteins import electron_density, is_molecule, parse_molecule

ELECTRONS = {"C": 6, "N": 7, "O": 8, "FE": 26}
ATOMS = (
    *(("C", 1.0, 0.0, 0.0, 0.0), ("N", 1.0, 6.0, 1.0, -3.0), ("O", 0.5, -4.0, 5.0, 2.0)),
    *(("O", 0.5, -4.0, 6.0, 2.0), ("FE", 1.0, 1.0, -7.0, 8.0), ("C", 1.0, 10.0, 20.0, 30.0)),
)


def pdb(atoms: tuple[tuple[str, float, float, float, float], ...], record: str = "ATOM  ") -> str:
    return "".join(
        f"{record}{i:5d}  {element:<3} ALA A{i:4d}    {x:8.3f}{y:8.3f}{z:8.3f}{share:6.2f}"
        f" 20.00          {element:>2}\n"
        for i, (element, share, x, y, z) in enumerate(atoms, start=1)
    )


@pytest.fixture
def molecule(tmp_path: Path) -> Path:
    path = tmp_path / "molecule.pdb"
    path.write_text(pdb(ATOMS) + "END\n")
    return path


def moments(volume: np.ndarray, width: float) -> tuple[float, np.ndarray]:
    """Electrons, and their centre of mass about the sample side // 2 in angstrom."""
    side = len(volume)
    places = (np.indices(volume.shape) - side // 2) * width / side
    charge = volume * (width / side) ** 3
    return charge.sum(), (places * charge).sum(axis=(1, 2, 3)) / charge.sum()


@pytest.mark.parametrize("side", [11, 12, 89])
@pytest.mark.parametrize("width", [100.0, 140.0])
def test_electrons_are_conserved_and_centred(molecule: Path, side: int, width: float) -> None:
    electrons, centre = moments(electron_density(molecule, side, width), width)
    assert electrons == pytest.approx(6 + 7 + 8 + 26 + 6, rel=1e-6)
    np.testing.assert_allclose(centre, 0, atol=0.02 * width / side)


def test_atoms_are_where_the_file_has_them(molecule: Path) -> None:
    side, width = 140, 70.0
    volume = electron_density(molecule, side, width)
    weights = np.array([ELECTRONS[element] * share for element, share, *_ in ATOMS])
    places = np.array([place[::-1] for _, _, *place in ATOMS])
    places -= weights @ places / weights.sum()
    axis = (np.arange(side) - side // 2) * width / side
    expected = np.zeros((side,) * 3)
    for weight, place in zip(weights, places, strict=True):
        lines = (np.exp(-((axis - at) ** 2) / 2) for at in place)
        expected += weight / (2 * np.pi) ** 1.5 * np.einsum("z,y,x->zyx", *lines)
    assert np.linalg.norm(volume - expected) < 0.03 * np.linalg.norm(expected)


def test_diameter_fills_four_fifths(molecule: Path) -> None:
    side = 101
    volume = electron_density(molecule, side)
    steps = np.linalg.norm((np.indices(volume.shape) - side // 2) / side, axis=0)
    reach = steps[volume > 0.1 * volume.max()].max()
    assert 0.36 < reach < 0.42


def test_many_atoms_in_blocks_are_the_sum_of_all(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "many.ent"
    path.write_text(pdb(tuple(("C", 1.0, *rng.normal(0, 9, 3)) for _ in range(600))))
    whole = electron_density(path, 21, atoms_at_once=1000)
    for at_once in (7, 256):
        parts = electron_density(path, 21, atoms_at_once=at_once)
        np.testing.assert_allclose(parts, whole, atol=1e-12 * whole.max())


def test_waters_and_later_models_are_left_out(tmp_path: Path, molecule: Path) -> None:
    path = tmp_path / "more.pdb"
    water = pdb((("O", 1.0, 0.0, 0.0, 5.0),), "HETATM").replace("ALA", "HOH")
    path.write_text(
        f"MODEL        1\n{pdb(ATOMS)}{water}ENDMDL\nMODEL        2\n{pdb(ATOMS[:2])}ENDMDL\nEND\n"
    )
    np.testing.assert_allclose(electron_density(path, 15), electron_density(molecule, 15))


def test_cif_is_the_same_as_pdb(tmp_path: Path, molecule: Path) -> None:
    import gemmi

    gemmi.read_structure(str(molecule)).make_mmcif_document().write_file(str(tmp_path / "m.cif"))
    np.testing.assert_allclose(
        electron_density(tmp_path / "m.cif", 15), electron_density(molecule, 15), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("target", "path", "width"),
    [
        ("file:a.pdb", "a.pdb", None),
        ("b/a.CIF@40", "b/a.CIF", 40.0),
        ("pdb:a.ent@1.5e2", "a.ent", 150.0),
        ("file:a@b.pdb", "a@b.pdb", None),
        ("a@b.pdb@30", "a@b.pdb", 30.0),
    ],
)
def test_specifications(target: str, path: str, width: float | None) -> None:
    assert is_molecule(target)
    assert parse_molecule(target) == (Path(path), width)


@pytest.mark.parametrize("width", ["-3", "0", "nan", "inf", "wide", "40A"])
def test_bad_widths(width: str) -> None:
    with pytest.raises(InputError, match="expected the window's width in angstrom"):
        parse_molecule(f"file:a.pdb@{width}")


@pytest.mark.parametrize("target", ["file:a.png", "a.npy", "picture:camera", "random", "me@here"])
def test_what_is_no_molecule(target: str) -> None:
    assert not is_molecule(target)


@pytest.mark.parametrize("name", ["a.pdb", "a.ent", "a.cif"])
@pytest.mark.parametrize(
    "content", [b"", b"no molecule\n", b"\x00\xff\x01", b"data_a\nloop_\n_x\n"]
)
def test_broken_files(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read .*a\.|holds no atoms") as caught:
        electron_density(tmp_path / name, 11)
    assert "\n" not in str(caught.value)


def test_molecule_wider_than_the_window(molecule: Path) -> None:
    with pytest.raises(InputError, match=r"molecule is .* angstrom wide, expected a window"):
        electron_density(molecule, 11, 20)


def test_one_atom(tmp_path: Path) -> None:
    (tmp_path / "one.pdb").write_text(pdb(ATOMS[4:5]))
    volume = electron_density(tmp_path / "one.pdb", 11)
    assert np.unravel_index(volume.argmax(), volume.shape) == (5, 5, 5)
