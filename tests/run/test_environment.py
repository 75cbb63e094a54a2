import subprocess
import sys

from mtdbench.run.environment import environment


def test_every_thread_pool_gets_the_same_number() -> None:
    found = environment(3, {"OMP_NUM_THREADS": "64", "HOME": "/home"})
    assert found["OMP_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == found["NPROC"] == "3"
    assert found["HOME"] == "/home"
    assert "XLA_FLAGS" not in found


def test_flags_of_the_user_stay() -> None:
    flags = environment(1, {"XLA_FLAGS": "--xla_dump_to=here"})["XLA_FLAGS"].split()
    assert flags == ["--xla_dump_to=here", "--xla_cpu_multi_thread_eigen=false"]
    assert environment(1, {"XLA_FLAGS": " ".join(flags)})["XLA_FLAGS"].split() == flags


def test_a_run_of_one_thread_uses_one_core() -> None:
    code = (
        "import time, numpy as np; a = np.ones((700, 700)); w, c = time.perf_counter(),"
        "time.process_time(); [a @ a for _ in range(20)];"
        "print((time.process_time() - c) / (time.perf_counter() - w))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, env=environment(1),
    )  # fmt: skip
    assert float(answer.stdout) < 1.2


PEAK = """
import numpy as np
from mtdbench.run.memory import forget_peak, peak_mib
held = np.ones(2**25)  # 256 MiB
del held
forget_peak()
quiet = peak_mib()
held = np.ones(2**24)  # 128 MiB
print(peak_mib() - quiet)
"""


def test_the_peak_of_memory_is_that_of_the_run_alone() -> None:
    """In a process of its own: other tests leave threads that free memory when they like."""
    answer = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, check=True)
    assert 100 < float(answer.stdout) < 160
