"""What every test of the window shares: no screen, one theme, nothing left behind."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PATIENCE = 120_000  # ms


class PatientBot(QtBot):
    """Waits for signs as long as a slow and busy machine may need; the usual 5 s are not enough."""

    def waitUntil(  # type: ignore[override]
        self, callback: Callable[[], object], *, timeout: int = PATIENCE
    ) -> None:
        """Until `callback()` is true."""
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(  # type: ignore[override]
        self, signal: Any = None, *, timeout: int = PATIENCE, **others: Any
    ) -> Any:
        """Until a signal was emitted."""
        return super().waitSignal(signal, timeout=timeout, **others)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's, more patient."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that uses Qt begins in the dark theme and leaves no window, timer or thread."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from PySide6.QtWidgets import QApplication

    from hellodl_gui.theming.theme_manager import themes

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
    left_over = {t for t in threading.enumerate() if not isinstance(t, threading._DummyThread)}
    assert left_over <= threads, "a thread still runs"  # Qt's own that logged are never forgotten
