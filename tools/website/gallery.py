"""The gallery: every example as it stands, what it prints and the picture that it draws.

Examples are run when the site is built. What they gave is kept in `.cache/gallery` for as long as
neither they nor the package change.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

INTRODUCTION = """\
# Gallery

Programs of `examples/`, run when this page was made: what they draw, what they print, and their
code. Each needs nothing but the library and runs in an empty folder.
"""
FLAGS = {"your_own_micrograph": ["--figure"]}


def gallery_files(root: Path) -> Iterator[tuple[str, str | Path]]:
    """The page, and a picture for each example."""
    parts = [INTRODUCTION]
    for example in sorted((root / "examples").glob("*.py")):
        picture, printed = shown(example, root)
        address = f"gallery/{example.stem}.png"
        yield address, picture
        parts.append(_section(example, address, printed))
    yield "gallery.md", "\n".join(parts)


def _section(example: Path, picture: str, printed: str) -> str:
    source = example.read_text()
    doc = re.match(r'"""(.*?)"""', source, re.DOTALL)
    first, _, rest = (doc[1] if doc else "").partition("\n\n")
    rest = re.sub(r"^    python .*$\n*", "", rest.strip("\n"), flags=re.MULTILINE)
    title = example.stem.replace("_", " ").capitalize().replace("Em ", "EM ")
    return (
        f"## {title}\n\n{first}\n\n{rest}\n\n![{title}]({picture})\n\n"
        f"```text\n{printed.rstrip()}\n```\n\n"
        f'??? example "{example.name}"\n\n'
        + "\n".join(f"    {line}" for line in ["```python", *source.rstrip().splitlines(), "```"])
        + "\n"
    )


def shown(example: Path, root: Path) -> tuple[Path, str]:
    """The picture that an example draws, and what it prints.

    Raises
    ------
    subprocess.CalledProcessError
        If the example fails.
    """
    folder = root / ".cache" / "gallery" / f"{example.stem}-{_content(example, root)}"
    if not (folder / "printed.txt").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        arguments = [*FLAGS.get(example.stem, []), str(folder / "figure.png")]
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run(
                [sys.executable, str(example), *arguments],
                cwd=empty, env=_quiet(root), capture_output=True, text=True, check=True,
            )  # fmt: skip
        (folder / "printed.txt").write_text(done.stdout)
    return folder / "figure.png", (folder / "printed.txt").read_text()


def _content(example: Path, root: Path) -> str:
    """A hash of the example and of the whole package."""
    hashed = hashlib.sha256(example.read_bytes())
    for path in sorted((root / "src").rglob("*.py")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()[:12]


def _quiet(root: Path) -> dict[str, str]:
    """The environment, with this tree's package and one thread to a process."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NPROC")
    path = os.pathsep.join([str(root / "src"), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, **dict.fromkeys(names, "1")}
