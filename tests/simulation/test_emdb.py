"""Maps of the data bank: one download, a checksum, clear words when it fails."""

import gzip
import io
import socket
import urllib.error
from dataclasses import replace
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench.cli import main
from mtdbench.errors import InputError
from mtdbench.simulation.targets.downloads import DataBank
from mtdbench.simulation.targets.emdb import EMDB, emdb_map

VOLUME = np.random.default_rng(0).random((6, 7, 8)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds one map, and an empty cache."""
    folder = tmp_path / "bank"
    folder.mkdir()
    with mrcfile.new(folder / "2660.map.gz", compression="gzip") as file:
        file.set_data(VOLUME)
        file.set_volume()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def bank(folder: Path) -> DataBank:
    """A data bank that is that folder."""
    return replace(EMDB, address=f"{folder.as_uri()}/{{0}}.map.gz")


def cached(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache" / "mtdbench" / "emdb").glob("*"))


def test_one_download_serves_all_uses(bank: DataBank, folder: Path, tmp_path: Path) -> None:
    np.testing.assert_array_equal(emdb_map("2660", bank), VOLUME)
    assert cached(tmp_path) == ["emd_2660.map.gz", "emd_2660.map.gz.sha256"]
    (folder / "2660.map.gz").unlink()
    np.testing.assert_array_equal(emdb_map("2660", bank), VOLUME)


def test_changed_file_is_refused(bank: DataBank, folder: Path, tmp_path: Path) -> None:
    emdb_map("2660", bank)
    path = tmp_path / "cache/mtdbench/emdb/emd_2660.map.gz"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"is not what was downloaded.*delete both files"
    ) as caught:
        emdb_map("2660", bank)
    assert "\n" not in str(caught.value)
    for left in path.parent.iterdir():
        left.unlink()
    np.testing.assert_array_equal(emdb_map("2660", bank), VOLUME)


def test_map_put_there_by_hand(bank: DataBank, folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "cache/mtdbench/emdb"
    kept.mkdir(parents=True)
    (folder / "2660.map.gz").rename(kept / "emd_2660.map.gz")
    np.testing.assert_array_equal(emdb_map("2660", bank), VOLUME)
    assert len(cached(tmp_path)) == 2


@pytest.mark.parametrize("part", [0, 10, -20])
def test_half_a_download_is_not_kept(
    bank: DataBank, folder: Path, tmp_path: Path, part: int
) -> None:
    whole = (folder / "2660.map.gz").read_bytes()
    (folder / "2660.map.gz").write_bytes(whole[:part])
    with pytest.raises(InputError, match=r"EMD-2660.*no complete map") as caught:
        emdb_map("2660", bank)
    assert "\n" not in str(caught.value)
    assert cached(tmp_path) == []
    (folder / "2660.map.gz").write_bytes(gzip.compress(b"<html>log in first</html>"))
    with pytest.raises(InputError, match="no complete map"):
        emdb_map("2660", bank)
    assert cached(tmp_path) == []


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (urllib.error.URLError("Name or service not known"), "cannot download EMD-2660: .*network"),
        (TimeoutError("timed out"), "cannot download EMD-2660: timed out .*network"),
        (urllib.error.HTTPError("a", 503, "busy", {}, io.BytesIO()), "cannot download.*busy"),  # type: ignore[arg-type]
        (urllib.error.HTTPError("a", 404, "gone", {}, io.BytesIO()), "has no such map"),  # type: ignore[arg-type]
    ],
)
def test_failures_are_one_line(
    bank: DataBank, tmp_path: Path, failure: Exception, message: str
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise failure

    with pytest.raises(InputError, match=message) as caught:
        emdb_map("2660", replace(bank, open_url=refuse))
    assert "\n" not in str(caught.value)
    assert cached(tmp_path) == []


def test_cache_that_cannot_be_made(bank: DataBank, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(InputError, match="cannot download EMD-2660"):
        emdb_map("2660", bank)


def test_without_a_network_the_command_ends_with_code_2(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    options = "--space ball --window 11 --size 100 --snr 1 --density 0.05 --target emdb:8117"
    code = main(["simulate", *options.split(), "--out", str(tmp_path / "out")])
    assert code == 2
    error = capsys.readouterr().err.strip()
    assert "\n" not in error
    assert "cannot download EMD-8117: Name or service not known" in error


@pytest.mark.parametrize("number", ["", "EMD-2660", "12", "1234567", "²²²²", "../2660"])
def test_bad_numbers(number: str) -> None:
    with pytest.raises(InputError, match="expected the number of an entry"):
        emdb_map(number)
