"""A task runs off the window's thread, and what becomes of it is told in that thread."""

import threading
from typing import NoReturn

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QObject
from pytestqt.qtbot import QtBot

from core.io.progress import Cancelled
from hellodl_gui.services.background_task import BackgroundTask


def test_result_and_progress_arrive_in_the_windows_thread(qtbot: QtBot) -> None:
    heard: list[tuple[object, int]] = []

    def work(task: BackgroundTask[int]) -> int:
        for done in range(1000):
            task.report(done, 1000, "counting")
        return threading.get_ident()

    task = BackgroundTask(
        work,
        lambda ident: heard.append((ident, threading.get_ident())),
        progressed=lambda *what: heard.append((what, threading.get_ident())),
    )
    qtbot.waitUntil(lambda: len(heard) == 101)
    assert heard[0][0] == (0, 1000, "counting") and heard[99][0] == (990, 1000, "counting")
    assert {where for _, where in heard} == {threading.get_ident()}
    assert heard[100][0] == task.result() != threading.get_ident()


def test_an_error_arrives_and_is_raised_by_the_result(qtbot: QtBot) -> None:
    errors: list[Exception] = []

    def work(task: BackgroundTask[int]) -> NoReturn:
        raise ValueError("no")

    task = BackgroundTask(work, otherwise=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert task.failed and isinstance(errors[0], ValueError)
    with pytest.raises(ValueError, match="no"):
        task.result()


def test_cancelled_work_says_so_and_dropped_work_nothing(qtbot: QtBot) -> None:
    heard: list[object] = []

    def work(task: BackgroundTask[int]) -> int:
        task.cancelled.wait(60)
        task.report(1, 2, "")
        return 1

    first = BackgroundTask(work, heard.append, heard.append)
    second = BackgroundTask(work, heard.append, heard.append, after=first)
    second.drop()
    first.cancel()
    qtbot.waitUntil(lambda: bool(heard))
    second.wait()
    QCoreApplication.processEvents()
    assert len(heard) == 1 and isinstance(heard[0], Cancelled)


def test_nothing_is_told_to_an_owner_that_is_gone(qtbot: QtBot) -> None:
    heard: list[int] = []
    go_on = threading.Event()
    outer = QObject()
    owner = QObject(outer)
    task = BackgroundTask(lambda _: int(go_on.wait(60)), heard.append, owner=owner)
    shiboken6.delete(outer)
    go_on.set()
    task.wait()
    QCoreApplication.processEvents()
    assert not heard


def test_tasks_come_one_after_the_other() -> None:
    order: list[int] = []
    go_on = threading.Event()

    def first(task: BackgroundTask[None]) -> None:
        go_on.wait(60)
        order.append(1)

    later = BackgroundTask(lambda _: order.append(2), after=BackgroundTask(first))
    assert not later.wait(0.05) and not order
    go_on.set()
    assert later.wait(60) and order == [1, 2]
