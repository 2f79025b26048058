"""Timeline bar of the open run: shows the film's state and requests moments."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QAction

from core.record.models import KnobChange, RunEvent
from core.runtime.protocol import Play
from core.translation import tr
from hellodl_gui.features.timeline.film_controls import FilmControls, LiveEdge
from hellodl_gui.features.timeline.film_player import FilmPlayer
from hellodl_gui.features.timeline.timeline import TimelineSlider
from hellodl_gui.features.timeline.timeline_marks import TimelineMark
from hellodl_gui.features.timeline.timeline_picture import TimelineContent, TimelineCurves
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_data import value_text
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.panel import Panel

_REDRAW_EVERY = 0.2  # seconds between pictures of a growing run


class TimelineBar(Panel):
    """Lies above the transport bar. It belongs to the window, so it has no dock.

    Takes the actions “film”, “live” and “fork”, and enables them when they make sense.

    Attributes: `timeline`, `player`.
    """

    key, title = "timeline", "Timeline"
    help = (
        "<b>Timeline</b><br>Every mini-batch of this run. Click or drag to see "
        "the network as it was then: everything in the window follows. The wheel "
        "zooms, Shift and wheel or the middle button pan, a double click shows "
        "all. Keys: arrows go from snapshot to snapshot, Page Up and Page Down "
        "from mark to mark, Home and End to the ends, P plays.<br><br>The curves "
        "show the loss on a logarithmic scale: blue for training, orange for the "
        "test set. Below, a short line for every snapshot of the weights, and a "
        "longer one where a fork starts without delay. Above: │ end of an epoch, "
        "◆ setting changed, ★ lowest test loss, ⚑ finished, ⑂ forked from "
        "another run, ■ lesson, □ lesson undone, ○ compute settings changed, ✕ "
        "training failed."
    )

    def __init__(self, state: LabState, actions: Mapping[str, QAction]) -> None:
        super().__init__(state)
        self.setObjectName("timeline")
        self._film, self._live, self._fork = (actions[key] for key in ("film", "live", "fork"))
        self.timeline = TimelineSlider()
        self.player = FilmPlayer(self.timeline.axis)
        self.player.setParent(self)
        self._controls = FilmControls(self._film)
        self._edge = LiveEdge(self._fork)
        parts = self._controls, (self.timeline, 1), self._edge
        hbox(*parts, margins=(12, 2, 12, 0), spacing=8, on=self)
        self._next_picture = 0.0
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        state, run, player = self.state, self.state.timeline, self.player
        self.timeline.seek_wanted.connect(run.seek)
        self.timeline.play_wanted.connect(player.toggle)
        player.moved.connect(run.seek)
        state.command_sent.connect(self._on_command)
        player.changed.connect(self._show_playing)
        self._controls.pace_chosen.connect(partial(setattr, player, "pace"))
        self._controls.loop_chosen.connect(partial(setattr, player, "loop"))
        self._controls.logarithm_chosen.connect(self.timeline.set_logarithmic)
        self._edge.live_wanted.connect(self.to_live)
        state.training.restarted.connect(self._on_restart)
        self.redraw_on(run.steps_added, run.knob_marked, state.training.status_changed)
        run.record_grew.connect(self._on_grown)
        run.moment_changed.connect(self._on_moment)
        run.replay_progressed.connect(self._on_moment)
        themes().changed.connect(self._show_playing)
        self._show_playing()

    # -- what the actions do ------------------------------------------------------------------

    def play(self) -> None:
        """Play the film, or pause it."""
        self.player.toggle()

    def to_live(self) -> None:
        """Look at what happens now."""
        self.player.stop()
        self.state.timeline.seek(None)

    def fork(self) -> None:
        """A new run from the moment that is shown."""
        if self.state.timeline.moment is not None:
            self.player.stop()
            self.state.training.fork(self.state.timeline.moment)

    def close_down(self) -> None:
        """Stop the film; called on exit."""
        self.player.stop()

    # -- what happens -------------------------------------------------------------------------

    def _on_command(self, command: object) -> None:
        if isinstance(command, Play):
            self.player.stop()

    def refresh(self) -> None:
        """Draw what has changed: a growing run five times a second, everything else at once."""
        self._show_edge()
        now = time.perf_counter()
        if now < self._next_picture:
            self.dirty = True
            return
        self._next_picture = now + _REDRAW_EVERY
        run = self.state.timeline
        steps, tested = run.steps, run.validations
        curves = TimelineCurves(
            steps=steps.column("step"),
            epoch=steps.column("epoch"),
            loss=steps.column("loss"),
            tested=tested.column("step"),
            tested_loss=tested.column("loss"),
            metrics=tuple(plot[0] for plot in run.metrics.plots),
            values=steps.by_name(),
            tested_values=tested.by_name(),
        )
        moments = np.unique(run.moments)
        self.timeline.set_content(TimelineContent(curves, moments, run.checkpoints, self._marks()))
        self.player.set_run(moments, curves.steps, steps.column("seconds"))
        self._film.setEnabled(len(moments) > 1)
        self.timeline.explain(self._reason())

    def _reason(self) -> str:
        """Why there is no timeline; empty where there is one."""
        if self.state.timeline.path is not None:
            return ""
        if not len(self.state.timeline.steps):
            return tr("Press Play (Space) to start training.")
        return tr("This run is not recorded, so it cannot be rewound. Reset starts a new one.")

    def _marks(self) -> list[TimelineMark]:
        """What happened, in order."""
        events = self.state.timeline.events
        best = max((event.step for event in events if event.kind == "best"), default=-1)
        # A run that begins says what it is computed with: no change, so no mark.
        begins = {event.step for event in events if event.kind == "begin"}
        events = tuple(e for e in events if e.kind != "computing" or e.step not in begins)
        marks = [mark for event in events if (mark := self._mark(event, best)) is not None]
        marks += [self._knob_mark(mark) for mark in self.state.timeline.marks]
        return sorted(marks, key=lambda mark: mark.step)

    def _knob_mark(self, mark: KnobChange) -> TimelineMark:
        knob = self.state.training.knobs.knobs[mark.key]
        return TimelineMark(mark.step, "knob", f"{tr(knob.label)} {knob.text(mark.value)}")

    def _mark(self, event: RunEvent, best: int) -> TimelineMark | None:
        """An event in words; None for what needs no mark."""
        text = event.text
        words = {
            "epoch": tr("End of epoch {text}"),
            "best": tr("Lowest loss on the test set: {text}"),
            "finished": tr("Finished"),
            "lesson": tr("Learned from corrections"),
            "unlearnt": tr("Corrections undone"),
            "failed": "{text}",
        }
        if event.kind == "begin" and event.step > 0:
            return TimelineMark(event.step, "fork", tr("Forked from here"))
        if event.kind == "computing" and event.step > 0:
            return TimelineMark(event.step, "computing", self._computing(event.text))
        if event.kind == "best":
            with suppress(ValueError):
                text = value_text(float(text), percent=False)
        if event.kind not in words or (event.kind == "best" and event.step != best):
            return None
        return TimelineMark(event.step, event.kind, words[event.kind].format(text=text))

    def _computing(self, card: str) -> str:
        try:
            found = json.loads(card)
            engine, threads = found["engine"], int(found["threads"])
        except (ValueError, TypeError, KeyError):
            return tr("Compute settings changed")
        if engine == "reference":
            return tr("Computed with readable numpy")
        return tr("Computed with compiled code on {n} core(s)").format(n=threads)

    def _on_restart(self) -> None:
        self.player.stop()
        self.timeline.forget()
        self._on_grown()

    def _on_grown(self) -> None:
        """The record tells of more: at once for a run that has just been opened."""
        if len(self.timeline.content.moments) < 2:
            self._next_picture = 0.0
        self.mark_dirty()

    def _on_moment(self) -> None:
        """Another moment is shown, or a fork is a little further on its way."""
        run = self.state.timeline
        self.timeline.set_moment(run.moment)
        self.player.set_moment(run.moment)
        self.timeline.set_relived(run.replay_progress)
        self._edge.show_reliving(run.replay_progress)
        self._show_edge()

    def _show_edge(self) -> None:
        run = self.state.timeline
        past = run.moment is not None
        training = self.state.training.status is Status.PLAYING
        self._edge.show_edge(run.moment, max(run.step, run.moment or 0), training)
        self._edge.offer(past and run.replay_progress is None)
        self._live.setEnabled(past)
        self._fork.setEnabled(past and run.replay_progress is None)

    @Slot()
    def _show_playing(self) -> None:
        playing = self.player.playing
        self._film.setText(tr("Pause the film") if playing else tr("Play the film"))
        self._film.setIcon(icon("pause" if playing else "film", themes().theme.text))
