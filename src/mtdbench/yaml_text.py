"""What a text in YAML holds: nothing but what a study needs, however the text is written.

A key that occurs twice is a mistake, not a choice of the last one. Aliases may not multiply without
bound, and there are neither numbers nor text that other files could not hold.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from mtdbench.errors import InputError

LONGEST_TEXT = 2**18
"""Letters of a text."""
MOST_NODES = 20_000
"""In a text, whose aliases are written out."""
DEEPEST = 50
"""Lists and mappings in each other."""
LARGEST_INTEGER = 2**63 - 1


class _BoundedLoader(yaml.SafeLoader):
    """Stops reading where a text is deeper or has more in it than is allowed."""

    def __init__(self, text: str, source: str) -> None:
        super().__init__(text)
        self.source, self.depth, self.values = source, 0, 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node, with all that is in it."""
        self.depth, self.values = self.depth + 1, self.values + 1
        if self.depth > DEEPEST:
            raise _too_deep(self.source)
        if self.values > MOST_NODES:
            raise _too_many(self.source)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Extent(NamedTuple):
    """How much a node is with its aliases written out."""

    values: int
    depth: int


def yaml_content(text: str, source: str) -> Any:
    """The content of a text in YAML that `source` names in messages.

    Raises
    ------
    InputError
        If the text is not YAML, a mapping in it has a key twice, or it holds more, larger or deeper
        content than any study.
    """
    if len(text) > LONGEST_TEXT:
        raise InputError(f"{source} has {len(text)} letters: expected at most {LONGEST_TEXT}")
    try:
        loader = _BoundedLoader(text, source)
        root = loader.get_single_node()
        if root is None:
            return None
        for key in _repeated_keys(root):
            line = key.start_mark.line + 1
            raise InputError(
                f"{source} has the key '{key.value}' twice, again in line {line}:"
                " expected each key once in a mapping"
            )
        _check_extent(root, source)
        content = loader.construct_document(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not readable"
        raise InputError(f"{source} is not valid YAML{place}: {problem}") from None
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        # The library's own conversions: of a date 2001-99-99, a number 0x_, a tag !!bool x.
        problem = f"a value that is none of its type ({error})"
        raise InputError(f"{source} is not valid YAML: {problem}") from None
    _check_values(content, source)
    return content


def _check_extent(root: yaml.Node, source: str) -> None:
    """Check that a document is not too large, with every alias written out."""
    values, depth = _extent(root, {}, set(), source)
    if depth > DEEPEST:
        raise _too_deep(source)
    if values > MOST_NODES:
        raise _too_many(source)


def _extent(node: yaml.Node, known: dict[int, _Extent], open_: set[int], source: str) -> _Extent:
    if id(node) in open_:
        line = node.start_mark.line + 1
        raise InputError(f"{source}, line {line}, contains itself: expected no such alias")
    if id(node) not in known:
        open_.add(id(node))
        parts = [_extent(child, known, open_, source) for child in _children(node)]
        open_.remove(id(node))
        known[id(node)] = _Extent(
            1 + sum(part.values for part in parts),
            1 + max((part.depth for part in parts), default=0),
        )
    return known[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _too_deep(source: str) -> InputError:
    return InputError(f"{source} is nested too deeply: expected at most {DEEPEST} levels")


def _too_many(source: str) -> InputError:
    return InputError(
        f"{source} has more than {MOST_NODES} values, aliases written out: expected fewer"
    )


def _repeated_keys(root: yaml.Node) -> Iterator[yaml.Node]:
    """The keys that a mapping has had before."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        waiting += _children(node)
        found = set[tuple[str, str]]()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            name = (key.tag, str(key.value))
            if isinstance(key, yaml.ScalarNode) and name in found:
                yield key
            found.add(name)


def _check_values(root: Any, source: str) -> None:
    """Check that other files can hold the numbers and the text."""
    waiting, seen = [root], set[int]()
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            _check_text(value, source)
        elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise InputError(
                f"{source} has a whole number of {value.bit_length()} bits:"
                f" expected at most {LARGEST_INTEGER}"
            )
        elif isinstance(value, dict | list) and id(value) not in seen:
            seen.add(id(value))
            waiting += [*value, *value.values()] if isinstance(value, dict) else value


def _check_text(text: str, source: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{source} has half a character in '{text}': expected whole ones"
        ) from None
    if "\0" in text:
        raise InputError(f"{source} has a NUL in '{text}': expected text")
