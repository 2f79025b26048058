"""A training process that dies, cannot start, or hangs: nobody waits for it in vain."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.errors import ResourceError
from core.record.lineage import Lineage
from core.runtime.board import SharedBoard
from core.runtime.process_worker import ProcessWorker
from core.share.script import export_script
from hellodl_gui.services import process as module
from hellodl_gui.services import runner as running
from hellodl_gui.services.runner import Runner
from hellodl_gui.services.stall_detector import PATIENCE, StallDetector
from hellodl_gui.state.messages import Message
from hellodl_gui.state.models import Status
from tests.gui.kit import lab_state

ROOT = Path(__file__).resolve().parents[3]
_LONG = 600_000  # ms: kernels may have to be compiled on a slow machine


class Lab:
    """A state and its runner, without a window."""

    def __init__(self, qtbot: QtBot) -> None:
        digits = chapter("digits")
        self.state = lab_state(digits)
        self.said: list[str] = []
        self.state.messages.notified.connect(self._hear)
        self.state.messages.retracted.connect(lambda text: self.said.remove(text))
        self.runner = Runner(self.state)
        self._qtbot = qtbot

    def _hear(self, message: Message) -> None:
        if message.text not in self.said:
            self.said.append(message.text)

    def begin(self) -> None:
        self.runner.launch()
        self.state.training.restart()

    def until(self, wish: Any) -> None:
        def update() -> bool:
            self.runner.poll()
            return bool(wish())

        self._qtbot.waitUntil(update, timeout=_LONG)

    def until_ready(self) -> None:
        self.begin()
        self.until(lambda: self.state.training.status is Status.IDLE)

    def train(self, steps: int) -> None:
        wanted = self.state.timeline.step + steps
        self.state.training.play()
        self.until(lambda: self.state.timeline.step >= wanted)

    def kill(self) -> None:
        assert self.runner.process is not None and self.runner.process.pid is not None
        os.kill(self.runner.process.pid, signal.SIGKILL)

    def freeze(self) -> None:
        assert self.runner.process is not None and self.runner.process.pid is not None
        os.kill(self.runner.process.pid, signal.SIGSTOP)


@pytest.fixture
def lab(qtbot: QtBot, qapp: object) -> Iterator[Lab]:
    lab = Lab(qtbot)
    yield lab
    lab.runner.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of every process started from here on: whether it renews the kernels."""
    starts: list[bool] = []

    class Counted(ProcessWorker):
        def __init__(self, target: Any, threads: int, renew: bool) -> None:
            starts.append(renew)
            super().__init__(target, threads, renew)

    monkeypatch.setattr(module, "ProcessWorker", Counted)
    return starts


