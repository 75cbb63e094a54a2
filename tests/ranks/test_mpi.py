"""Ranks of MPI, started as a user starts them: they find what one finds, and end together."""

import json
import re
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mtdbench import make_space
from mtdbench.ranks.launch import launch_command

pytestmark = pytest.mark.skipif(
    find_spec("mpi4py") is None, reason="mtdbench[mpi] is not installed"
)
HERE = Path(__file__).parent
FORM = ["--space", "line", "--window", "6", "--sigma", "1", "--threads", "1"]
LONGEST_SECONDS = 240


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, shared_site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a measurement."""
    monkeypatch.chdir(tmp_path)
    np.save("y.npy", np.random.default_rng(0).normal(size=2000).astype("f4"))
    return tmp_path


def mtdbench(*arguments: str, launched: int = 0) -> subprocess.CompletedProcess[str]:
    """The command line, in so many ranks that a launcher has started."""
    command = [sys.executable, "-m", "mtdbench", *arguments]
    return subprocess.run(
        launch_command(launched, command) if launched else command,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )


def run_facts(out: str) -> dict:
    return json.loads(Path(out, "run.json").read_text())


@pytest.mark.system
def test_the_laws_of_ranks() -> None:
    """In `mpi_laws.py`: sums, rows, what the first sends, and whose error it is."""
    for count in (1, 3):
        command = launch_command(count, [sys.executable, str(HERE / "mpi_laws.py")])
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_either_way_of_starting_gives_as_many_ranks() -> None:
    arguments = ["estimate", "y.npy", *FORM, "--estimator", "counting"]
    arguments += ["--option", "null_test=false", "--out"]
    assert mtdbench(*arguments, "ours", "--ranks", "3").returncode == 0
    assert mtdbench(*arguments, "theirs", launched=3).returncode == 0
    for out in ("ours", "theirs"):
        facts = run_facts(out)
        assert (facts["status"], facts["ranks"], facts["iterations"]) == ("converged", 3, 5)
        assert np.load(Path(out, "coefficients.npy"))[:2].tolist() == [3, 5]


@pytest.mark.long
def test_the_first_rank_decides_when_to_stop() -> None:
    options = ["--option", "steps=1000", "--option", "seconds=0.05", "--budget", "0.3"]
    arguments = ["estimate", "y.npy", *FORM, "--estimator", "counting", *options]
    done = mtdbench(*arguments, "--out", "out", "--ranks", "2")
    assert done.returncode == 0, done.stderr
    assert "soft budget" in run_facts("out")["reason"]
    assert 0.3 <= run_facts("out")["seconds"] < 5


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_the_last_estimate(number: signal.Signals) -> None:
    options = ["--option", "steps=1000", "--option", "seconds=0.1", "--out", "out"]
    arguments = ["estimate", "y.npy", *FORM, "--estimator", "counting", *options]
    command = [sys.executable, "-m", "mtdbench", *arguments, "--ranks", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("counting")  # the run has begun
        time.sleep(2)
        process.send_signal(number)
        assert process.wait(LONGEST_SECONDS) == 130
    assert run_facts("out")["reason"] == "interrupted by the user"
    assert np.load("out/coefficients.npy")[0] == 2


@pytest.mark.long
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("raises", "rank 1: OSError('the disk is gone')"),
        ("all raise", "ValueError: no such thing"),
    ],
)
def test_a_rank_that_fails_ends_all_in_order(how: str, says: str) -> None:
    options = ["--option", f"how={how}", "--out", "out", "--ranks", "2"]
    done = mtdbench("estimate", "y.npy", *FORM, "--estimator", "failing", *options)
    assert done.returncode == 1
    assert run_facts("out")["status"] == "crashed"
    assert says in run_facts("out")["reason"]


@pytest.mark.long
@pytest.mark.parametrize("how", ["dies", "raises beside"])
def test_a_rank_that_is_lost_ends_all(how: str) -> None:
    """At once if it died, and if the others cannot know, after a time."""
    options = ["--option", f"how={how}", "--out", "out", "--ranks", "2"]
    done = mtdbench("estimate", "y.npy", *FORM, "--estimator", "failing", *options)
    assert done.returncode != 0
    assert how == "dies" or "rank 1 ends all: OSError('the disk is gone')" in done.stderr


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--estimator", "em", "--option", "n_init=0"], "n_init=0"),
        (["--estimator", "emm"], "did you mean 'em'?"),
        (["--estimator", "zero"], "estimator 'zero' with 2 ranks"),
        (["--estimator", "em", "--sigma", "-1"], "sigma -1.0"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], says: str) -> None:
    done = mtdbench("estimate", "y.npy", *FORM, *arguments, "--out", "out", "--ranks", "2")
    assert done.returncode == 2
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("mtdbench:"))
    assert says in line
    assert "Traceback" not in done.stderr
    assert not Path("out").exists()


@pytest.mark.long
def test_the_script_of_the_documentation_runs_in_ranks(folder: Path) -> None:
    text = (HERE.parents[1] / "docs" / "many-nodes.md").read_text()
    script, *_ = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    Path("script.py").write_text(script.replace("budget=600", "budget=1"))
    np.save("micrograph.npy", np.random.default_rng(0).normal(size=(150, 150)).astype("f4"))
    command = launch_command(2, [sys.executable, "-m", "mpi4py", "script.py"])
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    assert Path("estimate.png").read_bytes().startswith(b"\x89PNG")


CASES = {
    "full batch": (["line", "6"], ["batch_fraction=1", "anderson_memory=0", "iterations=8"]),
    "stochastic": (["disc", "5"], ["batch_fraction=0.5", "iterations=8"]),
    "marching": (["ball", "5"], ["iterations=4", "n_init=2"]),
}
OFTEN, SELDOM = pytest.mark.system, pytest.mark.long
"""`test_guarded_ranks.py` has full batches too, and the marching draws its patches at random."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=OFTEN if n == "marching" else SELDOM) for n in CASES]
)
def test_two_ranks_find_what_one_finds(name: str) -> None:
    (space, window), options = CASES[name]
    ndim = make_space(space, int(window)).window.ndim
    samples = np.random.default_rng(1).normal(size=(90,) * ndim if ndim > 1 else 60_000)
    np.save("y.npy", samples.astype("f4"))
    given = [part for option in [*options, "precision=single"] for part in ("--option", option)]
    form = ["--space", space, "--window", window, "--sigma", "0.8", "--threads", "1"]
    for ranks in ("1", "2"):
        arguments = [*form, "--estimator", "em", *given, "--out", ranks, "--ranks", ranks]
        assert mtdbench("estimate", "y.npy", *arguments).returncode == 0
    one, two = (np.load(Path(ranks, "coefficients.npy")) for ranks in ("1", "2"))
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-6 * np.abs(one).max())
