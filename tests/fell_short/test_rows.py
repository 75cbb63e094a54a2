"""List 1, 3 and 7: a row for every run, of this study, and no other."""

import os
import shutil

import psutil
import pytest

SLEEP = "3600.0625"


@pytest.mark.long  # `tests/hostile/test_study.py` has them in one table
@pytest.mark.parametrize(("name", "status"), [("both_answer", "ok"), ("surrogate", "crashed")])
def test_neither_a_fork_nor_a_surrogate_loses_the_table(bench, name, status):
    done = bench.snakemake(bench.write(name))
    assert done.returncode == 0, done.stderr
    assert bench.rows()["status"].to_dict() == {name: status}


@pytest.fixture(scope="module")
def rude(make_bench):
    """A study of estimators none of which loses a row."""
    bench = make_bench()
    names = ("peeks", "works_between", "stops_the_clock", "leaves_a_grandchild", "enormous")
    done = bench.snakemake(bench.write(*names, "shouts"))
    left = [p for p in psutil.process_iter() if SLEEP in _words(p)]
    for process in left:
        process.kill()
    assert done.returncode == 0, done.stderr
    return bench, len(left)


def _words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.long
def test_the_samples_do_not_lead_to_the_truth(rude):
    assert rude[0].rows().loc["peeks", "error"] > 0.1


@pytest.mark.long
@pytest.mark.parametrize("name", ["works_between", "stops_the_clock"])
def test_work_beside_the_clock_counts(rude, name):
    row = rude[0].rows().loc[name]
    assert row["status"] == "ok"
    assert row["cpu_seconds"] > 0.7


@pytest.mark.long
def test_a_grandchild_in_its_own_session_is_ended(rude):
    assert rude[0].rows().loc["leaves_a_grandchild", "status"] == "ok"
    assert rude[1] == 0


@pytest.mark.long
def test_a_finite_estimate_that_has_no_error_is_not_ok(rude):
    row = rude[0].rows().loc["enormous"]
    assert row["status"] == "diverged"
    assert "1e+140" in row["reason"]


@pytest.mark.long
def test_what_is_printed_and_noted_is_kept_in_part(rude):
    place = rude[0].place / "results" / "s"
    assert sum(path.stat().st_size for path in place.rglob("*.log")) < 3_000_000
    assert len(rude[0].rows().loc["shouts", "note"]) <= 1000


@pytest.fixture(scope="module")
def finished(make_bench):
    """A finished study whose disk was full for one run, and in which another one was killed."""
    bench = make_bench()
    done = bench.snakemake(bench.write("zero", "disk_full", "killed"), TROUBLE="1")
    assert done.returncode == 0, done.stderr
    first = bench.rows()
    done = bench.snakemake("study.yaml")
    assert done.returncode == 0, done.stderr
    return bench, first


@pytest.fixture
def copied(finished, make_bench):
    """Its results in another folder, without Snakemake's records."""
    bench = make_bench()
    shutil.copytree(finished[0].place / "results", bench.place / "results")
    shutil.copy(finished[0].place / "study.yaml", bench.place)
    return bench


@pytest.mark.long
def test_what_failed_for_want_of_room_is_tried_again_by_itself(finished):
    bench, first = finished
    assert "No space left on device" in first.loc["disk_full", "reason"]
    assert set(bench.rows()["status"]) == {"ok"}
    assert first["status"].to_dict() == {"zero": "ok", "disk_full": "lost", "killed": "lost"}


@pytest.mark.long
def test_another_limit_of_set_up_runs_nothing_again(finished):
    limits = {"seconds": 20, "setup_seconds": 61, "memory_mib": 2000}
    study = finished[0].write("zero", name="limits.yaml", limits=limits)
    assert "estimate" not in finished[0].jobs(study)


@pytest.mark.long
def test_a_run_is_made_again_on_demand(copied):
    done = copied.mtdbench("redo", "study.yaml", "--estimator", "killed")
    assert done.returncode == 0, done.stderr
    assert copied.jobs("study.yaml")["estimate"] == 1


@pytest.mark.long
def test_rows_of_another_seed_do_not_stand(copied):
    assert "estimate" in copied.jobs(copied.write("zero", name="other.yaml", seed=2))


@pytest.mark.long
def test_run_files_that_are_gone_or_cut_short_are_made_again(copied):
    runs = copied.place / "results" / "s" / "runs"
    min(runs.rglob("zero*.json")).unlink()
    os.truncate(min(runs.rglob("killed*.json")), 100)
    jobs = copied.jobs(copied.write("zero", "killed"))
    assert jobs["estimate"] == 2
    assert jobs["table"] == 1


@pytest.fixture
def reported(copied):
    """The finished study with no figures."""
    figures = copied.place / "results" / "s" / "figures"
    figures.mkdir()
    (figures / "figures.json").write_text("[]")
    return copied


@pytest.mark.long
def test_the_command_that_repeats_a_row_names_its_threads(reported):
    done = reported.mtdbench("report", "results/s")
    assert done.returncode == 0, done.stderr
    assert set(reported.rows()["threads"]) == {1}
    assert "--threads 1" in (reported.place / "results" / "s" / "report.html").read_text()


@pytest.mark.long
def test_a_report_that_cannot_be_written_is_one_line(reported):
    """Nothing can be made below `/proc`, as on a read-only disk."""
    done = reported.mtdbench("report", "results/s", "--out", "/proc/report.html")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "/proc/report.html" in done.stderr
