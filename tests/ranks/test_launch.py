"""How ranks are found and started, without MPI."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mtdbench import Measurement, make_space
from mtdbench.cli import main
from mtdbench.errors import InputError
from mtdbench.estimators import registry
from mtdbench.estimators.em.em import em
from mtdbench.estimators.options import read_options
from mtdbench.estimators.references.zero import zero
from mtdbench.estimators.sharing import OWN_SHARING, can_share, shared_inputs, shares_work
from mtdbench.ranks import launch
from mtdbench.ranks.communicator import ONE_RANK, RankError, share_of
from mtdbench.ranks.launch import launch_command, launched_ranks, local_ranks
from mtdbench.run.follow import shared_start


@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({}, 1),
        ({"PMI_SIZE": "4"}, 4),
        ({"OMPI_COMM_WORLD_SIZE": "3"}, 3),
        ({"SLURM_STEP_NUM_TASKS": "2", "PMI_SIZE": "8"}, 8),
        ({"SLURM_STEP_NUM_TASKS": "2"}, 2),
        ({"PMI_SIZE": "many"}, 1),
    ],
)
def test_a_launcher_says_how_many_ranks_there_are(environment: dict[str, str], count: int) -> None:
    assert launched_ranks(environment) == count


def test_ranks_of_one_node_share_its_cores() -> None:
    assert local_ranks({"MPI_LOCALNRANKS": "2", "PMI_SIZE": "8"}) == 2
    assert local_ranks({}) == 1


def test_the_launcher_beside_python_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: name)
    for folder in ("beside", "elsewhere"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mpiexec").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere" / "python"))
    assert launch_command(3, ["a"]) == [str(tmp_path / "elsewhere" / "mpiexec"), "-n", "3", "a"]
    monkeypatch.setattr(sys, "executable", str(tmp_path / "beside" / "python"))
    assert launch_command(3, ["a"])[0] == str(tmp_path / "beside" / "mpiexec")


@pytest.mark.parametrize("found", [None, "mpi4py"])
def test_what_is_missing_is_one_line(
    found: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: found)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(InputError, match=r"2 ranks without mpi.*: expected pip install"):
        launch_command(2, ["a"])


def test_ranks_that_cannot_be_are_declined(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ["estimate", "y.npy", "--space", "line", "--window", "6", "--estimator", "em"]
    assert main([*form, "--out", "out", "--ranks", "0"]) == 2
    assert capsys.readouterr().err == "mtdbench: ranks 0: expected at least 1\n"
    monkeypatch.setenv("PMI_SIZE", "2")
    assert main([*form, "--out", "out", "--ranks", "3"]) == 2
    assert "ranks 3: expected 2" in capsys.readouterr().err


def test_ranks_are_an_input_and_no_option() -> None:
    assert shares_work(em) and not shares_work(zero)
    own = [name for name in registry.names() if registry.is_built_in(name)]
    assert {name for name in own if shares_work(registry.load(name))} == OWN_SHARING


def test_a_plan_knows_which_estimators_of_others_share_their_work(shared_site: Path) -> None:
    can_share.cache_clear()
    assert can_share("counting") and can_share("em")
    assert not can_share("zero") and not can_share("nobody")

    assert "ranks" not in read_options(em)[0]
    assert shared_inputs("em", em, ONE_RANK) == {"ranks": ONE_RANK}
    assert shared_inputs("zero", zero, ONE_RANK) == {}


@pytest.mark.parametrize(("count", "block"), [(0, 1), (1, 1), (10, 1), (10, 4), (3, 8), (96, 8)])
def test_shares_are_whole_blocks_as_even_as_can_be(count: int, block: int, in_ranks) -> None:
    shares = in_ranks(4, lambda ranks: share_of(ranks, count, block))
    assert [item for share in shares for item in share] == list(range(count))
    assert all(share.start % block == 0 for share in shares if share)
    blocks = [-(-len(share) // block) for share in shares]
    assert max(blocks) - min(blocks) <= 1


def test_a_library_call_in_ranks_gives_the_same_on_each(in_ranks) -> None:
    import mtdbench

    samples = np.random.default_rng(0).normal(size=600)
    measurement = Measurement(samples, make_space("line", 5), 1.0)
    alone = mtdbench.estimate(measurement, "em", n_init=1, iterations=3)
    options = {"n_init": 1, "iterations": 3}
    for found in in_ranks(2, lambda r: mtdbench.estimate(measurement, "em", ranks=r, **options)):
        np.testing.assert_allclose(found.x, alone.x, rtol=0, atol=1e-9)
    for message in in_ranks(2, lambda ranks: declined(measurement, ranks)):
        assert message.startswith("estimator 'zero' with 2 ranks: expected one that shares")


def declined(measurement: Measurement, ranks) -> str:
    import mtdbench

    with pytest.raises(InputError) as raised:
        mtdbench.estimate(measurement, "zero", ranks=ranks)
    return str(raised.value)


def test_the_others_stop_where_the_first_does(in_ranks) -> None:
    """Whether it asks for no more, or the user interrupts it."""

    def three(ranks, interrupted: bool) -> int:
        count = 0
        estimates = shared_start(
            lambda: iter(range(9)), ranks, lambda: interrupted and count == 3
        )()
        try:
            for _ in estimates:
                count += 1
                if ranks.rank == 0 and not interrupted and count == 3:
                    estimates.close()
        except KeyboardInterrupt:
            assert ranks.rank == 0 and interrupted
        return count

    assert in_ranks(3, lambda ranks: three(ranks, False)) == [3, 3, 3]
    assert in_ranks(3, lambda ranks: three(ranks, True)) == [3, 3, 3]


def test_ranks_that_part_ways_are_found_out(in_ranks) -> None:
    """One that has met the others once more than they know of."""

    def part_ways(ranks) -> None:
        estimates = shared_start(lambda: iter(range(9)), ranks)()
        next(estimates)
        if ranks.rank:
            ranks.from_first(lambda: np.empty(0))
            ranks.total(lambda: [np.zeros(())])
            with pytest.raises(RankError, match="rank 1 is at estimate 1, rank 0 at 2"):
                next(estimates)
        else:
            next(estimates)
            estimates.close()

    in_ranks(2, part_ways)
