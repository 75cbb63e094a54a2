"""Which methods are references is recorded with a study, or told by what is installed."""

from pathlib import Path

import pandas as pd
import pytest

from mtdbench.results.reader import Results
from mtdbench.results.references import references_among

METHODS = ["zero", "em", "declares", "oracle", "clean-moments", "elsewhere"]


def results(provenance: dict) -> Results:
    table = pd.DataFrame({"estimator": METHODS, "method": METHODS})
    return Results(Path("nowhere"), table, pd.DataFrame(), {}, provenance)


@pytest.mark.usefixtures("plugins")
def test_a_plugin_is_a_reference_like_a_built_in_one() -> None:
    assert references_among(METHODS) == ["declares", "oracle", "zero"]
    assert results({}).references == {"declares", "oracle", "zero"}


def test_a_report_drawn_elsewhere_knows_what_the_study_recorded() -> None:
    assert results({}).references == {"oracle", "zero"}  # the plugin is not installed here
    recorded = {"references": ["declares", "elsewhere", "zero"]}
    assert results(recorded).references == {"declares", "elsewhere", "zero"}


def test_older_tables_have_no_methods() -> None:
    old = Results(Path("nowhere"), pd.DataFrame({"estimator": ["zero"]}), pd.DataFrame(), {}, {})
    assert old.references == {"zero"}
