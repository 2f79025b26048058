"""Recorded run: all that the window needs to open a run from its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.errors import RecordError
from core.knobs import Knobs
from core.record.lineage import Lineage
from core.record.models import KnobChange, RunInfo
from core.share.lab import network_layout
from core.training.task import Split
from hellodl_gui.state.timeline import Column, ComparisonCurve


@dataclass(frozen=True)
class RecordedRun:
    """A run, read from its record.

    `steps` are columns (N,) of every mini-batch, `validations` (E,) of every look at the test set,
    by name; `theta` (P,) the weights at `last`, exactly where the state was kept there.
    """

    path: Path
    chapter: Chapter
    knobs: Knobs
    about: RunInfo
    steps: Mapping[str, Column]
    validations: Mapping[str, Column]
    marks: tuple[KnobChange, ...]
    theta: NDArray[np.float32]
    last: int
    samples: int

    def demand_fit(self, data: Split) -> None:
        """Raises RecordError when the run was tested on other data than these."""
        test, about = data.test, self.about
        alike = about.classes == test.classes and about.spec.kind in ("", test.spec.kind)
        if not alike or (about.sample >= len(test)).any():
            raise RecordError(
                f"{self.path.name} was tested on different data than its chapter has here. "
                "Load that data in the Data panel."
            )


def read_run(path: Path) -> RecordedRun:
    """Read a record and its ancestors. Raises LabError, RecordError for files of others."""
    with Lineage(path) as film:
        about = film.own.about
        found = chapter(about.chapter)
        knobs = found.defaults()
        values = film.knobs_at(film.last_step)
        if set(values) != set(knobs):
            raise RecordError(
                f"{path.name} was recorded when the chapter “{found.title}” had different "
                "settings. It can no longer be shown."
            )
        then = knobs.with_values(**values)
        if about.layout != network_layout(about.chapter, then):  # before anything is unpacked by it
            raise RecordError(f"{path.name} was recorded with a different network.")
        curves = film.curves()
        return RecordedRun(
            path=path,
            chapter=found,
            knobs=then,
            about=about,
            steps=curves,
            validations=film.evaluations(),
            marks=tuple(
                KnobChange(change.step, change.key, knobs.knobs[change.key].coerce(change.value))
                for change in film.knob_changes()
                if change.key in knobs
            ),
            theta=_last_weights(film),
            last=film.last_step,
            samples=int(curves["samples"][-1]) if len(curves["samples"]) else 0,
        )


def _last_weights(film: Lineage) -> NDArray[np.float32]:
    """θ (P,) at the end: exactly where its state was kept, else through half precision."""
    last = film.last_step
    if last in film.checkpoints:
        theta = film.file(last).checkpoint(last).get("theta")
        if isinstance(theta, np.ndarray) and theta.dtype == np.float32 and theta.ndim == 1:
            return theta
    return film.seek(last).theta


def comparison_curve(
    name: str, colour: int, steps: Mapping[str, Column], tested: Mapping[str, Column]
) -> ComparisonCurve:
    """The curves of a run for comparison, from columns by name."""
    trained, validated = (
        {key: column.copy() for key, column in columns.items()} for columns in (steps, tested)
    )
    return ComparisonCurve(name, colour, trained["step"], trained, validated["step"], validated)
