"""What every test of the window shares: no screen, one theme, nothing left behind."""

import os
import threading
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that uses Qt begins in the dark theme and leaves no window, timer or thread."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from PySide6.QtWidgets import QApplication

    from hellodl_gui.theming.manager import themes

    request.getfixturevalue("qapp").setStyle("Fusion")
    themes().use("dark")
    threads = set(threading.enumerate())
    yield
    # pytest-qt has closed what the test gave it by here.
    left = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    ticking = [
        timer
        for widget in QApplication.topLevelWidgets()
        for timer in widget.findChildren(QTimer)
        if timer.isActive()
    ]
    # Closed is not gone: what waits to be deleted waits for an event loop, and none may ever run.
    # Every theme put on later would polish all of it again.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not left, f"still open: {left}"
    assert not ticking, f"still ticking: {ticking}"
    assert set(threading.enumerate()) <= threads, "a thread still runs"
