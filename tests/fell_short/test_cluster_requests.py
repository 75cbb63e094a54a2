"""List 1 and 2: on a cluster no row is lost, and nothing has to be known of it.

The last two wait for the status of jobs for minutes; a real Slurm is in `tests/cluster`.
"""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
PROFILE = ("--workflow-profile", "profiles/slurm")
needs_plugin = pytest.mark.skipif(
    importlib.util.find_spec("snakemake_executor_plugin_slurm") is None,
    reason='needs pip install "mtdbench[slurm]"',
)


def test_the_profile_of_a_cluster_has_all_that_the_default_one_has(bench):
    """Snakemake reads one of them."""
    ours, default = (
        yaml.safe_load((bench.place / "profiles" / name / "config.yaml").read_text())
        for name in ("slurm", "default")
    )
    others = {key for key, value in default.items() if ours.get(key) != value}
    assert others == {"latency-wait"}  # a file system that nodes share is slow


@pytest.mark.long  # `tests/cluster/test_packs.py` counts the packs
def test_the_papers_are_few_jobs(bench):
    done = bench.run("snakemake", "-n", "paper", *PROFILE, "--executor", "local")
    assert done.returncode == 0, done.stderr
    (count,) = re.findall(r"^total +(\d+)$", done.stderr + done.stdout, re.MULTILINE)[:1]
    assert int(count) <= 250


@pytest.mark.long
def test_no_step_asks_for_an_hour_by_habit(bench):
    """Those that take seconds, of a study that takes seconds."""
    words = ("-n", "--verbose", *PROFILE, "--executor", "local")
    done = bench.snakemake(bench.write("zero"), *words)
    assert done.returncode == 0, done.stderr
    asked = [int(n) for n in re.findall(r"runtime=(\d+)", done.stderr + done.stdout)]
    assert asked
    assert max(asked) < 30


@pytest.fixture
def slurm(bench, monkeypatch):
    """The commands of Slurm, pretended, on the path."""
    tools, state = bench.place / "tools", bench.place / "state"
    tools.mkdir()
    state.mkdir()
    text = (HERE / "pretended_slurm.py").read_text()
    names = ("sbatch", "squeue", "sacct", "srun", "sinfo", "scancel", "scontrol", "sacctmgr")
    for name in names:
        (tools / name).write_text(f"#!{sys.executable}\n{text}")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PRETENDED_SLURM", str(state))
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    return state


@needs_plugin
@pytest.mark.long
def test_a_cluster_whose_accounting_is_off_needs_no_option(slurm, bench):
    done = bench.snakemake(bench.write("zero"), *PROFILE, timeout=300)
    assert done.returncode == 0, done.stderr
    assert bench.rows()["status"].to_dict() == {"zero": "ok"}


@needs_plugin
@pytest.mark.long
def test_a_run_that_outgrows_what_was_asked_for_has_its_row(slurm, bench):
    """The plan knows nothing of its estimator; the limit of the study is far."""
    (slurm / "accounting").touch()
    limits = {"seconds": 60, "setup_seconds": 60, "memory_mib": 5000}
    done = bench.snakemake(bench.write("holds", limits=limits), *PROFILE, timeout=400)
    assert done.returncode == 0, done.stderr
    assert bench.rows()["status"].to_dict() == {"holds": "ok"}
    asked = [int(line) for line in (slurm / "asked").read_text().splitlines()]
    assert max(asked) > 5000
