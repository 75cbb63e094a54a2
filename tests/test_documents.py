"""What README and CONTRIBUTING show works as shown."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtdbench import Measurement, make_space
from mtdbench.study.plan import make_plan
from mtdbench.study.schema import load_study, parse_study

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/model.md",
    "docs/reproduction.md",
)


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of a language in a Markdown file."""
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / document).read_text(), re.M | re.S)


def test_the_study_of_the_readme_is_valid():
    (text,) = blocks("README.md", "yaml")
    study = parse_study(text)
    plan = make_plan(study)
    assert len(plan.cells) == 4
    # oracle, autocorrelation, em with two numbers of poses, em from autocorrelation
    assert plan.runs == 4 * 10 * 5


@pytest.mark.parametrize("name", ["line", "disc"])
def test_the_estimator_of_contributing_runs(name):
    scope: dict[str, Any] = {}
    (source,) = blocks("CONTRIBUTING.md", "python")
    exec(source, scope)
    space, rng = make_space(name, 5), np.random.default_rng(0)
    x = space.random(rng)
    image = space.project(x, space.random_poses(rng, 1)).reshape((5,) * space.window.ndim)
    samples = np.zeros((40,) * space.window.ndim)
    samples[(slice(10, 15),) * samples.ndim] = image
    (estimate,) = scope["brightest"](Measurement(samples, space, 1.0), rng, count=1)
    np.testing.assert_allclose(space.render(space.align(estimate.x, x)), space.render(x), atol=1e-6)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_relative_links_lead_somewhere(document):
    home = (ROOT / document).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / document).read_text())
    missing = [link for link in links if not (home / link).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_is_named_exists(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(
        r"(?:^    |`)make (?:[A-Z]+=\S+ )*([a-z]+)", (ROOT / document).read_text(), re.M
    )
    assert set(named) <= targets


def test_the_table_of_targets_names_every_figure_of_the_papers():
    studies = [load_study(path)[0] for path in sorted((ROOT / "config").glob("*.yaml"))]
    figures = [f.name for study in studies if study.name != "efficiency" for f in study.figures]
    known = {f"figure_{name.replace('-', '_')}" for name in figures}
    named = set(re.findall(r"`(figure_\w+)`", (ROOT / "docs" / "reproduction.md").read_text()))
    assert named <= known
    assert {name for name in known - named if name.removesuffix("_fsc") not in named} == set()
