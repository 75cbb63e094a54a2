"""What the Snakefile needs beside the plan: less talk, and jobs that end with it."""

import logging
import os
import time
from pathlib import Path
from typing import Any

from snakemake.logging import LogEvent, logger

from mtdbench.commands.standing import Fallen, fallen_files, forget_future
from mtdbench.commands.study_check import check_files
from mtdbench.cost.costs import read_calibration
from mtdbench.files import set_aside
from mtdbench.run.owner import OWNER
from mtdbench.study.file_paths import DATA_FOLDER
from mtdbench.study.find import STUDY_SCALES, VARIABLE, find_study, known, scaled
from mtdbench.study.plan import Plan, study_folder
from mtdbench.study.recipes import checked_plan
from mtdbench.study.schema import REDUCED, load_study

DEFAULT_STUDY = "config/quick.yaml"
CHATTER = {LogEvent.JOB_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED}


class Studies:
    """The studies that a workflow may work at, each written out when it is first asked for.

    Jobs know a study by the name of its folder of results. They find the file of the chosen one
    through the environment: were it one of their parameters, a study that is moved would be run
    anew. They watch this process and end with it, even when it is killed outright.
    """

    def __init__(
        self, path: str | None, scale: str, workflow: Any = None, data: str | None = None
    ) -> None:
        os.environ[OWNER], os.environ[VARIABLE] = str(os.getpid()), path or DEFAULT_STUDY
        if data is not None:  # for studies of files, see `mtdbench.study.file_paths`
            os.environ[DATA_FOLDER] = str(Path(data).absolute())
        logger.addFilter(_matters)
        study = load_study(Path(path or DEFAULT_STUDY))[0]
        if path or scale not in STUDY_SCALES:  # the default study has but one
            study = scaled(study, scale)
        self.scale, self.chosen = scale, study.name
        self.calibration = read_calibration()
        self._plans: dict[str, Plan] = {study.name: checked_plan(study)}
        check_files(self._plans[study.name], study_folder(Path("results"), study))
        self._workflow, self._reviewed = workflow, set[str]()

    def plan(self, name: str) -> Plan:
        """The study of that name, written out and checked.

        When the graph of jobs first asks for it, what does not stand of its files is set aside, or
        in a dry run taken for missing. A job that decides about no others leaves all as it is.
        """
        if name not in self._plans:
            self._plans[name] = checked_plan(find_study(name)[0])
        if name not in self._reviewed and getattr(self._workflow, "dag", None) is not None:
            self._reviewed.add(name)
            if self._workflow.is_main_process and not self._workflow.touch:
                self._review(self._plans[name])
        return self._plans[name]

    def _review(self, plan: Plan) -> None:
        folder = study_folder(Path("results"), plan.study)
        fallen = fallen_files(plan, folder) if folder.is_dir() else Fallen()
        if fallen.words:
            logger.info(f"results of '{plan.study.name}' that do not stand: {fallen.words}")
        runs = self._workflow.executor_plugin is not None and not self._workflow.dryrun
        if runs:
            for path in fallen:
                set_aside(folder, path)
            forget_future(plan, folder, time.time())
        _hide(self._workflow.iocache.exists_local, list(fallen))

    def folder(self, name: str) -> str:
        """What a study is called at the workflow's scale; one that has no other keeps its name."""
        smaller = self.scale == "reduced" and name in known() and find_study(name)[0].has_reduced
        return name + REDUCED if smaller else name

    def figures(self, name: str) -> list[str]:
        """The figures with names of their own that a study has; none where there is no such
        study.
        """
        if name.removesuffix(REDUCED) not in known():
            return []
        return [figure.name for figure in find_study(name)[0].figures]


def _hide(existing: Any, paths: list[Path]) -> None:
    """Have Snakemake take files for missing, in its notes of what exists, `iocache.exists_local`.

    It may have looked already; of a dry run, which moves nothing, the notes are all that it goes
    by. Folders that it has noted as listed it does not list again.
    """
    for folder in {str(above) for path in paths for above in path.parents[:-1]}:
        if folder not in existing.has_inventory:
            existing.update({entry.path: True for entry in os.scandir(folder)})
            existing.has_inventory.add(folder)
    existing.update({str(path): False for path in paths})


def _matters(record: logging.LogRecord) -> bool:
    if logger.isEnabledFor(logging.DEBUG):  # --verbose
        return True
    return getattr(record, "event", None) not in CHATTER and not str(record.msg).startswith(
        "Select jobs"
    )
