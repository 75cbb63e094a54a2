"""Files and functions are short, everything is typed and documented, and there are tests enough."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

Function = ast.FunctionDef | ast.AsyncFunctionDef
ROOT = Path(__file__).parents[2]


def lines_of(folder: Path) -> dict[str, int]:
    """The number of lines of each module."""
    return {
        str(file.relative_to(folder)): len(file.read_text(encoding="utf-8").splitlines())
        for file in folder.rglob("*.py")
    }


def test_files_are_short() -> None:
    lines = lines_of(ROOT / "src" / "mtdbench")
    assert {name: number for name, number in lines.items() if number > 300} == {}
    assert median(lines.values()) <= 90


def test_there_are_three_lines_of_tests_to_four_of_code() -> None:
    tests, code = (sum(lines_of(ROOT / folder).values()) for folder in ("tests", "src"))
    assert tests / code >= 0.75


def functions(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, Function]]:
    """All functions and methods of a module, with their full names."""
    for node in ast.iter_child_nodes(tree):
        name = f"{inside}{getattr(node, 'name', '')}"
        if isinstance(node, Function):
            yield name, node
        within = f"{name}." if isinstance(node, Function | ast.ClassDef) else inside
        yield from functions(node, within)


def body_length(function: Function) -> int:
    """Lines of its body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]


def test_functions_are_short(source: dict[str, ast.Module]) -> None:
    lengths = {
        f"{module}:{name}": body_length(function)
        for module, tree in source.items()
        for name, function in functions(tree)
    }
    assert {name: number for name, number in lengths.items() if number > 45} == {}
    assert np.percentile([number for number in lengths.values() if number], 90) <= 18


def untyped(function: Function) -> bool:
    """Whether an argument, or what it returns, has no type."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    bare = [a.arg for a in every if a is not None and a.annotation is None]
    return function.returns is None or bool(set(bare) - {"self", "cls"})


def test_everything_is_typed(source: dict[str, ast.Module]) -> None:
    found = [
        f"{module}:{name}"
        for module, tree in source.items()
        for name, function in functions(tree)
        if untyped(function)
    ]
    assert found == []


def undocumented(tree: ast.AST, inside: str = "") -> Iterator[str]:
    """Public classes, functions and methods without a docstring; what a protocol declares with
    three dots says what it is in a comment.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            dots = isinstance(node.body[0], ast.Expr) and ast.unparse(node.body[0]) == "..."
            if not (dots or ast.get_docstring(node)):
                yield inside + node.name
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node, f"{node.name}.")


def test_everything_public_is_documented(source: dict[str, ast.Module]) -> None:
    found = [f"{m}:{name}" for m, tree in source.items() for name in undocumented(tree)]
    assert found + [m for m, tree in source.items() if not ast.get_docstring(tree)] == []
