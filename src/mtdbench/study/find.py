"""Studies by name: what the workflow and every verb call a study, whatever its scale."""

import os
from pathlib import Path

from mtdbench.errors import InputError, unknown
from mtdbench.files import is_file
from mtdbench.shipped import shipped_path
from mtdbench.study.schema import REDUCED, Study, load_study

VARIABLE = "MTDBENCH_STUDY"
"""The environment variable with the file of a study that lies elsewhere than in `config/`."""

FOLDER = Path("config")
STUDY_SCALES = ("full", "reduced")


def find_study(name: str) -> tuple[Study, str]:
    """The study of that name, and its file's text.

    Parameters
    ----------
    name : str
        A study file, or what its folder of results is called: NAME for `config/NAME.yaml`, and
        NAME-reduced for the same at its reduced scale. The file that the environment names in
        `MTDBENCH_STUDY` comes first, then those of `config/`, then those that come with the
        package.

    Raises
    ------
    InputError
        If there is no such study, or it is not valid.
    """
    if _names_a_file(name):
        return load_study(Path(name))
    elsewhere = [Path(given)] if (given := os.environ.get(VARIABLE)) else []
    for path in [*elsewhere, *_candidates(name)]:
        if is_file(path):
            study, text = load_study(path)
            if study.name == name:
                return study, text
            if f"{study.name}{REDUCED}" == name:
                return study.reduced(), text
    raise unknown("study", name, known())


def _names_a_file(name: str) -> bool:
    return Path(name).suffix in (".yaml", ".yml") or is_file(Path(name))


def study_path(name: str) -> Path:
    """The file of a study, given by its path or by its name at full scale.

    Raises
    ------
    InputError
        If there is no such study.
    """
    named = [folder / f"{name}.yaml" for folder in _folders()]
    for path in [Path(name)] if _names_a_file(name) else named:
        if is_file(path):
            return path
    raise unknown("study", name, known())


def known() -> list[str]:
    """The names of the studies in `config/`, and of those that come with the package."""
    return sorted({path.stem for folder in _folders() for path in folder.glob("*.yaml")})


def _folders() -> tuple[Path, Path]:
    return FOLDER, shipped_path("config")


def _candidates(name: str) -> list[Path]:
    """Where the file of a study of that name may lie, the nearest first."""
    names = (name, name.removesuffix(REDUCED))
    return [folder / f"{base}.yaml" for folder in _folders() for base in names]


def scaled(study: Study, scale: str) -> Study:
    """The study at a scale, `full` or `reduced`.

    Raises
    ------
    InputError
        If the scale is neither, or the study has no reduced one.
    """
    if scale not in STUDY_SCALES:
        raise InputError(f"scale '{scale}': expected full or reduced")
    return study if scale == "full" else study.reduced()
