"""What README and CONTRIBUTING show works as shown."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtdbench import Measurement, make_space
from mtdbench.study.plan import make_plan
from mtdbench.study.schema import load_study, parse_study

ROOT = Path(__file__).parents[1]
table_numbers = SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "table_numbers.py")))
DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "config/*.md", "results/published/*.md")
    for path in ROOT.glob(pattern)
)
PLACEHOLDERS = {"NAME", "STUDY", "mine"}  # studies that stand for the reader's own
STUDIES = {path.stem: load_study(path)[0] for path in sorted((ROOT / "config").glob("*.yaml"))}


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


@pytest.mark.parametrize(
    ("document", "words"), [("README.md", "relative error"), ("docs/usage.md", "with places known")]
)
def test_the_python_of_the_documents_runs(document, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)  # the library needs nothing of the repository
    (source,) = blocks(document, "python")
    exec(source, {})
    (error,) = re.findall(rf"{words} ([\d.]+)", capsys.readouterr().out)
    assert float(error) < 0.06


def test_the_readme_shows_eight_lines():
    (source,) = blocks("README.md", "python")
    assert len(source.splitlines()) == 8


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


def heading_anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings of a Markdown file: the ends of links to them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_relative_links_lead_somewhere(document):
    page = ROOT / document
    missing = []
    for link, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
        target = page.parent / link if link else page
        if not target.exists() or (anchor and anchor not in heading_anchors(target)):
            missing.append(f"{link}#{anchor}")
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_number_comes_from_outside_the_repository(document):
    text = " ".join((ROOT / document).read_text().split())
    assert not re.search(r"outside (of )?the repository", text)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_study_that_is_named_exists(document):
    text = (ROOT / document).read_text()
    named = re.findall(r"STUDY=([\w-]+)", text) + re.findall(r"config/([\w-]+)\.yaml", text)
    assert set(named) - PLACEHOLDERS <= STUDIES.keys()
    scaled = re.findall(r"STUDY=([\w-]+) SCALE=reduced", text)
    assert all(STUDIES[name].has_reduced for name in scaled)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_target_of_snakemake_that_is_named_exists(document):
    figures = [f"figure_{f.name.replace('-', '_')}" for s in STUDIES.values() for f in s.figures]
    papers = re.findall(r'^    "(paper_\w+)":', (ROOT / "Snakefile").read_text(), re.MULTILINE)
    papers += re.findall(r'"(paper_gan)":', (ROOT / "Snakefile").read_text())
    commands = re.findall(r"snakemake ([^`\n]*)", (ROOT / document).read_text())
    named = re.findall(r"\b(?:figure|paper)_\w+", " ".join(commands))
    assert set(named) <= {*figures, *papers}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document):
    text = (ROOT / document).read_text()
    text = re.sub(r"https?://\S+", "", text)
    paths = re.findall(r"(?<![\w/.])(?:src|tests|config|docs|tools|examples)/[\w./*-]*\w", text)
    missing = [
        path for path in paths if Path(path).stem not in PLACEHOLDERS and not any(ROOT.glob(path))
    ]
    assert not missing


def commands_for_numbers() -> list[str]:
    """Every command of the documents that prints numbers of a published table."""
    text = "\n".join((ROOT / document).read_text() for document in DOCUMENTS)
    found = re.findall(r"^    python tools/table_numbers\.py (.*)$", text, re.MULTILINE)
    return sorted(set(found))


@pytest.mark.parametrize("command", commands_for_numbers())
def test_the_numbers_of_the_documents_are_printed(command, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert table_numbers.main(command.split()) == 0
    assert len(capsys.readouterr().out.splitlines()) > 1


def test_published_numbers_are_those_of_the_documents():
    """One value of each kind, found in the tables: the docs would notice another table."""
    path = ROOT / "results" / "published"
    text = pd.read_parquet(path / "paper-2d-reduced" / "table.parquet")
    text = text[text["sweep"] == "text"]
    means = table_numbers.numbers(text, ["estimator"])["mean"]
    assert means[("em",)] == pytest.approx(0.0019, abs=5e-5)
    assert means[("autocorrelation-plain",)] == pytest.approx(0.022, abs=5e-4)
    size = pd.read_parquet(path / "paper-2d-reduced" / "table.parquet")
    size = size[size["sweep"] == "size"].assign(samples=lambda rows: rows["size"] ** 2)
    slopes = table_numbers.numbers(size, ["estimator"], slope="samples")
    assert slopes["slope"][("em",)] == pytest.approx(-0.504, abs=5e-4)
    assert slopes["half"][("em",)] == pytest.approx(0.029, abs=5e-4)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_is_named_exists(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(
        r"(?:^    |`)make (?:[A-Z]+=\S+ )*([a-z]+)", (ROOT / document).read_text(), re.M
    )
    assert set(named) <= targets


def test_the_table_of_targets_names_every_figure_of_the_papers():
    ours = {"efficiency", "null", "mismatch", "subsample", "large-volume", "pose-grids"}
    studies = [study for study in STUDIES.values() if study.name not in ours]
    figures = [figure.name for study in studies for figure in study.figures]
    known = {f"figure_{name.replace('-', '_')}" for name in figures}
    named = set(re.findall(r"`(figure_\w+)`", (ROOT / "docs" / "reproduction.md").read_text()))
    assert named <= known
    assert {name for name in known - named if name.removesuffix("_fsc") not in named} == set()
