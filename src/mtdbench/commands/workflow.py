"""What the Snakefile needs beside the plan: less talk, and jobs that end with it."""

import logging
import os
from pathlib import Path

from snakemake.logging import LogEvent, logger

from mtdbench.cost.costs import read_calibration
from mtdbench.results.tabulate import columns_version
from mtdbench.run.owner import OWNER
from mtdbench.study.find import STUDY_SCALES, VARIABLE, find_study, known, scaled
from mtdbench.study.names import scores_name
from mtdbench.study.plan import Plan
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

    def __init__(self, path: str | None, scale: str) -> None:
        os.environ[OWNER], os.environ[VARIABLE] = str(os.getpid()), path or DEFAULT_STUDY
        logger.addFilter(_matters)
        study = load_study(Path(path or DEFAULT_STUDY))[0]
        if path or scale not in STUDY_SCALES:  # the default study has but one
            study = scaled(study, scale)
        self.scale, self.chosen = scale, study.name
        self.calibration = read_calibration()
        self._plans: dict[str, Plan] = {study.name: checked_plan(study)}

    def plan(self, name: str) -> Plan:
        """The study of that name, written out and checked."""
        if name not in self._plans:
            self._plans[name] = checked_plan(find_study(name)[0])
        return self._plans[name]

    def scores_content(self, name: str, cell: str) -> str:
        """What the scores of a cell depend on, the columns of today included."""
        return scores_name(self.plan(name), cell, columns_version())

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


def _matters(record: logging.LogRecord) -> bool:
    if logger.isEnabledFor(logging.DEBUG):  # --verbose
        return True
    return getattr(record, "event", None) not in CHATTER and not str(record.msg).startswith(
        "Select jobs"
    )
