"""Draw panel: draw a character and see each layer's outputs and the class probabilities live."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QUndoStack
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from core.chapters.capabilities import GLYPHS
from core.data.glyph_preprocessing import SIDE
from core.errors import LabError
from core.formatting import format_probability
from core.inspect.layer_outputs import LayerOutput, merge_layers
from core.io.safe_open import read_regular
from core.ocr.drawing import Drawing, Stroke
from core.ocr.drawing_file import LARGEST, pack_drawing, unpack_drawing
from core.translation import tr
from hellodl_gui.features.draw.draw_pad import DrawPad
from hellodl_gui.features.draw.draw_tools import DrawTools
from hellodl_gui.features.draw.model_input_view import ModelInputView
from hellodl_gui.features.draw.probability_bars import ProbabilityBars
from hellodl_gui.services.drawing_reader import DrawingReader
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.selection import Sample
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.label_and_save_row import LabelAndSaveRow
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.controls.undo_change import UndoChange
from hellodl_gui.ui.layout.boxes import hbox, vbox_widget
from hellodl_gui.ui.mosaic.layer_outputs import LayerOutputsView
from hellodl_gui.ui.panel import Panel

_GUESSES = 3
_WIDE = 620  # pixels from which sheet, received picture and bars stand in one row
_HIGH_WIDE, _HIGH = 400, 500  # pixels from which the layers have room below
_GAP = 6
_AROUND = QSize(20 + _GAP, 12 + 5 * _GAP)  # margins, and gaps between what lies in a column
_AT_FIRST = QSize(360, 330)


class DrawPanel(Panel):
    """Attributes: `pad`; `undo`, all changes of the sheet and of My handwriting from here;
    `received` (28, 28), what the network is given; `probs` (C,), its answer, None while nothing
    is drawn or no weights are there.
    """

    key, title = "draw", "Draw"
    needs = frozenset({GLYPHS})
    help = "Draw and watch the network read. Maximise for more room."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.undo = QUndoStack(self)
        self.received: NDArray[np.uint8] = np.zeros((SIDE, SIDE), np.uint8)
        self.probs: NDArray[np.float32] | None = None
        self._reader = DrawingReader(state)
        self._layers: list[LayerOutput] = []
        self._inked = True
        self._by_hand = False  # it was drawn, not only read by another network
        self._broken = False
        self._make_parts()
        self._assemble()
        state.timeline.weights_changed.connect(self.follow)
        state.training.restarted.connect(self._on_restart)
        self.redraw_on(state.training.chapter_changed, state.training.status_changed)
        self._keep.changed.connect(self.mark_dirty)
        self._on_restart()

    # -- assembly -----------------------------------------------------------------------------

    def _make_parts(self) -> None:
        self.pad = DrawPad()
        self._keep = LabelAndSaveRow(self.state, self.undo, self._seen)
        self._keep.kept.connect(self.pad.setFocus)
        self.tools = DrawTools(self, self.undo)
        self.tools.erases_changed.connect(self._on_erases)
        self.tools.thickness_changed.connect(self.pad.set_thickness)
        self.tools.clear_wanted.connect(self._on_clear)
        self.tools.sample_wanted.connect(self._on_sample)
        self.pad.thickness_wanted.connect(self.tools.set_thickness)
        self.pad.inked.connect(self._on_ink)
        self.pad.drawn.connect(self._on_drawn)
        name = QAction(self)
        name.setShortcut(QKeySequence(Qt.Key.Key_Return))
        name.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        name.triggered.connect(lambda: self._keep.field.setFocus())
        self.pad.addAction(name)
        self._receiving = ModelInputView()
        self._receiving.centred_wanted.connect(self._on_centred)
        self._guess = ElidedLabel()
        self._guess.setProperty("role", "number")
        self._guess.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self._guess.setMinimumWidth(int(self.fontMetrics().horizontalAdvance("W  > 99.9 %") * 1.85))
        self._others = quiet(ElidedLabel())
        self._bars = ProbabilityBars()
        self._bars.picked.connect(self._on_bar)
        self._flow = LayerOutputsView()
        self._hovered = quiet(ElidedLabel())
        for part in (self._flow.hovered, self._receiving.hovered, self._bars.read):
            part.connect(self._hovered.say)
        self._each = tool_button(
            tr("Every step"),
            tr("Show every step instead of one picture per group of weights"),
            toggled=self._show_layers,
        )
        self._instead = tool_button(
            tr("Layers"),
            tr("Show the outputs of the layers instead of the probabilities"),
            toggled=self._arrange,
        )

    def _assemble(self) -> None:
        head = hbox(self._guess, (self._others, 1), self._instead, spacing=10)
        self._reading = vbox_widget(head, (self._bars, 1), spacing=2)
        self._foot = QWidget()
        hbox(self._each, (self._hovered, 1), on=self._foot)
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        self.fill(self._grid, margins=(10, 6, 10, 6))
        self._arranged: tuple[bool, bool, bool] | None = None
        self.resize(_AT_FIRST)
        self._arrange()

    def _arrange(self, *_: object) -> None:
        """In one row where it is wide; with the layers below where it is high."""
        wide = self.width() >= _WIDE
        high = self.height() >= (_HIGH_WIDE if wide else _HIGH)
        layers = high or self._instead.isChecked()
        if (wide, high, layers) == self._arranged:
            return
        self._arranged = wide, high, layers
        grid = self._grid
        while grid.takeAt(0) is not None:
            pass
        for number in range(6):
            grid.setRowStretch(number, 0)
        grid.addWidget(self.tools, 0, 0, 1, 3)
        grid.addWidget(self.pad, 1, 0)
        grid.addWidget(self._receiving, 1, 1)
        grid.addWidget(self._reading, *((1, 2) if wide else (2, 0, 1, 3)))
        grid.addWidget(self._flow, 3, 0, 1, 3)
        grid.addWidget(self._foot, *((5, 2) if wide else (4, 0, 1, 3)))
        grid.addWidget(self._keep, 5, 0, 1, 2 if wide and high else 3)
        for number, stretch in enumerate((3, 2, 4 if wide else 0)):
            grid.setColumnStretch(number, stretch)
        grid.setRowStretch(1, 5)
        grid.setRowStretch(2, 0 if wide else 3 if high else 4)
        grid.setRowStretch(3, 5 if layers else 0)
        self._instead.setVisible(not high)
        self._bars.setVisible(wide or high or not layers)
        self._flow.setVisible(layers)
        self._foot.setVisible(high)
        self._show_layers()

    def minimumSizeHint(self) -> QSize:
        """That of the smallest arrangement: a larger one is only there where it has room."""
        if self.isHidden():
            return QSize()
        below = self._flow if self._instead.isChecked() else self._bars
        upper = [self.pad.minimumSize(), self._receiving.minimumSizeHint()]
        rows = [self.tools.minimumSizeHint(), self._instead.sizeHint(), below.minimumSize(),
                self._keep.minimumSizeHint()]  # fmt: skip
        high = sum(row.height() for row in rows) + max(size.height() for size in upper)
        wide = max(sum(size.width() for size in upper), *(row.width() for row in rows))
        return QSize(wide, high) + _AROUND

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the parts for the new size."""
        super().resizeEvent(event)
        self._arrange()

    # -- the sheet ----------------------------------------------------------------------------

    def _change(self, text: str, then: Drawing) -> None:
        self.undo.push(UndoChange(self.pad.show_drawing, self.pad.drawing, then, text))

    @Slot(object)
    def _on_drawn(self, stroke: Stroke) -> None:
        now = self.pad.drawing
        text = tr("Erase") if stroke.erases else tr("Draw a stroke")
        self._change(text, Drawing((*now.strokes, stroke), now.under, now.centred))

    @Slot()
    def _on_clear(self) -> None:
        now = self.pad.drawing
        if not now.empty:
            self._change(tr("Clear"), Drawing(centred=now.centred or now.under is not None))

    @Slot(bool)
    def _on_centred(self, on: bool) -> None:
        now = self.pad.drawing
        text = tr("Centre") if on else tr("Leave as it is")
        self._change(text, Drawing(now.strokes, now.under, on))

    @Slot()
    def _on_sample(self) -> None:
        """The selected test picture, which lies there as it is; another one the second time."""
        state, under = self.state, self.pad.drawing.under
        images = state.training.test.images
        if not len(images):
            return
        if under is not None and np.array_equal(under, images[state.selection.sample]):
            state.selection.select(int(np.random.default_rng().integers(len(images))))
        picture = np.ascontiguousarray(images[state.selection.sample])
        self._change(tr("Test picture"), Drawing(under=picture, centred=False))

    @Slot(bool)
    def _on_erases(self, on: bool) -> None:
        self.pad.erases = on
        self.pad.update()

    @Slot()
    def _on_ink(self) -> None:
        self._inked = self._by_hand = True
        self.mark_dirty()

    # -- reading ------------------------------------------------------------------------------

    def _on_restart(self) -> None:
        """Another network: it reads what is on the sheet."""
        self._inked = True
        classes = self.state.training.test.classes
        names = ", ".join(classes) if len(classes) < 4 else f"{classes[0]} … {classes[-1]}"
        self.pad.hint = tr("Draw here: {names}").format(names=names)
        self.pad.update()
        self.mark_dirty()

    def refresh(self) -> None:
        """Read what is on the sheet."""
        state, drawing = self.state, self.pad.drawing
        if self._inked:
            self._inked = False
            self.received = self.pad.sheet.received(drawing, state.training.chapter.glyph_style())
            self._receiving.show_picture(self.received, drawing.centred)
            self._look_into()
        followed = self._reader.follow(self.received)
        drawn = bool(self.received.any())
        probs, self._layers = followed or (np.zeros(0, np.float32), [])
        self._broken = not np.isfinite(probs).all()
        self.probs = probs if followed is not None and drawn and not self._broken else None
        self._show_chances()
        self._show_layers()
        self._keep.set_state(drawn, state.training.answers)

    def _look_into(self) -> None:
        """Send the last drawing to the panels that inspect an image."""
        if self._by_hand and self.received.any():
            self.state.selection.select_input(
                Sample("drawing", self.received.copy(), None, tr("your drawing"))
            )
        self._by_hand = False

    def _show_chances(self) -> None:
        classes, probs = self.state.training.test.classes, self.probs
        if probs is None or len(probs) != len(classes):
            self._guess.say("–")
            self._others.say(self._why_not())
            self._bars.set_probs(np.zeros(len(classes), np.float32), classes)
            return
        best, *others = np.argsort(-probs, kind="stable")[:_GUESSES]
        self._guess.say(f"{classes[best]}  {format_probability(probs[best])}")
        self._others.say(
            " · ".join(f"“{classes[i]}” {format_probability(probs[i])}" for i in others)
        )
        self._bars.set_probs(probs, classes)

    def _why_not(self) -> str:
        """Why there is no reading."""
        if self.state.timeline.weights is None:
            return tr("The weights appear as soon as training is ready.")
        if self._broken:
            return tr("Training diverged (weights are NaN). Reset and lower the rate.")
        return tr("Nothing is drawn yet.")

    def _show_layers(self, *_: object) -> None:
        if self._layers and not self._flow.isHidden():
            shown = self._layers if self._each.isChecked() else merge_layers(self._layers)
            self._flow.show_layers(shown, self.state.training.test.classes)

    # -- keeping and teaching -----------------------------------------------------------------

    def _on_bar(self, label: int) -> None:
        self._keep.field.setText(self.state.training.test.classes[label])
        self._keep.field.setFocus()

    def _seen(self) -> tuple[NDArray[np.uint8], None]:
        """What the person sees by now counts, not what was read a frame ago."""
        if self.dirty:
            self.refresh()
        return self.received, None

    def unsaved(self) -> tuple[object, Callable[[], bytes]] | None:
        """What tells one drawing from the next, and what packs it; None of an empty sheet."""
        drawing = self.pad.drawing
        return None if drawing.empty else (drawing, lambda: pack_drawing(drawing))

    def bring_back(self, path: Path) -> None:
        """Show the drawing that was packed into this file."""
        try:
            self._change(tr("Open drawing"), unpack_drawing(read_regular(path, LARGEST)))
        except (LabError, OSError) as error:
            self.state.messages.notify("warning", str(error))
