import pytest
from hypothesis import given
from hypothesis.strategies import characters, integers, text

from mtdbench.plain_text import plain_line

ANY = text(characters(exclude_categories=()), max_size=300)


@given(ANY, integers(3, 100))
def test_whatever_it_was_it_is_one_line_that_files_hold(given: str, most: int) -> None:
    line = plain_line(given, most)
    assert len(line) <= most
    assert line.isprintable()
    assert line.encode().decode() == line
    assert plain_line(line, most) == line.strip()


@pytest.mark.parametrize("said", ["", "σ = 0.3, x̂ → 'y' <b>", "ValueError: no"])
def test_what_is_plain_stays(said: str) -> None:
    assert plain_line(said, 100) == said
    assert plain_line(said.replace(" ", "\n\t "), 100) == said


def test_of_long_texts_the_beginning_stays() -> None:
    assert plain_line("a" * 10**6, 10) == "aaaaaaa..."


def test_a_text_with_methods_of_its_own_is_read_all_the_same() -> None:
    class Odd(str):
        def __getitem__(self, key: object) -> str:
            raise RuntimeError

        __iter__ = __len__ = __getitem__  # type: ignore[assignment]

    assert plain_line(Odd("fine"), 10) == "fine"
