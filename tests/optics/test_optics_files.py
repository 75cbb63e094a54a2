"""Transfer functions in files of RELION and CTFFIND, and which micrograph each is of."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mtdbench import InputError
from mtdbench.optics import TransferFunction
from mtdbench.optics.micrograph_optics import MicrographOptics, optics_of
from mtdbench.optics.optics_files import listed_optics, read_optics

OPTICS = """data_optics

loop_
_rlnOpticsGroup #1
_rlnVoltage #2
_rlnSphericalAberration #3
_rlnAmplitudeContrast #4
1 300.0 2.7 0.1
2 200.0 1.4 0.07

"""
MICROGRAPHS = """data_micrographs

loop_
_rlnMicrographName #1
_rlnOpticsGroup #2
_rlnDefocusU #3
_rlnDefocusV #4
_rlnDefocusAngle #5
_rlnPhaseShift #6
_rlnCtfBfactor #7
Micrographs/a.mrc 1 15000.5 14000.25 31.5 0 0
Micrographs/b.mrc 2 9000 8800 -12 90 70
"""
PLATED = {"phase_shift": 90, "b_factor": 70}
A = TransferFunction(
    voltage=300, spherical_aberration=2.7, amplitude_contrast=0.1, defocus_u=15000.5,
    defocus_v=14000.25, angle=31.5,
)  # fmt: skip
B = TransferFunction(
    voltage=200, spherical_aberration=1.4, amplitude_contrast=0.07, defocus_u=9000, defocus_v=8800,
    angle=-12, **PLATED,
)  # fmt: skip
CTFFIND = """# Output from CTFFind version 4.1.14, run on 2026-01-01 12:00:00
# Input file: Micrographs/{name} ; Number of micrographs: {count}
# Pixel size: 1.340 Angstroms ; acceleration voltage: 300.0 keV ; spherical aberration: 2.70 mm ; \
amplitude contrast: 0.10
# Box size: 512 pixels ; min. res.: 30.0 Angstroms ; max. res.: 5.0 Angstroms
# Columns: #1 - micrograph number; #2 - defocus 1 [Angstroms]; #3 - defocus 2; #4 - azimuth
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    monkeypatch.chdir(tmp_path)

    def text(name: str, content: str) -> str:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content)
        return name

    return text


Write = Callable[[str, str], str]


def test_a_star_file_with_a_table_of_optics(write: Write) -> None:
    found = read_optics(write("ctf.star", OPTICS + MICROGRAPHS))
    assert found == {"Micrographs/a.mrc": A, "Micrographs/b.mrc": B}


def test_an_old_star_file_has_all_in_one_table(write: Write) -> None:
    labels = ["MicrographName", "Voltage", "SphericalAberration", "AmplitudeContrast"]
    labels += ["DefocusU", "DefocusV", "DefocusAngle", "CtfScalefactor"]
    rows = ["a.mrc 300 2.7 0.1 15000.5 14000.25 31.5 0.5"]
    head = [f"_rln{label} #{number}" for number, label in enumerate(labels, 1)]
    text = "\n".join(["data_", "", "loop_", *head, *rows, ""])
    assert read_optics(write("old.star", text)) == {"a.mrc": replace(A, scale=0.5)}


def test_one_optics_group_is_that_of_all(write: Write) -> None:
    optics = "\n".join(OPTICS.splitlines()[:-2]) + "\n\n"
    lines = MICROGRAPHS.replace("_rlnOpticsGroup #2\n", "").replace(".mrc 1 ", ".mrc ")
    found = read_optics(write("ctf.star", optics + "\n".join(lines.splitlines()[:-1]) + "\n"))
    assert found == {"Micrographs/a.mrc": A}


def test_particles_that_differ_are_averaged_in_their_astigmatism(write: Write) -> None:
    """Defocus 10000 +- 500 at 0 and 90 degrees is no astigmatism; equal particles stay as is."""
    head = MICROGRAPHS[: MICROGRAPHS.index("Micrographs/a")].replace("micrographs", "particles")
    rows = [f"Micrographs/a.mrc 1 10500 9500 {angle} 0 0" for angle in (0, 90)]
    rows += ["Micrographs/b.mrc 2 9000 8800 -12 90 70"] * 3
    found = read_optics(write("particles.star", OPTICS + head + "\n".join([*rows, ""])))
    a, b = found["Micrographs/a.mrc"], found["Micrographs/b.mrc"]
    assert (a.defocus, a.astigmatism) == (pytest.approx(10000), pytest.approx(0, abs=1e-6))
    for name in ("defocus_u", "defocus_v", "angle", "phase_shift", "b_factor"):
        assert getattr(b, name) == pytest.approx(getattr(B, name))


@pytest.mark.parametrize("label", ["rlnVoltage", "rlnDefocusV", "rlnAmplitudeContrast"])
def test_a_column_that_is_missing_is_named(label: str, write: Write) -> None:
    text = (OPTICS + MICROGRAPHS).replace(f"_{label} ", "_rlnOther ")
    with pytest.raises(InputError, match=f"no column {label}: expected rlnDefocusU"):
        read_optics(write("ctf.star", text))


