"""The window fits a small screen at its first start, and after it was left on a larger one."""

from pathlib import Path

import pytest

from tests.window.driven import Driven
from tests.window.screen import Screen

PLAY = "in_sight(button('Play'))"


@pytest.mark.parametrize(
    ("size", "scale"),
    [((1024, 768), 1.0), ((1366, 768), 1.0), ((1920, 1080), 1.5), ((1920, 1080), 2.0)],
)
def test_everything_fits_a_small_screen_at_the_first_start(
    real_screens: None, tmp_path: Path, size: tuple[int, int], scale: float
) -> None:
    with Screen(*size) as small, Driven(small, tmp_path, scale=scale) as lab:
        lab.until("window.isMaximized()")
        lab.until(PLAY)
        room = "window.screen().availableGeometry().adjusted(0, 0, 1, 1)"  # half pixels are rounded
        lab.until(f"{room}.contains(window.frameGeometry())")
        for key in ("chapters", "knobs", "curves"):
            assert lab.ask(f"in_sight(docks[{key!r}])"), key
        lab.quit()


def test_a_screen_smaller_than_before_holds_the_whole_window(
    real_screens: None, tmp_path: Path
) -> None:
    with Screen(1920, 1080) as large, Driven(large, tmp_path) as lab:
        assert lab.ask("window.size().toTuple()") == [1280, 800]
        lab.ask("window.resize(1850, 1000)")
        lab.ask("docks['curves'].setFloating(True)")
        lab.ask("docks['curves'].setGeometry(1500, 800, 400, 250)")
        lab.until("docks['curves'].x() == 1500")
        lab.quit()
    with Screen(1024, 768) as small, Driven(small, tmp_path) as lab:
        lab.until(PLAY)
        lab.until("in_sight(docks['curves'])")
        assert lab.ask("window.screen().availableGeometry().contains(window.frameGeometry())")
        lab.quit()
