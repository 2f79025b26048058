"""Activation functions panel (chapter 5): functions, derivatives, and a tangent at a point."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel

from core.formatting import format_fixed
from core.inspect.teach.activation_functions import ACTIVATIONS, ActivationFunction
from core.translation import tr
from hellodl_gui.features.activation_functions.function_plot import FunctionCurve, FunctionPlot
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.legend_line import SWATCH, legend_line
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.panel import Panel

_POINTS = 801
_AT_FIRST = ("gelu", "relu")
_IN_A_ROW = 3
_FLAT = 0.01


class ActivationFunctionsPanel(Panel):
    """Values above, slopes below, and a tangent where the point is."""

    key, title = "activations", "Activations"
    help = "Drag the point, or move it with the arrow keys. The wheel changes the range."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._by_key = {one.key: one for one in ACTIVATIONS}
        self._plot = FunctionPlot()
        self._plot.moved.connect(self.mark_dirty)
        self._plot.reach_changed.connect(self.mark_dirty)
        self._plot.chosen_changed.connect(self._choose)
        self._tangent = combo_box(
            tr("Tangent"), tr("Which function gets the tangent"),
            [(tr(one.name), one.key) for one in ACTIVATIONS],
            activated=self._on_tangent,
        )  # fmt: skip
        self._formula = QLabel()
        head = hbox(self._tangent, (self._formula, 1))
        self._boxes: dict[str, QCheckBox] = {}
        boxes = QGridLayout()
        boxes.setHorizontalSpacing(10)
        boxes.setVerticalSpacing(2)
        for place, one in enumerate(ACTIVATIONS):
            box = QCheckBox(tr(one.name))
            box.setIconSize(SWATCH)
            box.setToolTip(f"{tr(one.name)}(x) = {one.formula}")
            box.setChecked(one.key in _AT_FIRST)
            box.toggled.connect(self.mark_dirty)
            self._boxes[one.key] = box
            boxes.addWidget(box, place // _IN_A_ROW, place % _IN_A_ROW)
        boxes.setColumnStretch(_IN_A_ROW, 1)
        self._readout = QLabel()
        self._readout.setTextFormat(Qt.TextFormat.RichText)
        for label in (self._formula, self._readout):
            label.setWordWrap(True)
        self._readout.setMinimumHeight(2 * self._readout.fontMetrics().lineSpacing())
        vbox(
            head, boxes, (self._plot, 1), self._readout,
            margins=(10, 6, 10, 8), spacing=6, on=self,
        )  # fmt: skip
        themes().changed.connect(self._on_theme)
        self._on_theme()
        self._choose(ACTIVATIONS[0].key)

    def _on_tangent(self, place: int) -> None:
        self._choose(ACTIVATIONS[place].key)

    def _choose(self, key: str) -> None:
        """This function gets the tangent, and is shown."""
        self._plot.chosen = key
        self._tangent.setCurrentIndex(self._tangent.findData(key))
        self._boxes[key].setChecked(True)
        self._formula.setText(self._by_key[key].formula)
        self.mark_dirty()

    def _shown(self) -> list[ActivationFunction]:
        """What is ticked, and what has the tangent."""
        return [
            one
            for one in ACTIVATIONS
            if self._boxes[one.key].isChecked() or one.key == self._plot.chosen
        ]

    def refresh(self) -> None:
        """Draw what is ticked, and read it out."""
        plot = self._plot
        # The point lies on a sample, so that what is read out is what was computed there.
        xs = np.linspace(-plot.reach, plot.reach, _POINTS)
        xs[np.abs(xs - plot.point_at).argmin()] = plot.point_at
        curves = [
            FunctionCurve(one.key, xs, *one.sampled(xs), *self._style(one)) for one in self._shown()
        ]
        plot.set_curves(curves, plot.chosen)
        self._say(curves)

    def _style(self, one: ActivationFunction) -> tuple[int, bool]:
        """Colour and dashes: there are more functions than colours."""
        place = ACTIVATIONS.index(one)
        colours = len(themes().theme.curves)
        return place % colours, place >= colours

    def _say(self, curves: list[FunctionCurve]) -> None:
        theme = themes().theme
        x = format_fixed(self._plot.point_at, 2)
        parts, words = [f"x = {x}"], [f"x = {x}"]
        for curve in curves:
            value, slope = (format_fixed(y, 4) for y in self._plot.at_point(curve))
            text = tr("{name} {value}, slope {slope}").format(
                name=self._by_key[curve.key].name, value=value, slope=slope
            )
            if abs(self._plot.at_point(curve)[1]) < _FLAT:
                text = tr("{what} (learns little here)").format(what=text)
            parts.append(f'<span style="color:{theme.curves[curve.colour]}">{text}</span>')
            words.append(text)
        self._readout.setText(" &nbsp; ".join(parts))
        self._plot.setAccessibleDescription("; ".join(words))

    def _on_theme(self) -> None:
        for one in ACTIVATIONS:
            colour, dashed = self._style(one)
            icon = legend_line(themes().theme.curves[colour], dashed, self.devicePixelRatioF())
            self._boxes[one.key].setIcon(icon)
        self.mark_dirty()
