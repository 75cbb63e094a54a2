"""The report in a browser: it paints soon, sorts, filters, answers the pointer, asks no network."""

import csv
import io
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtdbench.report import write_report

pytestmark = pytest.mark.system

HOSTILE = "<img src=x onerror='window.broken = 1'>&lt;b&gt;{{ 1 }}%{x}"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
RUNS = 20_000


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="no playwright")
    path = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium, or name one in BROWSER_PATH")
    with api.sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


def written(folder: Path, table: pd.DataFrame) -> Path:
    table.to_parquet(folder / "table.parquet")
    (folder / "figures").mkdir(exist_ok=True)
    (folder / "figures" / "figures.json").write_text("[]")
    write_report(folder, folder / "report.html")
    return folder / "report.html"


@pytest.fixture(scope="module")
def study(make_study):
    folder = make_study(trials=3, fails=lambda label, snr, trial: label == "em" and trial == 1)
    table = pd.read_parquet(folder / "table.parquet")
    table["note"] = HOSTILE
    table["estimator"] = table["estimator"].replace("autocorrelation", f"ac {HOSTILE}")
    table["sweep"] = table["sweep"].replace("images", f"images {HOSTILE}")
    return written(folder, table), table


@pytest.fixture
def opened(browser):
    """A function that opens a page; in the end, none asked the network or broke anything."""
    pages, requests, errors = [], [], []

    def open_page(path: Path, **options):
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        pages.append(page)
        return page

    yield open_page
    assert not [page for page in pages if page.evaluate("window.broken")]
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    for page in pages:
        page.close()


def column(page, head: str) -> list[str]:
    """The cells of the table of all runs under a head, on this page of it."""
    heads = page.locator("#table thead th").all_inner_texts()
    place = next(k for k, text in enumerate(heads) if text.split("\n")[0].strip() == head)
    return page.locator(f"#table tbody tr td:nth-child({place + 1})").all_inner_texts()


