"""A training process killed at any moment leaves a file that opens and lacks at most a second."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.record.reader import RunFile
from core.record.schema import SUFFIX
from tests.core.record.runs import ROOT

WRITER = """
import sys, time
from pathlib import Path
from tests.core.record.runs import Recorded
film = Recorded(Path(sys.argv[1]))
film.recorder.begin(film.knobs)
print(film.path, flush=True)
film.driver.play()
while True:
    film.driver._one(time.perf_counter())
    print(film.run.step, time.time(), flush=True)
"""


def _kill_one(folder: Path, after: float) -> float:
    """How many seconds of training are missing."""
    missing = 0.0
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        path = Path(writer.stdout.readline().strip())
        died = time.time() + after
        lines: list[str] = []
        while time.time() < died:
            lines.append(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        lines += writer.stdout.readlines()
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


def test_a_killed_run_lacks_at_most_its_last_second(tmp_path: Path) -> None:
    for moment in np.random.default_rng(3).uniform(0, 0.8, 20):
        _kill_one(tmp_path, moment)


@pytest.mark.slow
def test_later_moments(tmp_path: Path) -> None:
    """HELLODL_KILLS=200 takes ten minutes and proves more; -s shows what was missing."""
    count = int(os.environ.get("HELLODL_KILLS", "8"))
    missing = [_kill_one(tmp_path, m) for m in np.random.default_rng(4).uniform(0, 3, count)]
    print(f"{count} kills: all files open; missing at most {1e3 * max(missing):.0f} ms, "
          f"{1e3 * float(np.median(missing)):.0f} ms in the middle")  # fmt: skip
