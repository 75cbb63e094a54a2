"""Snakemake, but it asks every second what has become of its jobs.

Its executor for Slurm waits ten seconds longer each time that it has asked in vain, which spares
the scheduler of a real cluster.
"""

import asyncio

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor


async def sleep(self: RemoteExecutor) -> None:
    await asyncio.sleep(1)


if __name__ == "__main__":
    RemoteExecutor.sleep = sleep
    main()
