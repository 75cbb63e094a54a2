"""Options under their old names, and measurements that an estimator declines."""

import numpy as np
import pytest

from mtdbench import InputError, Measurement, make_space
from mtdbench.cli import main
from mtdbench.estimators import registry
from mtdbench.estimators.options import check_carried, convert_options
from mtdbench.model.forward import FEATURES, ForwardModel

RENAMED = {
    "em": {
        "share": "batch_fraction",
        "depth": "anderson_memory",
        "grids": "n_grids",
        "coarse": "shift_annealing",
        "start": "init",
        "starts": "n_init",
        "stop": "stopping_rule",
    },
    **{
        name: {"starts": "n_init"}
        for name in ("autocorrelation", "characteristic", "cryogan", "clean-moments")
    },
}
OLD = [(name, old, new) for name, words in RENAMED.items() for old, new in words.items()]


@pytest.mark.parametrize(("name", "old", "new"), OLD)
def test_an_old_word_names_the_new_one(name: str, old: str, new: str) -> None:
    with pytest.raises(InputError, match=rf"option '{old}' of {name}.*'{new}'") as caught:
        convert_options(name, registry.load(name), {old: 1})
    assert "\n" not in str(caught.value)


def test_an_old_word_on_the_command_line_ends_with_2(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    file = f"{tmp_path}/y.npy"
    np.save(file, np.random.default_rng(0).standard_normal(100))
    words = (
        f"estimate {file} --space line --window 5 --estimator em --option starts=2 --out {tmp_path}"
    )
    assert main(words.split()) == 2
    assert "'n_init'" in capsys.readouterr().err


def with_background(space_name: str) -> Measurement:
    space = make_space(space_name, 5)
    samples = np.zeros((40,) * space.window.ndim)
    return Measurement(samples, space, 1.0, forward=ForwardModel(space, background=1.0))


@pytest.mark.parametrize("name", ["cryogan", "clean-moments"])
def test_an_estimator_declines_what_it_does_not_carry(name: str) -> None:
    with pytest.raises(InputError, match=f"background for {name}"):
        check_carried(name, registry.load(name), with_background("line"))


@pytest.mark.parametrize("name", ["em", "autocorrelation", "oracle", "zero"])
def test_an_estimator_takes_what_it_carries(name: str) -> None:
    check_carried(name, registry.load(name), with_background("disc"))


def test_every_feature_is_declared_by_its_name() -> None:
    carried = set().union(*(registry.declared(name).carries for name in registry.names()))
    assert carried == set(FEATURES)
