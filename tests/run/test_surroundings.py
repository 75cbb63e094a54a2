import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mtdbench.run.job import Job
from mtdbench.run.surroundings import (
    cache_folder,
    contents,
    hidden_paths,
    link_named_files,
    named_files,
    working_folder,
)

Make = Callable[..., Job]


def at(job: Job, folder: Path) -> Job:
    return replace(job, measurement=str(folder / "measurement.npy"))


def test_all_results_are_hidden_and_the_study(
    job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MTDBENCH_STUDY", raising=False)
    for place, hidden in (
        ("results/s/data/cell/0", "results"),
        ("mine/s/data/cell/0", "mine/s"),
        ("somewhere", "somewhere"),
    ):
        assert hidden_paths([at(job("zero"), tmp_path / place)]) == [tmp_path / hidden]
    monkeypatch.setenv("MTDBENCH_STUDY", str(tmp_path / "s.yaml"))
    assert tmp_path / "s.yaml" in hidden_paths([job("zero")])


def test_what_python_needs_is_never_hidden(
    job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MTDBENCH_STUDY", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path / "results" / "s" / "plugin"))
    folder = tmp_path / "results" / "s" / "data" / "cell" / "0"
    assert hidden_paths([at(job("zero"), folder)]) == [tmp_path / "results" / "s" / "data"]


def test_files_in_options_are_there_under_their_names(
    job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = tmp_path / "results" / "s" / "data" / "cell" / "0"
    dataset.mkdir(parents=True)
    for name in ("start.npy", "results/x.npy", "results/s/data/cell/0/truth.npz"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    given = {
        "a": "start.npy", "b": "no such", "c": "results/x.npy", "d": str(dataset / "truth.npz"),
        "e": str(dataset), "f": "results", "g": "\0", "h": "x" * 10_000, "i": 3, "j": ".",
    }  # fmt: skip
    files = named_files([at(job("good", **given), dataset)])
    assert files == [Path("results/x.npy"), Path("start.npy")]
    with working_folder() as folder:
        link_named_files(files, folder)
        assert (folder / "start.npy").resolve() == tmp_path / "start.npy"
        assert contents(folder) == (0, 0)


def test_nothing_is_left_of_a_working_folder() -> None:
    with working_folder() as folder:
        (folder / "a").mkdir()
        (folder / "a" / "b").write_bytes(b"x" * 5000)
        assert contents(folder)[0] == 1
        assert contents(folder)[1] >= 5000
    assert not folder.exists()


def test_folders_are_counted_where_they_are_all_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty ones, and those that lie too deep to be looked into."""
    with working_folder() as folder:
        (folder / "empty").mkdir()
        (folder / "full").mkdir()
        (folder / "full" / "file").touch()
        assert contents(folder) == (2, 0)
    with working_folder() as folder:
        monkeypatch.chdir(folder)
        for _ in range(700):
            Path("deeper").mkdir()
            os.chdir("deeper")
        assert contents(folder) == (1, 0)
        monkeypatch.undo()


def test_a_plugin_cannot_reach_what_others_have_compiled() -> None:
    assert cache_folder("mine").is_relative_to(cache_folder())
    assert cache_folder("mine") != cache_folder("yours") != cache_folder()
    for name in ("..", "../..", ".", "/tmp", "a/b"):
        assert cache_folder(name).resolve().parent == cache_folder("mine").resolve().parent
