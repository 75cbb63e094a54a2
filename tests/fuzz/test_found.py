"""What fuzzing found, each as a law: such an input is refused in one line that says why."""

import json
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fuzzing import valid_files as valid
from fuzzing.study_texts import bomb, nested

from mtdbench.comparison.tables_read import read_table
from mtdbench.errors import LONGEST_MESSAGE, InputError
from mtdbench.estimators.options import parse_options
from mtdbench.estimators.registry import load
from mtdbench.evaluate.scores_file import read_scores
from mtdbench.files import is_file, is_folder, read_array, read_arrays, read_facts
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.instrument import forward_model
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement
from mtdbench.results.reader import Results
from mtdbench.run.batch_file import read_batch, recorded_runs
from mtdbench.run.forget import recorded_statuses
from mtdbench.run.hearing import hear
from mtdbench.simulation import Recipe
from mtdbench.simulation.targets.proteins import electron_density
from mtdbench.spaces import make_space
from mtdbench.study.find import find_study
from mtdbench.study.plan import make_plan
from mtdbench.study.schema import parse_study
from mtdbench.study.stamp import STAMP, read_stamp, read_stamp_comment
from mtdbench.yaml_text import DEEPEST, LONGEST_TEXT, MOST_NODES, yaml_content

LINE = make_space("line", 5)
DEEP = "[" * 100_000


def npy_with(header: str, data: bytes = b"") -> bytes:
    text = header.encode("latin1").ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'more': (",
        "{'descr': '|O8', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': ('<f8', (" + "(" * 40,
        "   {'descr': '<f8',\n  'shape': (3,)}",
    ],
)
def test_a_header_may_claim_anything(tmp_path: Path, header: str) -> None:
    (tmp_path / "y.npy").write_bytes(npy_with(header))
    with pytest.raises(InputError, match=r"y\.npy"):
        read_array(tmp_path / "y.npy")


def test_bytes_behind_the_samples_of_a_map_are_no_warning(tmp_path: Path, recwarn) -> None:
    (tmp_path / "y.mrc").write_bytes(valid.images()[0] + b"more")
    assert read_array(tmp_path / "y.mrc").shape == (12, 12)
    assert not recwarn.list


def test_an_archive_that_fills_the_memory_is_not_unpacked(tmp_path: Path) -> None:
    zeros = {"x": np.zeros(2**23)}  # 64 MiB in 65 kB
    (tmp_path / "x.npz").write_bytes(valid.npz(zeros, compressed=True))
    with pytest.raises(InputError, match="claims 67108992 bytes"):
        read_arrays(tmp_path / "x.npz", "zeros", ("x",))


@pytest.mark.parametrize("x", [np.array(["a"] * 5), np.arange(5) * 1j, np.zeros(5, bool)])
def test_coefficients_are_real_numbers(tmp_path: Path, x: np.ndarray) -> None:
    (tmp_path / "truth.npz").write_bytes(valid.npz({"x": x}))
    with pytest.raises(InputError, match="expected real numbers"):
        read_coefficients(tmp_path / "truth.npz", LINE)


def test_an_array_alone_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "truth.npz").write_bytes(valid.npy(np.arange(5.0)))
    with pytest.raises(InputError, match=r"truth\.npz"):
        read_coefficients(tmp_path / "truth.npz", LINE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"corners": np.array([[0.5], [1], [2]])}, "whole numbers"),
        ({"corners": np.array(3)}, "a row for each copy"),
        ({"poses": np.zeros((2, 0))}, "a row for each copy"),
        ({"poses": np.full((3, 1), np.nan)}, "finite poses"),
        ({"micrographs": np.array([1, 0, 0])}, "ascending"),
        ({"micrographs": np.array([-1, 0, 0])}, "from 0"),
        ({"micrographs": np.array([0, 1])}, "for each copy"),
        ({"micrographs": np.array(["a"] * 3)}, "real numbers"),
    ],
)
def test_a_placement_has_a_place_and_a_pose_for_each_copy(
    tmp_path: Path, change: dict[str, np.ndarray], words: str
) -> None:
    arrays = {"corners": np.array([[1], [20], [40]]), "poses": np.zeros((3, 0))} | change
    (tmp_path / "placement.npz").write_bytes(valid.npz(arrays))
    with pytest.raises(InputError, match=words):
        Placement.load(tmp_path / "placement.npz")


@pytest.mark.parametrize("merge", [False, True])
def test_aliases_do_not_multiply_without_bound(merge: bool) -> None:
    with pytest.raises(InputError, match=f"more than {MOST_NODES} values"):
        parse_study(bomb(20, 9, merge))
    assert yaml_content("a: &a [1, 2]\nb: [*a, *a]", "text") == {"a": [1, 2], "b": [[1, 2]] * 2}


