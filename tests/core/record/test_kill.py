"""A training process killed at any moment leaves a file that opens and lacks at most a second."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import numpy as np
import pytest

from core.record.reader import RunFile
from core.record.schema import SUFFIX
from tests.core.record.runs import ROOT

WRITER = """
import os, sys, time
from pathlib import Path
from tests.core.record.runs import Recorded
for folder in sys.stdin:  # each run in a process of its own, that need not import all again
    if (child := os.fork()) == 0:
        film = Recorded(Path(folder.strip()))
        film.recorder.begin(film.knobs)
        print(os.getpid(), film.path, flush=True)
        film.driver.play()
        while True:
            film.driver._one(time.perf_counter())
            print(film.run.step, time.time(), flush=True)
    os.waitpid(child, 0)
    print("killed", flush=True)
"""
Writer = subprocess.Popen[str]


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER], cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _kill_one(writer: Writer, folder: Path, after: float) -> float:
    """How many seconds of training are missing."""
    assert writer.stdin is not None and writer.stdout is not None
    missing = 0.0
    writer.stdin.write(f"{folder}\n")
    writer.stdin.flush()
    process, _, file = writer.stdout.readline().strip().partition(" ")
    path = Path(file)
    died = time.time() + after
    lines: list[str] = []
    while time.time() < died:
        lines.append(writer.stdout.readline())
    os.kill(int(process), signal.SIGKILL)
    while not (line := writer.stdout.readline()).endswith("killed\n"):
        assert line
        lines.append(line)
    told = [line.split() for line in lines if line.count(" ") == 1 and line.endswith("\n")]
    with RunFile(path) as film:
        steps = film.curves()["step"]
        assert np.array_equal(steps, np.arange(1, len(steps) + 1))
        film.seek(film.last_step)
        film.checkpoint(film.last_step)
        if told:
            newest = float(told[-1][1])
            lost = [float(when) for step, when in told if int(step) > film.last_step]
            missing = newest - lost[0] if lost else 0.0
            assert missing <= 1.0
    for left in folder.glob(f"*{SUFFIX}*"):
        left.unlink()
    return missing


def test_a_killed_run_lacks_at_most_its_last_second(writer: Writer, tmp_path: Path) -> None:
    for moment in np.random.default_rng(3).uniform(0, 0.8, 20):
        _kill_one(writer, tmp_path, moment)


@pytest.mark.slow
def test_later_moments(writer: Writer, tmp_path: Path) -> None:
    """HELLODL_KILLS=200 takes ten minutes and proves more; -s shows what was missing."""
    count = int(os.environ.get("HELLODL_KILLS", "8"))
    missing = [
        _kill_one(writer, tmp_path, m) for m in np.random.default_rng(4).uniform(0, 3, count)
    ]
    print(f"{count} kills: all files open; missing at most {1e3 * max(missing):.0f} ms, "
          f"{1e3 * float(np.median(missing)):.0f} ms in the middle")  # fmt: skip
