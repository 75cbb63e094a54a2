"""Studies by name: what the workflow and every verb call a study, whatever its scale."""

import os
from pathlib import Path

from mtdbench.errors import InputError, unknown
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
        `MTDBENCH_STUDY` comes first.

    Raises
    ------
    InputError
        If there is no such study, or it is not valid.
    """
    if Path(name).suffix in (".yaml", ".yml") or Path(name).is_file():
        return load_study(Path(name))
    base = name.removesuffix(REDUCED)
    elsewhere = [Path(given)] if (given := os.environ.get(VARIABLE)) else []
    for path in [*elsewhere, FOLDER / f"{name}.yaml", FOLDER / f"{base}.yaml"]:
        if path.is_file():
            study, text = load_study(path)
            if study.name == name:
                return study, text
            if f"{study.name}{REDUCED}" == name:
                return study.reduced(), text
    raise unknown("study", name, known())


def known() -> list[str]:
    """The names of the studies in `config/`."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


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