@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_nesting_has_a_bound(pair: str) -> None:
    with pytest.raises(InputError, match=f"at most {DEEPEST} levels"):
        parse_study(nested(100_000, pair))
    with pytest.raises(InputError, match=f"at most {DEEPEST} levels"):
        parse_study(bomb(DEEPEST, 1, merge=False))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &a [*a]", "contains itself"),
        ("a: 2001-99-99", "none of its type"),
        ("a: 0x_", "none of its type"),
        ("a: !!bool x", "none of its type"),
        ("a: !!timestamp x", "none of its type"),
        ("a: " + "9" * 5000, "none of its type"),
        ("a: 0x" + "f" * 5000, "of 20000 bits"),
        ('a: "\\ud800"', "half a character"),
        ('"\\ud800": 1', "half a character"),
        ('a: "\\0"', "a NUL"),
        ("a: b" + "b" * LONGEST_TEXT, f"at most {LONGEST_TEXT}"),
        ("[" + "1," * MOST_NODES + "1]", f"more than {MOST_NODES} values"),
    ],
)
def test_yaml_holds_what_other_files_can_hold(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        yaml_content(text, "text")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("trials: 2", "trials: 999999999", "more than 1000000 runs"),
        ("trials: 2", "trials: 9999999999999", r"sweeps\[0\].trials = 9999999999999"),
        ("n_init: [1, 2]", "n_init: {1: 2, b: 3}", "valid string"),
        ("n_init: [1, 2]", "n_init: 2001-01-01", "n_init"),
        ("n_init: [1, 2]", f"n_init: [{'a' * 200}, 1]", "a label of at most"),
        ("name: fuzzed", f"name: {'a' * 300}", "at most 100 characters"),
    ],
)
def test_a_study_has_a_size_and_names_for_files(old: str, new: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_plan(parse_study(valid.STUDY.replace(old, new)))


@pytest.mark.parametrize(
    ("space", "window", "basis"),
    [
        ("line", 10**9, "auto"),
        ("disc", 10**9, "auto"),
        ("ball", 10**9, "auto"),
        ("ball", 9, "degree:" + "9" * 5000),
    ],
)
def test_a_space_that_no_machine_holds_is_refused_at_once(
    space: str, window: int, basis: str
) -> None:
    with pytest.raises(InputError, match="at most"):
        make_space(space, window, basis)


def test_a_measurement_that_no_disk_holds_is_refused() -> None:
    with pytest.raises(InputError, match="samples"):
        Recipe(space="disc", window=5, size=10**9, snr=1.0, density=0.1)
    with pytest.raises(InputError, match="samples"):
        Recipe(space="line", window=5, size=2**40, snr=1.0, density=0.1, micrographs=100)


@pytest.mark.parametrize(
    "text", ["n_init=0x_", "n_init=2001-99-99", f"n_init={DEEP}", "n_init=&a [*a]"]
)
def test_an_option_may_be_any_text(text: str) -> None:
    with pytest.raises(InputError, match="n_init"):
        parse_options("em", load("em"), [text])


def test_a_message_is_one_line_whatever_it_quotes() -> None:
    line = str(InputError("a\nb\x07\ud800" + "c" * LONGEST_MESSAGE + ": expected d"))
    assert line.startswith("a b??c")
    assert line.endswith("c: expected d")
    assert line.isprintable()
    assert len(line) <= LONGEST_MESSAGE


@pytest.mark.parametrize("text", [DEEP, '{"a": "\\ud800"}', "\ufeff{}", "9" * 5000])
def test_json_that_no_file_of_ours_holds_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.json").write_text(text, encoding="utf-8")
    assert read_facts(tmp_path / "study.json") == {}


def test_a_deep_stamp_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(f'{{\n  "{STAMP}": {DEEP}\n}}\n')
    (tmp_path / "a.html").write_text(f"<!-- {STAMP} {{{'[' * 3000}}} -->\n")
    assert read_stamp(tmp_path / "a.json") == {}
    assert read_stamp_comment(tmp_path / "a.html") == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"wall_seconds": 2.0', '"wall_seconds": "long"'),
        ('"wall_seconds": 2.0', '"wall_seconds": true'),
        ('"iteration": 3', '"iteration": 3.5'),
        ('"note": "fine"', '"note": []'),
        ('"x": "AAAA', '"x": "AAA'),
        ('"snapshots": [', '"snapshots": 3, "b": ['),
        ('"status": "ok",\n      "reason": ""', '"status": "good",\n      "reason": ""'),
        ('"runs": {\n    "0": {', '"runs": {\n    "0": [], "b": {'),
    ],
)
def test_a_record_holds_what_it_is_declared_to_hold(tmp_path: Path, old: str, new: str) -> None:
    text = valid.batches()[0].decode()
    assert old in text
    (tmp_path / "b.json").write_text(text.replace(old, new))
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_batch(tmp_path / "b.json")


