"""The training process as it is spoken to over its pipe: a real one is spawned."""

import multiprocessing
import warnings
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread
from types import SimpleNamespace
from typing import TypeVar

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.errors import LabError, LabWarning
from core.nn.arena import Arena
from core.runtime import protocol as say
from core.runtime.board import SharedBoard
from core.runtime.compute import ComputeSettings
from core.runtime.worker import TrainingWorker, main

CHAPTER = chapter("learning")
PATIENCE = 180.0
SEED = say.Origin()
Event = TypeVar("Event")


class Lab:
    """One worker and one board."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=main, args=(theirs, 1), daemon=True)
        self.process.start()
        theirs.close()
        knobs = CHAPTER.defaults().with_values(stop_at=1.0)
        self.keys = list(knobs)
        model = CHAPTER.task.model(knobs, np.random.default_rng(0))
        self.parameters = Arena.adopt(model).layout.size
        self.board = SharedBoard.create(self.parameters, np.array(list(knobs.values())))

    def hear(self, kind: type[Event]) -> Event:
        """The next event of a kind; others are passed over."""
        while self.pipe.poll(PATIENCE):
            event = self.pipe.recv()
            if isinstance(event, kind):
                return event
        raise TimeoutError(f"no {kind.__name__}")

    def start(self, run_id: int = 1, origin: say.Origin = SEED) -> None:
        self.pipe.send(say.Start(run_id, CHAPTER.key, self.board.name, origin))
        assert self.hear(say.Started).run_id == run_id
        self.hear(say.Validated)

    def close(self) -> None:
        self.pipe.close()
        self.process.join(5)
        self.process.kill()
        self.board.close()


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    lab = Lab()
    lab.hear(say.KernelProgress)
    lab.hear(say.Ready)
    yield lab
    lab.close()


def test_two_long_messages_never_block_each_other(lab: Lab) -> None:
    lab.start(40)
    images = np.zeros((4000, 28, 28), np.uint8)
    speaker = Thread(
        target=lambda: [
            lab.pipe.send(say.ProbeRequest(40, number, "probabilities", {"images": images}))
            for number in range(20)
        ],
        daemon=True,
    )
    speaker.start()
    speaker.join(PATIENCE)
    assert not speaker.is_alive(), "nobody took the questions while nobody took the answers"
    assert [lab.hear(say.ProbeResult).request_id for _ in range(20)] == list(range(20))


def test_one_mini_batch_is_one_step(lab: Lab) -> None:
    lab.start()
    lab.board.new_rows()
    lab.pipe.send(say.Advance(1, "batch"))
    assert not lab.hear(say.Paused).finished
    assert len(lab.board.new_rows()) == 1


def test_a_knob_acts_on_the_next_mini_batch_and_the_step_is_named(lab: Lab) -> None:
    lab.start()
    lab.pipe.send(say.Advance(1, "batch"))
    lab.hear(say.Paused)
    lab.board.set_knob(lab.keys.index("lr"), 0.25)
    lab.pipe.send(say.Advance(1, "batch"))
    took = lab.hear(say.KnobChanged)
    assert (took.step, took.key, took.value) == (2, "lr", 0.25)
    lab.hear(say.Paused)
    assert lab.board.new_rows()[-1, lab.board.columns.index("lr")] == 0.25


def test_playing_goes_on_until_paused(lab: Lab) -> None:
    lab.start()
    lab.pipe.send(say.Play(1))
    lab.hear(say.Validated)
    lab.pipe.send(say.Pause(1))
    lab.hear(say.Paused)
    snapshot = lab.board.snapshot()
    assert snapshot is not None and snapshot[0] == lab.board.new_rows()[-1, 0] >= 4


def test_what_belongs_to_another_run_is_dropped(lab: Lab) -> None:
    lab.start(run_id=5)
    lab.board.new_rows()
    lab.pipe.send(say.Advance(4, "batch"))
    lab.pipe.send(say.Advance(5, "batch"))
    assert lab.hear(say.Paused).run_id == 5
    assert len(lab.board.new_rows()) == 1


def test_a_run_goes_on_from_given_weights_and_step_numbers(lab: Lab) -> None:
    theta = np.linspace(-1, 1, lab.parameters).astype(np.float32)
    lab.start(7, say.Origin(theta, step=100, samples=100))
    shown = lab.board.snapshot()
    assert shown is not None and shown[0] == 100 and np.array_equal(shown[1], theta)
    lab.pipe.send(say.Advance(7, "batch"))
    lab.hear(say.Paused)
    assert lab.board.new_rows()[-1, 0] == 101


def test_the_same_seed_gives_the_same_weights_to_the_last_bit(lab: Lab) -> None:
    seen = []
    for run_id in (20, 21):
        lab.start(run_id)
        for _ in range(3):
            lab.pipe.send(say.Advance(run_id, "batch"))
            lab.hear(say.Paused)
        snapshot = lab.board.snapshot()
        assert snapshot is not None
        seen.append(snapshot[1].tobytes())
    assert seen[0] == seen[1]


def test_a_broken_start_fails_with_a_sentence_and_the_process_lives_on(lab: Lab) -> None:
    lab.pipe.send(say.Start(9, "no-such-chapter", lab.board.name))
    failed = lab.hear(say.Failed)
    assert failed.run_id == 9 and "no chapter “no-such-chapter”" in failed.sentence
    lab.pipe.send(say.Start(10, CHAPTER.key, "no-such-board"))
    assert lab.hear(say.Failed).run_id == 10
    lab.start(11)


def test_a_probe_is_answered_and_an_unknown_one_refused(lab: Lab) -> None:
    lab.start(12)
    images = np.zeros((2, 28, 28), np.uint8)
    lab.pipe.send(say.ProbeRequest(12, 77, "probabilities", {"images": images}))
    answer = lab.hear(say.ProbeResult)
    assert answer.request_id == 77 and np.allclose(answer.value.sum(axis=1), 1)
    lab.pipe.send(say.ProbeRequest(12, 78, "meaning_of_life"))
    assert "There is no answer" in lab.hear(say.ProbeFailed).sentence
    lab.pipe.send(say.Advance(12, "batch"))
    lab.hear(say.Paused)


def _switch(lab: Lab, run_id: int, computing: ComputeSettings) -> say.ComputeChanged:
    lab.pipe.send(say.SetCompute(run_id, computing))
    return lab.hear(say.ComputeChanged)


def test_the_engine_is_switched_while_training_runs(lab: Lab) -> None:
    lab.pipe.send(say.Start(30, CHAPTER.key, lab.board.name, SEED, ComputeSettings("reference", 2)))
    assert lab.hear(say.ComputeChanged) == say.ComputeChanged(
        30, 1, ComputeSettings("reference", 2)
    )
    lab.hear(say.Validated)
    lab.pipe.send(say.Play(30))
    lab.hear(say.Validated)
    took = _switch(lab, 30, ComputeSettings("fast"))
    assert took.step > 1 and took.computing == ComputeSettings("fast")
    lab.pipe.send(say.Pause(30))
    lab.hear(say.Paused)
    assert lab.board.new_rows()[-1, 0] >= took.step - 1


def test_both_engines_learn_the_same(lab: Lab) -> None:
    seen = []
    for run_id, engines in ((31, ("fast", "fast")), (32, ("reference", "fast"))):
        lab.start(run_id)
        for engine in engines:
            lab.pipe.send(say.SetCompute(run_id, ComputeSettings(engine)))
            for _ in range(5):
                lab.pipe.send(say.Advance(run_id, "batch"))
                lab.hear(say.Paused)
        snapshot = lab.board.snapshot()
        assert snapshot is not None
        seen.append(snapshot[1])
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-4, atol=1e-5)


def test_the_same_choice_again_is_no_switch(lab: Lab) -> None:
    lab.start(33)
    lab.pipe.send(say.SetCompute(33, ComputeSettings()))
    assert _switch(lab, 33, ComputeSettings("reference")).computing.engine == "reference"


def test_what_the_core_warns_of_reaches_the_window() -> None:
    ours, theirs = multiprocessing.Pipe()
    worker = TrainingWorker(theirs)
    with worker.passing_warnings_on():
        warnings.warn("before any run", LabWarning, stacklevel=1)
        worker._session = SimpleNamespace(run_id=4)  # type: ignore[assignment]
        for _ in range(2):
            warnings.warn("zero_grad() was forgotten", LabWarning, stacklevel=1)
    assert ours.recv() == say.WarningRaised(4, "zero_grad() was forgotten")
    assert not ours.poll(0), "told once a place"


@pytest.mark.parametrize("wrong", [("quick", 1), ("fast", 0), ("fast", 3)])
def test_what_cannot_compute_is_refused(wrong: tuple[str, int]) -> None:
    with pytest.raises(LabError, match=r"no engine “quick”|cores cannot be used"):
        ComputeSettings(*wrong)  # type: ignore[arg-type]


def test_it_leaves_when_told_and_when_the_window_is_gone() -> None:
    for goodbye in (lambda lab: lab.pipe.send(say.Quit()), lambda lab: lab.pipe.close()):
        lab = Lab()
        lab.hear(say.Ready)
        goodbye(lab)
        lab.process.join(PATIENCE)
        assert lab.process.exitcode == 0
        lab.board.close()


def test_a_pause_shows_how_well_the_network_does_by_then(lab: Lab) -> None:
    lab.start(50)
    lab.pipe.send(say.Advance(50, "batch"))
    lab.hear(say.Paused)
    assert lab.hear(say.Validated).evaluation.step == 1


def test_nobody_waits_for_a_look_that_only_passes_the_time(lab: Lab) -> None:
    lab.start(51)
    for _ in range(3):
        lab.pipe.send(say.Advance(51, "batch"))
        lab.hear(say.Paused)
    assert lab.hear(say.Validated).evaluation.step == 3
