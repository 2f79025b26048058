"""Inspector beside the page: model input, top classes and text of the selected box."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QWidget

from core.ocr.boxes import CharacterBox
from core.ocr.limits import alphabet
from core.ocr.reading import Reading
from core.translation import tr
from hellodl_gui.features.page.reading_text import ReadingText
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.theming.palette import ink
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.inputs import Slider
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import vbox
from hellodl_gui.ui.mosaic.mosaic import Mosaic

_ROW, _BAR = 24, 10
_CHAR, _SHARE = 24, 54
_LEAST_BAR, _USUAL_BAR, _SLIDER, _GAP = 20, 90, 48, 8
_PICTURE, _SMALL_PICTURE = 184, 100
_TEXT, _SMALL_TEXT = 17, 14
_SHARES = 100
_LOW, _LOW_PICTURE = 400, 80  # pixels: lower beside the photo, its parts would be squashed
_FLAT_WORDS = 120  # pixels wide, before the text
_FLAT_GUESSES = 190  # pixels wide, beside the picture
BESIDE, BELOW = 210, 124  # pixels: how wide beside the photo, how high below it
_UNBOUNDED = 16_777_215  # Qt's own “no limit”


class GuessBars(QWidget):
    """The best guess and two alternatives as bars of probability."""

    def __init__(self) -> None:
        super().__init__()
        self._guesses: tuple[tuple[str, float], ...] = ()
        self.setFixedHeight(3 * _ROW)
        self.setMinimumWidth(_CHAR + _LEAST_BAR + _SHARE)
        self.setAccessibleName(tr("Guesses"))
        themes().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Bars long enough to be compared."""
        return QSize(_CHAR + _USUAL_BAR + _SHARE, 3 * _ROW)

    def show_reading(self, reading: Reading | None) -> None:
        """Show guesses, or nothing."""
        self._guesses = () if reading is None else reading.guesses
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


