"""Whatever a file holds, a reader accepts it or refuses it in one line."""

import random
from pathlib import Path

import pytest
from fuzzing.byte_mutations import mutated
from fuzzing.judging import ACCEPTED, REFUSED, Reader, TooLong, judge
from fuzzing.readers import all_readers
from fuzzing.study_texts import TEXTS
from fuzzing.whole_commands import Unclean, all_commands, command
from hypothesis import HealthCheck, given, settings

from mtdbench.errors import InputError

FEW = 6
"""Damaged inputs of each reader; `python tools/fuzz.py` tries many."""


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> list[Reader]:
    return all_readers(tmp_path_factory.mktemp("published"))


@pytest.fixture
def judged(tmp_path: Path):
    """A function that has a reader read one input, in a folder of its own."""

    def verdict(reader: Reader, data: bytes) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        (folder / reader.file).parent.mkdir(parents=True)
        return judge(reader, data, folder, seconds=10)

    return verdict


def test_every_reader_accepts_what_is_valid(readers: list[Reader], judged) -> None:
    """Damage to what is refused already would not reach far."""
    whole = [reader for reader in all_commands() if reader.name != "report"]
    verdicts = {
        (reader.name, number): judged(reader, data)
        for reader in (*readers, *whole)
        for number, data in enumerate(reader.valid)
    }
    assert {key: what for key, what in verdicts.items() if what != ACCEPTED} == {}


def test_damaged_files_are_accepted_or_refused(readers: list[Reader], judged) -> None:
    verdicts = {
        (reader.name, number): judged(reader, mutated(random.Random(number), reader.valid))
        for reader in readers
        for number in range(FEW)
    }
    assert {key: what for key, what in verdicts.items() if what not in (ACCEPTED, REFUSED)} == {}


@settings(
    deadline=None, max_examples=30, derandomize=True, database=None,
    suppress_health_check=[*HealthCheck],
)  # fmt: skip
@given(TEXTS)
def test_study_files_of_any_structure_are_accepted_or_refused(
    tmp_path: Path, readers: list[Reader], text: str
) -> None:
    (study,) = (reader for reader in readers if reader.name == "study")
    data = text.encode("utf-8", "surrogatepass")
    assert judge(study, data, tmp_path, seconds=10) in (ACCEPTED, REFUSED)


def test_a_command_refuses_damage_in_one_line_and_leaves_nothing(judged) -> None:
    commands = {reader.name: reader for reader in all_commands()}
    for name in ("estimate", "check", "diff", "pick --estimate"):
        reader = commands[name]
        assert judged(reader, reader.valid[0][:40]) == REFUSED, name


def _raises(error: BaseException):
    def read(path: Path) -> None:
        raise error

    return read


def test_a_fault_is_told_from_a_refusal(tmp_path: Path) -> None:
    def verdict(read, refusals=()) -> str:
        return judge(Reader("r", "f", read, [b""], refusals), b"", tmp_path, seconds=0.2)

    def hang(path: Path) -> None:
        while True:
            pass

    assert verdict(lambda path: None) == ACCEPTED
    assert verdict(_raises(InputError("f: expected more"))) == REFUSED
    assert verdict(_raises(KeyError("x"))).endswith("KeyError: 'x'\n")
    assert verdict(_raises(KeyError("x")), (KeyError,)) == REFUSED
    assert "MemoryError" in verdict(_raises(MemoryError()))
    assert "RecursionError" in verdict(_raises(RecursionError()))
    assert TooLong.__name__ in verdict(hang)
    assert "not one plain line" in verdict(_raises(InputError("")))


def test_a_command_that_leaves_a_file_is_at_fault(tmp_path: Path, monkeypatch) -> None:
    def leaves(given: list[str]) -> int:
        Path(given[0]).with_name("half").touch()
        raise InputError("no")

    monkeypatch.setattr("fuzzing.whole_commands.main", lambda given: _printed(leaves, given))
    with pytest.raises(Unclean, match="half"):
        command("{}")(tmp_path / "f")


def _printed(run, given: list[str]) -> int:
    import sys

    try:
        return run(given)
    except InputError as error:
        sys.stderr.write(f"mtdbench: {error}\n")
        return 2
