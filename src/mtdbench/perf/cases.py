"""All benchmarks, by the name that `make perf` knows them by."""

from mtdbench.perf import acceleration, images, moments, sizes, volumes

CASES = images.CASES | volumes.CASES | moments.CASES | acceleration.CASES | sizes.CASES