class ConfidenceSlider(QWidget):
    """A slider for the probability below which a reading is doubtful, and how many are."""

    def __init__(self, document: PageDocument) -> None:
        super().__init__()
        self._document = document
        self._said = quiet(ElidedLabel())
        self._said.setParent(self)
        self._slider = Slider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, _SHARES)
        self._slider.setAccessibleName(tr("Doubtful below (per cent)"))
        self.setToolTip(
            tr(
                "Letters read with a lower confidence are marked as doubtful: dashed "
                "box, question mark, underlined in the text. 0 to 100 %."
            )
        )
        self._slider.valueChanged.connect(self._on_slid)
        self._slider.sliderReleased.connect(self._on_change)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        document.doubt_changed.connect(self._on_change)
        document.readings_changed.connect(self._on_change)
        document.boxes_changed.connect(self._on_change)
        self._on_change()

    def sizeHint(self) -> QSize:
        """One row with all its words."""
        return self._row(self._widest(short=False))

    def minimumSizeHint(self) -> QSize:
        """One row with few words."""
        return self._row(self._widest(short=True))

    def _row(self, words: int) -> QSize:
        high = max(self._said.sizeHint().height(), self._slider.sizeHint().height())
        return QSize(words + _GAP + _SLIDER, high)

    def _widest(self, short: bool) -> int:
        """Room for any number, or the row would tremble while the page is read."""
        self._said.ensurePolished()
        words = self._few_words if short else self._words
        return self._said.fontMetrics().horizontalAdvance(words(888, _SHARES))

    def _is_short(self) -> bool:
        return self.width() < self._widest(short=False) + _GAP + _SLIDER

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words take what they need, the slider has the rest."""
        super().resizeEvent(event)
        wide = self._widest(self._is_short())
        self._said.setGeometry(0, 0, wide, self.height())
        left = wide + _GAP
        self._slider.setGeometry(left, 0, self.width() - left, self.height())
        self._on_change()

    def _on_change(self, *_: object) -> None:
        document = self._document
        count = sum(document.is_doubtful(id) for id in document.readings)
        share = round(document.doubt * _SHARES)
        words = self._few_words if self._is_short() else self._words
        self._said.say(words(count, share))
        with QSignalBlocker(self._slider):
            self._slider.setValue(share)

    @staticmethod
    def _words(count: int, share: int) -> str:
        return tr("{count} doubtful, below {share} %").format(count=count, share=share)

    def _few_words(self, count: int, share: int) -> str:
        """Where there is little room: how many, and while the slider is held below what."""
        if self._slider.isSliderDown():
            return tr("below {share} %").format(share=share)
        return tr("{count} doubtful").format(count=count)

    @Slot(int)
    def _on_slid(self, share: int) -> None:
        self._document.set_doubt(share / _SHARES)


class Inspector(QWidget):
    """Signals: `box_wanted(int)` a letter of the text was clicked; `why_wanted()` somebody asks
    why the chosen box is read so.
    """

    box_wanted = Signal(int)
    why_wanted = Signal()

    def __init__(self, document: PageDocument) -> None:
        super().__init__()
        self._document = document
        self._flat = self._low = False
        self._picture = Mosaic(symmetric=False, enlarges=False)
        self._picture.set_lut(ink())
        self._picture.one = tr("picture")
        self._caption = quiet(QLabel())
        self._caption.setWordWrap(True)
        self._guesses = GuessBars()
        self.why = push_button(
            tr("Why?"),
            tr(
                "Which kernels led to this reading, and what each of them saw. The page "
                "averages readings of slightly shifted copies; this is a single one, so "
                "the probabilities differ a little."
            ),
            self.why_wanted,
        )
        self._text = ReadingText(document)
        self._text.box_wanted.connect(self.box_wanted)
        self._text.setMinimumHeight(40)
        self._seen = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        for widget in (self._caption, self._picture):
            self._seen.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        self._seen.addLayout(vbox(self._guesses, self.why, 1, spacing=6))
        self._alphabet = quiet(ElidedLabel())
        self._alphabet.setToolTip(
            tr(
                "The characters this network knows. Anything else on the page, such as "
                "other alphabets, digits or punctuation, is read as the most similar of "
                "these."
            )
        )
        parts = self._alphabet, ConfidenceSlider(document), (self._text, 1)
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(8, 0, 0, 0)
        self._layout.setSpacing(12)
        self._layout.addLayout(self._seen)
        self._layout.addLayout(vbox(*parts, spacing=2), 1)
        for changed in (
            document.opened, document.selection_changed, document.readings_changed,
            document.boxes_changed,
        ):  # fmt: skip
            changed.connect(self._show_box)
        self.lie_down(False)

    def set_classes(self, classes: Sequence[str]) -> None:
        """What the network reads; anything else it takes for one of these."""
        self._alphabet.say(tr("Reads only {alphabet}").format(alphabet=alphabet(classes)))

    def sizeHint(self) -> QSize:
        """A narrow column, or a low strip."""
        return QSize(400, BELOW) if self._flat else QSize(BESIDE, 320)

    def lie_down(self, flat: bool) -> None:
        """Side by side under the page, or one above the other beside it."""
        self._flat = flat
        way = QBoxLayout.Direction.LeftToRight if flat else QBoxLayout.Direction.TopToBottom
        self._layout.setDirection(way)
        self.setMinimumHeight(BELOW if flat else 0)
        self.setMaximumHeight(2 * BELOW if flat else _UNBOUNDED)
        for part, most in (
            (self._guesses, _FLAT_GUESSES), (self.why, _FLAT_GUESSES), (self._caption, _FLAT_WORDS),
        ):  # fmt: skip
            part.setMaximumWidth(most if flat else _UNBOUNDED)
        font = self._text.font()
        font.setPixelSize(_SMALL_TEXT if flat else _TEXT)
        self._text.setFont(font)
        self._place_picture()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is low, the picture lies beside its guesses."""
        super().resizeEvent(event)
        if self._low != (not self._flat and self.height() < _LOW):
            self._place_picture()

    def _place_picture(self) -> None:
        flat, low = self._flat, not self._flat and self.height() < _LOW
        self._low = low
        lies = flat or low
        way = QBoxLayout.Direction.LeftToRight if lies else QBoxLayout.Direction.TopToBottom
        self._seen.setDirection(way)
        stays = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        stays.setRetainSizeWhenHidden(not lies)  # in a strip the text has the room
        self._picture.setSizePolicy(stays)
        side = _SMALL_PICTURE if flat else _LOW_PICTURE
        self._picture.setFixedHeight(side if lies else _PICTURE)
        self._picture.setMaximumWidth(side if lies else _UNBOUNDED)
        self._alphabet.setVisible(not low)
        self._show_box()

    def _show_box(self, *_: object) -> None:
        """The chosen box, if it is one."""
        document, lies = self._document, self._flat or self._low
        box = document.chosen
        reading = document.readings.get(box.id) if box is not None else None
        self._guesses.show_reading(reading)
        self._picture.setVisible(reading is not None)
        self.why.setEnabled(reading is not None and bool(reading.char))
        if reading is not None:
            self._picture.set_tiles(np.float32(1 / 255) * reading.image[None])
        for part in (self._guesses, self.why):
            part.setVisible(reading is not None or not lies)
        self._caption.setVisible(reading is None or not lies)
        self._caption.setText(self._said(box, reading))

    def _said(self, box: CharacterBox | None, reading: Reading | None) -> str:
        if box is None:
            return tr("Select a box to see what the network sees in it.")
        if reading is None:
            return tr("No trained network yet. Load weights (Ctrl+L) or press Play.")
        if not reading.char:
            return tr("There is no ink in this box.")
        if box.char is not None:
            return tr("You typed {char}. The network sees (28×28):").format(char=box.char)
        return tr("What the network sees (28×28)")
