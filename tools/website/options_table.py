"""What a page of an estimator says of its options and sources, from the code and the README.

`<!-- options: em -->` becomes the first words of its docstring and a table of its options,
`<!-- sources: EM2 EM3 -->` the entries of the README's list of papers.
"""

import inspect
import re
from pathlib import Path

from mtdbench.estimators import registry
from mtdbench.estimators.declaration import privileged_inputs
from mtdbench.estimators.options import read_options

README = Path(__file__).parents[2] / "README.md"
PLACE = re.compile(r"<!-- (options|sources): ([^>]*) -->")
OPTION = re.compile(r"^(\w+) : (.*(?:\n[ ]+.*)*)", re.MULTILINE)


def with_options(page: str) -> str:
    """A page with its places filled in."""
    fill = {"options": options_section, "sources": sources_section}
    return PLACE.sub(lambda match: fill[match[1]](match[2].strip()), page)


def options_section(name: str) -> str:
    """Name, type, default and meaning of each option of an estimator."""
    estimator = registry.load(name)
    doc = inspect.getdoc(estimator) or ""
    meaning = {word: " ".join(text.split()) for word, text in OPTION.findall(doc)}
    lines = ["| option | type | default | what it is |", "|---|---|---|---|"]
    options, _ = read_options(estimator)
    for option, found in options.items():
        kind = inspect.formatannotation(found.kind).replace("typing.", "")
        kind = kind.replace(" | ", " or ")
        cells = (f"`{option}`", f"`{kind}`", f"`{found.default!r}`", meaning.get(option, ""))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    told = privileged_inputs(estimator)
    words = " and ".join(told) or "nothing but the measurement"
    return f"It is told {words}.\n\n" + ("\n".join(lines) if options else "It has no options.")


def sources_section(keys: str) -> str:
    """The papers with these abbreviations, as the README lists them."""
    listed = dict(re.findall(r"^- \[(\w+)\] (.*)$", README.read_text(), re.MULTILINE))
    return "\n".join(f"- **{key}** {listed[key]}" for key in keys.split())
