"""What lies behind a tab rests; what comes to the front is there, where it was, and up to date."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from hellodl_gui.app.docks import Docks

KEYS = ("chapters", "knobs", "a", "b", "c", "d", "e")


@pytest.fixture
def docks(qtbot: QtBot) -> Docks:
    window = QMainWindow()
    window.resize(1000, 700)
    docks = Docks(window, window.menuBar().addMenu("panels"))
    for key in KEYS:
        docks.add(key, key, QLabel(key))
    docks.arrange(("a", "b", "c", "d", "e"))
    qtbot.addWidget(window)
    window.show()
    QApplication.processEvents()
    return docks


def seen(docks: Docks, qtbot: QtBot) -> dict[str, tuple[int, int, int, int]]:
    """The panels in sight and where they are, once everything has found its place."""
    looks: list[dict[str, tuple[int, int, int, int]]] = []

    def at_rest() -> bool:
        """Qt moves them smoothly: several looks in a row are to be the same."""
        looks.append(
            {
                key: dock.geometry().getRect()
                for key, dock in docks.by_key.items()
                if not dock.visibleRegion().isEmpty()
            }
        )
        return len(looks) > 30 and all(look == looks[-1] for look in looks[-30:])

    qtbot.waitUntil(at_rest)  # a look each 10 ms at most
    return looks[-1]


def test_a_panel_behind_a_tab_is_hidden_until_it_comes_to_the_front(
    docks: Docks, qtbot: QtBot
) -> None:
    assert "d" in seen(docks, qtbot) and docks.by_key["e"].widget().isHidden()
    docks.show("e")
    assert "e" in seen(docks, qtbot) and docks.by_key["e"].widget().isVisible()
    assert docks.by_key["d"].widget().isHidden()


def test_a_panel_that_was_alone_on_the_screen_comes_back_to_the_front(
    docks: Docks, qtbot: QtBot
) -> None:
    panel = docks.by_key["e"]
    panel.setFloating(True)
    qtbot.waitUntil(panel.widget().isVisible)
    panel.setFloating(False)
    assert "e" in seen(docks, qtbot) and panel.widget().isVisible()


def test_the_menu_brings_what_is_behind_to_the_front_and_closes_what_is_in_sight(
    docks: Docks, qtbot: QtBot
) -> None:
    panel = docks.by_key["e"]
    assert "e" not in seen(docks, qtbot)
    panel.toggleViewAction().trigger()
    assert "e" in seen(docks, qtbot)
    panel.toggleViewAction().trigger()
    assert panel.isHidden()


def test_one_panel_with_all_the_room_gives_it_back_to_the_pixel(docks: Docks, qtbot: QtBot) -> None:
    docks.show("e")
    before = seen(docks, qtbot)
    for key in ("a", "e", "a"):
        docks.maximise(docks.by_key[key])
        assert list(seen(docks, qtbot)) == [key]
        docks.give_back()
        assert seen(docks, qtbot) == before


def test_a_panel_asked_for_beside_a_maximised_one_stays_in_front(
    docks: Docks, qtbot: QtBot
) -> None:
    docks.maximise(docks.by_key["a"])
    docks.show("e")
    docks.give_back()
    assert {"a", "b", "c", "e"} <= set(seen(docks, qtbot))
