"""The report holds everything, needs nothing, and runs nothing that a result says."""

import json
import re
import shlex
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from mtdbench.figures import draw_all
from mtdbench.report import write_report
from mtdbench.report.repeat_command import command


class Page(HTMLParser):
    """Collects tags with attributes, and the text of every element of some kinds."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.rows = [], [], 0
        self.inside, self.in_runs = None, False
        self.words = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag
        self.in_runs = self.in_runs or (tag, dict(attrs).get("id")) == ("table", "table")
        self.rows += tag == "tr" and self.in_runs
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.in_runs = self.in_runs and tag != "table"
        self.inside = None

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] += data
        else:
            self.words.append(data)


def few(folder):
    """The study with the images at one size only: fewer figures to draw."""
    table = pd.read_parquet(folder / "table.parquet")
    table[table["cell"].str.contains("images-L5-N100-")].to_parquet(folder / "table.parquet")
    return folder


@pytest.fixture(scope="module")
def folder(make_study):
    return few(make_study(fails=lambda label, snr, trial: label == "em" and trial == 1))


@pytest.fixture(scope="module")
def text(folder):
    draw_all(folder, folder / "figures")
    write_report(folder, folder / "report.html")
    return (folder / "report.html").read_text()


def test_the_page_needs_no_other_and_runs_no_result(text, folder):
    page = Page(text)
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "base", "audio", "video")
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, value)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", text)
    assert len(page.scripts) == 2  # the data and the page's own
    assert "alert(" not in page.scripts[1]
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text  # the reason is there, as text
    assert "name: made-up  # <made up>" in "".join(page.words)


def test_every_row_and_column_is_there(text, folder):
    page, table = Page(text), pd.read_parquet(folder / "table.parquet")
    assert page.rows == len(table) + 1
    details = json.loads(page.scripts[0])
    assert len(details["rows"]) == len(table)
    assert details["columns"] == [*table.columns, "command"]
    reasons = {row[details["columns"].index("reason")] for row in details["rows"]}
    assert set(table["reason"]) - {""} <= reasons
    words = "".join(page.words)
    assert all(str(value) in words for value in ("4242", "made-up processor", "3.0-made-up"))


def test_every_figure_is_inside(text, folder):
    images = [attributes for tag, attributes in Page(text).tags if tag == "img"]
    listed = json.loads((folder / "figures" / "figures.json").read_text())
    assert len(images) == len(listed) > 0
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in images)
    assert all(image["alt"] for image in images)


def test_the_story_comes_before_the_figures(text):
    claim, figure = text.index("in 2 of 2 cells."), text.index("<figure>")
    assert claim < text.index("2 of 20 runs failed:") < figure
    assert "ValueError: " in text[claim:figure]  # why they failed
    assert text[:figure].count("<table>") == 1


def test_no_figure_is_too_wide_for_a_narrow_page(text):
    images = [attributes for tag, attributes in Page(text).tags if tag == "img"]
    assert all("style" not in image and int(image["width"]) < 540 for image in images)
    assert re.search(r"figure img \{[^}]*max-width: 100%", text)
    assert "min-width" not in re.search(r"figure img \{[^}]*\}", text)[0]


def test_the_same_results_give_the_same_page(text, folder):
    write_report(folder, folder / "again.html")
    assert (folder / "again.html").read_text() == text


def test_a_study_in_which_everything_failed_still_has_a_report(make_study):
    folder = few(make_study(fails=lambda *_: True, with_history=False))
    write_report(folder, folder / "report.html")  # draws the figures that are not there
    page = Page((folder / "report.html").read_text())
    assert "crashed" in page.words
    assert any(tag == "img" for tag, _ in page.tags)
    assert not (folder / "figures").exists()


def test_volumes_have_their_resolution_in_the_table_and_their_figures_in_the_page(make_study):
    folder = make_study(trials=1, sweeps=[("volumes", "ball", 7, 100)])
    table = pd.read_parquet(folder / "table.parquet")
    table[table["cell"] == "volumes-L7-N100-snr4-d0.1"].to_parquet(folder / "table.parquet")
    draw_all(folder, folder / "figures")
    write_report(folder, folder / "report.html")
    page = Page((folder / "report.html").read_text())
    assert "FSC 0.5 (samples)" in page.words
    assert "2.5" in page.words
    shown = {attributes["alt"] for tag, attributes in page.tags if tag == "img"}
    assert {f"{title}, sweep volumes" for title in VOLUME_FIGURES} <= shown


VOLUME_FIGURES = (
    "Estimates beside the truth",
    "Isosurfaces beside the truth",
    "Fourier shell correlation",
)


def test_signals_and_images_have_no_column_of_resolutions(text):
    assert "FSC" not in " ".join(Page(text).words)


def test_the_command_names_all_that_a_row_depends_on(folder):
    table = pd.read_parquet(folder / "table.parquet")
    row = table[table["estimator"] == "em poses=16"].iloc[0].to_dict() | {"basis": "paper"}
    words = shlex.split(command(row, {"limits": {"budget_seconds": 20.0}}))
    assert words[:2] == ["mtdbench", "estimate"]
    assert words[2] == f"results/made-up/data/{row['cell']}/{row['trial']}/measurement.npy"
    for pair in (
        ("--space", "disc"), ("--window", "5"), ("--basis", "paper"), ("--sigma", "0.25"),
        ("--estimator", "em"), ("--option", "poses=16"), ("--seed", str(row["seed"])),
        ("--budget", "20"),
    ):  # fmt: skip
        assert pair in pairwise(words)
    unknown = {"sweeps": [{"name": row["sweep"], "sigma_known": False}]}
    assert "--sigma" not in command(row, unknown)
