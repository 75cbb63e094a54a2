"""Links of the repository's pages, as links of the site."""

import os
import re
from pathlib import Path, PurePosixPath

MOVED = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "results/published/README.md": "published/index.md",
}
"""Pages that lie outside `docs/`, and what they are called on the site."""

FOLDERS = {
    "examples": "gallery.md",
    "results/published": "published/index.md",
    "config": "reference/studies.md",
}
LINK = re.compile(r"(?<=\]\()([^)#:\s]+)((?:#[^)]*)?)(?=\))")
SOURCE = re.compile(r'(?<=src=")([^":]+)|(?<=srcset=")([^":]+)')
FOLDER_LINK = re.compile(r"\[([^\]]*)\]\(([^)#:\s]+)\)")
FENCED = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


class SiteLinks:
    """The links of one page.

    Parameters
    ----------
    root : Path
        The repository.
    page : str
        Address of the page on the site.
    pages : set of str
        Addresses of all files of the site.

    Attributes
    ----------
    offered : dict of str to Path
        Files of the repository that the page links to and the site does not have: address, file.
    """

    def __init__(self, root: Path, page: str, pages: set[str]) -> None:
        self.root, self.page, self.pages = root, page, pages
        back = {address: source for source, address in MOVED.items()}
        self.source = back.get(page, f"docs/{page}")
        self.offered: dict[str, Path] = {}

    def rewritten(self, text: str) -> str:
        """The page's text with links of the site; code in fences stays."""
        parts = FENCED.split(text)
        parts[::2] = [self._prose(part) for part in parts[::2]]
        return "".join(parts)

    def _prose(self, text: str) -> str:
        text = FOLDER_LINK.sub(self._folder, text)
        return SOURCE.sub(self._image, LINK.sub(self._link, text))

    def _folder(self, match: re.Match[str]) -> str:
        """A link to a folder that has no page: its words alone."""
        path = os.path.normpath(PurePosixPath(self.source).parent / match[2])
        has_page = path in FOLDERS or path.startswith("results/published/")
        return match[0] if has_page or not (self.root / path).is_dir() else match[1]

    def address(self, link: str) -> str:
        """Where on the site that is what a link of the page's source leads to."""
        folder = PurePosixPath(self.source).parent
        path = os.path.normpath(folder / link)
        inside = path.removeprefix("docs/")
        if path.startswith("docs/") or (path.startswith("..") and inside in self.pages):
            return inside
        if path in MOVED or path in FOLDERS:
            return {**MOVED, **FOLDERS}[path]
        if path.startswith("results/published/"):
            inside = path.removeprefix("results/")
            return inside if PurePosixPath(path).suffix else f"{inside}.md"
        if (self.root / path).is_file():
            self.offered[f"source/{path}.txt"] = self.root / path
            return f"source/{path}.txt"
        return inside

    def _link(self, match: re.Match[str]) -> str:
        address, anchor = self.address(match[1]), match[2]
        if address.startswith("source/examples/"):
            name = PurePosixPath(match[1]).stem
            address, anchor = "gallery.md", f"#{name.replace('_', '-')}"
        return self._relative(address) + anchor

    def _image(self, match: re.Match[str]) -> str:
        return self._relative(self.address(match[0]))

    def _relative(self, address: str) -> str:
        return os.path.relpath(address, PurePosixPath(self.page).parent)
