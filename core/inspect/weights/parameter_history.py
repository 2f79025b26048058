"""Histories of parameters, joined from a run's record and those of its ancestors."""

from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from core.record.lineage import Lineage
from core.record.models import LayerStats, WeightTraces
from core.record.reader import RunFile

Facts = TypeVar("Facts", WeightTraces, LayerStats)


class ParameterHistory:
    """Of one run, open as `lineage`; what was read once is not read again."""

    def __init__(self, lineage: Lineage) -> None:
        self.lineage = lineage
        self._known: dict[RunFile, LayerStats] = {}

    @property
    def version_notice(self) -> str:
        """A sentence where the record has no norms and histograms of layers, else empty."""
        return self.lineage.own.version_notice

    def traces(self, parameter: str) -> WeightTraces:
        """Those numbers of a parameter that were followed: see `RunFile.traces`."""
        return _joined([(file.traces(parameter), end) for file, end in self.lineage.parts])

    def layers(self) -> LayerStats:
        """Norms and histograms of every trained parameter: see `RunFile.layers`."""
        return _joined([(self._layers(file), end) for file, end in self.lineage.parts])

    def _layers(self, file: RunFile) -> LayerStats:
        known = self._known.get(file)
        if known is None or not len(known.steps):
            known = file.layers()
        elif len((new := file.layers(int(known.steps[-1]))).steps):
            known = _behind([known, new])
        self._known[file] = known
        return known


def _timed(facts: Facts) -> list[str]:
    """The fields that have a row for every step."""
    return [field.name for field in fields(facts) if field.name not in ("names", "places")]


def _alike(one: Facts, other: Facts) -> bool:
    """Whether both are about the same numbers."""
    fixed = [field.name for field in fields(one) if field.name not in _timed(one)]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in fixed)


def _joined(parts: list[tuple[Facts, float]]) -> Facts:
    """Oldest first, each up to its end; what is about other numbers than the last is left out."""
    last = parts[-1][0]
    joined = _behind([_rows(f, f.steps <= end) for f, end in parts if _alike(f, last)])
    # A branching is told twice; only the older run knows how it came there.
    _, first = np.unique(joined.steps, return_index=True)
    return joined if len(first) == len(joined.steps) else _rows(joined, first)


def _rows(facts: Facts, which: np.ndarray) -> Facts:
    if which.dtype == bool and which.all():
        return facts
    cut: dict[str, Any] = {name: getattr(facts, name)[which] for name in _timed(facts)}
    return replace(facts, **cut)


def _behind(parts: list[Facts]) -> Facts:
    last = parts[-1]
    if len(parts) == 1:
        return last
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _timed(last)
    }
    return replace(last, **joined)
