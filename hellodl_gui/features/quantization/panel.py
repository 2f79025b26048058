"""Quantization panel (chapter 7): accuracy and size with weights in fewer bits."""

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QProgressBar

from core.chapters.capabilities import CLASSIFICATION, IMAGE
from core.errors import LabError
from core.formatting import format_size
from core.inspect.weights.quantization import QuantizationSettings, quantizable, quantize
from core.inspect.weights.quantization_eval import QuantizationResult
from core.translation import tr
from hellodl_gui.features.quantization.bins_plot import BinsPlot
from hellodl_gui.features.quantization.controls import QuantizationControls
from hellodl_gui.features.quantization.quantization_service import QuantizationService
from hellodl_gui.services.weights_export import save_squeezed
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.page_document import DOUBT
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import push_button, tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.dialogs.file_dialog import ask_save
from hellodl_gui.ui.layout.boxes import hbox, turn, vbox_widget
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.mosaic.mosaic import Caption
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_WIDE = 620  # pixels from which bins and letters stand side by side
_LOW = 420  # pixels of height up to which they do so too
_LEGIBLE = 26  # pixels of a glyph below which there is room for one letter


class QuantizationPanel(Panel):
    """Sliders, what they cost and save, the bins, and the glyphs of the page as they are read."""

    key, title = "quantise", "Quantise"
    needs = frozenset({CLASSIFICATION, IMAGE})
    help = "Store the weights with fewer bits and see when pictures are misread"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.service = QuantizationService(state)
        self._names: list[str] = []
        self._controls = QuantizationControls()
        self._controls.changed.connect(self._on_wanted)
        self._accuracy, self._size = QLabel("–"), QLabel("–")
        self._after, self._before, self._bins = ElidedLabel(), ElidedLabel(), ElidedLabel()
        for number in (self._accuracy, self._size):
            number.setProperty("role", "number")
        for label in (self._after, self._before, self._bins):
            label.setProperty("role", "quiet")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedSize(60, 6)
        self._cancel = tool_button(
            tr("Cancel"), tr("Stop reading the test set"), self.service.cancel
        )
        self._cancel.clicked.connect(self.mark_dirty)
        self._tensor = combo_box(
            tr("Layer"), tr("Layer whose bins are drawn"), activated=self._on_wanted, elided=True
        )
        for part in (self._cancel, self._tensor):
            part.setProperty("tight", True)
        self._plot = BinsPlot()
        self._plot.read.connect(self._on_hovered)
        self._gallery = ImageMosaic()
        self._gallery.one = tr("picture")
        self._gallery.setAccessibleName(tr("Classes and their predictions"))
        self._gallery.over.connect(self._on_letter)
        self._words = quiet(ElidedLabel())
        self._buttons = (
            push_button(
                tr("Save…"),
                tr("Save these weights as safetensors: 32-bit numbers with few distinct values"),
                self._save,
            ),
            push_button(
                tr("Open"),
                tr("Start a run from these weights, to test them fully or train on"),
                self._put,
            ),
        )
        self._arrange()
        self._connect(state)
        self._on_restart()

    def _connect(self, state: LabState) -> None:
        timeline = state.timeline
        self.redraw_on(timeline.weights_changed, state.training.status_changed, timeline.evaluated,
                       timeline.moment_changed, timeline.page_probe_changed)  # fmt: skip
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)
        themes().changed.connect(self._show)

    def _arrange(self) -> None:
        figures = hbox(
            self._accuracy, (self._after, 5), self._progress, self._cancel, self._size,
            (self._before, 3), spacing=6,
        )  # fmt: skip
        self._pictures = QBoxLayout(QBoxLayout.Direction.LeftToRight)  # asks for less height
        which = hbox(self._tensor, (self._bins, 1), spacing=6)
        self._pictures.addWidget(vbox_widget(which, (self._plot, 1), spacing=2), 1)
        self._pictures.addWidget(self._gallery, 1)
        foot = hbox((self._words, 1), *self._buttons)
        self.fill(
            self._controls, figures, (self._pictures, 1), foot, margins=(10, 6, 10, 8), spacing=4
        )

    # -- what is wanted -----------------------------------------------------------------------

    def _on_restart(self, *_: object) -> None:
        """Another run; another network has other layers."""
        self.service.forget()
        slots = quantizable(self.state.training.layout)
        names = [slot.name for slot in slots]
        if names != self._names:
            self._names = names
            largest = max(slots, key=lambda slot: slot.size, default=None)
            replace_items(self._tensor, names, slots.index(largest) if largest else -1)
            self._on_wanted()
        self.mark_dirty()

    @Slot()
    def _on_wanted(self, *_: object) -> None:
        how = self._controls.how
        self._tensor.setVisible(how.apart and len(self._names) > 1)
        tensor = self._tensor.currentText() if how.apart else None
        self.service.want(how, tensor, time.perf_counter())
        for button in self._buttons:
            button.setEnabled(not how.idle)
        self.mark_dirty()

    def _squeezed(self) -> NDArray[np.float32] | None:
        """The weights shown, squeezed as the sliders say; None where that cannot be."""
        weights = self.state.timeline.weights
        if weights is None:
            return None
        try:
            return quantize(weights.layout, weights.theta, self._controls.how).theta
        except LabError as error:
            self.state.messages.notify("warning", str(error))
            return None

    @Slot()
    def _put(self) -> None:
        theta = self._squeezed()
        if theta is not None:
            self.state.training.restart(theta)
            self._controls.relax()

    @Slot()
    def _save(self) -> None:
        path = ask_save(
            self,
            tr("Save quantised weights"),
            "weights",
            f"{self.state.training.chapter.key}-{_slug(self._controls.how)}.safetensors",
            "safetensors (*.safetensors)",
        )
        theta = self._squeezed() if path is not None else None
        if path is not None and theta is not None:
            save_squeezed(self.state, path, theta, self._controls.how)

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask on, and draw if something was answered."""
        if not self._names:
            self._fallback.explain(tr("This network has no layer that can be quantised."))
            return
        if self.service.poll(time.perf_counter()):
            self._show()
        if self.service.pending:
            self.mark_dirty()

    def _show(self, *_: object) -> None:
        found, plain = self.service.found, self.service.plain
        if found is None or plain is None:
            self._fallback.explain(tr("Quantised weights appear as soon as training is ready."))
            return
        self._fallback.show_content()
        self._plot.set_picture(found.picture)
        self._bins.say(self._bins_words(found))
        self._plot.setAccessibleDescription(self._bins.text())
        self._show_figures(found, plain)
        self._show_letters(found, plain)
        self._on_letter(-1)

    def _bins_words(self, found: QuantizationResult) -> str:
        picture = found.picture
        if picture is None or not picture.bins:
            return tr("weights as they are")
        count = f"{picture.bins:,}"
        if not len(picture.values):
            return tr("{count} bins, too narrow to be drawn").format(count=count)
        return tr("{count} bins").format(count=count)

    def _show_figures(self, found: QuantizationResult, plain: QuantizationResult) -> None:
        whole = self.service.whole
        counting = self.service.counting
        total, count, before = found.total, found.count, plain.mean
        compared = plain.count
        if whole is not None and not counting:
            total, count = whole
            if self.service.whole_plain is not None:
                before, compared = self.service.whole_plain, count
        metric = found.metric
        self._accuracy.setText(metric.text(total / max(count, 1)))
        said = {"count": f"{count:,}", "before": metric.text(before), "compared": f"{compared:,}"}
        text = tr("of {count}, was {before}")
        if compared != count:
            text = tr("of {count}, was {before} of {compared}")
        self._after.say(text.format(**said))
        tip = tr("{name} on {count} test samples; as trained {before} on {compared}")
        self._after.setToolTip(tip.format(name=tr(metric.label), **said))
        self._progress.setVisible(counting)
        self._cancel.setVisible(counting)
        if whole is not None:
            self._progress.setRange(0, self.service.total)
            self._progress.setValue(whole[1])
        self._size.setText(format_size(found.size))
        self._size.setToolTip(
            tr(
                "Total size: {bits} bits for each of the {kept} weights kept, one bit "
                "per weight for the pruning mask if any are pruned, the codebooks, and "
                "32 bits for each bias and normalisation parameter"
            ).format(bits=self.service.found_for.bits, kept=f"{found.kept:,}")
        )
        self._before.say(tr("was {full}").format(full=format_size(found.full)))

    def _show_letters(self, found: QuantizationResult, plain: QuantizationResult) -> None:
        """Each glyph with its letter; where that is another than as trained, both."""
        images = self.service.images
        if found.page is None or plain.page is None or len(found.page) != len(images):
            self._gallery.set_pictures(images[:0], [])
            return
        theme, classes = themes().theme, self.state.training.test.classes
        before, after = plain.page.argmax(axis=1), found.page.argmax(axis=1)
        sure = found.page.max(axis=1)
        labels = self.service.labels
        wrong = before != after if labels is None else labels != after
        narrow = self._gallery.tile_rect(0).width() < _LEGIBLE
        captions: list[Caption] = []
        for was, now, p, bad in zip(before, after, sure, wrong, strict=True):
            name = classes[now] if was == now or narrow else f"{classes[was]}→{classes[now]}"
            colour = theme.bad if bad else theme.doubt if p < DOUBT else theme.text
            captions.append((name, QColor(colour)))
        self._gallery.set_pictures(images, captions)

    def _show_again(self) -> None:
        """Tiles have another size now, and room for other captions."""
        found, plain = self.service.found, self.service.plain
        if found is not None and plain is not None:
            self._show_letters(found, plain)

    def _on_letter(self, number: int) -> None:
        """How sure it is of one glyph, or how many have changed."""
        found, plain = self.service.found, self.service.plain
        if found is None or plain is None or found.page is None or plain.page is None:
            self._words.say("")
            return
        classes = self.state.training.test.classes
        if 0 <= number < len(found.page):
            was, now = plain.page[number], found.page[number]
            text = tr("“{a}” with {p}; as trained “{b}” with {q}").format(
                a=classes[now.argmax()], p=f"{now.max():.0%}",
                b=classes[was.argmax()], q=f"{was.max():.0%}",
            )  # fmt: skip
        else:
            same = int(np.count_nonzero(plain.page.argmax(axis=1) == found.page.argmax(axis=1)))
            watched = self.state.timeline.page_probe
            where = (
                tr("test pictures") if self.service.labels is not None or watched is None
                else watched.key
            )  # fmt: skip
            text = tr("{where}: {same} of {count} read as before").format(
                where=where, same=same, count=len(found.page)
            )
        self._words.say(text)
        self._gallery.setAccessibleDescription(text)

    def _on_hovered(self, text: str) -> None:
        if text:
            self._words.say(text)
        else:
            self._on_letter(-1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where there is room."""
        super().resizeEvent(event)
        beside = self.width() >= _WIDE or self.height() <= _LOW
        turn(self._pictures, beside)
        self._show_again()

    def numbers(self) -> NumberTable | None:
        """The bars of the histogram."""
        found = self.service.found
        if found is None or found.picture is None:
            return None
        counts, (low, high) = found.picture.counts, found.picture.ends
        edges = np.linspace(low, high, len(counts) + 1)
        return NumberTable(("weight from", "weight to", "weights"), [edges[:-1], edges[1:], counts])


def _slug(how: QuantizationSettings) -> str:
    pruned = f"-{how.pruned * 100:.0f}-pruned" if how.pruned else ""
    return f"{how.bits}-bit{pruned}"
