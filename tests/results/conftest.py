"""The fixture that the figures' and the report's tests share."""

import runpy
from pathlib import Path

make_study = runpy.run_path(str(Path(__file__).parents[1] / "made_up_study.py"))["make_study"]
