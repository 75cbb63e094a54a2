"""Writing a figure in every format, each file whole and the same whenever it is drawn again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from mtdbench.figures.layout.style import THEME
from mtdbench.files import replacing

DPI = 160
METADATA: dict[str, dict[str, Any]] = {  # without dates: a figure drawn again is the same file
    "svg": {"Date": None, "Creator": "mtdbench"},
    "png": {"Software": "mtdbench"},
    "pdf": {"CreationDate": None, "Creator": "mtdbench", "Producer": "mtdbench"},
}


def save(draw: Callable[[], Figure], stem: Path) -> list[Path]:
    """Draw a figure in the suite's theme and write `stem`.svg, .png (160 dpi) and .pdf."""
    written = []
    with theme():
        figure = draw()
        figure.draw_without_rendering()  # lays the figure out, once for all formats
        figure.set_layout_engine("none")
        for kind, metadata in METADATA.items():
            path = stem.with_name(f"{stem.name}.{kind}")
            with replacing(path) as temporary:
                figure.savefig(temporary, dpi=DPI, metadata=metadata)
            written.append(path)
    return written


@contextmanager
def theme() -> Iterator[None]:
    """Matplotlib's own defaults under the suite's theme: no user's settings change a figure."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(THEME)  # type: ignore[arg-type]
        yield
