"""Augmentation panel (chapter 7): images and their augmented versions, live with the knobs."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QScrollArea, QStackedWidget, QWidget

from core.chapters.capabilities import IMAGE
from core.chapters.shared.augmentation_knobs import AUGMENT_KNOBS, augment_images
from core.data.encodings import Normalize
from core.errors import KnobError
from core.formatting import format_fixed
from core.inspect.data.class_gallery import class_members
from core.inspect.data.pixel_histograms import NormalizationHistograms, normalization_histograms
from core.knobs import Knobs
from core.translation import tr
from hellodl_gui.features.augmentation.pixel_histogram import PixelHistogramView
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import chosen_class, combo_box, offer_classes
from hellodl_gui.ui.controls.inputs import TabBar
from hellodl_gui.ui.controls.knob_control import KnobControl
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.layout.boxes import hbox, turn
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.mosaic.mosaic import Caption
from hellodl_gui.ui.panel import Panel

_SHOWN = 8
_MOST = 5_000
_WIDE = 620  # pixels from which the knobs stand beside the pictures
_ROOMY = 460  # pixels from which they stand in two columns below them
_FLAT = 2.6  # wider than so many heights: all pictures in one row


class AugmentationPanel(Panel):
    """Eight pictures as they are and as they are redrawn; and what normalising does to pixels.

    Where the chapter learns from redrawn pictures the sliders are its own knobs.
    """

    key, title = "augmentation", "Augmentation"
    needs = frozenset({IMAGE})
    help = "Top: original pictures. Bottom: as the network may see them."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._knobs = Knobs(AUGMENT_KNOBS)
        self._own = False
        self._seed = self._others = 0
        self._numbers: NDArray[np.intp] = np.arange(0)
        self._levels: NormalizationHistograms | None = None
        self._controls: dict[str, KnobControl] = {}
        self._tabs = TabBar()
        self._placed = False, 0
        self._tabs.addTab(tr("Redrawn"))
        self._tabs.addTab(tr("Normalised"))
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(False)
        self._tabs.currentChanged.connect(self._on_tab)
        self._class = combo_box(
            tr("Class"), tr("Class of the pictures shown"), activated=self._choose_pictures
        )
        self._tools = (
            self._class,
            tool_button("↻", tr("Augment the same pictures again"), self._on_again),
            tool_button("▶", tr("Other pictures"), self._on_others),
        )
        bar = hbox(self._tabs, 1, *self._tools, margins=(4, 2, 10, 0), spacing=6)
        self._mosaic = ImageMosaic()
        self._bars = PixelHistogramView()
        self._words = sentence(margin=12)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_redrawn())
        self._stack.addWidget(self._bars)
        self.fill(bar, (self._stack, 1), self._words, margins=(0, 0, 0, 6), spacing=2)
        state.training.chapter_changed.connect(self._on_chapter)
        state.training.knob_turned.connect(self._on_turned)
        state.training.knobs_replaced.connect(self._on_replaced)
        self._on_chapter()
        self.each_run(self._on_restart)

    def _make_redrawn(self) -> QWidget:
        page = QWidget()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName(tr("Augmentation settings"))
        self._split = QBoxLayout(QBoxLayout.Direction.TopToBottom, page)
        self._split.setContentsMargins(0, 0, 0, 0)
        self._split.setSpacing(0)
        self._split.addWidget(self._mosaic, 1)
        self._split.addWidget(self._scroll, 1)
        return page

    # -- knobs --------------------------------------------------------------------------------

    def _on_chapter(self, *_: object) -> None:
        """Its knobs, or ours where it has none."""
        mine = {knob.key for knob in AUGMENT_KNOBS}
        declared = self.state.training.knobs.knobs
        self._own = self.state.training.chapter.task.augment is not None and mine <= declared.keys()
        self._controls = {}
        for knob in AUGMENT_KNOBS:
            shown = declared[knob.key] if self._own else knob
            value = self.state.training.knobs[knob.key] if self._own else self._knobs[knob.key]
            control = KnobControl(shown, value)
            control.turned.connect(self._on_control)
            if not self._own:
                control.setToolTip(tr(knob.help))
            self._controls[knob.key] = control
        self._place_controls()

    def _place_controls(self) -> None:
        """One column beside the pictures, or one or two below them."""
        wide = self.width() >= _WIDE
        across = self._columns()
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(12, 4, 12, 4)
        grid.setHorizontalSpacing(18)
        for place, control in enumerate(self._controls.values()):
            grid.addWidget(control, place // across, place % across)
        for column in range(across):
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(len(self._controls), 1)
        self._scroll.setWidget(content)
        turn(self._split, wide)
        self._split.setStretch(0, 3 if wide else 1)
        self._split.setStretch(1, 2 if wide else 1)
        self._placed = wide, across

    def _columns(self) -> int:
        return 2 if _ROOMY <= self.width() < _WIDE else 1

    @Slot(str, float)
    def _on_control(self, key: str, value: float) -> None:
        if not self._own:
            self._knobs = self._knobs.with_values(**{key: value})
            self.mark_dirty()
            return
        try:
            self.state.training.turn(key, value)
        except KnobError as error:
            self.state.messages.notify("error", str(error))

    def _on_turned(self, key: str, value: float) -> None:
        if self._own and key in self._controls:
            self._controls[key].set_value(value)
            self.mark_dirty()

    def _on_replaced(self, *_: object) -> None:
        if self._own:
            for key, control in self._controls.items():
                control.set_value(self.state.training.knobs[key])
            self.mark_dirty()

    # -- pictures -----------------------------------------------------------------------------

    def _on_restart(self) -> None:
        """Other data may have other classes."""
        classes = self.state.training.data.train.classes
        offer_classes(self._class, classes)
        self._levels = None
        self._choose_pictures()

    def _choose_pictures(self, *_: object) -> None:
        data = self.state.training.data.train
        if data.classes:
            found = class_members(data.labels, chosen_class(self._class), _MOST)
        else:
            found = np.arange(min(len(data), _MOST))
        count = min(_SHOWN, len(found))
        self._numbers = np.random.default_rng(self._others).choice(found, count, replace=False)
        self.mark_dirty()

    @Slot()
    def _on_again(self) -> None:
        self._seed += 1
        self.mark_dirty()

    @Slot()
    def _on_others(self) -> None:
        self._others += 1
        self._choose_pictures()

    def _on_tab(self, tab: int) -> None:
        self._stack.setCurrentIndex(tab)
        for part in self._tools:
            part.setVisible(tab == 0)
        self.mark_dirty()

    def refresh(self) -> None:
        """Redraw the pictures, always by the same chance until “Again”."""
        data = self.state.training.data.train
        if not len(data):
            self._fallback.explain(tr("There are no training pictures."))
            return
        self._fallback.show_content()
        if self._stack.currentIndex() == 1:
            self._draw_levels()
        else:
            self._draw_pictures()

    def _draw_pictures(self) -> None:
        data = self.state.training.data.train
        images = data.images[self._numbers]
        changed = self._redrawn(images)
        count = len(images)
        rows = 1 if self._mosaic.width() > _FLAT * self._mosaic.height() else 2
        columns = -(-count // rows)
        pictures: list[NDArray[np.uint8]] = []
        captions: list[Caption] = []
        for first in range(0, count, columns):
            part = slice(first, first + columns)
            pictures += [images[part], changed[part]]
            numbers = self._numbers[part]
            names = [data.classes[label] for label in data.labels[numbers]] if data.classes else []
            captions += [(name, None) for name in names or [""] * len(numbers)]
            captions += [("", None)] * len(numbers)
        if count % columns:
            columns = count  # too few to stand in even rows
        self._mosaic.set_pictures(np.concatenate(pictures), captions, columns)
        self._words.setText(
            tr("Each picture and, below it, an augmented copy. In every epoch the network "
                "sees a different one.")
            if self._own
            else tr("This chapter trains on the original pictures. The sliders show what "
                "augmentation would do.")
        )  # fmt: skip

    def _redrawn(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pictures (N, H, W) or (N, C, H, W) redrawn, every channel by the same chance."""
        if images.ndim == 4:
            channels = [self._redrawn(images[:, channel]) for channel in range(images.shape[1])]
            return np.stack(channels, axis=1)
        chance, augment = (
            np.random.default_rng(self._seed),
            self.state.training.chapter.task.augment,
        )
        if self._own and augment is not None:
            return augment(images, chance, self.state.training.knobs)
        return augment_images(images, chance, self._knobs)

    def _draw_levels(self) -> None:
        if self._levels is None:
            images = self.state.training.data.train.images
            encoding = self.state.training.chapter.task.encoding
            assert isinstance(encoding, Normalize)
            self._levels = normalization_histograms(images, encoding)
        found = self._levels
        before, after = (
            words.format(mean=_number(levels.mean), std=_number(levels.std))
            for words, levels in (
                (tr("before: mean {mean}, std {std}"), found.before),
                (tr("after: mean {mean}, std {std}"), found.after),
            )
        )
        self._bars.set_levels([(before, found.before), (after, found.after)])
        numbers = {"mean": _number(found.pixels.mean), "std": _number(found.pixels.std)}
        words = (
            tr("Each pixel, from 0 (paper) to 1 (ink), minus {mean}, divided by {std}.")
            if found.own
            else tr("This chapter uses the pixels unchanged. After: minus the mean {mean}, "
                "divided by the standard deviation {std}.")
        )  # fmt: skip
        scale = tr("Logarithmic height: most pixels are paper.")
        self._words.setText(f"{words.format(**numbers)} {scale}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is room, knobs stand beside the pictures."""
        super().resizeEvent(event)
        if self._placed != (self.width() >= _WIDE, self._columns()):
            self._place_controls()
        self.mark_dirty()


def _number(value: float) -> str:
    return format_fixed(value, 3)
