"""What the Snakefile needs beside the plan: less talk, and jobs that end with it."""

import logging
import os

from snakemake.logging import LogEvent, logger

from mtdbench.cli.owner import OWNER

CHATTER = {LogEvent.JOB_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED}


def settle(study: str) -> None:
    """Keep Snakemake's progress lines and errors, drop what it says about every single job.

    From now on jobs watch this process and end with it, even when it is killed outright. They
    find the study file in `MTDBENCH_STUDY`: were it one of their parameters, a study that is
    moved would be run anew.
    """
    os.environ[OWNER] = str(os.getpid())
    os.environ["MTDBENCH_STUDY"] = study
    logger.addFilter(_matters)


def _matters(record: logging.LogRecord) -> bool:
    if logger.isEnabledFor(logging.DEBUG):  # --verbose
        return True
    return getattr(record, "event", None) not in CHATTER and not str(record.msg).startswith(
        "Select jobs"
    )
