"""RecordPanel: base class of panels that show the record of the open run."""

import time
from abc import abstractmethod
from typing import Generic, TypeVar

from core.translation import tr
from hellodl_gui.services.run_reader import Question, RunReader, Where, open_record
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.panel import Panel

T = TypeVar("T")


class RecordPanel(Panel, Generic[T]):
    """Asks the record of the open run again while it grows and the panel is visible.

    A subclass gives its `content` to `fill`, returns its `question`, draws the answer in
    `show_found`, and marks the moment that is shown in `show_time`.
    """

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._reader: RunReader[T] = RunReader()
        self._redraw = True
        state.timeline.record_opened.connect(self.show_anew)
        state.timeline.record_grew.connect(self._on_grown)
        state.timeline.steps_added.connect(self._on_grown)
        state.training.status_changed.connect(self._on_grown)
        state.timeline.moment_changed.connect(self._on_moment)
        state.training.restarted.connect(self.show_anew)
        themes().changed.connect(self._on_theme)

    @abstractmethod
    def question(self) -> Question[T]:
        """The question for the record."""

    @abstractmethod
    def show_found(self, found: T) -> str:
        """Draw the answer; returns a sentence if there is nothing to draw."""

    @abstractmethod
    def show_time(self, step: int | None) -> None:
        """Mark the moment that is shown; None at the live edge."""

    def show_anew(self, *_: object) -> None:
        """Draw the known answer again, as after another choice of the person."""
        self._redraw = True
        self.mark_dirty()

    def _on_theme(self) -> None:
        """Lines carry their colours: redraw at once."""
        self.show_anew()
        if self.isVisible():
            self.draw(time.perf_counter())

    def refresh(self) -> None:
        """Ask, take in the answer, and draw if it changed."""
        where = open_record(self.state.timeline)
        self._reader.ask(where, self.question())
        changed = self._reader.poll()
        if self._reader.pending:
            self.mark_dirty()
        if changed or self._redraw:
            self._redraw = False
            self._show(where)

    def _show(self, where: Where | None) -> None:
        found = self._reader.answer
        if where is None:
            sentence = tr("Press Play (Space) to start training.")
        elif self._reader.problem:
            sentence = self._reader.problem
        elif found is None and not self._fallback.explains:
            return  # what is shown stays until it is there
        elif found is None:
            sentence = tr("Reading the record …")
        else:
            sentence = self.show_found(found)
        if sentence:
            self._fallback.explain(sentence)
        else:
            self._fallback.show_content()
            self.show_time(self.state.timeline.moment)

    def close_down(self) -> None:
        """End the reader's thread."""
        self._reader.close()

    def _on_grown(self, *_: object) -> None:
        self._reader.invalidate()
        self.mark_dirty()

    def _on_moment(self) -> None:
        self.show_time(self.state.timeline.moment)
