"""Beside the page: what the network saw in the chosen box, its guesses, and the text so far."""

import html
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QTextBrowser, QVBoxLayout, QWidget

from core.ocr.boxes import Box
from core.ocr.lines import word_starts
from core.ocr.reading import Reading
from hellodl_gui.page.box_item import DOUBT
from hellodl_gui.page.editor import tr
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.theming.manager import themes
from hellodl_gui.theming.palette import ink
from hellodl_gui.widgets.mosaic import Mosaic

_ROW, _BAR = 24, 10
_CHAR, _SHARE = 24, 58
_PICTURE, _SMALL_PICTURE = 116, 76
_TEXT, _SMALL_TEXT = 17, 14
_STRIP = 104  # pixels high when lying under the page
_UNBOUNDED = 16_777_215  # Qt's own “no limit”


class Guesses(QWidget):
    """The best guess and two alternatives as bars of probability."""

    def __init__(self) -> None:
        super().__init__()
        self._guesses: list[tuple[str, float]] = []
        self.setFixedHeight(3 * _ROW)
        self.setMinimumWidth(150)
        self.setAccessibleName(tr("Guesses"))
        themes().changed.connect(self._on_theme)

    @Slot()
    def _on_theme(self) -> None:
        self.update()

    def show_reading(self, reading: Reading | None) -> None:
        """Show guesses, or nothing."""
        self._guesses = (
            []
            if reading is None or not reading.char
            else [(reading.char, reading.p), *reading.alternatives]
        )
        self.setAccessibleDescription(", ".join(f"{char} {p:.0%}" for char, p in self._guesses))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Three rows."""
        painter = QPainter(self)
        theme = themes().theme
        room = self.width() - _CHAR - _SHARE
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, (char, p) in enumerate(self._guesses):
            y = row * _ROW
            painter.setPen(QColor(theme.text if row == 0 else theme.quiet))
            painter.drawText(QRectF(0, y, _CHAR - 8, _ROW), Qt.AlignmentFlag.AlignCenter, char)
            painter.drawText(QRectF(_CHAR + room, y, _SHARE, _ROW), right, f"{p:.1%}")
            bar = QRectF(_CHAR, y + (_ROW - _BAR) / 2, room, _BAR)
            painter.fillRect(bar, QColor(theme.raised))
            bar.setWidth(room * p)
            painter.fillRect(bar, QColor(theme.accent if row == 0 else theme.quiet))


class Inspector(QWidget):
    """Signals: `box_wanted(int)` a letter of the text was clicked."""

    box_wanted = Signal(int)

    def __init__(self, document: PageDocument) -> None:
        super().__init__()
        self._document = document
        self._html = ""
        self._flat = False
        self._picture = Mosaic(symmetric=False, enlarges=False)
        self._picture.set_lut(ink())
        self._picture.one = tr("picture")
        stays = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        stays.setRetainSizeWhenHidden(True)
        self._picture.setSizePolicy(stays)
        self._caption = QLabel()
        self._caption.setProperty("role", "quiet")
        self._caption.setWordWrap(True)
        self._guesses = Guesses()
        self._text = QTextBrowser()
        self._text.setOpenLinks(False)
        self._text.setAccessibleName(tr("Text on the page"))
        self._text.setToolTip(
            tr("What the page says. Doubtful letters are underlined; click one to see its box.")
        )
        self._text.anchorClicked.connect(self._on_anchor)
        self._text.setMinimumHeight(48)
        self._text.setLineWrapMode(QTextBrowser.LineWrapMode.NoWrap)
        self._seen = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        for widget in (self._caption, self._picture, self._guesses):
            self._seen.addWidget(widget)
        heading = QLabel(tr("Text"))
        heading.setProperty("role", "quiet")
        written = QVBoxLayout()
        written.setSpacing(2)
        written.addWidget(heading)
        written.addWidget(self._text, 1)
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(8, 0, 0, 0)
        self._layout.setSpacing(12)
        self._layout.addLayout(self._seen)
        self._layout.addLayout(written, 1)
        document.opened.connect(self._on_change)
        document.selection_changed.connect(self._on_change)
        document.readings_changed.connect(self._on_change)
        document.boxes_changed.connect(self._on_change)
        themes().changed.connect(self._on_theme)
        self.lie_down(False)

    def sizeHint(self) -> QSize:
        """A narrow column, or a low strip."""
        return QSize(400, _STRIP) if self._flat else QSize(210, 320)

    def lie_down(self, flat: bool) -> None:
        """Side by side under the page, or one above the other beside it."""
        self._flat = flat
        way = QBoxLayout.Direction.LeftToRight if flat else QBoxLayout.Direction.TopToBottom
        self._layout.setDirection(way)
        self._seen.setDirection(way)
        self.setMinimumHeight(_STRIP if flat else 0)
        self.setMaximumHeight(_STRIP if flat else _UNBOUNDED)
        self._picture.setFixedHeight(_SMALL_PICTURE if flat else _PICTURE)
        self._picture.setMaximumWidth(_SMALL_PICTURE if flat else _UNBOUNDED)
        self._guesses.setMaximumWidth(150 if flat else _UNBOUNDED)
        self._on_change()

    @Slot()
    def _on_theme(self) -> None:
        self._on_change()

    def _on_change(self, *_: object) -> None:
        self._show_box()
        lines = ["".join(self._letters(line)) for line in self._document.lines()]
        size = _SMALL_TEXT if self._flat else _TEXT
        written = f'<div style="font-size:{size}px">{"<br>".join(lines)}</div>'
        if written != self._html:
            self._html = written
            bar = self._text.verticalScrollBar()
            at = bar.value()
            self._text.setHtml(written)
            bar.setValue(at)

    def _show_box(self) -> None:
        """The chosen box, if it is one."""
        document = self._document
        box = None
        if len(document.selected) == 1:
            (id,) = document.selected
            box = document.boxes.get(id)
        reading = document.readings.get(box.id) if box is not None else None
        self._guesses.show_reading(reading)
        self._picture.setVisible(reading is not None)
        if reading is not None:
            self._picture.set_tiles(np.float32(1 / 255) * reading.image[None])
        self._guesses.setVisible(reading is not None or not self._flat)
        self._caption.setVisible(reading is None or not self._flat)
        self._caption.setText(self._said(box, reading))

    def _said(self, box: Box | None, reading: Reading | None) -> str:
        if box is None:
            return tr("Choose a box to see what the network sees in it.")
        if reading is None:
            return tr("No network reads yet: train one, or load trained weights.")
        if not reading.char:
            return tr("There is no ink in this box.")
        if box.char is not None:
            return tr("You typed {char}. The network sees (28×28):").format(char=box.char)
        return tr("What the network sees (28×28)")

    def _letters(self, line: list[Box]) -> Iterator[str]:
        """One line's letters as links to their boxes."""
        document, theme = self._document, themes().theme
        for starts, box in zip(word_starts([box.rect for box in line]), line, strict=True):
            reading = document.readings.get(box.id)
            doubtful = box.char is None and reading is not None and reading.p < DOUBT
            colour = theme.bad if doubtful else theme.text
            ground = ""
            if box.id in document.selected:
                colour, ground = theme.on_accent, f";background-color:{theme.accent}"
            underline = "underline" if doubtful else "none"
            space = "&nbsp;&nbsp;" if starts else ""
            char = html.escape(document.char_of(box.id))
            style = f"color:{colour};text-decoration:{underline}{ground}"
            yield f'{space}<a href="{box.id}" style="{style}">{char}</a>'

    @Slot(QUrl)
    def _on_anchor(self, url: QUrl) -> None:
        self.box_wanted.emit(int(url.toString()))
