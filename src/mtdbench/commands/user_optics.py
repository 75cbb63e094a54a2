"""The transfer functions of a user's micrographs: as given, as listed with them, or as recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtdbench.errors import InputError
from mtdbench.model.forward import ForwardModel
from mtdbench.optics import MicrographOptics, TransferFunction
from mtdbench.optics.micrograph_optics import optics_of
from mtdbench.optics.optics_files import listed_optics, read_optics

NO_CTF = "none"
RECORD = "run.json of the estimate"


def find_optics(
    asked: str | None,
    sources: Sequence[str],
    names: Sequence[str],
    recorded: Mapping[str, TransferFunction] | None = None,
) -> tuple[MicrographOptics | None, list[str]]:
    """The transfer functions of micrographs, None for none, and what the user should know of them,
    a line each.

    Parameters
    ----------
    asked : str or None
        What `--ctf` says: a file, or `none`. Where it says nothing, STAR files among the sources
        are asked, and then the record.
    sources : sequence of str
        What the user gave as micrographs.
    names : sequence of str
        Of the micrographs.
    recorded : mapping or None
        The transfer functions that an estimate was made with, by name.

    Raises
    ------
    InputError
        If a file cannot be read, or lacks a micrograph.
    """
    if asked == NO_CTF:
        return None, []
    if asked is not None:
        return optics_of(names, read_optics(asked), f"'{asked}'"), []
    listed, remarks = listed_optics(sources)
    if listed:
        stars = [text for text in sources if text.lower().endswith(".star")]
        return optics_of(names, listed, f"'{stars[0]}'"), remarks
    if recorded:
        return optics_of(names, recorded, RECORD), remarks
    return None, remarks


def optics_facts(
    optics: MicrographOptics | None, forward: ForwardModel, pixel_size: float | None
) -> dict[str, Any] | None:
    """What `run.json` says of the transfer functions: the part `ctf` of an instrument, the group of
    each micrograph, where they come from, and by how many samples a copy shows beyond its window.
    """
    if optics is None or pixel_size is None:
        return None
    return {"source": optics.source, "margin": forward.margin, **optics.parts(pixel_size)}


def optics_lines(optics: MicrographOptics | None, forward: ForwardModel) -> list[str]:
    """What the log says of them."""
    if optics is None:
        return []
    window, support = forward.space.window, forward.support
    return [f"{optics.words()}; copies of {window} samples show in {support}"]


def recorded_optics(recorded: Mapping[str, Any]) -> dict[str, TransferFunction]:
    """The transfer functions that the `run.json` of an estimate records, by micrograph; none where
    it was made without.

    Raises
    ------
    InputError
        If what is recorded are none.
    """
    facts = recorded.get("ctf")
    if not isinstance(facts, dict):
        return {}
    try:
        functions = [TransferFunction(**group) for group in facts["ctf"]["groups"]]
        return {
            str(name): functions[group]
            for name, group in zip(recorded["names"], facts["groups"], strict=True)
        }
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"{RECORD}: no transfer functions in its ctf ({error}): expected those that estimate"
            " wrote"
        ) from None
