"""Screen recorder: films a widget live, or the recorded moments of a run."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsView, QWidget

from core.formatting import format_count
from core.training.metrics import LOSS
from core.translation import tr
from hellodl_gui.features.export.chromeless import HiddenControls
from hellodl_gui.features.export.film_settings import FilmSettings
from hellodl_gui.features.export.movie import Frame, MovieWriter
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes

LIVE_FPS = 30
CAPTION = 32
"""Pixels that the words below a frame are high."""
_LETTERS = 16
_LATELY = 50  # mini-batches
_TICK_MS = 10
_REST_MS = 4
ANSWER_WITHIN = 0.1
"""Seconds that a frame waits for what the training process says about it."""


def grab_frame(widget: QWidget) -> Frame:
    """What a visible widget shows: (height, width, 4), as BGRX.

    Of a window Qt holds what it has painted, so that only what changed is painted; where that
    cannot be reached (on macOS, and where a driver holds it) all is painted again. A panel is
    painted again too: nothing that lies over it belongs into its film.
    """
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    held: object = None
    if widget.isWindow() and sys.platform != "darwin":
        for view in widget.findChildren(QGraphicsView):  # what changed in scenes waits there
            QCoreApplication.sendPostedEvents(view.scene(), QEvent.Type.MetaCall)
        QCoreApplication.sendPostedEvents(widget, QEvent.Type.UpdateRequest)
        store = widget.backingStore()
        held = store.paintDevice() if store is not None else None
    if not isinstance(held, QImage) or held.depth() != 32:
        held = QImage(widget.size(), QImage.Format.Format_RGB32)
        held.fill(QColor(themes().theme.panel))  # behind round corners
        widget.render(held, QPoint())
    return _pixels(held)


def caption_of(state: LabState) -> str:
    """What is to be known of a frame: its mini-batch, and how well training went then.

    The test set is looked at now and then only: between two looks its number is that of an older
    network. What is told of training is the mean of the last mini-batches, of the first metric that
    they have, else of the loss.
    """
    step = state.timeline.moment
    step = state.timeline.step if step is None else step
    words = tr("mini-batch {step}").format(step=format_count(step))
    until = int(np.searchsorted(state.timeline.steps.column("step"), step, side="right"))
    metric = next(iter(state.timeline.metrics.batch), LOSS)
    lately = state.timeline.steps.column(metric.key)[max(until - _LATELY, 0) : until]
    if not len(lately) or not np.isfinite(lately).any():
        return words
    told = tr("training {metric} {value}").format(
        metric=tr(metric.name), value=metric.text(float(np.nanmean(lately)))
    )
    return f"{words} · {told}"


def add_caption(frame: Frame, words: str, widget: QWidget) -> Frame:
    """A frame of a widget with a line of words below: CAPTION pixels of the widget higher."""
    ratio = frame.shape[1] / max(widget.width(), 1)
    strip = QImage(frame.shape[1], round(CAPTION * ratio), QImage.Format.Format_RGB32)
    theme = themes().theme
    strip.fill(QColor(theme.window))
    font = widget.font()
    font.setPixelSize(max(round(_LETTERS * ratio), 1))
    with QPainter(strip) as painter:
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        painter.drawText(strip.rect(), Qt.AlignmentFlag.AlignCenter, words)
    return np.vstack((frame, _pixels(strip)))


def _pixels(image: QImage) -> Frame:
    flat: NDArray[np.uint8] = np.frombuffer(image.constBits(), np.uint8)
    rows = flat.reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width()].copy()


class ScreenRecorder(QObject):
    """Films a widget at thirty frames a second of true time.

    A frame that came late is made up for by showing the one before it longer.

    Signals: `changed(bool)` whether it records; `movie_made(Movie)` with the film being written.
    """

    changed = Signal(bool)
    movie_made = Signal(object)

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._widget: QWidget | None = None
        self._movie: MovieWriter | None = None
        self._began = 0.0
        self._last: Frame | None = None
        self._given = 0  # frames that the film has got
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def recording(self) -> bool:
        """Whether it does."""
        return self._movie is not None

    @property
    def seconds(self) -> float:
        """For how long."""
        return self._clock() - self._began if self.recording else 0.0

    def start(self, widget: QWidget, path: Path) -> None:
        """Begin. Raises LabError where the file cannot be."""
        self.stop()
        self._movie = MovieWriter(path, LIVE_FPS, parent=self)
        self._widget, self._began, self._given = widget, self._clock(), 0
        self._last = grab_frame(widget)
        self._timer.start()
        self.movie_made.emit(self._movie)
        self.changed.emit(True)

    def stop(self) -> None:
        """End the film and have it written."""
        movie, self._movie = self._movie, None
        if movie is None:
            return
        self._timer.stop()
        if self._last is not None:
            movie.end_with(self._last, max(self._due() - self._given, 1))
        movie.finish()
        self._widget = self._last = None
        self.changed.emit(False)

    @Slot()
    def tick(self) -> None:
        """A frame, if it is time for one and the encoder keeps up."""
        movie, widget = self._movie, self._widget
        assert movie is not None and widget is not None
        if movie.over:  # the disk refused; the film has said so
            self._last = None
            self.stop()
            return
        missing = self._due() - self._given
        if missing < 1 or movie.full or self._last is None:
            return
        movie.add(self._last, missing)
        self._given += missing
        if widget.isVisible():
            self._last = grab_frame(widget)

    def _due(self) -> int:
        return int((self._clock() - self._began) * LIVE_FPS)


class RunFilmRecorder(QObject):
    """Films the recorded moments of the open run, one after the other.

    `draw` draws what is out of date at once, `poll` takes in answers of the training process, for
    which each frame waits `patience` seconds at most.
    Frames are of the view without its controls, with what `caption` says below, unless that is
    nothing. Whatever was shown before is shown again at the end.

    Signals: `progressed(float)` the share filmed; `ended()` no more frames come, because all are
    there or it was cancelled. How the file fared is said by `movie`.
    """

    progressed = Signal(float)
    ended = Signal()

    def __init__(
        self,
        state: LabState,
        widget: QWidget,
        draw: Callable[[], object],
        poll: Callable[[], object],
        path: Path,
        cut: FilmSettings,
        parent: QObject | None = None,
        patience: float = ANSWER_WITHIN,
        caption: Callable[[], str] = str,
    ) -> None:
        """Raises LabError where nothing is recorded, or the file cannot be."""
        super().__init__(parent)
        self._steps = cut.steps(state.timeline.moments)
        self.movie = MovieWriter(path, cut.fps, cut.width, parent=self)
        self._state, self._widget, self._draw, self._poll = state, widget, draw, poll
        self._before = state.timeline.moment
        self._patience, self._caption = patience, caption
        self._next = 0
        self._busy = False
        self._bare: HiddenControls | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin; the event loop does the rest."""
        self._bare = HiddenControls(self._widget)
        self._timer.start()

    @Slot()
    def tick(self) -> None:
        """One frame; or a rest, while the encoder is behind.

        Who hears of the progress may run the event loop, as a modal dialog does.
        """
        if self._busy:
            return
        self._busy = True
        try:
            self._take()
        finally:
            self._busy = False

    def _take(self) -> None:
        movie = self.movie
        if movie.over:
            self._end()
            return
        self._timer.setInterval(_REST_MS if movie.full else 0)
        if movie.full:
            return
        step, times = self._steps[self._next]
        self._go_to(step)
        frame, words = grab_frame(self._widget), self._caption()
        movie.add(add_caption(frame, words, self._widget) if words else frame, times)
        self._next += 1
        last = self._next == len(self._steps)
        if last:
            movie.finish()
        self.progressed.emit(self._next / len(self._steps))
        if last:
            self._end()

    def _go_to(self, step: int) -> None:
        """A moment, and what the training process says about it. Nothing is painted in between."""
        self._state.timeline.seek(step)
        self._draw()
        end = time.perf_counter() + self._patience
        while self._state.probes.pending and time.perf_counter() < end:
            time.sleep(0.003)
            self._poll()
        self._draw()

    def cancel(self) -> None:
        """Stop; nothing is left behind."""
        self.movie.cancel()
        self._end()

    def _end(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            if self._bare is not None:
                self._bare.end()
            self._state.timeline.seek(self._before)
            self.ended.emit()
