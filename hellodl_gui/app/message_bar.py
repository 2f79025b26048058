"""Message bar: messages stacked at the bottom, over the panels."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QEnterEvent, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QSlider,
    QToolButton,
    QWidget,
)

from core.translation import tr
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.layout.boxes import hbox

_MOST = 3
_SIGNS = {"info": "i", "progress": "…", "warning": "!", "error": "!"}
_CLOSE = "close"
_WIDEST = 760
_GAP, _EDGE = 4, 8
_AROUND = 48  # pixels of margins and gaps
FADES_AFTER = 5.0
"""Seconds after which information goes by itself, unless the pointer is on it."""
_CONTROLS = QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QSlider


@dataclass
class _Shown:
    level: str
    text: str
    topic: str
    frame: QFrame
    until: float


class MessageBar(QWidget):
    """At most three messages over the lower edge of `host`; the same sentence is shown once.

    Information goes after a few seconds, what is in progress when it is withdrawn, warnings and
    errors when they are closed. A message with a topic takes the place of the last one with it.
    Nothing in the window moves for a message. Attributes: `quiet`, whether only errors are shown.
    Signals: `shown(bool)` whether there is anything to read.
    """

    shown = Signal(bool)

    def __init__(self, host: QWidget | None = None) -> None:
        super().__init__(host)
        self.quiet = False
        self._host = host
        self._floor: QWidget | None = None
        self._shown: list[_Shown] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fade)
        themes().changed.connect(self._on_theme)
        if host is not None:
            host.installEventFilter(self)
        self.hide()

    def stand_on(self, floor: QWidget) -> None:
        """Never lower than the upper edge of this part of the host, while it can be seen."""
        self._floor = floor
        floor.installEventFilter(self)

    def texts(self) -> list[str]:
        """What is being said, oldest first."""
        return [one.text for one in self._shown]

    def say(self, level: str, text: str, topic: str = "") -> None:
        """Show a sentence as “info”, “progress”, “warning” or “error”."""
        if topic:
            self.withdraw(topic)
        if self.quiet and level != "error":
            return
        for one in self._shown:
            if one.text == text:
                one.until = self._end(level)
                self._wait()
                return
        frame = self._frame(level, text)
        self._shown.append(_Shown(level, text, topic, frame, self._end(level)))
        if len(self._shown) > _MOST:
            self._close(self._least().frame)
        frame.show()
        self.show()
        self.place()
        self._wait()
        self.shown.emit(True)

    def withdraw(self, what: str) -> None:
        """Close this sentence, or what was said on this topic: it is true no longer."""
        for one in list(self._shown):
            if what in (one.text, one.topic):
                self._close(one.frame)

    @Slot()
    def clear(self) -> None:
        """Close all."""
        for one in list(self._shown):
            self._close(one.frame)

    def close_newest(self) -> bool:
        """Close the newest; False where there is none."""
        if not self._shown:
            return False
        self._close(self._shown[-1].frame)
        return True

    def place(self) -> None:
        """At the bottom, as high as the sentences need, where they cover the fewest controls, and
        of such places the fewest texts.
        """
        if not self._shown:
            return
        frames = [one.frame for one in self._shown]
        room = self._room()
        width = min(max(_wished(frame) for frame in frames), _WIDEST, room.width())
        top = 0
        for frame in frames:
            high = _height(frame, width)
            frame.setGeometry(0, top, width, high)
            top += high + _GAP
        height = top - _GAP
        if self._host is None:
            self.resize(width, height)
            return
        y = max(room.bottom() + 1 - height, 0)
        middle, right = room.x() + (room.width() - width) // 2, room.right() + 1 - width
        places = [QRect(x, y, width, height) for x in (middle, right, room.x())]
        controls, texts = (_visible(self._host, kinds, self) for kinds in (_CONTROLS, (QLabel,)))
        self.setGeometry(min(places, key=lambda at: (_covered(controls, at), _covered(texts, at))))
        self.raise_()

    # -- events -------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Escape is meant for this one while it has the keyboard."""
        asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asked and event.key() == Qt.Key.Key_Escape and self._shown:  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the newest."""
        if event.key() != Qt.Key.Key_Escape or not self.close_newest():
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The host has another size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Move):
            self.place()
        return super().eventFilter(watched, event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Somebody reads: all stay."""
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """As long again from now on."""
        for one in self._shown:
            one.until = self._end(one.level)
        self._wait()

    def showEvent(self, event: QShowEvent) -> None:
        """The time goes on."""
        super().showEvent(event)
        self._wait()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody can read now."""
        super().hideEvent(event)
        self._timer.stop()

    # -- parts --------------------------------------------------------------------------------

    def _frame(self, level: str, text: str) -> QFrame:
        frame = QFrame(self)
        frame.setProperty("role", "message")
        frame.setProperty("level", level)
        frame.setAccessibleName(text)
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)  # names of files may look like HTML
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setProperty("flat", True)
        close.setIcon(icon("close", themes().theme.quiet))
        close.setObjectName(_CLOSE)
        close.setToolTip(tr("Close this message (Esc)"))
        close.setAccessibleName(tr("Close this message"))
        close.clicked.connect(lambda: self._close(frame))
        sign = QLabel(_SIGNS[level])
        sign.setProperty("role", "number")
        hbox(sign, (label, 1), close, margins=(12, 4, 4, 4), on=frame)
        return frame

    def _end(self, level: str) -> float:
        return time.monotonic() + FADES_AFTER if level == "info" else float("inf")

    def _least(self) -> _Shown:
        """What gives way to a new one: the oldest that is no error, or the oldest."""
        old = self._shown[:-1]
        return next((one for one in old if one.level != "error"), old[0])

    def _room(self) -> QRect:
        """Of the host, where messages may stand."""
        if self._host is None:
            return QRect(0, 0, _WIDEST, 0)
        room = self._host.rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        if self._floor is not None and self._floor.isVisible():
            room.setBottom(self._floor.mapTo(self._host, QPoint()).y() - _EDGE - 1)
        return room

    def _wait(self) -> None:
        """Until the next one is to go."""
        next_one = min((one.until for one in self._shown), default=float("inf"))
        if next_one == float("inf") or not self.isVisible() or self.underMouse():
            self._timer.stop()
            return
        self._timer.start(max(round(1000 * (next_one - time.monotonic())), 1))

    @Slot()
    def _fade(self) -> None:
        now = time.monotonic() + 0.005
        for one in [one for one in self._shown if one.until <= now]:
            self._close(one.frame)
        self._wait()

    def _on_theme(self) -> None:
        for button in self.findChildren(QToolButton, _CLOSE):
            button.setIcon(icon("close", themes().theme.quiet))
        self.place()

    def _close(self, frame: QFrame) -> None:
        left = [one for one in self._shown if one.frame is not frame]
        if len(left) < len(self._shown):
            self._shown = left
            frame.hide()
            frame.deleteLater()
        self.setVisible(bool(self._shown))
        self.place()
        self._wait()
        self.shown.emit(bool(self._shown))


def _covered(rects: Sequence[QRect], place: QRect) -> int:
    """Pixels of these that something there would lie over."""
    parts = (rect.intersected(place) for rect in rects)
    return sum(part.width() * part.height() for part in parts if not part.isEmpty())


def _visible(host: QWidget, kinds: tuple[type[QWidget], ...], but: QWidget) -> Sequence[QRect]:
    """Where widgets of these kinds are seen in the host; labels only where they say something."""
    found = (w for w in host.findChildren(QWidget) if isinstance(w, kinds) and w.isVisible())
    return [
        QRect(w.mapTo(host, QPoint()), w.size())
        for w in found
        if not but.isAncestorOf(w) and (not isinstance(w, QLabel) or w.text())
    ]


def _wished(frame: QFrame) -> int:
    """The width in which a message needs one line."""
    frame.ensurePolished()
    label = next(w for w in frame.findChildren(QLabel) if w.wordWrap())
    label.ensurePolished()
    line = label.fontMetrics().boundingRect(label.text()).width()
    others = [w for w in frame.findChildren(QWidget) if w is not label]
    return line + sum(w.sizeHint().width() for w in others) + _AROUND


def _height(frame: QFrame, width: int) -> int:
    """So that nothing of the sentence is cut in this width."""
    layout = frame.layout()
    assert layout is not None
    layout.invalidate()
    return max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height())
