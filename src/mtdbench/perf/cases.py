"""All benchmarks, by the name that `make perf` knows them by."""

from mtdbench.perf import convergence, image_cases, moment_cases, sizes, volume_cases

CASES = (
    image_cases.CASES | volume_cases.CASES | moment_cases.CASES | convergence.CASES | sizes.CASES
)
