"""Files of micrographs in every container, written by the libraries that others write them with."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import mrcfile
import numpy as np
import pytest
import tifffile

WriteMRC = Callable[..., Path]


@pytest.fixture
def write_mrc_file(tmp_path: Path) -> WriteMRC:
    """A function that writes an array: `write_mrc_file("y.mrc.gz", array, voxel=1.3)`."""

    def write(
        name: str, data: np.ndarray, voxel: float | tuple = 0.0, volume: bool = False
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        plain = path.with_name("plain") if path.suffix in (".gz", ".bz2") else path
        with mrcfile.new(plain, overwrite=True) as file:
            file.set_data(data)
            if data.ndim == 3:
                file.set_volume() if volume else file.set_image_stack()
            file.voxel_size = voxel
        if plain != path:
            pack = {".gz": gzip.compress, ".bz2": bz2.compress}[path.suffix]
            path.write_bytes(pack(plain.read_bytes(), 1))
            plain.unlink()
        return path

    return write


@pytest.fixture
def write(tmp_path: Path, write_mrc_file: WriteMRC) -> Callable[[str, np.ndarray], Path]:
    """A function that writes an array in the format that the name ends in."""

    def anything(name: str, data: np.ndarray) -> Path:
        path = tmp_path / name
        if name.lower().endswith(".npy"):
            with path.open("wb") as file:
                np.save(file, data)
            return path
        if name.lower().endswith((".tif", ".tiff")):
            tifffile.imwrite(path, data, photometric="minisblack")
            return path
        return write_mrc_file(name, data)

    return anything


@pytest.fixture
def samples() -> Callable[..., np.ndarray]:
    """A function that gives random samples of a shape and a type: `samples((9, 7), "i2")`."""

    def make(shape: tuple[int, ...], dtype: str = "f4", seed: int = 0) -> np.ndarray:
        y = 30 * np.random.default_rng(seed).standard_normal(shape)
        return (np.abs(y) if np.dtype(dtype).kind == "u" else y.clip(-127, 127)).astype(dtype)

    return make
