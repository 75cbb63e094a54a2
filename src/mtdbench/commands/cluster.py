"""The jobs of a workflow as a cluster sees them: packs, and what each job asks for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mtdbench.commands.packs import Item, Pack, cut, inputs, result_file
from mtdbench.commands.workflow import Studies
from mtdbench.cost.costs import report_cost, scoring_cost, simulation_cost
from mtdbench.cost.requests import (
    JobRequest,
    first_request,
    growing_request,
    largest_request,
    one_after_another,
)
from mtdbench.run.allocation import LAST_ATTEMPT
from mtdbench.run.marks import Mark, is_left
from mtdbench.study.cells import Batch, Block
from mtdbench.study.plan import study_folder

HERE = Path()
Wildcards = Any  # what Snakemake gives to functions: attributes by name


class ClusterJobs:
    """The jobs of the studies that a workflow works at."""

    def __init__(self, studies: Studies, results: Path = Path("results")) -> None:
        self.studies, self.results = studies, results
        self._packs: dict[str, dict[str, Pack]] = {}
        self._holders: dict[str, dict[Path, Pack]] = {}
        self._files: dict[tuple[str, str], list[str]] = {}

    def packs(self, study: str) -> dict[str, Pack]:
        """The packs of a study by name."""
        if study not in self._packs:
            found = cut(self.studies.plan(study), self.studies.calibration)
            self._packs[study] = {pack.name: pack for pack in found}
            self._holders[study] = {
                result_file(item, HERE): pack for pack in found for item in pack.items
            }
        return self._packs[study]

    def awaited(self, study: str, items: Sequence[Item]) -> list[str]:
        """The files that say that packs are done which hold some jobs; of those packs that were not
        done when they were first asked for.
        """
        self.packs(study)
        holders = [self._holders[study][result_file(item, HERE)] for item in items]
        chosen = {pack.name: pack for pack in holders}
        return [file for pack in chosen.values() for file in self._awaited(study, pack)]

    def upstream(self, wildcards: Wildcards) -> list[str]:
        """The same for the packs whose results a pack reads."""
        plan = self.studies.plan(wildcards.study)
        items = self.packs(wildcards.study)[wildcards.pack].items
        return self.awaited(wildcards.study, [i for item in items for i in inputs(item, plan)])

    def pack(self, wildcards: Wildcards, attempt: int) -> JobRequest:
        """What a pack asks for: what is left of it, one after another."""
        pack = self.packs(wildcards.study)[wildcards.pack]
        left = pack.unfinished(self._folder(wildcards.study)) or pack.items
        return one_after_another([self._asked(wildcards.study, item, attempt) for item in left])

    def publish(self, wildcards: Wildcards, attempt: int) -> JobRequest:
        """What the jobs ask for that make the table, the figures and the report."""
        study = self.studies.plan(wildcards.study).study
        return growing_request(report_cost(study, self.studies.calibration), attempt)

    def simulate(self, wildcards: Wildcards, attempt: int) -> JobRequest:
        """What the job of a block asks for, by itself."""
        block = self.studies.plan(wildcards.study).block(wildcards.cell, wildcards.block)
        return self._asked(wildcards.study, block, attempt)

    def estimate(self, wildcards: Wildcards, attempt: int) -> JobRequest:
        """What the job of a batch asks for, by itself."""
        batch = self.studies.plan(wildcards.study).batch(f"{wildcards.cell}/{wildcards.batch}")
        return self._asked(wildcards.study, batch, attempt)

    def estimate_cores(self, wildcards: Wildcards) -> int:
        """How many cores the job of a batch uses, by itself."""
        plan = self.studies.plan(wildcards.study)
        return plan.cores([plan.batch(f"{wildcards.cell}/{wildcards.batch}")])

    def pack_cores(self, wildcards: Wildcards) -> int:
        """How many cores a pack uses."""
        items = self.packs(wildcards.study)[wildcards.pack].items
        batches = [item for item in items if isinstance(item, Batch)]
        return self.studies.plan(wildcards.study).cores(batches)

    def score(self, wildcards: Wildcards, attempt: int) -> JobRequest:
        """What the job of a cell asks for, by itself."""
        return self._asked(
            wildcards.study, self.studies.plan(wildcards.study).cell(wildcards.cell), attempt
        )

    def _folder(self, study: str) -> Path:
        return study_folder(self.results, self.studies.plan(study).study)

    def _awaited(self, study: str, pack: Pack) -> list[str]:
        key = (study, pack.name)
        if key not in self._files:
            done = self._folder(study) / "packs" / f"{pack.name}.json"
            unfinished = bool(pack.unfinished(self._folder(study)))
            if unfinished:  # what says that it is done is of an earlier time
                done.unlink(missing_ok=True)
            self._files[key] = [str(done)] if unfinished else []
        return self._files[key]

    def _asked(self, name: str, item: Item, attempt: int) -> JobRequest:
        plan, laws = self.studies.plan(name), self.studies.calibration
        if isinstance(item, Block):
            return growing_request(simulation_cost(item, laws), attempt)
        if not isinstance(item, Batch):
            return growing_request(scoring_cost(item, plan.batches_of(item.id), laws), attempt)
        if attempt >= LAST_ATTEMPT:
            return JobRequest(0.0, 0.0)
        marked = any(is_left(mark, self._folder(name), item) for mark in Mark)
        if attempt > 1 and marked:
            return largest_request(plan.study, item)
        return first_request(plan.study, item, laws)


def amount(
    asked: Callable[[Wildcards, int], JobRequest], what: str
) -> Callable[[Wildcards, int], int]:
    """A resource for Snakemake: a function of wildcards and attempt, one field of the request."""

    def value(wildcards: Wildcards, attempt: int) -> int:
        return int(getattr(asked(wildcards, attempt), what))

    return value
