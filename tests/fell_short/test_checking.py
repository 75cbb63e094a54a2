"""List 4 and 5: `check` sees what an estimator does beside its estimates, and says so at once."""

import selectors
import subprocess
import sys

import pytest


def failures(done):
    """The lines that name a broken law."""
    return "\n".join(line for line in done.stdout.splitlines() if line.startswith("FAILED"))


@pytest.fixture(scope="module")
def boor(make_bench):
    """What is said of one that looks for the truth, writes a file and prints."""
    bench = make_bench()
    temporary = bench.place / "temporary"
    temporary.mkdir()
    found = {"TMPDIR": str(temporary), "LOOK_BELOW": str(temporary)}
    return bench.mtdbench("check", "--estimator", "boor", **found)


@pytest.mark.long
@pytest.mark.parametrize("words", ["truth.npz", "files of", "3.0 MB"])
def test_it_notices_a_truth_that_is_read_and_files_and_output(boor, words):
    assert boor.returncode == 1, boor.stdout
    assert words in failures(boor)


@pytest.mark.long
def test_volumes_are_tried(boor):
    assert "ball" in boor.stdout


@pytest.mark.long  # `tests/plugins/test_conformance.py` has it on one setting
def test_work_that_is_called_set_up_does_not_pass(bench):
    done = bench.mtdbench("check", "--estimator", "prepares")
    assert "set-up again" in failures(done), done.stdout


@pytest.mark.long
def test_a_hanging_run_is_announced(bench):
    """Before it is over: something is said while it goes on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mtdbench", "check", "--estimator", "hangs"],
        cwd=bench.place, env=bench.environment, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(30), "nothing was said"
    finally:
        process.terminate()
        process.wait()


LARGE = {
    "name": "a", "space": "line", "window": 6, "snr": 4, "density": 0.2,
    "size": 100_000_000, "trials": 2000,
}  # fmt: skip
STUDIES = {
    "cannot be imported": {"estimators": [{"name": "absent"}]},
    "GB of data sets": {"estimators": [{"name": "zero"}], "sweeps": [LARGE]},
}


@pytest.mark.long
@pytest.mark.parametrize("reason", STUDIES)
def test_a_study_that_cannot_be_run_does_not_pass(make_bench, reason):
    bench = make_bench("import no_such_package\n", absent="broken:absent")
    done = bench.mtdbench("check", bench.write(**STUDIES[reason]))
    assert done.returncode == 2, done.stdout
    assert reason in done.stderr
