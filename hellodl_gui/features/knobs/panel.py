"""Knobs panel: the hyperparameters of the chapter."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from core.errors import KnobError
from core.knobs import Knob
from core.translation import tr, tr_count
from hellodl_gui.features.knobs.compute_control import ComputeControl
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.throughput import speeds
from hellodl_gui.theming.render_mode import CONTENT
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.collapsible import Collapsible
from hellodl_gui.ui.controls.knob_control import KnobControl
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.panel import Panel

_SCROLL_BAR = 14


class KnobsPanel(Panel):
    """Live knobs above, those that act on the next start below, and with what to compute.

    Advanced knobs are folded away; the fold says how many of them are not at their default.
    """

    key, title = "knobs", "Settings"
    min_interval = 1.0  # speeds that flicker say nothing

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.setProperty(CONTENT, True)  # these controls are what it shows
        self._controls: dict[str, KnobControl] = {}
        self._fold: Collapsible | None = None
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName(tr("All settings"))
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._defaults = push_button(
            tr("All defaults"), tr("Reset every setting to its default"), self._on_defaults
        )
        self._compute = ComputeControl(state.training.computing)
        self._compute.chosen.connect(state.training.compute_with)
        foot = hbox(self._defaults, margins=(0, 0, 8, 0))  # as far as the sliders
        vbox((self._scroll, 1), self._compute, foot, margins=(12, 4, 6, 8), on=self)
        state.training.chapter_changed.connect(self._build)
        state.training.knob_turned.connect(self._on_turned)
        state.training.knobs_replaced.connect(self._on_replaced)
        state.training.restarted.connect(self._on_restart)
        state.training.computing_changed.connect(self._compute.set_computing)
        self.redraw_on(state.timeline.steps_added, state.timeline.compute_changed)
        self._build()

    def sizeHint(self) -> QSize:
        """A column of sliders."""
        return QSize(260, 500)

    def refresh(self) -> None:
        """The speeds that were measured lately."""
        self._compute.show_speeds(
            speeds(self.state.timeline.steps, self.state.timeline.compute_changes)
        )

    def _build(self, *_: object) -> None:
        knobs = self.state.training.knobs.knobs.values()
        was_open = self._fold is not None and self._fold.is_open
        content = QWidget()
        column = vbox(margins=(0, 0, 8, 0), spacing=8, on=content)
        self._controls = {}
        self._add(column, [knob for knob in knobs if not knob.advanced])
        self._fold = None
        if folded := [knob for knob in knobs if knob.advanced]:
            more = QWidget()
            self._add(vbox(spacing=8, on=more), folded)
            self._fold = Collapsible(tr("More settings"), more)
            self._fold.set_open(True)
            column.addWidget(self._fold)
            self._count_changed()
        self._restart = push_button(
            tr("Restart with these settings"),
            tr("Start a new run so that every setting takes effect"),
            lambda: self.state.training.restart(),
        )
        self._restart.hide()
        column.addWidget(self._restart)
        column.addStretch(1)
        self._scroll.setWidget(content)
        self._scroll.setMinimumWidth(content.minimumSizeHint().width() + _SCROLL_BAR)
        if self._fold is not None:
            self._fold.set_open(was_open)  # once the width is known, which must not jump later

    def _add(self, column: QVBoxLayout, knobs: list[Knob]) -> None:
        for heading, live in (
            (tr("Take effect immediately"), True),
            (tr("Take effect after Reset"), False),
        ):
            chosen = [knob for knob in knobs if knob.live is live]
            if not chosen:
                continue
            column.addWidget(quiet(QLabel(heading)))
            for knob in chosen:
                control = KnobControl(knob, self.state.training.knobs[knob.key])
                control.turned.connect(self._on_control)
                column.addWidget(control)
                self._controls[knob.key] = control

    def _count_changed(self) -> None:
        if self._fold is None:
            return
        now = self.state.training.knobs
        changed = sum(k.advanced and now[k.key] != k.default for k in now.knobs.values())
        self._fold.set_note(tr_count("{n} changed", "{n} changed", changed) if changed else "")

    @Slot(str, float)
    def _on_control(self, key: str, value: float) -> None:
        try:
            self.state.training.turn(key, value)
        except KnobError as error:
            self.state.messages.notify("error", str(error))
            return
        self._count_changed()
        if not self.state.training.knobs.knobs[key].live:
            self._restart.show()

    def _on_turned(self, key: str, value: float) -> None:
        self._controls[key].set_value(value)
        self._count_changed()

    def _on_replaced(self, *_: object) -> None:
        for key, control in self._controls.items():
            control.set_value(self.state.training.knobs[key])
        self._count_changed()

    def _on_restart(self) -> None:
        self._restart.hide()
        self.mark_dirty()

    def _on_defaults(self) -> None:
        self.state.training.set_knobs(dict(self.state.training.chapter.defaults()))
