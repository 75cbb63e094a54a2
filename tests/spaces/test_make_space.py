"""Specifications of spaces: the good ones and the bad ones."""

import re

import pytest

from mtdbench.errors import InputError
from mtdbench.spaces import Window, make_space


def test_names_and_windows() -> None:
    assert make_space("line", 7).size == 7
    assert make_space("disc", 7).window == Window((7, 7))
    assert make_space("ball", 7).window == Window.cube(7, 2)


@pytest.mark.parametrize(
    ("name", "window", "basis", "said"),
    [
        ("disk", 5, "auto", "unknown space 'disk': did you mean 'disc'?"),
        ("cube", 5, "auto", "valid are ball, disc, line"),
        ("line", 1, "auto", "window 1: expected a whole number of at least 2"),
        ("disc", 0, "auto", "window 0: expected"),
        ("disc", 5.5, "auto", "window 5.5: expected"),
        ("line", 5, "paper", "basis 'paper' for space 'line': expected 'auto'"),
        *(
            ("line", 5, basis, f"basis '{basis}' for space 'line': expected 'auto', or 'classes:K'")
            for basis in (
                "classes",
                "classes:",
                "classes:0",
                "classes:-1",
                "classes:1.5",
                "auto:2",
                "classes:1001",
                "classes:99999999",
                "classes:" + "9" * 5000,
            )
        ),
        *(
            ("disc", 5, basis, f"basis '{basis}' for space 'disc' with window 5: expected auto,")
            for basis in (
                *("", "papers", "paper:3", "auto:3", "bandlimit", "bandlimit:", "bandlimit:x"),
                *("bandlimit:0", "bandlimit:1.1", "bandlimit:nan", "bandlimit:-1"),
                *("count", "count:0", "count:-2", "count:2.5", "count:18", "count:1000"),
            )
        ),
        ("disc", 5, "bandlimit:0.1", "functions that the window holds"),
        ("disc", 3, "paper", "functions that the window holds"),
        ("disc", 4, "paper", "functions that the window holds"),
    ],
)
def test_bad_specifications_are_named(name: str, window: int, basis: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        make_space(name, window, basis)
    assert "\n" not in str(caught.value)
