"""LabState: the five models that panels render, and what changes several of them at once."""

from collections.abc import Mapping, Sequence

from psygnal import Signal

from core.chapters.chapter import Chapter
from core.nn.arena import ArenaLayout
from core.record.models import KnobChange
from core.runtime import protocol
from core.training.reports import ClassificationReport
from core.training.task import Split
from hellodl_gui.state.messages import Messages
from hellodl_gui.state.probes import Probes
from hellodl_gui.state.selection import Selection
from hellodl_gui.state.timeline import BEFORE, Column, Timeline
from hellodl_gui.state.training import Training


class LabState:
    """Attributes: `training`, `timeline`, `selection`, `messages`, `probes`.

    Signals: `command_sent(Command)`; `panel_requested(str)`, its key.
    """

    command_sent = Signal(object)
    panel_requested = Signal(str)

    def __init__(self, chapter: Chapter, data: Split, layout: ArenaLayout) -> None:
        self.messages = Messages()
        self.timeline = Timeline(chapter.task.measured_by(data.test))
        self.training = Training(chapter, data, layout, self.timeline, self.messages, self.send)
        self.probes = Probes(self.training, self.timeline, self.send)
        self.selection = Selection(self.training, self.probes)
        self.timeline.predictions_outdated.connect(self.selection.update_prediction)

    @property
    def classification(self) -> ClassificationReport | None:
        """What the last look at the test set says of classes; None before it, or without them."""
        seen = self.timeline.evaluation
        return None if seen is None else seen.classification

    def send(self, command: protocol.Command) -> None:
        """Hand a command to its handler: the runner, or the choice of the run."""
        self.command_sent.emit(command)

    def show_panel(self, key: str) -> None:
        """Bring a panel to the front."""
        self.panel_requested.emit(key)

    def open_chapter(self, chapter: Chapter, data: Split, layout: ArenaLayout) -> None:
        """Open another chapter."""
        self.training.set_chapter(chapter, data, layout)
        self.selection.reset()
        self.timeline.clear(chapter.task.measured_by(data.test))
        self.training.chapter_changed.emit(chapter)
        self.timeline.set_comparison_curves({})

    def begin_run(self, run_id: int, data: Split, layout: ArenaLayout) -> None:
        """Begin a run with empty curves."""
        self.refuse_all()
        training, curves = self.training, self.timeline.comparison_curves
        training.run_id, training.data, training.layout = run_id, data, layout
        self.selection.reload()
        self.timeline.clear(training.metrics)
        training.restarted.emit()
        if BEFORE in curves:
            kept = {name: curve for name, curve in curves.items() if name != BEFORE}
            self.timeline.set_comparison_curves(kept)

    def begin_fork(
        self, run_id: int, step: int, steps: Mapping[str, Column],
        validations: Mapping[str, Column], marks: Sequence[KnobChange],
    ) -> None:  # fmt: skip
        """Begin a run after mini-batch `step` of another, whose curves it keeps until there."""
        self.refuse_all()
        self.training.run_id = run_id
        self.timeline.keep_until(step, self.training.metrics, steps, validations, marks)
        self.training.restarted.emit()

    def refuse_all(self) -> bool:
        """The run has ended: it answers nothing any more. Whether a lesson ended with it."""
        self.probes.refuse_all()
        return self.training.refuse_lesson()
