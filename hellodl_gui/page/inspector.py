"""Beside the page: what the network saw in the chosen box, its guesses, and the text so far."""

import html
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QTextBrowser, QVBoxLayout, QWidget

from core.ocr.boxes import Box
from core.ocr.lines import word_starts
from core.ocr.reading import Reading
from hellodl_gui.page.box_item import DOUBT
from hellodl_gui.page.editor import tr
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.theming.manager import themes
from hellodl_gui.theming.palette import ink
from hellodl_gui.widgets.mosaic import Mosaic

_ROW = 24


class Guesses(QWidget):
    """The best guess and two alternatives as bars of probability."""

    def __init__(self) -> None:
        super().__init__()
        self._guesses: list[tuple[str, float]] = []
        self.setFixedHeight(3 * _ROW)
        self.setAccessibleName(tr("Guesses"))
        themes().changed.connect(self._on_theme)

    def show_reading(self, reading: Reading | None) -> None:
        """Show guesses, or nothing."""
        self._guesses = (
            [] if reading is None else [(reading.char, reading.p), *reading.alternatives]
        )
        self.setAccessibleDescription(", ".join(f"{char} {p:.0%}" for char, p in self._guesses))
        self.update()

    @Slot(object)
    def _on_theme(self, *_: object) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Three rows."""
        painter = QPainter(self)
        theme = themes().theme
        for row, (char, p) in enumerate(self._guesses):
            y = row * _ROW
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(0, y, 24, _ROW), Qt.AlignmentFlag.AlignCenter, char)
            room = self.width() - 24 - 60
            painter.fillRect(QRectF(28, y + 7, room, _ROW - 14), QColor(theme.raised))
            colour = QColor(theme.accent if row == 0 else theme.quiet)
            painter.fillRect(QRectF(28, y + 7, room * p, _ROW - 14), colour)
            painter.drawText(
                QRectF(self.width() - 56, y, 52, _ROW), Qt.AlignmentFlag.AlignVCenter, f"{p:.1%}"
            )


class Inspector(QWidget):
    """Signals: `box_wanted(int)` a letter of the text was clicked."""

    box_wanted = Signal(int)

    def __init__(self, document: PageDocument) -> None:
        super().__init__()
        self._document = document
        self._picture = Mosaic(symmetric=False, enlarges=False)
        self._picture.set_lut(ink())
        self._picture.setFixedHeight(116)
        self._picture.one = tr("picture")
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
        heading = QLabel(tr("Text"))
        heading.setProperty("role", "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 8)
        layout.addWidget(self._picture)
        layout.addWidget(self._caption)
        layout.addWidget(self._guesses)
        layout.addWidget(heading)
        layout.addWidget(self._text, 1)
        document.selection_changed.connect(self.show_box)
        document.readings_changed.connect(self._on_change)
        document.boxes_changed.connect(self._on_change)
        themes().changed.connect(self._on_change)

    def sizeHint(self) -> QSize:
        """A narrow column."""
        return QSize(200, 320)

    def show_box(self) -> None:
        """The chosen box, if it is one."""
        selected = self._document.selected
        reading = None
        if len(selected) == 1:
            (id,) = selected
            reading = self._document.readings.get(id)
        self._guesses.show_reading(reading)
        if reading is None:
            self._picture.setVisible(False)
            self._caption.setText(tr("Choose a box to see what the network sees in it."))
            return
        self._picture.setVisible(True)
        self._caption.setText(tr("What the network sees (28×28)"))
        self._picture.set_tiles(np.float32(1 / 255) * reading.image[None])

    def _on_change(self, *_: object) -> None:
        self.show_box()
        lines = ["".join(self._letters(line)) for line in self._document.lines()]
        self._text.setHtml(f'<div style="font-size:17px">{"<br>".join(lines)}</div>')

    def _letters(self, line: list[Box]) -> Iterator[str]:
        """One line's letters as links to their boxes."""
        document, theme = self._document, themes().theme
        for starts, box in zip(word_starts([box.rect for box in line]), line, strict=True):
            reading = document.readings.get(box.id)
            doubtful = box.char is None and reading is not None and reading.p < DOUBT
            colour = theme.bad if doubtful else theme.text
            line_style = "underline" if doubtful else "none"
            space = "&nbsp;&nbsp;" if starts else ""
            char = html.escape(document.char_of(box.id))
            style = f"color:{colour};text-decoration:{line_style}"
            yield f'{space}<a href="{box.id}" style="{style}">{char}</a>'

    def _on_anchor(self, url: QUrl) -> None:
        self.box_wanted.emit(int(url.toString()))
