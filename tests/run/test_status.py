"""Every run is a row with a status that figures, report and calibration read alike."""

from mtdbench.results.reader import FAILED
from mtdbench.run.status import Status


def test_a_run_came_to_a_planned_end_or_failed() -> None:
    assert [s.value for s in Status if s.ended] == ["ok", "converged", "budget"]
    assert [s.value for s in Status if s.failed] == [
        "timeout",
        "memory",
        "crashed",
        "diverged",
        "lost",
    ]
    assert tuple(s.value for s in Status if s.failed) == FAILED


def test_the_time_of_a_run_that_died_says_nothing() -> None:
    assert [s.value for s in Status if not s.is_timed] == ["memory", "crashed", "diverged", "lost"]
