"""Quit and start again: everything stands as it stood, whatever that was."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.window.driven import Driven
from tests.window.screen import Screen

TITLE_BAR = "[window.frameGeometry().center().x(), window.frameGeometry().y() + 8]"
FRONTS = "{k: d.geometry().getRect() for k, d in docks.items() if not d.visibleRegion().isEmpty()}"
# What a crash amid a start leaves: the lock of a process that is no more.
_CRASH = """
import os, sys
from PySide6.QtCore import QLockFile
lock = QLockFile(sys.argv[1])
assert lock.tryLock(0)
os._exit(0)
"""
TABS = "[[b.tabText(i) for i in range(b.count())] for b in window.findChildren(QTabBar)]"
PLAY = "in_sight(button('Play'))"


def settled(lab: Driven) -> dict[str, Any]:
    """The panels in sight and where they are, once they move no more."""
    before = None
    while before != (now := lab.ask(FRONTS)):
        before = now
        time.sleep(0.3)  # Qt moves them smoothly
    return now


def near(one: dict[str, Any], other: dict[str, Any], pixels: int = 12) -> bool:
    return one.keys() == other.keys() and all(
        abs(a - b) <= pixels for key in one for a, b in zip(one[key], other[key], strict=True)
    )


def test_every_way_to_leave_the_window_is_a_way_to_find_it(screen: Screen, tmp_path: Path) -> None:
    with Driven(screen, tmp_path) as lab:
        first = settled(lab)
        assert lab.ask(PLAY)
        assert lab.ask("window.isMaximized()"), "a screen of 768 lines has no room for 800"
        lab.click(TITLE_BAR, times=2)
        lab.until("not window.isMaximized()")
        lab.drag("tab('Draw')", 0, 0)
        lab.until("docks['draw'].widget().isVisible()")
        normal = settled(lab)
        tabs = lab.ask(TABS)
        size = lab.ask("window.size().toTuple()")
        lab.quit()
    with Driven(screen, tmp_path) as lab:
        assert near(settled(lab), normal)
        assert lab.ask(TABS) == tabs, "the one in front stays where it was in the row"
        assert lab.ask("window.size().toTuple()") == size
        lab.click(TITLE_BAR, times=2)
        lab.until("window.isMaximized()")
        maximised = settled(lab)
        lab.quit()
    with Driven(screen, tmp_path) as lab:
        lab.until("window.isMaximized()")
        assert near(settled(lab), maximised)
        lab.key("F11")
        lab.until("window.isFullScreen()")
        lab.quit()
    with Driven(screen, tmp_path) as lab:
        lab.until("window.isFullScreen()")
        assert settled(lab).keys() == first.keys() - {"samples"} | {"draw"}
        lab.key("F11")
        lab.until("not window.isFullScreen()")
        lab.quit()


def test_a_panel_in_a_window_of_its_own_comes_back_above_the_lab(
    screen: Screen, tmp_path: Path
) -> None:
    with Driven(screen, tmp_path) as lab:
        lab.ask("docks['curves'].setFloating(True)")
        lab.ask("docks['curves'].setGeometry(300, 200, 420, 300)")
        lab.until("QApplication.topLevelAt(500, 350) is docks['curves']")
        lab.quit()
    with Driven(screen, tmp_path) as lab:
        lab.until("docks['curves'].isFloating() and docks['curves'].isVisible()")
        lab.until("QApplication.topLevelAt(500, 350) is docks['curves']")
        assert lab.ask("docks['curves'].size().toTuple()") == [420, 300]
        lab.click("window.menuBar()")
        lab.until("QApplication.topLevelAt(500, 350) is docks['curves']")
        lab.quit()


def test_every_panel_opens_at_the_second_start(screen: Screen, tmp_path: Path) -> None:
    with Driven(screen, tmp_path) as lab:
        lab.quit()
    with Driven(screen, tmp_path) as lab:
        before = settled(lab)
        for group, name in (("Looking inside", "Saliency"), ("Runs", "Runs"), ("Pictures", "Data")):
            lab.choose("Panels", group, name)
            lab.until(f"docks[{name.lower()!r}].widget().isVisible()")
        for key in lab.ask("list(docks)"):
            lab.ask(f"docks[{key!r}].toggleViewAction().isChecked() or"
                    f" docks[{key!r}].toggleViewAction().trigger()")  # fmt: skip
            assert not lab.ask("messages()"), key
            assert lab.ask(f"not docks[{key!r}].isFloating()"), key
        after = settled(lab)
        for key in before.keys() & after.keys():
            assert near({key: before[key]}, {key: after[key]}), f"{key} has lost its place"
        lab.quit()


def test_after_a_start_that_did_not_finish_the_window_is_as_at_first(
    screen: Screen, tmp_path: Path
) -> None:
    with Driven(screen, tmp_path) as lab:
        lab.choose("Panels", "Looking inside", "Saliency")
        lab.until("docks['saliency'].isVisible()")
        lab.quit()
    lock = str(tmp_path / "lab" / "config" / "starting.lock")
    subprocess.run([sys.executable, "-c", _CRASH, lock], check=True)
    with Driven(screen, tmp_path) as lab:
        lab.until("any('did not finish starting' in said for said in messages())")
        assert not lab.ask("docks['saliency'].isVisible()")
        lab.until(f"not Path({lock!r}).exists()")
        lab.quit()
    with Driven(screen, tmp_path) as lab:
        assert not lab.ask("messages()")


@pytest.mark.parametrize(
    "layout", ["@ByteArray(\\0\\0\\0\\xff\\0)", "[[[", '"[[[\\"curves\\"],9]]"']
)
def test_a_damaged_layout_never_stops_a_start(screen: Screen, tmp_path: Path, layout: str) -> None:
    config = tmp_path / "lab" / "config"
    config.mkdir(parents=True)
    (config / "settings.ini").write_text(
        f"[General]\nversion=1\nchapter=digits\nlayout={layout}\n"
        "geometry=@ByteArray(\\x1\\xd9\\xd0\\xcb\\0\\x3\\xff\\xff\\xff\\xff\\xff\\xff)\n"
    )
    with Driven(screen, tmp_path) as lab:
        lab.until(PLAY)
        lab.quit()
