"""A real screen for these tests; skipped, with the reason, where there is none to be had."""

from collections.abc import Iterator

import pytest

from tests.window.screen import Screen, what_is_missing


@pytest.fixture(scope="session")
def real_screens() -> None:
    """Skips where no screen can be started."""
    if missing := what_is_missing():
        pytest.skip(missing)


@pytest.fixture(scope="module")
def screen(real_screens: None) -> Iterator[Screen]:
    """The screen of an ordinary laptop, 1366×768."""
    with Screen() as screen:
        yield screen
