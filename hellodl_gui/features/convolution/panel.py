"""Convolution panel (chapter 5): a kernel slides over an image, each product written out."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QUndoStack
from PySide6.QtWidgets import QLabel, QSizePolicy

from core.chapters.capabilities import IMAGE
from core.errors import ShapeError
from core.inspect.teach.convolution import (
    KERNELS,
    OWN,
    SAMPLE,
    ConvolutionExample,
    ConvolutionResult,
    named_kernel,
    resized_kernel,
    worked_picture,
)
from core.inspect.weights.weight_tiles import WeightTiles, weight_tiles
from core.inspect.zoom.number_text import output_size_formula, products_text
from core.translation import tr
from hellodl_gui.features.convolution.controls import LARGEST_KERNEL, ConvolutionControls
from hellodl_gui.features.convolution.grid_row import GridRow
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.focus_shortcuts import add_undo_shortcuts
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.controls.undo_change import UndoChange
from hellodl_gui.ui.layout.boxes import vbox
from hellodl_gui.ui.mosaic.number_grid import NumberGrid
from hellodl_gui.ui.panel import Panel

_WALK_MS, _FASTEST_MS, _SLOWEST_MS = 9_000, 30, 450  # over the whole picture; one step


class ConvolutionPanel(Panel):
    """Picture ∗ kernel = result. Point at a result, or walk there with the arrow keys, to see its
    products; Play slides the kernel. Numbers of picture and kernel can be typed over.

    Attributes: `exercise`, what is shown; `undo`, all changes.
    """

    key, title = "convolution", "Convolution"
    help = "Point at a number in the result to see the products it is the sum of."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.exercise = ConvolutionExample.of_the_text()
        self.undo = QUndoStack(self)
        self._layers: list[WeightTiles] | None = None
        self._done: ConvolutionResult | None = None
        self._place = (0, 0)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._slide)
        self._controls = ConvolutionControls()
        self._controls.source_chosen.connect(
            lambda source: self._change(source=source, picture=worked_picture())
        )
        self._controls.kernel_chosen.connect(self._on_kernel)
        self._controls.size_chosen.connect(self._on_size)
        self._controls.turned.connect(lambda part, value: self._change(**{part: value}))
        self._controls.play_wanted.connect(self._on_play)
        self._controls.step_wanted.connect(self._on_step)
        self._controls.reset_wanted.connect(self._on_reset)
        self._picture = NumberGrid(tr("picture"), editable=True)
        self._kernel = NumberGrid(tr("kernel"), editable=True)
        self._result = NumberGrid(tr("result"))
        self._picture.edited.connect(self._on_picture_edited)
        self._kernel.edited.connect(self._on_kernel_edited)
        self._result.pointed.connect(self._on_pointed)
        for grid in (self._picture, self._kernel):
            grid.setToolTip(tr("Double-click a number to change it, or type over it"))
            grid.refused.connect(lambda text: state.messages.notify("error", text))
        self._row = GridRow([self._picture, self._kernel, self._result], ["∗", "="])
        self._sum, self._sizes = QLabel(), sentence()
        self._sum.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sum.setWordWrap(True)
        self._sum.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for label in (self._sum, self._sizes):
            label.setTextFormat(Qt.TextFormat.PlainText)
        vbox(
            self._controls, (self._row, 1), self._sum, self._sizes,
            margins=(10, 6, 10, 8), spacing=4, on=self,
        )  # fmt: skip
        add_undo_shortcuts(self, self.undo)
        self.redraw_on(state.timeline.weights_changed, state.selection.sample_changed)
        state.training.restarted.connect(self._on_restart)
        self._on_restart()
        self.show_exercise(self.exercise)

    def _on_restart(self) -> None:
        """Another network may have other kernels."""
        layers = [
            layer
            for layer in weight_tiles(self.state.training.layout)
            if layer.one == "kernel" and layer.height == layer.width <= LARGEST_KERNEL
        ]
        if layers != self._layers:
            self._layers = layers
            self._controls.offer_kernels(layers)
            self.undo.clear()
            known = self.exercise.name in KERNELS or self._layer(self.exercise.name) is not None
            if not known:
                self.exercise = replace(self.exercise, name=OWN)
            self.show_exercise(self.exercise)
        self.mark_dirty()

    def _layer(self, name: str) -> WeightTiles | None:
        return next((layer for layer in self._layers or () if layer.parameter == name), None)

    # -- changes ------------------------------------------------------------------------------

    def _change(self, **parts: object) -> None:
        """Another exercise, to be undone."""
        then = self._up_to_date(replace(self.exercise, **parts))  # type: ignore[arg-type]
        self.undo.push(UndoChange(self.show_exercise, self.exercise, then))

    def _up_to_date(self, exercise: ConvolutionExample) -> ConvolutionExample:
        """With the sample and the kernel as they are now, where they are followed."""
        layer, weights = self._layer(exercise.name), self.state.timeline.weights
        if layer is not None and weights is not None:
            which = min(exercise.which, layer.count - 1)
            kernel = layer.pictures(weights.theta, weights.layout)[which].copy()
            exercise = replace(exercise, which=which, kernel=kernel)
        pictures = IMAGE in self.state.training.capabilities
        if exercise.source == SAMPLE and pictures and len(self.state.training.test):
            image = self.state.training.test.images[self.state.selection.sample]
            grey = image.mean(axis=0) if image.ndim == 3 else image
            exercise = replace(exercise, picture=grey.astype(np.float32) / np.float32(255))
        return exercise

    def _on_kernel(self, name: str) -> None:
        if self._layer(name) is None:
            self._change(name=name, kernel=named_kernel(name, len(self.exercise.kernel)))
        elif self.state.timeline.weights is not None:
            self._change(name=name, which=0)
        else:
            self.state.messages.notify(
                "info", tr("The weights appear as soon as training is ready.")
            )
            self.show_exercise(self.exercise)

    def _on_size(self, size: int) -> None:
        now = self.exercise
        if now.name in KERNELS:
            self._change(kernel=named_kernel(now.name, size))
        else:
            self._change(name=OWN, kernel=resized_kernel(now.kernel, size))

    def _on_picture_edited(self, row: int, column: int, value: float) -> None:
        done = self._done
        above, left = (done.above, done.left) if done is not None else (0, 0)
        picture = self.exercise.picture.copy()
        picture[row - above, column - left] = value
        self._change(source=OWN, picture=picture)

    def _on_kernel_edited(self, row: int, column: int, value: float) -> None:
        kernel = self.exercise.kernel.copy()
        kernel[row, column] = value
        self._change(name=OWN, kernel=kernel)

    @Slot()
    def _on_reset(self) -> None:
        self._stop()
        self._place = (0, 0)
        self.undo.push(
            UndoChange(self.show_exercise, self.exercise, ConvolutionExample.of_the_text())
        )

    # -- showing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Follow the network and the selected sample."""
        now = self._up_to_date(self.exercise)
        same_kernel = np.array_equal(now.kernel, self.exercise.kernel)
        if not same_kernel or not np.array_equal(now.picture, self.exercise.picture):
            self.show_exercise(now)

    def show_exercise(self, exercise: ConvolutionExample) -> None:
        """Compute and draw it."""
        self.exercise = exercise
        layer = self._layer(exercise.name)
        self._controls.show_exercise(exercise, layer.count if layer else 0)
        self._kernel.set_numbers(exercise.kernel)
        try:
            self._done = exercise.computed()
        except ShapeError:
            self._show_nothing()
            return
        done = self._done
        grown = done.padded.shape != done.shape
        inside = (done.above, done.left, *done.shape) if grown else None
        self._picture.set_numbers(done.padded, inside)
        self._result.set_numbers(done.result)
        rows, columns = done.result.shape
        self._place = min(self._place[0], rows - 1), min(self._place[1], columns - 1)
        self._row.arrange([done.shape, done.kernel.shape, done.result.shape])
        words = f"{tr('rows')}: {output_size_formula(done, 0)}"
        self._sizes.setText(f"{words} · {tr('columns')}: {output_size_formula(done, 1)}")
        self._show_place()

    def _show_nothing(self) -> None:
        """The one way in which the controls can ask for what there is not."""
        self._done = None
        self._stop()
        self._picture.set_numbers(self.exercise.picture)
        self._picture.set_window(None)
        self._result.set_numbers(np.zeros((0, 0), np.float32))
        self._row.arrange([self.exercise.picture.shape, self.exercise.kernel.shape, (0, 0)])
        self._sum.setText(
            tr("“Same” keeps the size only with stride 1. Choose stride 1, or another padding.")
        )
        self._sizes.clear()

    def _show_place(self) -> None:
        """The kernel over its part of the picture, and the sum."""
        done = self._done
        if done is None:
            return
        top, left = done.corner(*self._place)
        self._picture.set_window((top, left, *done.kernel.shape))
        self._result.set_current(self._place)
        text = products_text(
            done.window(*self._place), done.kernel, float(done.result[self._place])
        )
        self._sum.setText(text)
        self._result.setAccessibleDescription(text)

    # -- walking ------------------------------------------------------------------------------

    def _on_pointed(self, row: int, column: int) -> None:
        self._stop()
        self._place = row, column
        self._show_place()

    @Slot()
    def _on_play(self) -> None:
        done = self._done
        if self._timer.isActive() or done is None:
            self._stop()
            return
        if self._number() == done.result.size - 1:
            self._go_to(0)
        self._result.set_known(self._number() + 1)
        self._timer.start(min(max(_WALK_MS // done.result.size, _FASTEST_MS), _SLOWEST_MS))
        self._controls.set_playing(True)

    @Slot()
    def _on_step(self) -> None:
        self._stop()
        if self._done is not None:
            self._go_to((self._number() + 1) % self._done.result.size)

    @Slot()
    def _slide(self) -> None:
        if self._done is None or self._number() >= self._done.result.size - 1:
            self._stop()
            return
        self._go_to(self._number() + 1)
        self._result.set_known(self._number() + 1)

    def _number(self) -> int:
        """Which result the kernel lies at, row by row."""
        columns = self._done.result.shape[1] if self._done is not None else 1
        return self._place[0] * columns + self._place[1]

    def _go_to(self, number: int) -> None:
        assert self._done is not None
        row, column = divmod(number, self._done.result.shape[1])
        self._place = row, column
        self._show_place()

    def _stop(self) -> None:
        self._timer.stop()
        self._result.set_known(-1)
        self._controls.set_playing(False)

    def close_down(self) -> None:
        """Stop the animation; called on exit."""
        self._timer.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody sees it slide."""
        self._stop()
        super().hideEvent(event)