@pytest.mark.parametrize(
    "runs", [[], 3, {"a": {}}, {"0": []}, {"9" * 5000: {}}, {"0": {"status": 1}}]
)
def test_a_stamp_that_says_nothing_of_runs_names_none(tmp_path: Path, runs: object) -> None:
    assert recorded_runs({"runs": runs}) == {}
    batch = valid.planned().batches[0]
    path = tmp_path / "runs" / f"{batch.id}.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({STAMP: {"runs": runs}}, indent=2) + "\n")
    assert recorded_statuses(batch, tmp_path) == {}


def test_scores_with_rows_that_are_none_are_made_anew(tmp_path: Path) -> None:
    content = {STAMP: {}, "table": [{"trial": "x"}], "history": []}
    (tmp_path / "s.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"s\.json"):
        read_scores(tmp_path / "s.json")


def test_a_line_of_nothing_but_commas_is_no_event() -> None:
    parts = b"[]," * 2**20
    assert hear(b'{"run": 0, "event": "asks", "names": [' + parts + b"[]]}", 0) is None


def _changed(**columns: object) -> pd.DataFrame:
    return valid.tables()[0].assign(**columns)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (_changed(trial=0.5), "whole numbers"),
        (_changed(seed=np.inf), "whole numbers"),
        (_changed(threads="four"), "expected numbers"),
        (_changed(note=3), "expected text"),
    ],
)
def test_a_table_holds_what_its_columns_are_declared_to_hold(
    tmp_path: Path, table: pd.DataFrame, words: str
) -> None:
    table.to_parquet(tmp_path / "table.parquet")
    with pytest.raises(InputError, match=words):
        Results.load(tmp_path)


def test_text_in_parquet_is_text(tmp_path: Path) -> None:
    data = valid.parquet(_changed(host="somewhere")).replace(b"somewhere", b"some\xffhere")
    (tmp_path / "t.parquet").write_bytes(data)
    with pytest.raises(InputError, match=r"t\.parquet"):
        read_table(tmp_path / "t.parquet")


def test_study_json_without_a_list_of_figures_or_references(tmp_path: Path) -> None:
    (tmp_path / "table.parquet").write_bytes(valid.parquet(valid.tables()[0]))
    content = {"study": {"figures": 3}, "provenance": {"references": 3}}
    (tmp_path / "study.json").write_text(json.dumps(content))
    found = Results.load(tmp_path)
    assert found.references == frozenset()
    with pytest.raises(InputError, match="figures"):
        _ = found.drawings


def test_a_name_that_no_file_system_takes_is_no_file() -> None:
    for name in ("a" * 300, "a\0b", "\ud800"):
        assert not is_file(Path(name))
        assert not is_folder(Path(name))
    with pytest.raises(InputError, match="unknown study"):
        find_study("a" * 300)


@pytest.mark.parametrize(
    "instrument",
    [{"groups": [10**30]}, {"background": 10**400}, {"kernels": [[10**400]]}, {"kernels": 3}],
)
def test_an_instrument_has_numbers_that_arrays_hold(instrument: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(instrument))} = .* of the instrument"):
        forward_model(LINE, instrument)


def test_samples_and_coefficients_have_squares(tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.where(np.arange(60) == 30, -1e300, 0.0))
    np.save(tmp_path / "x.npy", np.full(5, 1e300))
    with pytest.raises(InputError, match=r"beyond 1e\+15"):
        Measurement.load(tmp_path / "y.npy", LINE)
    with pytest.raises(InputError, match="finite coefficients"):
        read_coefficients(tmp_path / "x.npy", LINE)


@pytest.mark.parametrize("place", [b"     nan", b"   1e300", b"     inf"])
def test_an_atom_has_a_place(tmp_path: Path, place: bytes) -> None:
    data = valid.molecules()[0].replace(b"   1.000   0.000", place + b"   0.000")
    (tmp_path / "m.pdb").write_bytes(data)
    with pytest.raises(InputError, match=r"m\.pdb"):
        electron_density(tmp_path / "m.pdb", 9)
