"""The site is built without a warning, asks nothing of another address, and its links lead on."""

import functools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[1]
LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("source", "srcset")}


class Page(HTMLParser):
    """What a page loads, where it links to, and the anchors that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: set[str] = set()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (tag, name) in LOADED:
                self.loaded.add(value or "")
            elif (tag, name) == ("a", "href"):
                self.links.add(value or "")
            elif name == "id":
                self.anchors.add(value or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, text=True, check=False,
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page but that for addresses which do not exist."""
    found = [path for path in site.rglob("*.html") if path.name != "404.html"]
    return {path: Page(path.read_text()) for path in found}


def test_nothing_is_loaded_from_another_address(site: Path, pages: dict[Path, Page]) -> None:
    outside = {a for page in pages.values() for a in page.loaded if re.match(r"(\w+:)?//", a)}
    assert not outside
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", sheet.read_text())


def test_every_link_inside_leads_somewhere(pages: dict[Path, Page]) -> None:
    missing = []
    for path, page in pages.items():
        for link in page.links | page.loaded:
            address, anchor = urldefrag(unquote(link))
            if re.match(r"\w+:", address):
                continue
            target = (path.parent / address).resolve() if address else path
            known = pages[target].anchors if target in pages else set()
            if not target.exists() or (target in pages and anchor and anchor not in known):
                missing.append(f"{path.name}: {link}")
    assert not missing


def test_no_page_is_without_a_place_and_every_public_name_has_one(pages: dict[Path, Page]) -> None:
    import mtdbench

    names = {path.stem for path in pages}
    assert {path.stem for path in (ROOT / "docs").rglob("*.md")} <= names
    (library,) = [path for path in pages if path.match("reference/api.html")]
    documented = library.read_text()
    assert all(f"mtdbench.{name}" in documented for name in mtdbench.__all__ if name[0] != "_")


def test_formulas_are_set(pages: dict[Path, Page]) -> None:
    (model,) = [path for path in pages if path.name == "model.html"]
    assert model.read_text().count("<math") > 50
    for path in pages:
        body = re.sub(r"<(pre|code).*?</\1>", "", path.read_text(), flags=re.DOTALL)
        assert "arithmatex" not in body, path


def test_every_key_of_a_study_and_every_study_is_there(pages: dict[Path, Page]) -> None:
    from mtdbench.study import schema

    (keys,) = [path for path in pages if path.name == "study-file.html"]
    text = keys.read_text()
    blocks = [schema(), *schema()["$defs"].values()]
    assert all(f"<code>{key}</code>" in text for b in blocks for key in b.get("properties", ()))
    (studies,) = [page for path, page in pages.items() if path.name == "studies.html"]
    assert {path.stem for path in (ROOT / "config").glob("*.yaml")} <= studies.anchors


def test_the_published_tables_have_a_page_each(pages: dict[Path, Page]) -> None:
    tables = {path.parent.name for path in (ROOT / "results" / "published").glob("*/table.csv")}
    shown = {path.stem for path in pages if 'class="sortable"' in path.read_text()}
    assert tables <= shown


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_in_a_browser(address: str, width: int, scheme: str, browser_path: str) -> None:
    """Pages are as wide as the screen, ask nothing elsewhere, and tables are sorted by a click."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engines:
        browser = engines.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index", "model", "gallery", "reference/study-file", "reproduction"):
            page.goto(f"{address}/{name}.html")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.goto(f"{address}/published/paper-2d-reduced.html")
        head = page.locator("table.sortable th", has_text="median error")
        for order in (1, -1):
            head.click()
            k = head.evaluate("head => head.cellIndex")
            texts = page.locator("table.sortable tbody tr").evaluate_all(
                f"rows => rows.map(row => row.cells[{k}].textContent)"
            )
            values = [float(text) for text in texts if text]
            assert len(values) > 50
            assert values == sorted(values, reverse=order < 0)
        assert all(url.startswith((address, "data:", "blob:")) for url in asked)
        browser.close()


@pytest.fixture
def browser_path() -> str:
    """The browser of the system."""
    from shutil import which

    found = which("chromium") or which("chromium-browser") or which("google-chrome")
    if not found:
        pytest.skip("no browser is installed")
    return found
