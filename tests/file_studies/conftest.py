"""Two small micrographs in files, with marks, and a study of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtdbench.micrographs import Micrographs
from mtdbench.simulation import Dataset, Recipe, make_dataset
from mtdbench.study import Plan, make_plan
from mtdbench.study.schema import Study

SIZE, WINDOW, RIM = 60, 7, 3


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    recipe = Recipe(
        space="disc", window=WINDOW, size=SIZE, micrographs=2, snr=30, density=0.25,
        spacing="arbitrary", basis="bandlimit:0.7", target="picture:camera", seed=3,
    )  # fmt: skip
    return make_dataset(recipe)


@pytest.fixture(scope="session")
def folder(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Micrographs a and b, light copies on a background, and the marks of a and b beside them."""
    folder = tmp_path_factory.mktemp("micrographs")
    placement = dataset.placement
    for m, name in enumerate("ab"):
        np.save(folder / f"{name}.npy", 100 + 5 * dataset.measurement.samples[m])
        centres = placement.corners[placement.micrographs == m] + WINDOW // 2
        pd.DataFrame(centres[:, ::-1], columns=["x", "y"]).to_csv(folder / f"{name}.csv")
    return folder


@pytest.fixture(scope="session")
def micrographs(dataset: Dataset) -> Micrographs:
    """The same without the background."""
    return Micrographs(tuple(dataset.measurement.samples), ("a.npy", "b.npy"))


@pytest.fixture
def sweep(folder: Path) -> dict[str, Any]:
    return {
        "name": "real", "measurement": f"file:{folder}/*.npy", "marks": f"file:{folder}/*.csv",
        "reference": "marks", "space": "disc", "window": WINDOW, "basis": "bandlimit:0.7",
        "spacing": "arbitrary", "preparation": {"sign": "light", "contamination": False},
    }  # fmt: skip


@pytest.fixture
def plan(sweep: dict[str, Any]) -> Callable[..., Plan]:
    """Writes a study of the sweep out, with some of its keys changed."""

    def make(estimators: list[dict[str, Any]] | None = None, **changes: Any) -> Plan:
        content = {
            "name": "s", "sweeps": [{**sweep, **changes}],
            "estimators": estimators or [{"name": "zero"}],
        }  # fmt: skip
        return make_plan(Study.model_validate(content))

    return make
