"""Aspire, imported without its side effects. The only module that imports it."""

import json
import logging.config
import os
import sys
import warnings
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from unittest.mock import patch


def aspire(module: str) -> ModuleType:
    """The module `aspire.MODULE`; the first call takes about 2 s and 0.3 GB.

    Left to itself, the import makes `logs/` in the working directory and a folder of settings in
    the user's home, reconfigures logging and replaces `sys.excepthook`. Here its settings come from
    a temporary folder, and hook, environment and log handlers are as before afterwards.
    """
    if "aspire" in sys.modules:
        return import_module(f"aspire.{module}")
    root = logging.getLogger()
    with (
        TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        patch.dict(os.environ, ASPIREDIR=folder),
        patch.object(sys, "excepthook", sys.excepthook),
        patch.object(logging.config, "fileConfig"),
        patch.object(root, "handlers", [*root.handlers, logging.NullHandler()]),
    ):
        settings = f"logging:\n  log_dir: {json.dumps(str(Path(folder) / 'logs'))}\n"
        (Path(folder) / "config.yaml").write_text(settings)
        return import_module(f"aspire.{module}")
