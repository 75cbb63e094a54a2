"""All benchmarks, by the name that `make perf` knows them by."""

from mtdbench.perf.convergence import CONVERGENCE_CASES
from mtdbench.perf.image_cases import IMAGE_CASES
from mtdbench.perf.moment_cases import MOMENT_CASES
from mtdbench.perf.sizes import SIZE_CASES
from mtdbench.perf.volume_cases import VOLUME_CASES

CASES = IMAGE_CASES | VOLUME_CASES | MOMENT_CASES | CONVERGENCE_CASES | SIZE_CASES
