import os
from collections.abc import Iterator

import pytest


@pytest.fixture
def own_environment() -> Iterator[None]:
    """Commands that set the number of threads do so for themselves only."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
