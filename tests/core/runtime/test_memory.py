"""The training process stays at the size of one run, however many it begins."""

import gc
import multiprocessing
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.nn.arena import Arena
from core.runtime import protocol as say
from core.runtime.board import SharedBoard
from core.runtime.malloc_arenas import release_memory
from core.runtime.worker import main


class _Circle:
    """Holds an array, and itself."""

    def __init__(self) -> None:
        self.array = np.zeros(1_000)
        self.me = self


def test_what_only_holds_itself_is_gone_with_the_run() -> None:
    circle = _Circle()
    seen = weakref.ref(circle)
    gc.disable()  # so nothing but what is tested can take it away
    try:
        del circle
        assert seen() is not None
        release_memory()
        assert seen() is None
    finally:
        gc.enable()


def _anonymous(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if "RssAnon" in line)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for the size")
def test_forty_runs_take_no_more_memory_than_ten() -> None:
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=main, args=(theirs, 1), daemon=True)
    process.start()
    theirs.close()
    digits = chapter("digits")
    knobs = digits.defaults()
    size = Arena.adopt(digits.task.model(knobs, np.random.default_rng(0))).layout.size

    def wait_for(kind: type) -> None:
        while not isinstance(pipe.recv(), kind):
            pass

    def train(runs: range) -> float:
        for run in runs:
            board = SharedBoard.create(size, np.array(list(knobs.values())))
            pipe.send(say.Start(run, digits.key, board.name))
            wait_for(say.Started)
            pipe.send(say.Advance(run, "batch"))
            wait_for(say.Paused)
            board.close()
        assert process.pid is not None
        return _anonymous(process.pid)

    try:
        wait_for(say.Ready)
        early = train(range(1, 11))
        assert train(range(11, 41)) < early + 15  # MB; one run holds more than that
    finally:
        pipe.close()
        process.join()
