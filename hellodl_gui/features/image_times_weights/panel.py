"""Image × weights panel (chapters 1 and 2): the products pixel by pixel, and their sum."""

from PySide6.QtWidgets import QLabel

from core.chapters.capabilities import PIXEL_NEURON, TWO_CLASSES
from core.formatting import format_number
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.mosaic.image_row import ImageRow
from hellodl_gui.ui.panel import Panel


class ImageTimesWeightsPanel(Panel):
    """Image × weights = product, and how the products add up to a score."""

    key, title = "product", "Product"
    needs = frozenset({PIXEL_NEURON, TWO_CLASSES})
    help = "How one picture gets its score. Select another with the arrows or in Samples."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._row = ImageRow(
            [tr("image"), tr("weights"), tr("product")],
            [False, True, True],
            ["×", "="],
        )
        self._sum = QLabel()
        self._sum.setProperty("role", "title")
        self._sum.setWordWrap(True)
        before = tool_button("◀", tr("Previous picture"), lambda: self._step(-1))
        after = tool_button("▶", tr("Next picture"), lambda: self._step(1))
        bar = hbox(before, after, (self._sum, 1), margins=(12, 0, 12, 8))
        bar.insertSpacing(2, 12)
        self.fill((self._row, 1), bar)
        self.redraw_on(
            state.timeline.weights_changed, state.selection.sample_changed, state.training.restarted
        )

    def _step(self, by: int) -> None:
        self.state.selection.select(self.state.selection.sample + by)

    def refresh(self) -> None:
        """Draw the multiplication of the selected sample."""
        state = self.state
        weights = state.timeline.weights
        if weights is None:
            self._fallback.explain(tr("The weights appear as soon as training is ready."))
            return
        self._fallback.show_content()
        weight, bias = list(weights.layout.views(weights.theta).values())[-2:]
        image = state.training.chapter.task.encode(
            state.training.test.images[state.selection.sample : state.selection.sample + 1]
        )[0, 0]
        factors = weight.reshape(image.shape)
        product = image * factors
        total, shift = float(product.sum()), float(bias[0])
        score = total + shift
        true = state.training.test.classes[state.training.test.labels[state.selection.sample]]
        self._row.set_picture(0, image, tr("a “{true}”").format(true=true))
        self._row.set_picture(
            1, factors, tr("after mini-batch {step}").format(step=f"{weights.step:,}")
        )
        summed = format_number(total, signed=True, zeros=True)
        self._row.set_picture(2, product, tr("sum {total}").format(total=summed))
        guess = state.training.test.classes[int(score > 0)]
        self._sum.setText(
            tr("{total} {sign} {bias} (bias) = {score}: read as “{guess}”").format(
                total=format_number(total, zeros=True),
                sign="−" if shift < 0 else "+",
                bias=format_number(abs(shift), zeros=True),
                score=format_number(score, zeros=True),
                guess=guess,
            )
        )
        self.setAccessibleDescription(self._sum.text())
