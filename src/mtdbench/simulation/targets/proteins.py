"""Volumes of molecules from their atoms."""

from pathlib import Path

import numpy as np
import scipy

from mtdbench.errors import InputError
from mtdbench.files import first_line

MMCIF = (".cif", ".cif.gz")
MOLECULE_SUFFIXES = (".pdb", ".ent", ".pdb.gz", ".ent.gz", *MMCIF)
FILLED = 0.8  # share of the window that a molecule's diameter takes where no width is given
ATOM = 1.7  # radius of an atom, in angstrom: carbon's, van der Waals
BLUR = 1.0  # standard deviation of an atom, in angstrom, and half a voxel at least
FARTHEST_ATOM = 1e6  # in angstrom, of a coordinate
ATOMS_AT_ONCE = 256  # that are drawn together: a bound on the memory


def is_molecule(target: str) -> bool:
    """Whether a specification names a molecule's file: `pdb:PATH`, or a path that ends in .pdb,
    .ent or .cif, also gzipped, with or without `@WIDTH`.
    """
    path = target.rpartition("@")[0] or target
    return (
        target.startswith("pdb:")
        or target.lower().endswith(MOLECULE_SUFFIXES)
        or path.lower().endswith(MOLECULE_SUFFIXES)
    )


def parse_molecule(target: str) -> tuple[Path, float | None]:
    """The file and the width of the window in angstrom of a specification, None if not given.

    Raises
    ------
    InputError
        If the width is no positive number or the file has another ending.
    """
    name, width = target.removeprefix("pdb:").removeprefix("file:"), ""
    if "@" in name and not name.lower().endswith(MOLECULE_SUFFIXES):
        name, _, width = name.rpartition("@")
    path = Path(name).expanduser()
    if not name.lower().endswith(MOLECULE_SUFFIXES):
        raise InputError(
            f"target '{path}': expected a file that ends in {', '.join(MOLECULE_SUFFIXES)}"
        )
    return path, angstrom(width, target, path.name) if width else None


def angstrom(width: str, target: str, name: str) -> float:
    """The width of the window, in angstrom, that stands behind `name` in a specification.

    Raises
    ------
    InputError
        If it is no positive number.
    """
    try:
        value = float(width)
    except ValueError:
        value = np.nan
    if not (np.isfinite(value) and value > 0):
        raise InputError(
            f"target '{target}': expected the window's width in angstrom after '@', as in"
            f" '{name}@60'"
        )
    return value


def electron_density(
    path: Path, side: int, width: float | None = None, atoms_at_once: int = ATOMS_AT_ONCE
) -> np.ndarray:
    """Electrons per cubic angstrom in a cubic window, shape (side,) * 3, indexed [z, y, x].

    Every atom is a Gaussian of its electrons times its occupancy, averaged over each voxel; waters
    are left out, B-factors are not used, of several models the first is taken. The centre of mass
    is at the sample side // 2. `width`: of the window, in angstrom, so that a voxel has width /
    side; None for one that the molecule's diameter fills to 80 %.

    Raises
    ------
    InputError
        If the file cannot be read, holds no atoms, or the molecule is wider than the window.
    """
    places, electrons = atoms(path, path.name.lower().endswith(MMCIF))
    needed = 2 * (float(np.linalg.norm(places, axis=1).max()) + ATOM)
    width = needed / FILLED if width is None else width
    if width < needed:
        raise InputError(
            f"target '{path}@{width:g}': the molecule is {needed:.1f} angstrom wide, expected a"
            " window at least as wide"
        )
    voxel = width / side
    edges = (np.arange(side + 1) - side // 2 - 0.5) * voxel
    volume = np.zeros((side,) * 3)
    for start in range(0, len(places), atoms_at_once):  # sorted by z: a part needs few planes
        part = slice(start, start + atoms_at_once)
        cells = scipy.special.ndtr((edges - places[part, :, None]) / max(BLUR, voxel / 2))
        z, y, x = np.moveaxis(np.diff(cells, axis=-1), 1, 0)
        planes = np.flatnonzero(z.max(axis=0) > 1e-15)
        rows = (y[:, :, None] * x[:, None, :]).reshape(len(y), -1)
        block = (z[:, planes] * electrons[part, None]).T @ rows
        volume[planes] += block.reshape(len(planes), side, side)
    return volume / voxel**3


def atoms(path: Path, mmcif: bool) -> tuple[np.ndarray, np.ndarray]:
    """Places (A, 3) as z, y, x in angstrom about their centre of mass, and electrons (A,), sorted
    by z, of a file in mmCIF or else PDB format, gzipped or not.

    Raises
    ------
    InputError
        If the file cannot be read or holds no atoms.
    """
    import gemmi

    kind = gemmi.CoorFormat.Mmcif if mmcif else gemmi.CoorFormat.Pdb
    try:
        structure = gemmi.read_structure(str(path), format=kind)
        structure.remove_waters()
    except Exception as error:  # a parser may raise anything on a broken file
        raise InputError(
            f"cannot read '{path}': {first_line(error)}"
            " (expected a molecule in PDB or mmCIF format)"
        ) from error
    atoms_read = [each.atom for each in structure[0].all()] if len(structure) else []
    places = np.array([atom.pos.tolist()[::-1] for atom in atoms_read]).reshape(-1, 3)
    electrons = np.array([atom.element.atomic_number * atom.occ for atom in atoms_read])
    if not (0 < electrons.sum() < np.inf and np.abs(places).max() < FARTHEST_ATOM):
        raise InputError(f"target '{path}' holds no atoms: expected a molecule with coordinates")
    order = np.argsort(places[:, 0], kind="stable")
    places, electrons = places[order], electrons[order]
    return places - electrons @ places / electrons.sum(), electrons
