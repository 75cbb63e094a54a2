"""The report holds everything, needs nothing, and runs nothing that a result says."""

import gzip
import json
import re
import shlex
import subprocess
import sys
from base64 import b64decode
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mtdbench.cli import main
from mtdbench.errors import InputError
from mtdbench.figures import draw_all
from mtdbench.figures.layout.style import looks
from mtdbench.report import write_report
from mtdbench.report.interactive_curves import interactive_curves
from mtdbench.report.repeat_command import command


class Page(HTMLParser):
    """Collects tags with attributes, and the text of every element of some kinds."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts = [], {}
        self.inside, self.script = None, ""
        self.words = []
        self.feed(text)

    def packed(self, name):
        """What a script of packed data holds."""
        return gzip.decompress(b64decode(self.scripts[name])).decode()

    @property
    def runs(self):
        return json.loads(self.packed("runs-data"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag
        if tag == "script":
            given = dict(attrs)
            self.script = given.get("id") or given.get("type", "own")
            self.scripts.setdefault(self.script, "")

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[self.script] += data
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
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest", text)
    assert re.findall(r"\bimport\(.*?\)", text) == ["import(address)"]  # of what is in the page
    packed = {"runs-data", "library-plotly", "library-datatables"}
    assert set(page.scripts) == {"own", "application/json"} | packed
    assert "alert(" not in page.scripts["own"]
    (policy,) = [a["content"] for _, a in page.tags if "http-equiv" in a]
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy  # no script may ask for anything, a library's neither
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text  # the reason is there, as text
    assert "name: made-up  # <made up>" in "".join(page.words)


def test_every_row_and_column_is_there(text, folder):
    page, table = Page(text), pd.read_parquet(folder / "table.parquet")
    columns = page.runs["columns"]
    assert list(columns) == [*table.columns, "command"]
    for name in table:
        expected = [None if pd.isna(v) or v == "" else v for v in table[name]]
        assert columns[name] == expected  # to the last bit
    assert columns["command"] == [command(row, {"seed": 4242}) for row in table.to_dict("records")]
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
    assert set(page.runs["columns"]["status"]) == {"crashed"}
    assert any(tag == "img" for tag, _ in page.tags)
    assert not (folder / "figures").exists()


def test_volumes_have_their_resolution_in_the_table_and_their_figures_in_the_page(make_study):
    folder = make_study(trials=1, sweeps=[("volumes", "ball", 7, 100)])
    table = pd.read_parquet(folder / "table.parquet")
    table[table["cell"] == "volumes-L7-N100-snr4-d0.1"].to_parquet(folder / "table.parquet")
    draw_all(folder, folder / "figures")
    write_report(folder, folder / "report.html")
    page = Page((folder / "report.html").read_text())
    assert "FSC 0.5 (samples)" in [column["heading"] for column in page.runs["shown"]]
    assert set(page.runs["columns"]["fsc_resolution"]) == {2.5}
    shown = {attributes["alt"] for tag, attributes in page.tags if tag == "img"}
    assert {f"{title}, sweep volumes" for title in VOLUME_FIGURES} <= shown


VOLUME_FIGURES = (
    "Estimates beside the truth",
    "Isosurfaces beside the truth",
    "Fourier shell correlation",
)


def test_signals_and_images_have_no_column_of_resolutions(text):
    page = Page(text)
    assert "FSC" not in " ".join(page.words)
    assert "fsc_resolution" not in [column["name"] for column in page.runs["shown"]]


def test_the_command_names_all_that_a_row_depends_on(folder):
    table = pd.read_parquet(folder / "table.parquet")
    row = table[table["estimator"] == "em poses=16"].iloc[0].to_dict() | {"basis": "paper"}
    words = shlex.split(command(row, {"limits": {"budget_seconds": 20.0}}))
    assert words[:2] == ["mtdbench", "estimate"]
    assert words[2] == f"results/made-up/data/{row['cell']}/{row['trial']}/measurement.npy"
    for pair in (
        ("--space", "disc"), ("--window", "5"), ("--basis", "paper"), ("--sigma", "0.25"),
        ("--estimator", "em"), ("--option", "poses=16"), ("--option", "null_test=false"),
        ("--seed", str(row["seed"])),
        ("--budget", "20"), ("--threads", str(row["threads"])),
    ):  # fmt: skip
        assert pair in pairwise(words)
    tested = command({**row, "options": '{"null_test": true}'}, {})
    assert "null_test=true" in tested
    assert "null_test=false" not in tested
    assert "null_test" not in command({**row, "method": "oracle"}, {})
    unknown = {"sweeps": [{"name": row["sweep"], "sigma_known": False}]}
    assert "--sigma" not in command(row, unknown)


HOSTILE = "</script><img src=x onerror=alert(1)>{{ 1 }}%{x}"


def test_hostile_names_stay_text(make_study):
    folder = few(make_study(trials=1))
    table = pd.read_parquet(folder / "table.parquet")
    for name in ("sweep", "estimator", "reason", "note", "status", "cell"):
        table[name] = table[name].astype(str) + HOSTILE
    table.to_parquet(folder / "table.parquet")
    draw_nothing(folder)
    write_report(folder, folder / "report.html")
    text = (folder / "report.html").read_text()
    assert "<img src=x" not in text
    page = Page(text)
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert any(HOSTILE in word for word in page.words)
    assert page.runs["columns"]["note"][0] == "made up" + HOSTILE
    assert HOSTILE in json.loads(page.scripts["application/json"])["lines"][0]["estimator"]


def draw_nothing(folder):
    (folder / "figures").mkdir(exist_ok=True)
    (folder / "figures" / "figures.json").write_text("[]")


def test_the_curves_are_geometric_means_with_their_intervals():
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.1, 1, size=(2, 6))
    rows = [
        {"sweep": "a", "cell": f"a{snr}", "space": "line", "window": 5, "size": 100, "snr": snr,
         "density": 0.1, "estimator": "em", "method": "em", "trial": t, "error": errors[k, t],
         "cpu_seconds": np.nan}
        for k, snr in enumerate((1.0, 2.0)) for t in range(6)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    found = interactive_curves(table, looks(table, ["oracle"]))
    assert [axis["name"] for axis in found["axes"]] == ["snr"]
    (line,) = found["lines"]
    assert line["x"] == [1.0, 2.0]
    assert line["values"]["cpu_seconds"] == [None, None]
    for k, point in enumerate(line["values"]["error"]):
        low, high = stats.ttest_1samp(np.log(errors[k]), 0).confidence_interval(0.95)
        expected = [np.log(errors[k]).mean(), low, high]
        np.testing.assert_allclose(np.log(point[:3]), expected)
        assert point[3] == 6


def test_the_study_has_its_own_standings(text, folder):
    page = Page(text)
    words = page.words[page.words.index("Standings") :]
    assert "2-D, well separated: accuracy" in words


@pytest.mark.parametrize("place", ["below a file", "not to be written", "a folder"])
def test_a_report_that_cannot_be_written_is_one_line(make_study, place, tmp_path, capsys):
    folder = few(make_study(trials=1))
    draw_nothing(folder)
    outs = {"below a file": folder / "table.parquet" / "r.html", "a folder": tmp_path}
    out = outs.get(place, "/proc/r.html")
    assert main(["report", str(folder), "--out", str(out)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"mtdbench: cannot write '{out}': ")
    assert shown.err.count("\n") == 1


NO_ROOM = """
import resource, sys
from pathlib import Path
from mtdbench.cli import main
from mtdbench.errors import InputError
from mtdbench.files import write_text
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_text(Path(sys.argv[1]), "x" * 5000)
except InputError as error:
    print(error)
"""


def test_a_full_disk_leaves_no_half_report(tmp_path):
    call = [sys.executable, "-c", NO_ROOM, str(tmp_path / "r.html")]
    done = subprocess.run(call, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.startswith(f"cannot write '{tmp_path}/r.html': ")
    assert list(tmp_path.iterdir()) == []


def test_figures_that_cannot_be_drawn_for_want_of_room_are_one_line(make_study, monkeypatch):
    folder = few(make_study(trials=1))
    monkeypatch.setattr("tempfile.tempdir", str(folder / "nowhere"))
    with pytest.raises(InputError, match="cannot draw the figures of"):
        write_report(folder, folder / "report.html")
    assert not (folder / "report.html").exists()
