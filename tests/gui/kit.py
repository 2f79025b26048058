"""What many tests of the window begin with: a state without a run, and a widget that is shown."""

from typing import TypeVar

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.chapters.chapter import Chapter
from core.data.dataset import Dataset
from core.training.task import Split
from hellodl_gui.services.run_choice import layout_of
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.messages import Message

W = TypeVar("W", bound=QWidget)


def lab_state(
    chapter: Chapter, train: Dataset | None = None, test: Dataset | None = None
) -> LabState:
    """A chapter at its defaults with these data; `train` serves for both, by default its own."""
    knobs = chapter.defaults()
    if train is None:
        data = chapter.task.data(knobs)
    else:
        data = Split(train, train if test is None else test)
    return LabState(chapter, data, layout_of(chapter, knobs))


def show_widget(qtbot: QtBot, widget: W, width: int, height: int) -> W:
    """Show a widget in this size until the test ends."""
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    return widget


def messages_of(state: LabState) -> list[Message]:
    """The messages from here on, as they come."""
    said: list[Message] = []
    state.messages.notified.connect(said.append)
    return said
