"""One name for one thing, and no constant that a test has to set from outside."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest


def elements(node: ast.AST) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple | ast.List | ast.Set) else []


def public_names(tree: ast.Module) -> Iterator[str]:
    """What a module defines: functions, classes, constants and types."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(targets=targets):
                parts = [part for t in targets for part in [t, *elements(t)]]
                names = [part.id for part in parts if isinstance(part, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_") and name != "main")


def test_no_two_modules_define_the_same_name(source: dict[str, ast.Module]) -> None:
    places = defaultdict(set)
    for module, tree in source.items():
        for name in public_names(tree):
            places[name].add(module)
    assert {name: sorted(where) for name, where in places.items() if len(where) > 1} == {}


def test_no_two_files_have_the_same_name(source: dict[str, ast.Module]) -> None:
    count = Counter(Path(module).name for module in source)
    twice = {name for name, number in count.items() if number > 1}
    assert twice - {"__init__.py", "__main__.py"} == set()


def patched_constants(tree: ast.AST) -> Iterator[str]:
    """Constants that are set from outside: by `setattr`, `patch`, or an assignment."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setattr" | "patch" | "object") | ast.Name(id="setattr"),
                args=given,
            ):
                texts = [str(a.value) for a in given[:2] if isinstance(a, ast.Constant)]
                names = [text.rpartition(".")[2] for text in texts]
            case ast.Assign(targets=targets):
                names = [t.attr for t in targets if isinstance(t, ast.Attribute)]
            case _:
                names = []
        yield from (f"{node.lineno}: {name}" for name in names if name.isupper())


def test_no_test_patches_a_constant(tests: dict[str, ast.Module]) -> None:
    found = {name: [*patched_constants(tree)] for name, tree in tests.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("monkeypatch.setattr(module, 'CHUNK', 1)", ["1: CHUNK"]),
        ("monkeypatch.setattr('package.module.CHUNK', 1)", ["1: CHUNK"]),
        ("module.CHUNK = 1", ["1: CHUNK"]),
        ("patch.object(module, 'CHUNK', 1)", ["1: CHUNK"]),
        ("monkeypatch.setenv('NPROC', '2')", []),
        ("monkeypatch.setattr(module, 'function', None)", []),
    ],
)
def test_the_search_finds_what_is_set_from_outside(code: str, names: list[str]) -> None:
    assert [*patched_constants(ast.parse(code))] == names
