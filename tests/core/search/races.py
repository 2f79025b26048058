"""Small races and what waits for them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from core.runtime.compute import ComputeSettings
from core.search.messages import Finished, RunOptions, SearchEvent
from core.search.plan import StudyPlan
from core.search.study import Study


class Polled(Protocol):
    @property
    def running(self) -> bool: ...

    def poll(self) -> list[SearchEvent]: ...

    def close(self) -> None: ...


def terms(folder: Path, steps: int | None = 60) -> RunOptions:
    return RunOptions(steps, folder=folder, computing=ComputeSettings("reference"))


def planned_study(chapter_key: str, workers: int | None = None, **plan: Any) -> Study:
    return Study(StudyPlan(chapter_key, **plan), workers)


def until(
    polled: Polled, wanted: Callable[[SearchEvent], bool], patience: float = 240
) -> list[SearchEvent]:
    """Poll until an event is such a one; everything said until then."""
    heard: list[SearchEvent] = []
    end = time.monotonic() + patience
    while time.monotonic() < end:
        heard += (said := polled.poll())
        if any(map(wanted, said)):
            return heard
        assert polled.running, f"over without it: {heard[-3:]}"
        time.sleep(0.005)
    raise AssertionError(f"nothing such within {patience} s: {heard[-3:]}")


def finished(polled: Polled, patience: float = 240) -> list[SearchEvent]:
    return until(polled, lambda event: isinstance(event, Finished), patience)
