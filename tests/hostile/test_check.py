"""What `check` says of each hostile estimator, and the page that lists it."""

import runpy
from pathlib import Path

import pytest

from mtdbench.plugins.checking import check_estimator
from mtdbench.plugins.laws import FIRST_LAWS, LATER_LAWS

HOSTILE = runpy.run_path(str(Path(__file__).with_name("hostile.py")))
EXPECTED: dict[str, tuple[str, str, str]] = HOSTILE["EXPECTED"]
PAGE = Path(__file__).parents[2] / "docs" / "isolation.md"
SAMPLE = (
    *("both_answer", "leaves_children", "prints_much", "exits", "garbage", "asks_for_the_truth"),
    *("litters", "digs_deep", "reads_the_truth", "stops_the_clock", "lets_orphans_work"),
    "patches_randomness",
)
CASES = [
    pytest.param(name, marks=pytest.mark.system if name in SAMPLE else pytest.mark.long)
    for name in EXPECTED
]


@pytest.mark.usefixtures("villains")
@pytest.mark.parametrize("name", CASES)
def test_the_word_of_check(tmp_path: Path, name: str) -> None:
    data = tmp_path / "temporary" / "*" / "results" / "check" / "data" / "cell" / "0"
    options = {"folder": str(data)} if name in HOSTILE["KNOWERS"] else {}
    results = check_estimator(name, seconds=4.0, options=options, settings=["line"])
    broken = {result.law for result in results if not result.passed} or {"passes"}
    assert broken & set(EXPECTED[name][2].split("|"))


def test_every_word_is_a_law() -> None:
    words = {word for _, _, said in EXPECTED.values() for word in said.split("|")}
    assert words <= {*FIRST_LAWS, *LATER_LAWS, "passes"}


def test_the_page_lists_every_one() -> None:
    """Those that end alike and are called alike in one line."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name, (status, _, said) in EXPECTED.items():
        alike = (status.replace("|", " or "), said.replace("|", " or "))
        groups.setdefault(alike, []).append(f"`{name}`")
    lines = [f"| {row} | {said} | {', '.join(names)} |" for (row, said), names in groups.items()]
    assert "\n".join(sorted(lines)) in PAGE.read_text(encoding="utf-8")
