"""What a text in YAML holds; a key that occurs twice is a mistake, not a choice of the last one."""

from collections.abc import Iterator
from typing import Any

import yaml

from mtdbench.errors import InputError


def yaml_content(text: str, source: str) -> Any:
    """The content of a text in YAML that `source` names in messages.

    Raises
    ------
    InputError
        If the text is not YAML, or a mapping in it has a key twice.
    """
    try:
        for key in _repeated_keys(yaml.compose(text, Loader=yaml.SafeLoader)):
            line = key.start_mark.line + 1
            raise InputError(
                f"{source} has the key '{key.value}' twice, again in line {line}:"
                " expected each key once in a mapping"
            )
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not readable"
        raise InputError(f"{source} is not valid YAML{place}: {problem}") from None


def _repeated_keys(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """The keys that a mapping has had before; the nodes may form a cycle."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            found = set[tuple[str, str]]()
            for key, value in node.value:
                name = (key.tag, str(key.value))
                if isinstance(key, yaml.ScalarNode) and name in found:
                    yield key
                found.add(name)
                waiting += [key, value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
