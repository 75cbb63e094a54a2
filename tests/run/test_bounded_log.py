import io

from hypothesis import given
from hypothesis.strategies import binary, lists

from mtdbench.run.bounded_log import BoundedLog

CHUNKS = lists(binary(max_size=40), max_size=12)


def written(chunks: list[bytes], head: int, tail: int) -> tuple[bytes, int]:
    sink = io.BytesIO()
    log = BoundedLog(sink, head, tail)
    for chunk in chunks:
        log.write(chunk)
    printed = log.end_section()
    return sink.getvalue(), printed


@given(CHUNKS)
def test_what_is_short_is_kept_whole(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert written(chunks, 300, 300) == (whole, len(whole))


@given(CHUNKS)
def test_of_what_is_long_head_and_tail_are_kept(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    text, printed = written(chunks, 16, 8)
    assert printed == len(whole)
    if len(whole) > 24:
        middle = f"\n... {len(whole) - 24} of {len(whole)} bytes left out ...\n".encode()
        assert text == whole[:16] + middle + whole[-8:]
    else:
        assert text == whole


def test_sections_are_bounded_one_by_one_and_counted_together() -> None:
    sink = io.BytesIO()
    log = BoundedLog(sink, 4, 4)
    for letter in (b"a", b"b"):
        log.write(100 * letter)
        log.end_section()
    assert sink.getvalue().startswith(b"aaaa\n... 92 of 100")
    assert sink.getvalue().endswith(b"left out ...\nbbbb")
    assert log.total == 200


def test_a_full_disk_costs_the_log_alone() -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    log = BoundedLog(Full(), 4, 4)
    log.write(b"much too much")
    assert log.end_section() == 13
