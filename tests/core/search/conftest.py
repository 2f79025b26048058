"""Races and studies that are closed when a test is over."""

from collections.abc import Iterator

import pytest

from tests.core.search.races import Polled


@pytest.fixture
def begun() -> Iterator[list[Polled]]:
    held: list[Polled] = []
    yield held
    for one in held:
        one.close()
