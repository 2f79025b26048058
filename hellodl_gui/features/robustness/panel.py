"""Robustness panel (chapter 7): accuracy on shifted and noisy images."""

from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QListWidget, QListWidgetItem, QProgressBar

from core.chapters.capabilities import CLASSIFICATION, IMAGE
from core.chapters.shared.augmentation_knobs import AUGMENT_KNOBS
from core.formatting import format_number
from core.inspect.robustness import AMOUNTS, FLIP, SHIFT
from core.translation import tr
from hellodl_gui.features.robustness.line_chart import ChartLine, LineChart
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.controls.legend_line import SWATCH, legend_line
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.panel import Panel

_WIDE = 560  # pixels from which the two charts stand side by side
_MOST = 10  # every colour twice, solid and dashed
_LOW = 420  # pixels of height below which the list is short
_ROWS, _FEW_ROWS = 5, 2


@dataclass
class RobustnessCurves:
    """A network's two curves as they come: points (amount, fraction) by kind."""

    name: str
    style: int
    points: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: {SHIFT: [], FLIP: []}
    )


class RobustnessPanel(Panel):
    """Measure the network as it is; train it otherwise, and measure again: the curves stay.

    Attributes: `measured`, all curves on show.
    """

    key, title = "robustness", "Robustness"
    needs = frozenset({CLASSIFICATION, IMAGE})
    help = "How many test pictures are still read correctly when shifted or noisy"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.measured: list[RobustnessCurves] = []
        self._now: RobustnessCurves | None = None
        self._left: list[tuple[str, float]] = []
        self._charts = {
            SHIFT: LineChart(
                tr("shift in pixels"),
                AMOUNTS[SHIFT],
                [format_number(amount, 6) for amount in AMOUNTS[SHIFT]],
            ),
            FLIP: LineChart(
                tr("pixels flipped (%)"),
                AMOUNTS[FLIP],
                [format_number(100 * amount, 6) for amount in AMOUNTS[FLIP]],
            ),
        }
        self._measure = push_button(
            tr("Measure"),
            tr("Test the current network on up to 1,000 test pictures"),
            self._on_measure,
        )
        self._clear = push_button(tr("Clear"), tr("Remove all curves"), self._on_clear)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        kept = self._progress.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._progress.setSizePolicy(kept)
        self._progress.hide()
        self._make_names()
        self._words = sentence()
        self._words.setTextFormat(Qt.TextFormat.RichText)
        bar = hbox(self._measure, self._clear, (self._progress, 1))
        self._row = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        for kind, chart in self._charts.items():
            chart.read.connect(lambda _, kind=kind: self._on_read(kind))
            self._row.addWidget(chart, 1)
        vbox(
            bar, (self._row, 1), self._names, self._words,
            margins=(10, 6, 10, 8), spacing=4, on=self,
        )  # fmt: skip
        state.training.restarted.connect(self._break_off)
        state.training.status_changed.connect(self._on_status)
        themes().changed.connect(self._show_names)
        self._show_names()
        self._on_status()

    def _make_names(self) -> None:
        self._names = QListWidget()
        self._names.setAccessibleName(tr("Curves"))
        self._names.setToolTip(tr("Double-click or F2 renames a curve; Delete removes it"))
        self._names.setIconSize(SWATCH)
        self._names.setEditTriggers(
            QListWidget.EditTrigger.DoubleClicked | QListWidget.EditTrigger.EditKeyPressed
        )
        self._names.itemChanged.connect(self._on_renamed)

    # -- measuring ----------------------------------------------------------------------------

    @Slot()
    def _on_measure(self) -> None:
        """Begin, or call it off."""
        if self._now is not None:
            self._break_off()
            return
        if len(self.measured) >= _MOST:
            self.state.messages.notify("info", tr("At most ten curves. Remove some with Delete."))
            return
        taken = {one.style for one in self.measured}
        style = next(number for number in range(_MOST) if number not in taken)
        self._now = RobustnessCurves(self._usual_name(), style)
        self.measured.append(self._now)
        # Nothing done to a picture is the same for both kinds: it is measured once.
        self._left = [(SHIFT, amount) for amount in AMOUNTS[SHIFT]]
        self._left += [(FLIP, amount) for amount in AMOUNTS[FLIP] if amount]
        self._progress.setRange(0, len(self._left))
        self._progress.setValue(0)
        self._progress.show()
        self._measure.setText(tr("Cancel"))
        self._show_names()
        self._ask(self._now, hold=True)

    def _usual_name(self) -> str:
        """What tells this network from the next one."""
        knobs, step = self.state.training.knobs, f"{self.state.timeline.step:,}"
        own = [knob.key for knob in AUGMENT_KNOBS if knob.key in knobs.knobs]
        if self.state.training.chapter.task.augment is None or not own:
            words = tr("{title}, {step} mini-batches")
            return words.format(title=self.state.training.chapter.title, step=step)
        if any(knobs[key] for key in own):
            return tr("with augmentation, {step} mini-batches").format(step=step)
        return tr("without augmentation, {step} mini-batches").format(step=step)

    def _ask(self, measured: RobustnessCurves, hold: bool = False) -> None:
        """Have the next point measured in the training process."""
        kind, amount = self._left[0]

        def take(fraction: float) -> None:
            if measured is not self._now:
                return
            for one in (SHIFT, FLIP) if amount == 0 else (kind,):
                measured.points[one].append((amount, fraction))
            self._left.pop(0)
            self._progress.setValue(self._progress.maximum() - len(self._left))
            self.mark_dirty()
            if self._left:
                self._ask(measured)
            else:
                self._end()

        question = {"kind": kind, "amount": amount, "hold": hold}
        self.state.probes.ask("robust_accuracy", question, take)

    def _break_off(self) -> None:
        """What is measured half is no curve."""
        if self._now is not None:
            self.measured.remove(self._now)
            self._end()

    def _end(self) -> None:
        self._now, self._left = None, []
        self._progress.hide()
        self._measure.setText(tr("Measure"))
        self._show_names()

    def _on_status(self, *_: object) -> None:
        if not self.state.training.answers:
            self._break_off()
        self._measure.setEnabled(self.state.training.answers)

    # -- the list -----------------------------------------------------------------------------

    @Slot()
    def _on_clear(self) -> None:
        self._now, self.measured = None, []
        self._end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes a curve away."""
        row = self._names.currentRow()
        delete = event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if delete and self._names.hasFocus() and 0 <= row < len(self.measured):
            if self.measured[row] is self._now:
                self._break_off()
            else:
                self.measured.pop(row)
                self._show_names()
        else:
            super().keyPressEvent(event)

    def _on_renamed(self, item: QListWidgetItem) -> None:
        measured = self.measured[self._names.row(item)]
        measured.name = item.text().strip() or measured.name
        self.mark_dirty()

    def _show_names(self, *_: object) -> None:
        self._names.blockSignals(True)
        self._names.clear()
        for measured in self.measured:
            colour, dashed = self._style(measured)
            icon = legend_line(themes().theme.curves[colour], dashed, self.devicePixelRatioF())
            item = QListWidgetItem(icon, measured.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self._names.addItem(item)
        self._names.blockSignals(False)
        self._names.setCurrentRow(len(self.measured) - 1)
        self._size_list()
        self._names.setVisible(bool(self.measured))
        self._clear.setEnabled(bool(self.measured))
        self.mark_dirty()

    def _size_list(self) -> None:
        """As high as it needs, as far as there is room."""
        rows = min(len(self.measured), _FEW_ROWS if self.height() < _LOW else _ROWS)
        self._names.setFixedHeight(max(self._names.sizeHintForRow(0), 20) * rows + 4)

    def _style(self, measured: RobustnessCurves) -> tuple[int, bool]:
        """Colour and dashes."""
        colours = len(themes().theme.curves)
        return measured.style % colours, measured.style >= colours

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """All curves as far as they are measured."""
        for kind, chart in self._charts.items():
            chart.set_lines(
                [
                    ChartLine(one.name, tuple(one.points[kind]), *self._style(one))
                    for one in self.measured
                    if one.points[kind]
                ]
            )
        self._on_read(SHIFT if self._charts[SHIFT].reading is not None else FLIP)

    def _on_read(self, kind: str) -> None:
        """What the curves say where the pointer is, or what to do."""
        chart = self._charts[kind]
        found = chart.values()
        if not found:
            self._words.setText(
                tr("Measure a network, train it differently, and measure again.")
                if len(self.measured) < 2
                else tr("Point at a chart to read values.")
            )
            return
        amount = AMOUNTS[kind][int(chart.reading or 0)]
        what = (
            tr("shifted by {amount} px:").format(amount=format_number(amount, 6))
            if kind == SHIFT
            else tr("{amount} flipped:").format(amount=f"{amount:.0%}")
        )
        theme = themes().theme
        parts = [
            f'<span style="color:{theme.curves[line.colour]}">{fraction:.1%}</span>'
            for line, fraction in found
        ]
        self._words.setText(f"{what} {', '.join(parts)}")
        spoken = "; ".join(f"{line.name} {fraction:.1%}" for line, fraction in found)
        chart.setAccessibleDescription(f"{what} {spoken}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where there is room."""
        super().resizeEvent(event)
        wide = self.width() >= _WIDE or self.height() < self.width()
        direction = QBoxLayout.Direction
        self._size_list()
        self._row.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
