"""Study files made by their structure: values of every type in every field."""

import json
from typing import Any

import yaml
from hypothesis import strategies as st

from fuzzing.valid_files import ALIASES, STUDY

KEYS = (
    *("name", "seed", "threads", "batch", "limits", "sweeps", "estimators", "figures", "space"),
    *("window", "size", "micrographs", "snr", "density", "basis", "target", "method", "full_size"),
    *("instrument", "spacing", "mrc", "trials", "options", "reduced", "label", "halves", "only"),
    *("title", "kind", "published", "fits", "guides", "caption", "background", "kernels", "groups"),
)
WORDS = (
    *("", "line", "disc", "ball", "saturation", "random", "em", "zero", "lines", "paper", "none"),
    *(
        "picture:camera",
        "volume:c4",
        "file:/no/such.npy",
        "file:\0",
        "degree:4",
        "classes:99999999",
    ),
    *("nan", "../../x", "a" * 400, "\ud800", "é\u202e\x07", "well-separated", "bandlimit:0.9"),
    *("pdb:1abc@", "emdb:-1", "classes:2", "degree:" + "9" * 30, "bandlimit:nan", " or ", "x\ny"),
)
NUMBERS = (0, -1, 1, 2, 5, 0.5, 1e308, 1e-320, 10**18, 2**63, 10**40, 10**4000, 10**5, -0.0)
SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from(NUMBERS)
    | st.integers(-3, 300)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
    | st.dates()
    | st.binary(max_size=4)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        | st.dictionaries(SCALARS, inner, max_size=2)
    ),
    max_leaves=8,
)
TEMPLATES = tuple(yaml.safe_load(text) for text in (STUDY, ALIASES))


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a content."""
    items = (
        content.items() if isinstance(content, dict)
        else enumerate(content) if isinstance(content, list) else ()
    )  # fmt: skip
    return [
        *([path] if path else []),
        *(place for key, value in items for place in places(value, (*path, key))),
    ]


def replaced(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The content with another value at a place."""
    if not path:
        return value
    key, *rest = path
    copy = dict(content) if isinstance(content, dict) else list(content)
    copy[key] = replaced(content[key], tuple(rest), value)
    return copy


def similar(value: Any) -> st.SearchStrategy[Any]:
    """Values of the type of this one, which a check of types alone lets pass."""
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int | float):
        return st.sampled_from(NUMBERS) | st.integers(-3, 300) | st.floats()
    if isinstance(value, str):
        return st.sampled_from(WORDS) | st.text(max_size=8)
    if isinstance(value, list):
        return st.lists(st.sampled_from([*value, *NUMBERS]), max_size=6)
    return SCALARS


@st.composite
def contents(draw: st.DrawFn, strange: bool) -> Any:
    """A valid study of which up to three values are others; strange ones, of any type, or as the
    value of another key, or such of the same type.
    """
    content = draw(st.sampled_from(TEMPLATES))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(content)))
        value = draw(SCALARS | VALUES if strange else similar(_at(content, path)))
        if strange and draw(st.booleans()):
            old = _at(content, path)
            value = {**(old if isinstance(old, dict) else {}), draw(st.sampled_from(KEYS)): value}
        content = replaced(content, path, value)
    return content


def _at(content: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        content = content[key]
    return content


def bomb(depth: int, width: int, merge: bool) -> str:
    """Aliases of aliases: `width` to the power `depth` values in a few lines."""
    start = "a0: &a0 {x: 1}" if merge else "a0: &a0 [x, x]"
    step = "a{0}: &a{0} {{<<: [{1}]}}" if merge else "a{0}: &a{0} [{1}]"
    lines = [step.format(n, ", ".join([f"*a{n - 1}"] * width)) for n in range(1, depth + 1)]
    options = "\n".join(["      " + line for line in (start, *lines)])
    return STUDY.replace("    label: em\n    options: {n_init: [1, 2]}", f"    options:\n{options}")


def nested(depth: int, pair: str) -> str:
    """Lists or mappings in each other."""
    return f"name: deep\nsweeps: {pair[0] * depth}{pair[1] * depth}\n"


def dumped(content: Any) -> str:
    """A content as YAML; what YAML cannot write as JSON, which is YAML too."""
    try:
        return yaml.safe_dump(content, allow_unicode=True)
    except (yaml.YAMLError, UnicodeError, ValueError, TypeError, RecursionError):
        return json.dumps(content, default=str, skipkeys=True)


TEXTS: st.SearchStrategy[str] = st.one_of(
    *[contents(strange=True).map(dumped)] * 4,
    *[contents(strange=False).map(dumped)] * 8,
    VALUES.map(dumped),
    st.builds(bomb, st.integers(1, 40), st.integers(1, 9), st.booleans()),
    st.builds(nested, st.integers(1, 5000), st.sampled_from(["[]", "{}"])),
    st.sampled_from(
        [
            "&a [*a]", STUDY + "name: again\n", STUDY.replace("n_init: [1, 2]", "n_init: &a [*a]"),
            STUDY.replace("seed: 3", "seed: 0x" + "f" * 9000), STUDY.replace("3", "2001-99-99"),
            STUDY.replace("fuzzed", '"\\ud800"'), STUDY.replace("lines", "&a [*a, *a]"),
            STUDY.replace("seed: 3", "seed: 0b_"), STUDY.replace("3", "!!bool x"),
            STUDY.replace("trials: 2", "trials: 1000000000000000"), "? [1]\n: 2", "? {a: b}\n: c",
        ]
    ),
)  # fmt: skip
"""Texts of study files."""