def test_a_value_that_cannot_be_is_named_with_its_micrograph(write: Write) -> None:
    text = (OPTICS + MICROGRAPHS).replace("2 200.0", "2 200000.0")
    with pytest.raises(InputError, match=r"micrograph 'Micrographs/b.mrc': voltage 200000"):
        read_optics(write("ctf.star", text))
    lost = (OPTICS + MICROGRAPHS).replace("b.mrc 2", "b.mrc 3")
    with pytest.raises(InputError, match=r"'Micrographs/b.mrc': voltage nan"):
        read_optics(write("ctf.star", lost))


def test_a_list_supplies_them_where_it_has_all_columns(write: Write) -> None:
    full = write("full.star", OPTICS + MICROGRAPHS)
    assert listed_optics([full, "x.mrc"]) == ({"Micrographs/a.mrc": A, "Micrographs/b.mrc": B}, [])
    less = write("less.star", MICROGRAPHS)
    functions, (remark,) = listed_optics([less])
    assert functions == {}
    assert "has defocus but no rlnVoltage" in remark
    names = "data_micrographs\n\nloop_\n_rlnMicrographName #1\na.mrc\nb.mrc\n"
    assert listed_optics([write("names.star", names), "no.star"]) == ({}, [])


@pytest.mark.parametrize("more", ["", " 0.03 5.28", " 0.03 5.28 12.0 -3.0 0.0"])
def test_a_file_of_ctffind(more: str, write: Write) -> None:
    row = f"1.000000 15000.5 14000.25 31.5 0.000000{more}\n"
    text = CTFFIND.format(name="a.mrc", count=1) + row
    assert read_optics(write("a_ctf.txt", text)) == {"Micrographs/a.mrc": A}


def test_phase_shifts_of_ctffind_are_in_radians(write: Write) -> None:
    text = CTFFIND.format(name="a.mrc", count=1) + "1 15000.5 14000.25 31.5 1.5707963267948966\n"
    assert read_optics(write("a.txt", text)) == {"Micrographs/a.mrc": replace(A, phase_shift=90)}


def test_a_stack_and_a_folder_of_ctffind(write: Write) -> None:
    rows = "1 15000.5 14000.25 31.5 0\n2 9000 8000 0 0\n"
    stack = read_optics(write("s.txt", CTFFIND.format(name="s.mrcs", count=2) + rows))
    assert list(stack) == ["000001@Micrographs/s.mrcs", "000002@Micrographs/s.mrcs"]
    for name in "ab":
        text = CTFFIND.format(name=f"{name}.mrc", count=1) + "1 15000.5 14000.25 31.5 0 0 0\n"
        write(f"job/{name}_ctf.txt", text)
        write(f"job/{name}_ctf_avrot.txt", "no numbers\n")
    expected = {f"Micrographs/{name}.mrc": A for name in "ab"}
    assert read_optics("job") == read_optics("job/*_ctf.txt") == expected


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1 15000 14000 0 0\n", "no acceleration voltage in its head"),
        (CTFFIND, "has 0 columns"),
        (CTFFIND + "1 15000 14000\n", "has 3 columns: expected at least 5"),
        (CTFFIND + "1 15000 x 0 0\n", "expected rows of numbers"),
        (CTFFIND + "1 nan 14000 0 0\n", "micrograph 1: defocus_u nan"),
    ],
)
def test_other_files_are_refused_in_one_line(content: str, words: str, write: Write) -> None:
    with pytest.raises(InputError, match=words):
        read_optics(write("a.txt", content.format(name="a.mrc", count=1)))


def test_no_file_is_refused_in_one_line(write: Write) -> None:
    for text in ("no.star", "no*.txt", write("empty/a.mrc", "").rpartition("/")[0]):
        with pytest.raises(InputError, match="no transfer function in"):
            read_optics(text)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Micrographs/a.mrc", "Micrographs/b.mrc"], [A, B]),
        (["b.mrc", "other/a.mrc"], [B, A]),
        (["b.tif", "a.mrc.gz", "a.mrc"], [B, A, A]),
    ],
)
def test_names_match_whatever_the_folder_and_the_ending(
    names: list[str], expected: list[TransferFunction]
) -> None:
    entries = {"Micrographs/a.mrc": A, "Micrographs/b.mrc": B}
    optics = optics_of(names, entries, "x")
    assert [optics.functions[group] for group in optics.groups] == expected
    assert len(optics.functions) == 2


def test_images_of_a_stack_are_told_by_their_numbers() -> None:
    entries = {"000001@d/s.mrcs": A, "000002@d/s.mrcs": B}
    optics = optics_of(["000002@s.mrcs", "000001@s.mrcs"], entries, "x")
    assert optics.functions == (B, A)


def test_a_micrograph_without_an_entry_is_named() -> None:
    with pytest.raises(InputError, match=r"x has no transfer function of 'c\.mrc' and 1 more"):
        optics_of(["a.mrc", "c.mrc", "d.mrc"], {"a.mrc": A}, "x")


def test_entries_that_contradict_are_refused() -> None:
    with pytest.raises(InputError, match=r"2 transfer functions of 'a\.mrc' in several folders"):
        optics_of(["a.mrc"], {"one/a.mrc": A, "two/a.mrc": B}, "x")


def test_equal_functions_are_one_group() -> None:
    optics = MicrographOptics.of([A, B, replace(A)], "'ctf.star'")
    assert optics == MicrographOptics((A, B), (0, 1, 0), "'ctf.star'")
    assert "2 optics groups from 'ctf.star', defocus 8900 to 14500 angstrom" in optics.words()
