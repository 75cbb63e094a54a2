"""The site's own steps, called by MkDocs: generated pages, links of the repository, formulas.

Listed under `hooks` in `mkdocs.yml`. The pages of `docs/` are read on GitHub too, so they link to
files of the repository; `links` turns such links into those of the site.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from api_page import api_page
from cli_page import cli_page
from formulas import with_mathml
from gallery import gallery_files
from links import MOVED, SiteLinks
from math_font import math_font
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from options_table import with_options
from published import published_files, published_studies, studies_list
from schemes import with_both_schemes
from studies import studies_page, study_file_page

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "results" / "published"
PUBLISHED = "published/index.md"

Contents = Iterator[tuple[str, str | bytes | Path]]
"""Files of the site: address, and content or the file that holds it."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation: a page for each published study, and no page that is yet to be written."""
    docs = Path(config.docs_dir)
    made = {*MOVED.values(), "gallery.md"}

    def exists(page: str) -> bool:
        return page in made or page.startswith("reference/") or (docs / page).is_file()

    config.nav = _existing(config.nav, exists)
    return config


def _existing(entry: Any, exists: Callable[[str], bool]) -> Any:
    """A part of the navigation without the pages that do not exist; None if nothing is left."""
    if isinstance(entry, list):
        parts = [_existing(part, exists) for part in entry]
        return [part for part in parts if part] + (_published() if parts == [PUBLISHED] else [])
    if isinstance(entry, dict):
        named = {name: _existing(part, exists) for name, part in entry.items()}
        return {name: part for name, part in named.items() if part}
    return entry if exists(entry) else None


def _published() -> list[str]:
    return [f"published/{study.name}.md" for study in published_studies(TABLES)]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and the files of the repository that pages show or offer."""
    for address, content in generated():
        made = {"abs_src_path": str(content)} if isinstance(content, Path) else {"content": content}
        files.append(File.generated(config, address, **made))
    return files


def generated() -> Contents:
    """What the site holds beside the files of `docs/`."""
    for source, address in MOVED.items():
        further = studies_list(TABLES) if address == PUBLISHED else ""
        yield address, (ROOT / source).read_text() + further
    yield "reference/cli.md", cli_page()
    yield "reference/api.md", api_page()
    yield "reference/study-file.md", study_file_page()
    yield "reference/studies.md", studies_page(ROOT / "config")
    yield "assets/math.woff", math_font()
    yield from gallery_files(ROOT)
    yield from published_files(TABLES)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links of the repository become links of the site; options of estimators are filled in."""
    links = SiteLinks(ROOT, page.file.src_uri, {file.src_uri for file in files})
    text = links.rewritten(with_both_schemes(with_options(markdown)))
    for address, source in links.offered.items():
        if files.get_file_from_path(address) is None:
            file = File.generated(config, address, abs_src_path=str(source))
            files.append(file)
    return text


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Formulas become MathML, which browsers set by themselves."""
    return with_mathml(html)
