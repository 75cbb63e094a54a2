"""Estimators that hold their last estimate against noise alone.

The bound of `mtdbench.estimators.em.evidence` holds however an object was found, so one test serves
all estimators, those of other packages too.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from mtdbench.estimators.declaration import (
    Estimator,
    OperationCount,
    declaration_of,
    is_reference,
    privileged_inputs,
)
from mtdbench.estimators.em.em_cost import null_test_operations
from mtdbench.estimators.em.held_object import FITTED_ROUNDS
from mtdbench.estimators.em.null_test import TEST_PASSES
from mtdbench.estimators.em.patch_test import tested_by_patches
from mtdbench.estimators.registry import load
from mtdbench.estimators.sharing import SHARING
from mtdbench.estimators.signature import read_signature
from mtdbench.estimators.workload import Workload
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.seeds import stream_beside

NULL_TEST = "null_test"


def with_null_test(estimator: Estimator) -> Estimator:
    """An estimator with one option more, `null_test`, off by default: whether its last estimate is
    held against noise alone. Without it all is as it was; what it declares stays.
    """
    own = read_signature(estimator)

    @wraps(estimator)
    def tested(
        measurement: Measurement, rng: np.random.Generator, **options: Any
    ) -> Iterator[Estimate]:
        asked = options.pop(NULL_TEST, False)
        estimates = estimator(measurement, rng, **options)
        if not asked:
            return estimates
        return held_against_noise(estimates, measurement, rng, options.get(SHARING, ONE_RANK))

    declared = declaration_of(estimator)
    cost = None if declared.cost is None else _with_test(declared.cost)
    tested.__dict__["declaration"] = replace(declared, cost=cost)
    tested.__dict__["__signature__"] = _with_option(own)
    return tested


def can_be_tested(estimator: Estimator) -> bool:
    """Whether estimates may be held against noise alone: references know what there is."""
    return not (is_reference(estimator) or privileged_inputs(estimator))


def load_tested(name: str) -> Estimator:
    """As `mtdbench.estimators.registry.load`, with the option `null_test`, whatever package the
    estimator is of, unless it is a reference.
    """
    estimator = load(name)
    has_option = NULL_TEST in read_signature(estimator).parameters
    return with_null_test(estimator) if can_be_tested(estimator) and not has_option else estimator


def held_against_noise(
    estimates: Iterator[Estimate],
    measurement: Measurement,
    rng: np.random.Generator,
    ranks: Ranks = ONE_RANK,
) -> Iterator[Estimate]:
    """The estimates, and the last of them once more with what the test says of it.

    Its object is tested as it is, with the density and the noise that suit it best. The test has a
    stream of random numbers of its own, beside that of `rng`.

    Parameters
    ----------
    estimates : iterator of Estimate
    measurement : Measurement
        That they are of.
    rng : numpy.random.Generator
        The estimator's.
    ranks : Ranks
        Each has its share of the patches.
    """
    last, count = None, 0
    for count, last in enumerate(estimates, start=1):  # noqa: B007 - what they were at the end
        yield last
    if last is None:
        return
    own = stream_beside(rng, NULL_TEST)
    tested = tested_by_patches(last, measurement, own, ranks)
    iterations = count if last.iterations is None else last.iterations
    yield replace(tested, iterations=iterations)


def _with_option(signature: inspect.Signature) -> inspect.Signature:
    option = inspect.Parameter(
        NULL_TEST, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=bool
    )
    parameters = list(signature.parameters.values())
    any_other = [p for p in parameters if p.kind is p.VAR_KEYWORD]
    others = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
    return signature.replace(parameters=[*others, option, *any_other])


def _with_test(cost: OperationCount) -> OperationCount:
    """The operations of an estimator, and of the test where it is asked for."""

    def operations(workload: Workload, options: Mapping[str, Any]) -> float:
        total = cost(workload, options)
        if not options.get(NULL_TEST, False):
            return total
        poses = len(workload.space.poses(workload.space.default_poses))
        passes = TEST_PASSES + FITTED_ROUNDS
        return total + null_test_operations(workload, workload.patches, poses, passes)

    return operations
