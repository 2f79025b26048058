"""A run with all that it branched off from, read as one film."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import RecordError
from core.record.models import KnobChange, RunEvent, Snapshot
from core.record.reader import RunFile
from core.training.metrics import Evaluation

_MOST_PARENTS = 64

Steps = NDArray[np.int64]
Columns = dict[str, NDArray[np.float64]]


class Lineage(contextlib.AbstractContextManager["Lineage"]):
    """The files of a run and of its ancestors, opened read-only, the run's own first.

    A fork holds nothing of what was before it; its parent does, in the file beside it. Where that
    is gone, the film begins with the fork. `until` cuts the film off after that step, as for a
    fork that has not trained a mini-batch of its own yet. It belongs to the thread that opened it.

    Raises RecordError, at once or later, when the run's own file is damaged or none of ours.
    """

    def __init__(self, path: Path, until: int | None = None) -> None:
        self.path = path
        self._until = until
        self._files = [RunFile(path)]
        self._open_ancestors()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()

    def refresh(self) -> bool:
        """Take in what the run wrote since; True if anything was."""
        return self._files[0].refresh()

    @property
    def own(self) -> RunFile:
        """The file of the run itself."""
        return self._files[0]

    @property
    def parts(self) -> list[tuple[RunFile, float]]:
        """All files, the oldest first, and after which step each has nothing more to tell."""
        return [(file, self._end(file)) for file in reversed(self._files)]

    @property
    def first_step(self) -> int:
        """Before this mini-batch nothing is known."""
        return self._files[-1].about.first_step

    @property
    def last_step(self) -> int:
        """The newest mini-batch."""
        newest = self.own.last_step
        return newest if self._until is None else min(newest, self._until)

    @property
    def moments(self) -> Steps:
        """The steps whose weights were kept (N,), ascending."""
        return np.concatenate([self._part(file, file.moments) for file in reversed(self._files)])

    @property
    def checkpoints(self) -> Steps:
        """The steps from which a fork begins without training anything again (K,), ascending."""
        parts = [self._part(file, file.checkpoints) for file in reversed(self._files)]
        return np.unique(np.concatenate(parts))

    def file(self, step: int) -> RunFile:
        """The file that knows how things were after a step."""
        return next((f for f in self._files if f.about.first_step <= step), self._files[-1])

    def seek(self, step: int) -> Snapshot:
        """The snapshot nearest to a step. Raises RecordError where there is none."""
        moments = self.moments
        if not len(moments):
            return self.own.seek(step)  # which says so
        nearest = int(moments[np.abs(moments - step).argmin()])
        return self.file(nearest).seek(nearest)

    def evaluation(self, step: int) -> Evaluation | None:
        """The last look at the test set at or before a step; None before the first."""
        for file in self._files:
            if file.about.first_step <= step and (look := file.evaluation(step)) is not None:
                return look
        return None

    def knobs_at(self, step: int) -> dict[str, float]:
        """The knobs with which mini-batch `step` was trained."""
        return self.file(max(step - 1, self.first_step)).knobs_at(step)

    def knob_changes(self) -> list[KnobChange]:
        """What was turned, each once, in order; also knobs with which a fork went another way."""
        changes: list[KnobChange] = []
        for file, child in zip(reversed(self._files), [*self._files[-2::-1], None], strict=True):
            changes += [change for change in file.knob_changes() if change.step <= self._end(file)]
            if child is not None:
                first = child.about.first_step + 1
                before = file.knobs_at(first - 1)
                changes += [
                    KnobChange(first, key, knob.default)
                    for key, knob in child.about.knobs.items()
                    if knob.default != before.get(key)
                ]
        return list(dict.fromkeys(changes))  # turned before its first step: in a fork's file, too

    def events(self) -> list[RunEvent]:
        """What happened, in order."""
        return [
            event
            for file in reversed(self._files)
            for event in file.events()
            if event.step <= self._end(file)
        ]

    def curves(self) -> Columns:
        """Every mini-batch, columns as the run's own `RunFile.curves`, each (N,)."""
        return self._joined(RunFile.curves)

    def evaluations(self) -> Columns:
        """Every look at the test set, columns as the run's own `RunFile.evaluations`, each (E,)."""
        return self._joined(RunFile.evaluations)

    def _joined(self, read: Callable[[RunFile], Columns]) -> Columns:
        names = list(read(self.own))
        parts = []
        for file in reversed(self._files):
            columns = read(file)
            inside = columns["step"] <= self._end(file)
            unknown = np.full(len(inside), np.nan)  # what an older version did not measure
            parts.append({name: columns.get(name, unknown)[inside] for name in names})
        return {name: np.concatenate([part[name] for part in parts]) for name in names}

    def _part(self, file: RunFile, steps: Steps) -> Steps:
        """Those of a file's steps that no younger file tells of."""
        end = self._end(file)
        is_parent = file is not self.own
        return steps[steps < end] if is_parent else steps[steps <= end]

    def _end(self, file: RunFile) -> float:
        """After which step somebody else tells the story."""
        place = self._files.index(file)
        if place:
            return self._files[place - 1].about.first_step
        return float("inf") if self._until is None else self._until

    def _open_ancestors(self) -> None:
        """Open the ancestors that lie beside the file; a missing or damaged one ends the film."""
        seen = {self.own.about.run_id}
        while (parent := self._files[-1].about.parent) is not None:
            path = self.path.with_name(Path(parent.file).name)
            if parent.run_id in seen or len(seen) > _MOST_PARENTS:
                return
            with contextlib.suppress(RecordError):
                file = RunFile(path)
                if file.about.run_id == parent.run_id and _same_network(file, self.own):
                    self._files.append(file)
                    seen.add(parent.run_id)
                    continue
                file.close()
            return


def _same_network(file: RunFile, other: RunFile) -> bool:
    """Whether both are runs of one network on one task."""
    one, two = file.about, other.about
    same = (one.chapter, one.layout, one.classes) == (two.chapter, two.layout, two.classes)
    return same and np.array_equal(one.sample, two.sample)
