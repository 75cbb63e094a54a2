"""From a study's cells to data sets: recipes and their checks."""

import json
from dataclasses import asdict
from typing import Any

from mtdbench import seeds
from mtdbench.errors import InputError, PluginError
from mtdbench.estimators import registry
from mtdbench.estimators.options import convert_options
from mtdbench.simulation import Recipe, recipe_key
from mtdbench.simulation.faults import Faults
from mtdbench.spaces import make_space
from mtdbench.study.cells import Cell
from mtdbench.study.file_measurement import check_file_cell
from mtdbench.study.plan import Plan, make_plan
from mtdbench.study.remedies import check_remedies
from mtdbench.study.schema import Study

SIDE_OF_FILES = 2048
"""Samples along an axis of all micrographs in files, about, together and after binning, as far as
a plan knows: nobody opens them to make one.
"""


def recipe(study: Study, cell: Cell, trial: int) -> Recipe:
    """The recipe of one data set that is simulated.

    Raises
    ------
    InputError
        If a value of the cell is not valid.
    """
    facts = asdict(cell)
    rest = "id", "sweep", "sigma_known", "trials", "picking", "bound", "files", "remedies"
    for name in rest:
        del facts[name]
    facts["instrument"] = json.loads(cell.instrument)
    facts["faults"] = Faults(**json.loads(cell.faults))
    return Recipe(**facts, seed=study.seed, trial=trial)


def estimator_seed(study: Study, cell: Cell, trial: int) -> int:
    """The seed that every estimator is given on one data set."""
    if cell.is_from_files:
        key = f"{cell.space}:L={cell.window}:basis={cell.basis}:{cell.spacing}:{cell.files}"
    else:
        key = recipe_key(recipe(study, cell, trial))
    return seeds.derive(study.seed, key, trial, "estimate")


def weight(cell: Cell) -> int:
    """How much work a cell is, roughly: jobs that take long are started first.

    A job that is started last and takes long leaves all other cores idle.
    """
    ndim = make_space(cell.space, cell.window, cell.basis).window.ndim
    return cell.micrographs * int((cell.size or SIDE_OF_FILES) * cell.window) ** ndim


def checked_plan(study: Study) -> Plan:
    """Write a study out and check every value that can be checked before anything is run.

    Raises
    ------
    InputError
        If a cell cannot be simulated or prepared, or an estimator or one of its options does not
        exist. An estimator whose import fails is no such error: its runs end as rows that say so.
    """
    plan = make_plan(study)
    for cell in plan.cells:
        try:
            if cell.is_from_files:
                check_file_cell(cell)
            else:
                check_remedies(recipe(study, cell, 0), cell.remedies)
        except InputError as error:
            raise InputError(f"sweep '{cell.sweep}': {error}") from None
    for method, options in {
        (run.method, run.options_text): run.options for run in (b.run for b in plan.batches)
    }.items():
        check_method(method[0], options)
    return plan


def check_method(name: str, options: dict[str, Any]) -> None:
    """Check that an estimator exists and, where it can be imported, that its options do."""
    registry.require(name)
    try:
        estimator = registry.load_safely(name)
    except PluginError:
        return
    convert_options(name, estimator, options)
