"""A small run with its record, and a lab that answers questions about it at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.chapters.registry import chapter
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.kernels.engine import use_engine
from hellodl_gui.services import run_reader
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from tests.core.record.runs import Recorded
from tests.gui.sent_commands import on_probe


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(run_reader, "EVERY", 0.0)
    with use_engine("reference"):
        yield


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    """After six mini-batches."""
    one = Recorded(tmp_path)
    one.train(6)
    yield one
    one.recorder.close()


@pytest.fixture
def state(recorded: Recorded) -> LabState:
    run = recorded.run
    made = LabState(chapter("robust-letters"), run.data, run.arena.layout)
    made.training.set_status(Status.IDLE)

    def on_question(number: int, probe: str, arguments: dict[str, object]) -> None:
        made.probes.answer(number, run_probe(probe, ProbeContext(run), recorded.knobs, arguments))

    on_probe(made, on_question)
    return made
