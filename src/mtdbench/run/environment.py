"""The environment of a run's process: as many threads as the run was given, no more."""

import os
from collections.abc import Mapping

POOLS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NPROC",  # XLA's thread pool
)


def environment(threads: int, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """`base` (by default this process's environment) with every thread pool set to `threads`.

    It has to be in place before NumPy or JAX is loaded.
    """
    result = dict(os.environ if base is None else base)
    result.update(dict.fromkeys(POOLS, str(threads)))
    if threads == 1:
        flags = result.get("XLA_FLAGS", "").split()
        single = "--xla_cpu_multi_thread_eigen=false"
        result["XLA_FLAGS"] = " ".join([*(f for f in flags if f != single), single])
    # Small programs are worth caching too: a study starts hundreds of processes.
    result.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    result.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    result.setdefault("PYTHONHASHSEED", "0")  # the order of sets is part of a repeatable run
    return result
