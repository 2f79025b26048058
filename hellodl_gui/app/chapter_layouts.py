"""Dock layouts by chapter, and an overlay while another chapter is being opened."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtWidgets import QMainWindow, QWidget

from core.chapters.chapter import Chapter
from hellodl_gui.app import dock_layout_json
from hellodl_gui.app.docks import Docks
from hellodl_gui.app.opening_overlay import OpeningOverlay
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.panel import Panel

_COURSE, _CURVES = "chapters", "curves"


class ChapterLayouts(QObject):
    """Follows the chapter that is open or being opened. `below` is the bar under the `panels`."""

    def __init__(
        self, window: QMainWindow, state: LabState, docks: Docks, panels: Mapping[str, Panel],
        below: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._panels = panels
        self._window = window
        self._state = state
        self._docks = docks
        self._below = below
        self._layouts: dict[str, bytes] = {}  # by chapter
        self._shown = ""
        self.cover = OpeningOverlay(window)
        self.cover.cancelled.connect(state.training.cancel_opening)
        state.training.chapter_changed.connect(self.show_chapter)
        state.training.opening_changed.connect(self._on_opening)
        state.training.queue_changed.connect(self._on_opening)
        docks.placed.connect(self._on_opening)
        state.training.restarted.connect(self._offer)
        state.training.chapter_changed.connect(self._offer)
        self._offer()

    def _offer(self, *_: object) -> None:
        """In the menu panels that need what the chapter has not are grey, and say why."""
        for key, panel in self._panels.items():
            action = self._docks.by_key[key].toggleViewAction()
            action.setEnabled(not panel.refusal)
            action.setToolTip(panel.refusal)

    def arrange(self) -> None:
        """The panels as the open chapter wants them, without those that have nothing to show."""
        chapter = self._state.training.chapter
        views = [view for view in chapter.views if not self._panels[view].refusal]
        self._docks.arrange(views or [_CURVES], chapter.together)

    def began_with(self, chapter: Chapter) -> None:
        """The panels of this chapter are arranged already."""
        self._shown = chapter.key

    def show_chapter(self, chapter: Chapter) -> None:
        """Its panels as a person left them, else as it wants them. The keyboard stays where it
        was: arrows go on in the list of chapters.
        """
        focus = self._window.focusWidget()
        self._place(chapter)
        if focus is not None and focus.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place(self, chapter: Chapter) -> None:
        if self._shown and self._window.isVisible():
            self._layouts[self._shown] = dock_layout_json.describe(self._window, self._docks)
        self._shown = chapter.key
        words = self._layouts.get(chapter.key, b"")
        self.arrange()
        if words and dock_layout_json.restore(self._window, self._docks, words):
            self._docks.placed.emit()

    def _on_opening(self) -> None:
        """Show or hide the overlay."""
        state = self._state
        if state.training.opening is None:
            self.cover.hide()
        else:
            queued = state.training.queued is not None
            self.cover.show_opening(
                state.training.opening, state.training.chapter.title, queued, self._area()
            )

    def fit(self) -> None:
        """The window has another size."""
        if self.cover.isVisible():
            self.cover.setGeometry(self._area())

    def _area(self) -> QRect:
        """Where the panels stand, but for the list of chapters where that is at the left."""
        window, course = self._window, self._docks.by_key[_COURSE]
        top = window.menuWidget().height() if window.menuWidget() is not None else 0
        bottom = self._below.mapTo(window, QPoint(0, 0)).y()
        aside = course.isVisible() and not course.isFloating() and course.x() < window.width() // 3
        left = course.geometry().right() + 1 if aside else 0
        return QRect(left, top, window.width() - left, bottom - top)
