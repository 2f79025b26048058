"""The lab itself in a process of its own, which answers questions about what its window shows.

`python -m tests.window.drive SOCKET …` runs `hellodl …`; SOCKET is the number of an inherited
socket. A question is a line, a Python expression; it is evaluated in the thread of the window,
between two events, and the answer is a line of JSON. What a person does comes from outside, from
a real pointer and real keys: nothing here clicks.
"""

import json
import socket
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QWidget


def main() -> int:
    from PySide6.QtWidgets import QApplication

    from hellodl_gui.__main__ import main as run

    link = socket.socket(fileno=int(sys.argv[1]))
    execute = QApplication.exec

    def listening(*_: object) -> int:
        _listen(link)
        return execute()

    QApplication.exec = listening  # type: ignore[method-assign, assignment]
    return run(sys.argv[2:])


def _listen(link: socket.socket) -> None:
    from PySide6.QtCore import QSocketNotifier, Qt
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    lines = link.makefile("rw")
    known = {"app": app, "Path": Path, "Qt": Qt, **globals()}
    for module in ("QtCore", "QtGui", "QtWidgets"):
        known |= vars(sys.modules[f"PySide6.{module}"])

    def answer() -> None:
        question = lines.readline()
        if not question:
            bell.setEnabled(False)
            return
        try:
            shown = window()
            more = {"window": shown, "state": shown.state, "docks": shown.docks.by_key}
            said: dict[str, Any] = {"value": eval(question, known | more)}
            words = json.dumps(said, default=repr)
        except Exception:
            words = json.dumps({"error": traceback.format_exc()})
        lines.write(words + "\n")
        lines.flush()

    bell = QSocketNotifier(link.fileno(), QSocketNotifier.Type.Read, app)
    bell.activated.connect(answer)


def window() -> Any:
    """The lab's main window."""
    from PySide6.QtWidgets import QApplication, QMainWindow

    return next(it for it in QApplication.topLevelWidgets() if isinstance(it, QMainWindow))


def place(thing: "QWidget", x: float = 0.5, y: float = 0.5) -> list[int]:
    """A point of what is seen of a widget, in pixels of the screen; (0, 0) is left above."""
    from PySide6.QtCore import QPointF

    seen = thing.visibleRegion().boundingRect()
    inside = QPointF(seen.x() + x * (seen.width() - 1), seen.y() + y * (seen.height() - 1))
    at = thing.mapToGlobal(inside)
    return _device(thing, at.x(), at.y())


def tab(title: str) -> list[int]:
    """The middle of the tab with this title."""
    from PySide6.QtWidgets import QTabBar

    for bar in window().findChildren(QTabBar):
        for index in range(bar.count()):
            if bar.isVisible() and bar.tabText(index).replace("&", "") == title:
                at = bar.mapToGlobal(bar.tabRect(index).center())
                return _device(bar, at.x(), at.y())
    raise LookupError(f"no tab “{title}”")


def entry(name: str) -> list[int]:
    """The middle of an entry of the menu that is open, or of the menu bar."""
    from PySide6.QtWidgets import QApplication

    menu = QApplication.activePopupWidget() or window().menuBar()
    for action in menu.actions():
        words = action.text().replace("&", "").split("\t")[0]
        if words == name and action.isVisible():
            at = menu.mapToGlobal(menu.actionGeometry(action).center())
            return _device(menu, at.x(), at.y())
    raise LookupError(f"no entry “{name}”")


def in_sight(thing: "QWidget") -> bool:
    """Whether all of a widget can be seen: inside its window, the window inside the screen."""
    from PySide6.QtCore import QRect

    if not thing.isVisible():
        return False
    whole = QRect(thing.mapToGlobal(thing.rect().topLeft()), thing.size())
    above = thing.window()
    around = QRect(above.mapToGlobal(above.rect().topLeft()), above.size())
    seen = thing.visibleRegion().boundingRect() == thing.rect()
    return seen and around.contains(whole) and thing.screen().geometry().contains(whole)


def button(name: str, within: "QMainWindow | QWidget | None" = None) -> "QWidget":
    """The visible button with this text, name or tip."""
    from PySide6.QtWidgets import QAbstractButton

    for found in (within or window()).findChildren(QAbstractButton):
        names = (found.text().replace("&", ""), found.accessibleName(), found.objectName())
        if found.isVisible() and name in names:
            return found
    raise LookupError(f"no button “{name}”")


def contrast(thing: "QWidget") -> float:
    """How far what is drawn on a widget stands out from its ground, as WCAG counts it."""
    from PySide6.QtGui import QColor

    def light(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    image = thing.window().grab(_within(thing)).toImage()
    ground = light(image.pixelColor(0, 0))
    drawn = max(
        (
            light(image.pixelColor(x, y))
            for x in range(image.width())
            for y in range(image.height())
        ),
        key=lambda other: abs(other - ground),
    )
    return (max(drawn, ground) + 0.05) / (min(drawn, ground) + 0.05)


def _within(thing: "QWidget") -> Any:
    from PySide6.QtCore import QPoint, QRect

    return QRect(thing.mapTo(thing.window(), QPoint(0, 0)), thing.size())


def find(panel: str, kind: str) -> "QWidget":
    """The visible widget of this class in a panel."""
    from PySide6.QtWidgets import QWidget

    for found in window().docks.by_key[panel].findChildren(QWidget):
        if found.isVisible() and type(found).__name__ == kind:
            return found
    raise LookupError(f"no {kind} to be seen in {panel}")


def share(panel: str, folder: str) -> list[str]:
    """Write a panel's picture in both formats and its numbers; the files that are to come."""
    from hellodl_gui.features.export.snapshot_dialog import SnapshotSettings

    shown = window()
    view = shown.sharing.view(shown.docks.by_key[panel])
    names = []
    for ending in (".png", ".svg"):
        names.append(f"{folder}/{panel}{ending}")
        shown.sharing.write_picture(view, Path(names[-1]), SnapshotSettings(ending=ending, scale=1))
    numbers = shown.sharing._numbers_of(shown.docks.by_key[panel])
    if numbers is not None:
        names.append(f"{folder}/{panel}.csv")
        Path(names[-1]).write_text(numbers)
    return names


def messages() -> list[str]:
    """What the window is saying."""
    return window()._messages.texts()


def picture(path: str) -> bool:
    """Save the whole screen as it is."""
    return window().screen().grabWindow(0).save(path)


def _device(thing: "QWidget", x: float, y: float) -> list[int]:
    ratio = thing.screen().devicePixelRatio()
    return [round((x + 0.5) * ratio), round((y + 0.5) * ratio)]


if __name__ == "__main__":
    sys.exit(main())
