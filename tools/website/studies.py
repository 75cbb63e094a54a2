"""Pages of the study files: every key, from the schema; every study of `config/`, as it stands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mtdbench.study import load_study, schema

KEYS = """\
# Study files

Every key of a study file, written from the schema that `mtdbench check --schema` prints. Keys and
values are checked before anything is run; a mistake is one line that says what would be valid.
Where a list is allowed, it is an axis of a grid.
"""
STUDIES = """\
# The studies

The files of `config/`. They come with the package: `mtdbench run NAME --cores N` runs one,
`mtdbench plan NAME` says what it takes.
"""


def study_file_page() -> str:
    """The page of the keys: one table for each kind of block."""
    whole = schema()
    parts = [KEYS, "## A study\n", _table(whole)]
    for name, block in whole["$defs"].items():
        if "properties" in block:
            parts.append(f"## {name}\n\n{block.get('description', '')}\n\n{_table(block)}")
    return "\n".join(parts)


def studies_page(folder: Path) -> str:
    """The page of the studies: what each is about, and its text."""
    parts = [STUDIES]
    for path in sorted(folder.glob("*.yaml")):
        study, text = load_study(path)
        about = re.sub(r"^# ?(yaml-language-server.*$)?", "", _comment(text), flags=re.MULTILINE)
        scales = " It has a reduced scale." if study.has_reduced else ""
        body = "\n".join(f"    {line}".rstrip() for line in ["```yaml", *text.splitlines(), "```"])
        parts.append(
            f'## {path.stem}\n\n{about.strip()}{scales}\n\n??? note "{path.name}"\n\n{body}\n'
        )
    return "\n".join(parts)


def _comment(text: str) -> str:
    found = re.match(r"(?:#.*\n)*", text)
    return found[0] if found else ""


def _table(block: dict[str, Any]) -> str:
    needed = block.get("required", ())
    lines = ["| key | type | default | what it is |", "|---|---|---|---|"]
    for key, value in block["properties"].items():
        default = "required" if key in needed else _default(value)
        cells = (f"`{key}`", ", ".join(dict.fromkeys(_types(value))), default)
        meaning = value.get("description", "")
        lines.append("| " + " | ".join(_escaped(cell) for cell in (*cells, meaning)) + " |")
    return "\n".join(lines) + "\n"


def _types(value: dict[str, Any]) -> Iterator[str]:
    """The types that a value may have, as words."""
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[1]
        yield f"[{name}](#{name.lower()})"
    elif "enum" in value:
        yield from (f"`{choice}`" for choice in value["enum"])
    elif several := value.get("anyOf") or value.get("oneOf"):
        for one in several:
            yield from _types(one)
    elif value.get("type") == "array":
        yield f"list of {' or '.join(_types(value.get('items', {}))) or 'values'}"
    else:
        yield {"object": "mapping", "null": "nothing"}.get(
            value.get("type", "value"), value.get("type", "value")
        )


def _default(value: dict[str, Any]) -> str:
    return f"`{json.dumps(value['default'])}`" if "default" in value else ""


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
