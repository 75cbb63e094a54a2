"""Only `spaces/` knows the dimension: nothing else asks how many axes an object has."""

import ast
from collections import defaultdict

import pytest

AXES_OF_FORMATS = {
    "files.py": "an .mrc file is written beside the array of a volume",
    "simulation/targets/maps.py": "the map in an .mrc file has three axes, stored in any order",
    "figures/layout/guides.py": "the root is of a power law that is drawn, not of a volume",
}
"""Where the number of axes is that of a file format, not that of an object, or there is none."""

FOR_NOW = {
    "figures/layout/ticks.py": "ticks name a number of samples as N^d",
    "library/plotting.py": "an array is plotted by its own axes: to be a field of `PictureStyle`",
}
"""What is drawn: to ask a table of styles, or `Space.kind`, instead."""


def says_ndim(node: ast.AST) -> bool:
    """Whether it is `ndim`, `x.ndim`, `table["ndim"]` or `len(x.shape)`, or made of one of them by
    calls and attributes, as `int(table["ndim"].iloc[0])` is.
    """
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.endswith("ndim"):
            return True
        case ast.Call(func=ast.Name(id="len"), args=[ast.Attribute(attr="shape")]):
            return True
        case ast.Subscript(value=value, slice=key):
            return getattr(key, "value", None) == "ndim" or says_ndim(value)
        case ast.Attribute(value=value):
            return says_ndim(value)
        case ast.Call(func=called, args=given):
            return says_ndim(called) or any(map(says_ndim, given))
    return False


def is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def knows_the_dimension(node: ast.AST) -> bool:
    """A comparison of the number of axes with a number, the smaller of the two, a match by it, a
    d-th root. A table by it is none: another dimension is one entry more.
    """
    match node:
        case ast.Compare(left=left, comparators=others):
            sides = [left, *others]
            numbers = any(is_number(part) for side in sides for part in [side, *elements(side)])
            return numbers and any(map(says_ndim, sides))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=given):
            smaller = name in {"min", "max", "minimum", "maximum", "clip"}
            return name == "cbrt" or (smaller and any(map(says_ndim, given)))
        case ast.Match(subject=subject):
            return says_ndim(subject)
        case ast.BinOp(op=ast.Pow(), right=ast.BinOp(left=ast.Constant(value=1), op=ast.Div())):
            return True
    return False


def elements(node: ast.AST) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple | ast.List | ast.Set) else []


def test_only_spaces_know_the_dimension(source: dict[str, ast.Module]) -> None:
    """And nothing is excepted that no longer needs it."""
    found = defaultdict(list)
    for name, tree in source.items():
        if not name.startswith("spaces/"):
            for node in filter(knows_the_dimension, ast.walk(tree)):
                found[name].append(f"{node.lineno}: {ast.unparse(node)}")
    excepted = AXES_OF_FORMATS | FOR_NOW
    assert {name: lines for name, lines in found.items() if name not in excepted} == {}
    assert excepted.keys() - found.keys() == set()


@pytest.mark.parametrize(
    ("code", "known"),
    [
        *(
            (code, True)
            for code in ("x.ndim == 3", "ndim > 1", "2 < y.window.ndim", "ndim in (1, 2)")
        ),
        *((code, True) for code in ("min(ndim, 2)", "np.minimum(t['ndim'].astype(int), 2)")),
        *((code, True) for code in ("n ** (1 / ndim)", "np.cbrt(n)")),
        *((code, True) for code in ("int(t['ndim'].iloc[0]) == 1", "a.ndim != 2")),
        *((code, False) for code in ("a.ndim == w.ndim + 1", "len(s) in (ndim, ndim + 1)")),
        *((code, False) for code in ("n**ndim", "range(ndim)", "len(a) == 2", "STYLES[a.ndim]")),
    ],
)
def test_the_search_finds_what_it_is_to_find(code: str, known: bool) -> None:
    assert any(map(knows_the_dimension, ast.walk(ast.parse(code)))) == known
