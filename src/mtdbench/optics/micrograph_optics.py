"""The transfer functions of several micrographs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

from mtdbench.errors import InputError
from mtdbench.micrographs.sources import split_section
from mtdbench.optics.transfer_function import TransferFunction


@dataclass(frozen=True, slots=True)
class MicrographOptics:
    """The optics groups of micrographs: those with equal transfer functions are one.

    Attributes
    ----------
    functions : tuple of TransferFunction
        One for each group.
    groups : tuple of int
        The group of each micrograph.
    source : str
        Where they come from, in words.
    """

    functions: tuple[TransferFunction, ...]
    groups: tuple[int, ...]
    source: str = ""

    @classmethod
    def of(cls, functions: Sequence[TransferFunction], source: str = "") -> "MicrographOptics":
        """Those of micrographs with these functions, in order."""
        distinct = list(dict.fromkeys(functions))
        number = {function: k for k, function in enumerate(distinct)}
        return cls(tuple(distinct), tuple(number[each] for each in functions), source)

    def parts(self, pixel_size: float) -> dict[str, Any]:
        """The parts of an instrument that they are, see `mtdbench.model.instrument`."""
        groups = [asdict(function) for function in self.functions]
        return {
            "ctf": {"pixel_size": pixel_size, "groups": groups},
            "groups": list(self.groups),
        }

    def words(self) -> str:
        """How many groups of what defocus, for a log."""
        low, high = (f(each.defocus for each in self.functions) for f in (min, max))
        count = len(self.functions)
        return (
            f"transfer function: {count} optics group{'s' if count > 1 else ''} from {self.source},"
            f" defocus {low:.0f}{'' if low == high else f' to {high:.0f}'} angstrom"
        )


def optics_of(
    names: Sequence[str], entries: Mapping[str, TransferFunction], source: str
) -> MicrographOptics:
    """The optics of micrographs by their names: an entry of the same name, else of the same file in
    another folder, else of the same file with another ending.

    Raises
    ------
    InputError
        If a micrograph has no entry, or several that differ.
    """
    tables = [_by_key(entries, key) for key in (_whole, _file, _stem)]
    found = [_entry(name, tables, source) for name in names]
    missing = [name for name, function in zip(names, found, strict=True) if function is None]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(
            f"{source} has no transfer function of '{missing[0]}'{more}: expected one for each"
            " micrograph (--ctf none does without)"
        )
    return MicrographOptics.of([function for function in found if function is not None], source)


def _whole(name: str) -> str:
    return name


def _file(name: str) -> tuple[int, str]:
    section, path = split_section(name)
    return section or 1, PurePath(path).name


def _stem(name: str) -> tuple[int, str]:
    section, file = _file(name)
    return section, file.partition(".")[0]


def _by_key(entries: Mapping[str, TransferFunction], key: Any) -> tuple[Any, dict[Any, set[Any]]]:
    """The entries by a part of their names, each with all functions that it has."""
    table: dict[Any, set[Any]] = {}
    for name, function in entries.items():
        table.setdefault(key(name), set()).add(function)
    return key, table


def _entry(name: str, tables: Any, source: str) -> TransferFunction | None:
    for key, table in tables:
        functions = table.get(key(name), set())
        if len(functions) > 1:
            raise InputError(
                f"{source} has {len(functions)} transfer functions of '{name}' in several folders:"
                " expected one"
            )
        if functions:
            return next(iter(functions))
    return None