def _numba(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In processes started from here on `import numba` does this."""
    (folder / "numba").mkdir()
    (folder / "numba" / "__init__.py").write_text(code)
    monkeypatch.syspath_prepend(str(folder))


def test_a_process_that_cannot_start_is_tried_three_times_and_the_reason_said_once(
    lab: Lab, started: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    _numba(tmp_path, "raise ImportError('Numba needs NumPy 2.2 or less')", monkeypatch)
    lab.begin()
    lab.until(lambda: lab.state.training.status is Status.LOST)
    assert len(started) == 3
    (said,) = lab.said
    assert "Numba needs NumPy 2.2 or less" in said and "Play" in said
    assert "Traceback" in caplog.text
    assert lab.runner.process is None
    lab.state.training.play()  # tries once more
    lab.until(lambda: lab.state.training.status is Status.LOST and lab.runner.process is None)
    assert len(started) == 4
    assert lab.said == [said]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_after_a_crash_in_machine_code_the_kernels_are_compiled_again(
    lab: Lab, started: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _numba(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", monkeypatch)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    lab.begin()
    lab.until(lambda: lab.state.training.status is Status.LOST)
    assert started == [False, True, True]


def test_what_a_dying_process_was_asked_is_refused(lab: Lab) -> None:
    lab.until_ready()
    lab.freeze()  # so that it cannot answer any more
    ended: list[str] = []
    lessons: list[object] = []
    lab.state.training.lesson_ended.connect(lessons.append)
    images = lab.state.training.test.images[:1]
    lab.state.probes.keep(lambda _: ended.append("kept"), lambda lost: ended.append(f"keep {lost}"))
    lab.state.probes.ask(
        "probabilities", {"images": images}, ended.append, lambda lost: ended.append(f"ask {lost}")
    )
    lab.state.training.teach(images, np.array([1], np.uint8))
    assert lab.state.probes.pending
    lab.kill()
    lab.until(lambda: lab.state.training.status is Status.LOST)
    assert ended == ["keep True", "ask True"]
    assert lessons == [None]
    assert not lab.state.probes.pending
    assert any("lesson" in text for text in lab.said)


def test_what_is_asked_while_there_is_no_run_is_refused_at_once(lab: Lab) -> None:
    lab.until_ready()
    lab.kill()
    lab.until(lambda: lab.state.training.status is Status.LOST)
    lab.said.clear()
    lessons: list[object] = []
    lab.state.training.lesson_ended.connect(lessons.append)
    lab.state.training.teach(lab.state.training.test.images[:1], np.array([1], np.uint8))
    lab.state.probes.ask("dead_units", {}, lessons.append, lessons.append)
    assert lessons == [None, True]
    assert any("lesson" in text for text in lab.said)


def test_a_resumed_run_is_one_film_with_the_run_before(lab: Lab, tmp_path: Path) -> None:
    lab.until_ready()
    lab.train(50)
    lab.until(lambda: lab.state.timeline.path is not None)
    before = lab.state.timeline.path
    lab.kill()
    lab.until(lambda: lab.state.training.status is Status.LOST)
    reached = lab.state.timeline.step
    lab.train(20)
    lab.until(lambda: lab.state.timeline.path != before)
    assert lab.state.timeline.path is not None and before is not None
    with Lineage(lab.state.timeline.path) as film:
        parent = film.own.about.parent
        assert parent is not None and parent.file == before.name and parent.step == reached
        assert film.first_step == 0
        assert film.moments[0] == 0
    lab.until(lambda: len(lab.state.timeline.moments) and lab.state.timeline.moments[0] == 0)
    lab.state.training.pause()
    lab.until(lambda: lab.state.training.status is Status.IDLE and not lab.state.probes.pending)
    # What is trained again bit for bit begins anew where the process had ended.
    (tmp_path / "replay.py").write_text(
        export_script(lab.state.timeline.path).text, encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "replay.py"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "as recorded" in done.stdout and "but was" not in done.stdout


def test_without_shared_memory_a_sentence_says_how_much_is_needed_and_play_tries_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = SharedBoard.create

    def refuse(*_: object) -> SharedBoard:
        raise ResourceError(28, "The run needs 5 MB of shared memory.")

    monkeypatch.setattr(running.SharedBoard, "create", refuse)
    lab.begin()
    lab.until(lambda: lab.state.training.status is Status.FAILED)
    assert lab.said == ["The run needs 5 MB of shared memory."]
    lab.state.training.play()
    assert lab.state.training.status is Status.FAILED
    monkeypatch.setattr(running.SharedBoard, "create", make)
    lab.train(3)


@pytest.mark.skipif(sys.platform == "win32", reason="no process can be stopped there")
def test_a_process_that_hangs_is_noticed_and_pause_ends_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.until_ready()
    lab.train(3)
    monkeypatch.setattr("hellodl_gui.services.stall_detector.PATIENCE", 0.5)
    lab.freeze()
    lab.until(lambda: any("has made no progress" in text for text in lab.said))
    lab.state.training.pause()
    lab.until(lambda: lab.state.training.status is Status.LOST)
    monkeypatch.undo()
    lab.train(3)


def test_training_that_gets_on_again_is_no_stall() -> None:
    now = 0.0
    watch = StallDetector(lambda: now)

    def wait(seconds: float, speed: float | None = None) -> bool:
        nonlocal now
        for _ in range(round(seconds)):
            now += 1.0
            watch.update(True, speed)
        return watch.stalled

    assert not wait(PATIENCE)
    assert wait(2)
    watch.reset()
    assert not wait(1)
    now += 10 * PATIENCE  # the computer slept
    watch.update(True, None)
    assert not watch.stalled
    watch.reset()
    assert not wait(2 * PATIENCE, speed=0.01)
