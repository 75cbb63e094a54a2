"""From what a user names to micrographs: files, folders, patterns, lists."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.micrographs.file_content import FileContent
from mtdbench.micrographs.file_formats import read_content
from mtdbench.micrographs.micrographs import Micrographs
from mtdbench.micrographs.pixel_sizes import agreed_pixel_size
from mtdbench.micrographs.sample_checks import check_micrograph
from mtdbench.micrographs.sources import Source, find_sources
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of


def read_micrographs(
    sources: Sequence[str],
    ndim: int,
    pixel_size: float | None = None,
    ranks: Ranks = ONE_RANK,
) -> tuple[Micrographs, list[str]]:
    """The micrographs in files, memory-mapped where possible, and what the user should know of how
    they were read, a line each.

    Parameters
    ----------
    sources : sequence of str
        Files, folders, patterns such as `*.mrc`, images of stacks such as `000001@stack.mrcs`, and
        STAR files that list micrographs.
    ndim : int
        d, the number of axes of a micrograph. A file with one more holds several.
    pixel_size : float or None
        Angstrom to a sample, whatever the files say.
    ranks : Ranks
        Each of several looks for samples that are no numbers in its share of the micrographs.

    Raises
    ------
    InputError
        If a file cannot be read, is of another kind, or holds NaN, infinities, numbers too large,
        or the same number everywhere.
    """
    found, remarks = find_sources(sources)
    contents = {source.path: read_content(source.path) for source in found}
    remarks += [remark for content in contents.values() for remark in content.remarks]
    images: list[np.ndarray] = []
    names: list[str] = []
    for source, called in zip(found, _names(found), strict=True):
        content = contents[source.path]
        for number, image in _images(source, content, ndim):
            images.append(image)
            names.append(called if number is None else f"{number:06d}@{called}")
        if content.is_volume and len(content.array.shape) > ndim and len(content.array) > 1:
            remarks.append(_sections(source.path, len(content.array)))
    size, more = agreed_pixel_size(_sizes(found, contents), pixel_size)
    micrographs = Micrographs(tuple(images), tuple(names), size)
    for place in share_of(ranks, len(images)):
        check_micrograph(images[place], names[place])
    return micrographs, list(dict.fromkeys(remarks + more))


def _names(sources: list[Source]) -> list[str]:
    """What the files are called: as they are listed, else by their names without folders, or with
    them where two files have one name.
    """
    short: dict[str, set[Path]] = {}
    for source in sources:
        short.setdefault(source.path.name, set()).add(source.path)
    alone = {name for name, paths in short.items() if len(paths) == 1}
    return [s.name or (s.path.name if s.path.name in alone else str(s.path)) for s in sources]


def _images(
    source: Source, content: FileContent, ndim: int
) -> Iterator[tuple[int | None, np.ndarray]]:
    """The micrographs that are meant of a file, each with its number, from 1; None if it is the
    only one.
    """
    array, path = content.array, source.path
    while array.ndim > ndim and len(array) == 1 and array.ndim != ndim + 1:
        array = array[0]
    if array.ndim not in (ndim, ndim + 1):
        raise InputError(
            f"'{path}' has shape {array.shape}: expected {ndim} axes, or {ndim + 1} for several"
            " micrographs"
        )
    stack = array if array.ndim == ndim + 1 else array[None]
    if source.section is not None:
        if not 1 <= source.section <= len(stack):
            raise InputError(f"'{path}' has no image {source.section}: expected 1 to {len(stack)}")
        yield source.section, stack[source.section - 1]
    elif len(stack) == 1:
        yield None, stack[0]
    else:
        yield from enumerate(stack, 1)


def _sections(path: Path, count: int) -> str:
    return (
        f"'{path}' says that it is a volume: its {count} sections are read as {count} micrographs"
    )


def _sizes(found: list[Source], contents: dict[Path, FileContent]) -> dict[str, float | None]:
    """Angstrom to a sample by file: what a list says, else what the file says."""
    return {str(s.path): s.pixel_size or contents[s.path].pixel_size for s in found}