def wait_until(page, condition: str) -> None:
    """Wait for a condition in JavaScript; the page's policy forbids what Playwright would do."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {condition}")


def sort_by(page, head: str) -> None:
    page.locator("#table thead th", has_text=head).first.click()


def chosen(page, name: str, value: str) -> None:
    page.select_option(f"#by-{name}", value)


def test_a_head_sorts_in_both_directions_and_what_is_missing_comes_last(opened, study):
    path, table = study
    page = opened(path)
    page.select_option("#runs .dt-length select", "-1")
    errors = np.sort(table["error"].dropna())
    missing = ["–"] * int(table["error"].isna().sum())
    assert missing
    for expected in (errors, errors[::-1]):
        sort_by(page, "error")
        shown = column(page, "error")
        assert shown[len(errors) :] == missing
        np.testing.assert_allclose([float(v) for v in shown[: len(errors)]], expected, rtol=0.006)


def test_the_filters_leave_what_they_say_and_the_download_has_it(opened, study):
    path, table = study
    page = opened(path)
    hostile = f"ac {HOSTILE}"
    chosen(page, "estimator", hostile)
    chosen(page, "sweep", "signals")
    kept = table[(table["estimator"] == hostile) & (table["sweep"] == "signals")]
    assert set(column(page, "estimator")) == {hostile}
    assert page.inner_text("#count") == f"{len(kept)} of {len(table)} runs"
    assert page.locator("section[data-sweep]:visible").count() == 1
    chosen(page, "status", "crashed")
    assert page.inner_text("#count") == f"0 of {len(table)} runs"
    chosen(page, "status", "")
    with page.expect_download() as event:
        page.click("#download")
    rows = list(csv.DictReader(io.StringIO(Path(event.value.path()).read_text(encoding="utf-8"))))
    assert [float(row["error"]) for row in rows] == list(kept["error"])  # to the last bit
    assert set(rows[0]) == {*table.columns, "command"}
    assert rows[0]["note"] == HOSTILE
    page.click("#filter button[type=reset]")
    wait_until(page, f"document.getElementById('count').textContent.startsWith('{len(table)}')")
    page.fill("#find", "valueerror")
    failed = int(table["reason"].str.contains("ValueError").sum())
    assert page.inner_text("#count") == f"{failed} of {len(table)} runs"


def test_a_row_shows_all_its_columns_and_its_command_as_text(opened, study):
    path, table = study
    page = opened(path)
    page.locator("#table tbody button").first.click()
    words = page.inner_text("#table dl")
    assert HOSTILE in words
    assert "mtdbench estimate" in words
    names = page.locator("#table dl dt").all_inner_texts()
    assert set(names) == {*table.columns, "command"}
    page.locator("#table tbody button").first.click()
    assert page.locator("#table dl").count() == 0


def test_the_tables_of_medians_sort_by_their_numbers(opened, study):
    page = opened(study[0])
    medians = page.locator("table.medians").first
    medians.locator("thead th", has_text="oracle").click()
    heads = [text.split("\n")[0] for text in medians.locator("thead th").all_inner_texts()]
    place = heads.index("oracle") + 1
    shown = medians.locator(f"tbody tr td:nth-child({place})").all_inner_texts()
    values = [float(text) for text in shown]
    assert values == sorted(values)
    assert len(set(values)) > 1


def test_curves_show_their_values_under_the_pointer_and_follow_the_filter(opened, study):
    page = opened(study[0])
    box = page.locator(".curves").first
    box.scroll_into_view_if_needed()
    page.wait_for_selector(".curves[data-drawn]", timeout=60_000)
    chart = "document.querySelector('.curves .chart')"
    traces = page.evaluate(f"{chart}.data.filter(t => t.mode.includes('lines')).length")
    assert traces > 0
    page.evaluate(
        f"Plotly.Fx.hover({chart}, [{{curveNumber: {chart}.data.length - 1, pointNumber: 0}}])"
    )
    page.wait_for_selector(".hoverlayer .hovertext")
    assert "relative error" in page.locator(".hoverlayer").first.text_content()
    chosen(page, "estimator", f"ac {HOSTILE}")
    wait_until(page, f"new Set({chart}.data.map(t => t.legendgroup)).size === 1")
    legend = page.locator(".curves .legendtext").first.text_content()
    assert legend == f"ac {HOSTILE}"  # as text
    box.locator("select[name=quantity]").select_option("cpu_seconds")
    wait_until(page, f"{chart}.layout.yaxis.title.text.includes('CPU')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_the_switch_turns_the_colours(opened, study, width, scheme):
    page = opened(study[0], viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.locator(".curves").first.scroll_into_view_if_needed()
    page.wait_for_selector(".curves[data-drawn]", timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    def is_dark() -> bool:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.strip("rgb()").split(",")) < 300

    assert is_dark() == (scheme == "dark")
    for theme in ("light", "dark"):
        page.click("#theme")
        assert is_dark() == (theme == "dark")
    page.emulate_media(media="print")
    assert not is_dark()
    assert not page.locator("#filter").is_visible()


def test_twenty_thousand_rows_stay_small_and_paint_soon(opened, make_study, record_property):
    folder = make_study(trials=1)
    table = pd.read_parquet(folder / "table.parquet")
    rng = np.random.default_rng(0)
    many = pd.concat([table] * (RUNS // len(table) + 1), ignore_index=True).head(RUNS)
    many["trial"] = np.arange(RUNS) // len(table)
    for name in many.select_dtypes("float").columns.difference(["snr", "density_requested"]):
        many[name] *= np.exp(rng.normal(size=RUNS))
    path = written(folder, many)
    assert path.stat().st_size < 20e6
    page = opened(path)
    (paint,) = page.evaluate(
        "performance.getEntriesByType('paint')"
        ".filter(e => e.name === 'first-contentful-paint').map(e => e.startTime)"
    )
    record_property("megabytes", path.stat().st_size / 1e6)
    record_property("first_paint_ms", paint)
    assert page.inner_text("#count") == f"{RUNS} of {RUNS} runs"
    sort_by(page, "error")
    assert float(column(page, "error")[0]) == pytest.approx(many["error"].min(), rel=0.006)
    chosen(page, "estimator", "oracle")
    kept = int((many["estimator"] == "oracle").sum())
    assert page.inner_text("#count") == f"{kept} of {RUNS} runs"
    assert json.loads(page.evaluate("JSON.stringify(document.documentElement.dataset)"))["ready"]
