"""Every test here begins on the compiled kernels and leaves the engine as it found it."""

from collections.abc import Iterator

import pytest

from core.kernels.engine import use_engine


@pytest.fixture(autouse=True)
def compiled_kernels() -> Iterator[None]:
    with use_engine("fast"):
        yield
