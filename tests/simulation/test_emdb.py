"""Maps of the data bank: one download, a checksum, clear words when it fails."""

import gzip
import io
import urllib.error
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench.cli import main
from mtdbench.errors import InputError
from mtdbench.simulation.targets import downloads, emdb

VOLUME = np.random.default_rng(0).random((6, 7, 8)).astype(np.float32)


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the data bank, and an empty cache."""
    folder = tmp_path / "bank"
    folder.mkdir()
    with mrcfile.new(folder / "2660.map.gz", compression="gzip") as file:
        file.set_data(VOLUME)
        file.set_volume()
    monkeypatch.setattr(emdb, "ADDRESS", f"{folder.as_uri()}/{{0}}.map.gz")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def cached(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache" / "mtdbench" / "emdb").glob("*"))


def test_one_download_serves_all_uses(bank: Path, tmp_path: Path) -> None:
    np.testing.assert_array_equal(emdb.entry("2660"), VOLUME)
    assert cached(tmp_path) == ["emd_2660.map.gz", "emd_2660.map.gz.sha256"]
    (bank / "2660.map.gz").unlink()
    np.testing.assert_array_equal(emdb.entry("2660"), VOLUME)


def test_changed_file_is_refused(bank: Path, tmp_path: Path) -> None:
    emdb.entry("2660")
    path = tmp_path / "cache/mtdbench/emdb/emd_2660.map.gz"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"is not what was downloaded.*delete both files"
    ) as caught:
        emdb.entry("2660")
    assert "\n" not in str(caught.value)
    for left in path.parent.iterdir():
        left.unlink()
    np.testing.assert_array_equal(emdb.entry("2660"), VOLUME)


def test_map_put_there_by_hand(bank: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache/mtdbench/emdb"
    folder.mkdir(parents=True)
    (bank / "2660.map.gz").rename(folder / "emd_2660.map.gz")
    np.testing.assert_array_equal(emdb.entry("2660"), VOLUME)
    assert len(cached(tmp_path)) == 2


@pytest.mark.parametrize("part", [0, 10, -20])
def test_half_a_download_is_not_kept(bank: Path, tmp_path: Path, part: int) -> None:
    whole = (bank / "2660.map.gz").read_bytes()
    (bank / "2660.map.gz").write_bytes(whole[:part])
    with pytest.raises(InputError, match=r"EMD-2660.*no complete map") as caught:
        emdb.entry("2660")
    assert "\n" not in str(caught.value)
    assert cached(tmp_path) == []
    (bank / "2660.map.gz").write_bytes(gzip.compress(b"<html>log in first</html>"))
    with pytest.raises(InputError, match="no complete map"):
        emdb.entry("2660")
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
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception, message: str
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise failure

    monkeypatch.setattr(downloads, "urlopen", refuse)
    with pytest.raises(InputError, match=message) as caught:
        emdb.entry("2660")
    assert "\n" not in str(caught.value)
    assert cached(tmp_path) == []


def test_cache_that_cannot_be_made(bank: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(InputError, match="cannot download EMD-2660"):
        emdb.entry("2660")


def test_without_a_network_the_command_ends_with_code_2(
    bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = "--space ball --window 11 --size 100 --snr 1 --density 0.05 --target emdb:8117"
    code = main(["simulate", *options.split(), "--out", str(tmp_path / "out")])
    assert code == 2
    error = capsys.readouterr().err.strip()
    assert "\n" not in error
    assert "EMD-8117" in error


@pytest.mark.parametrize("number", ["", "EMD-2660", "12", "1234567", "²²²²", "../2660"])
def test_bad_numbers(number: str) -> None:
    with pytest.raises(InputError, match="expected the number of an entry"):
        emdb.entry(number)
