"""What `check STUDY` says of a study that cannot be run, here or anywhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from mtdbench.cli import main
from mtdbench.commands.study_check import Room, check_room, remarks, room_here
from mtdbench.cost.costs import read_calibration
from mtdbench.errors import InputError
from mtdbench.study import Study, make_plan

SWEEP = {"name": "a", "space": "disc", "window": 5, "size": 1000, "snr": 1, "density": 0.2}
BIG = "{name: a, space: disc, window: 5, size: 2340000, snr: 1, density: 0.2}"
ENOUGH = Room(memory=1e12, disk=1e12)


def plan(**changes):
    content = {"name": "s", "sweeps": [SWEEP | changes], "estimators": [{"name": "zero"}]}
    return make_plan(Study.model_validate(content))


def study(tmp_path: Path, sweep: str) -> str:
    path = tmp_path / "s.yaml"
    path.write_text(f"{{name: s, estimators: [{{name: zero}}], sweeps: [{sweep}]}}")
    return str(path)


def test_a_study_larger_than_the_disk_does_not_pass(tmp_path, capsys):
    file = study(tmp_path, BIG)
    assert main(["check", file]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "GB of data sets" in line
    assert "--elsewhere" in line
    assert main(["check", file, "--elsewhere"]) == 0
    assert "3 data sets" in capsys.readouterr().out


def test_ranks_that_nobody_shares_do_not_pass(tmp_path, capsys):
    path = tmp_path / "s.yaml"
    sweep = "{name: a, space: disc, window: 5, size: 50, snr: 1, density: 0.2}"
    path.write_text(f"{{name: s, ranks: 3, estimators: [{{name: zero}}], sweeps: [{sweep}]}}")
    assert main(["check", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "ranks 3: expected 1, since none of zero shares its work" in line


def test_the_room_is_compared_with_what_the_plan_says():
    calibration = read_calibration()
    check_room(plan(trials=100), ENOUGH, calibration)
    with pytest.raises(InputError, match=r"0\.4\d* GB of data sets, and 0\.3 GB are free"):
        check_room(plan(trials=100), replace(ENOUGH, disk=3e8), calibration)
    with pytest.raises(InputError, match=r"of memory for .* in cell 'a-.*this machine has 0.1 GB"):
        check_room(plan(), replace(ENOUGH, memory=1e8), calibration)


def test_the_room_of_a_folder_that_is_not_there_yet_is_that_of_the_one_above(tmp_path):
    room = room_here(tmp_path / "not" / "yet")
    assert room.memory > 0
    assert room.disk > 0


@pytest.mark.usefixtures("plugins")
def test_what_is_declined_is_said_before(monkeypatch):
    from mtdbench.estimators import registry

    declared = replace(registry.declared("zero"), spaces=frozenset({"line"}))
    monkeypatch.setattr(registry, "declared", lambda name: declared)
    (remark,) = remarks(plan())
    assert remark == "'zero' declines space 'disc' of sweep 'a': its rows will say so"
