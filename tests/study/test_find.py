"""Studies by name."""

from pathlib import Path

import pytest
import yaml

from mtdbench.errors import InputError
from mtdbench.study.find import VARIABLE, find_study, known, scaled, study_path

SWEEP = {
    "name": "a", "space": "line", "window": 5, "size": 100, "snr": 1, "density": 0.2,
    "reduced": {"size": 50},
}  # fmt: skip


def write(path: Path, name: str, **changes: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    content = {"name": name, "sweeps": [SWEEP], "estimators": [{"name": "zero"}], **changes}
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    write(tmp_path / "config" / "one.yaml", "one")
    return tmp_path


def test_a_study_is_found_by_its_name_and_scale() -> None:
    assert find_study("one")[0].sweeps[0].size == (100,)
    reduced, text = find_study("one-reduced")
    assert (reduced.name, reduced.sweeps[0].size) == ("one-reduced", (50,))
    assert "size: 100" in text
    assert find_study("config/one.yaml")[0] == find_study("one")[0]
    assert scaled(find_study("one")[0], "reduced") == reduced
    assert scaled(reduced, "full") == reduced


def test_the_file_that_the_environment_names_comes_first(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(write(here / "elsewhere" / "x.yaml", "one", seed=9)))
    assert find_study("one")[0].seed == find_study("one-reduced")[0].seed == 9
    write(here / "config" / "two.yaml", "two")
    assert find_study("two")[0].name == "two"


def test_unknown_names_and_scales_are_answered_with_what_there_is() -> None:
    with pytest.raises(InputError, match="unknown study 'on': did you mean 'one'"):
        find_study("on")
    with pytest.raises(InputError, match="scale 'small': expected full or reduced"):
        scaled(find_study("one")[0], "small")


def test_studies_of_the_package_are_found_from_anywhere_after_those_of_the_folder(
    here: Path,
) -> None:
    assert {"one", "quick", "paper-2d"} <= set(known())
    assert find_study("quick")[0].name == "quick"
    assert find_study("paper-2d-reduced")[0].name == "paper-2d-reduced"
    assert study_path("quick").is_absolute()
    own = write(here / "config" / "quick.yaml", "quick", seed=9)
    assert find_study("quick")[0].seed == 9
    assert study_path("quick").resolve() == own
    with pytest.raises(InputError, match="unknown study 'two'"):
        study_path("two")
