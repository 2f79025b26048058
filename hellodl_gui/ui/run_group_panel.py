"""Panel that trains many runs: a list that can be undone, a start bar, and what came of it."""

from typing import Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QScrollArea, QWidget

from core.errors import LabError
from hellodl_gui.services.run_group import RunGroup
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.focus_shortcuts import add_undo_shortcuts
from hellodl_gui.ui.controls.start_bar import StartBar
from hellodl_gui.ui.layout.boxes import Part, vbox, vbox_widget
from hellodl_gui.ui.layout.wide_or_tall import WideOrTall
from hellodl_gui.ui.panel import Panel


class RunGroupPanel(Panel):
    """The list belongs to the open chapter; the runs go on while another one is there.

    Attributes: `bar`; `undo`, the changes of the list.
    """

    poll_ms = 80
    paused_words = ""

    def __init__(self, state: LabState, group: RunGroup[Any], bar: StartBar) -> None:
        super().__init__(state)
        self._group = group
        self._chapter = state.training.chapter
        self.undo = QUndoStack(self)
        self._poll = QTimer(self, interval=self.poll_ms)
        self._poll.timeout.connect(self._on_poll)
        self.bar = bar
        bar.start_wanted.connect(self.start)
        bar.stop_wanted.connect(group.cancel)
        add_undo_shortcuts(self, self.undo)
        state.training.chapter_changed.connect(self._on_chapter)
        self.redraw_on(themes().changed)

    def lay_out(
        self, name: str, left: list[Part], right: QWidget, shares: tuple[int, int, int, int]
    ) -> None:
        """The list, and beside or below it what came of it; `shares` as `WideOrTall` has them."""
        parts = WideOrTall()
        parts.add(vbox_widget(*left, margins=(10, 6, 10, 4), spacing=6), *shares[:2])
        parts.add(right, *shares[2:])
        scroll = QScrollArea(widgetResizable=True)
        scroll.setAccessibleName(name)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(parts)
        vbox(scroll, margins=(0, 0, 0, 4), on=self)

    @Slot()
    def start(self) -> None:
        """Train them; what is wrong is said below the button."""
        try:
            self.begin()
        except LabError as error:
            self.bar.show_wrong(str(error))
            return
        if self.state.training.status is Status.PLAYING:
            self.state.training.pause()
            self.state.messages.notify("info", self.paused_words)
        self.bar.show_wrong("")
        self.show_begun()
        self._poll.start()
        self._on_poll()

    @Slot()
    def _on_poll(self) -> None:
        news = self._group.poll()
        self.bar.show_running(self._group.running)
        self.bar.show_progress(self._group.share, self.progress_words())
        self.lock(self._group.running)
        if news:
            self.show_news()
            self.mark_dirty()
            if problems := [*self._group.warnings, *filter(None, [self._group.sentence])]:
                self.bar.show_wrong(" ".join(problems))
        if not self._group.busy:
            self._poll.stop()

    def close_down(self) -> None:
        """End every process and every thread."""
        self._poll.stop()
        self._group.close()

    # -- what a subclass says -----------------------------------------------------------------

    def begin(self) -> None:
        """Begin to train what is listed. Raises LabError."""
        raise NotImplementedError

    def progress_words(self) -> str:
        """How far they are."""
        raise NotImplementedError

    def lock(self, running: bool) -> None:
        """While they run the list stays as it is."""

    def show_begun(self) -> None:
        """They have begun."""

    def show_news(self) -> None:
        """More is known than before."""

    def _on_chapter(self, *_: object) -> None:
        """Another chapter is open: its list."""
        raise NotImplementedError
