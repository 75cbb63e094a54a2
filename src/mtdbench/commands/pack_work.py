"""The work of a cluster job: the jobs of a pack, one after another, those that are not done."""

import sys
import traceback
from pathlib import Path

from mtdbench.commands.packs import Item, Pack, result_file
from mtdbench.evaluate.score import score_cell
from mtdbench.run.allocation import Allocation, OutgrownError, OverTimeError, run_allocated, within
from mtdbench.run.marks import Mark, is_left
from mtdbench.study.block_simulation import simulate_block
from mtdbench.study.cells import Batch, Block
from mtdbench.study.plan import Plan


def work_through(plan: Plan, pack: Pack, folder: Path, given: Allocation) -> list[str]:
    """Do what is not done of a pack; in words, what is still not done then.

    A batch that an attempt did not survive comes last, so that it takes no other along. What fails
    does not keep the rest from being done.
    """
    left: list[str] = []

    def broken_off(item: Item) -> bool:
        return isinstance(item, Batch) and is_left(Mark.BEGUN, folder, item)

    try:
        with within(given):
            for item in sorted(pack.unfinished(folder), key=broken_off):
                try:
                    _do(plan, item, folder, given)
                except OverTimeError:
                    raise
                except OutgrownError as error:
                    left.append(str(error))
                except Exception as error:
                    traceback.print_exc(file=sys.stderr)
                    left.append(f"{result_file(item, folder)}: {type(error).__name__}: {error}")
    except OverTimeError as error:
        left.append(str(error))
    return left


def _do(plan: Plan, item: Item, folder: Path, given: Allocation) -> None:
    out = result_file(item, folder)
    if isinstance(item, Block):
        simulate_block(plan.study, item, folder, out)
    elif isinstance(item, Batch):
        log = folder / "logs" / "runs" / f"{item.id}.log"
        run_allocated(plan.study, item, folder, out, log, given)
    else:
        score_cell(plan, item.id, folder, out)
