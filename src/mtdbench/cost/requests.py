"""What the jobs of a study ask a cluster for: by the plan first, by the study's limits next."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from mtdbench.cost.costs import Calibration, Cost, batch_cost
from mtdbench.run.allocation import OVERHEAD_MIB, START_SECONDS
from mtdbench.study.cells import Batch
from mtdbench.study.schema import Study

PATIENCE = 3.0
"""Times the expected time and memory is what a job asks for at first."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """Memory in MiB and wall-clock seconds that a job may need for its work."""

    memory_mib: float
    seconds: float

    @property
    def mem_mb(self) -> int:
        """What Snakemake calls so, in MiB as Slurm has it; with what Snakemake itself holds."""
        return ceil(self.memory_mib + OVERHEAD_MIB)

    @property
    def runtime(self) -> int:
        """What Snakemake calls so, in minutes; with the start of its processes."""
        return ceil((self.seconds + START_SECONDS) / 60)


def first_request(study: Study, batch: Batch, calibration: Calibration) -> JobRequest:
    """Several times what the plan expects of a batch, but never more than the limits allow."""
    cost, most = batch_cost(study, batch, calibration), largest_request(study, batch)
    memory = min(PATIENCE * cost.memory_mib, most.memory_mib)
    return JobRequest(memory, min(PATIENCE * cost.longest, most.seconds))


def largest_request(study: Study, batch: Batch) -> JobRequest:
    """What a batch takes at most: each of its runs ends at the limits of the study."""
    limits = study.limits
    each = limits.seconds + limits.setup_seconds + START_SECONDS
    return JobRequest(limits.memory_mib, len(batch.block.trials) * each)


def growing_request(cost: Cost, attempt: int) -> JobRequest:
    """For steps that the study sets no limit: the memory that the plan expects, which is known
    well, and several times the time; twice as much at each further attempt.
    """
    more = 2 ** (attempt - 1)
    return JobRequest(more * cost.memory_mib, more * PATIENCE * cost.cpu_seconds)


def one_after_another(requests: Sequence[JobRequest]) -> JobRequest:
    """What jobs ask for that follow one another: the largest memory, the sum of the times."""
    memory = max((request.memory_mib for request in requests), default=0.0)
    return JobRequest(memory, sum(request.seconds for request in requests))
