"""The jobs of a study cut into packs, each of which is one job of a cluster.

A pack holds jobs of one step: blocks to be simulated, batches to be run, or cells to be scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mtdbench.cost.costs import Calibration, batch_cost, scoring_cost, simulation_cost
from mtdbench.cost.pack_numbers import pack_numbers
from mtdbench.evaluate.scores_file import scores_file
from mtdbench.run.batch_file import batch_file
from mtdbench.study.cells import Batch, Block, Cell
from mtdbench.study.fingerprint import fingerprint
from mtdbench.study.listing import listing_file
from mtdbench.study.plan import Plan

Item = Block | Batch | Cell


class Step(StrEnum):
    """A step of a study."""

    SIMULATE = "simulate"
    ESTIMATE = "estimate"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Pack:
    """Jobs of one step that follow one another; the name changes when their content does."""

    name: str
    step: Step
    items: tuple[Item, ...]

    def unfinished(self, folder: Path) -> list[Item]:
        """The jobs whose result is not below the study's folder."""
        return [item for item in self.items if not result_file(item, folder).exists()]


def result_file(item: Item, folder: Path) -> Path:
    """What a job leaves below the study's folder when it is done."""
    if isinstance(item, Block):
        return listing_file(folder, item)
    if isinstance(item, Batch):
        return batch_file(folder, item)
    return scores_file(folder, item.id)


def cut(plan: Plan, calibration: Calibration) -> list[Pack]:
    """All packs of a study, those of earlier steps first."""

    def seconds(item: Item) -> float:
        if isinstance(item, Block):
            return simulation_cost(item, calibration).cpu_seconds
        if isinstance(item, Batch):
            return batch_cost(plan.study, item, calibration).cpu_seconds
        return scoring_cost(item, plan.batches_of(item.id), calibration).cpu_seconds

    steps: dict[Step, Sequence[Item]] = {
        Step.SIMULATE: plan.blocks,
        Step.ESTIMATE: plan.batches,
        Step.SCORE: plan.cells,
    }
    found: list[Pack] = []
    for step, items in steps.items():
        numbers = pack_numbers([seconds(item) for item in items])
        for number in range(numbers[-1] + 1 if numbers else 0):
            chosen = [i for i, n in zip(items, numbers, strict=True) if n == number]
            content = fingerprint([str(result_file(item, Path())) for item in chosen])
            found.append(Pack(f"{step}-{number}-{content}", step, tuple(chosen)))
    return found


def inputs(item: Item, plan: Plan) -> list[Item]:
    """The jobs whose results a job reads."""
    if isinstance(item, Block):
        return []
    if isinstance(item, Batch):
        return [item.block]
    return list(plan.batches_of(item.id))
