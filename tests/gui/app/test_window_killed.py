"""A window that is killed takes its training process along and leaves a record that opens."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.record.reader import RunFile

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import time
from pathlib import Path
import sys

def main():
    from PySide6.QtCore import QSettings, QTimer
    from PySide6.QtWidgets import QApplication
    from core.chapters.registry import chapters
    from hellodl_gui.app.main_window import MainWindow
    from hellodl_gui.services.settings import Settings
    from hellodl_gui.state.models import Status
    app = QApplication(["killed"])
    store = QSettings(str(Path(sys.argv[1]) / "s.ini"), QSettings.Format.IniFormat)
    window = MainWindow(chapters(), Settings(store))
    window.show()
    window.launch()
    state = window.state

    def tell():
        if state.training.status is Status.IDLE:
            state.training.play()
        if state.timeline.path is not None and state.timeline.step:
            print(window.runner.process.pid, state.timeline.step, time.time(),
                  state.timeline.path, flush=True)

    timer = QTimer(window)
    timer.timeout.connect(tell)
    timer.start(20)
    app.exec()

if __name__ == "__main__":
    main()
"""


def _alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text().split()[2]
    except OSError:
        return False
    return status != "Z"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for what is left")
def test_a_killed_window_leaves_a_record_and_no_process(tmp_path: Path) -> None:
    """HELLODL_WINDOW_KILLS=200 takes a quarter of an hour and proves more."""
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    count = int(os.environ.get("HELLODL_WINDOW_KILLS", "2"))
    missing = []
    for after in np.random.default_rng(5).uniform(0.05, 2.0, count):
        with subprocess.Popen(
            [sys.executable, str(script), str(tmp_path)], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
        ) as window:  # fmt: skip
            assert window.stdout is not None
            lines = [window.stdout.readline()]
            died = time.time() + after
            while time.time() < died:
                lines.append(window.stdout.readline())
            os.kill(window.pid, signal.SIGKILL)
            lines += window.stdout.readlines()
        told = [line.rstrip("\n").split(" ", 3) for line in lines if line.endswith("\n")]
        worker, path = int(told[-1][0]), Path(told[-1][3])
        end = time.time() + 20
        while _alive(worker) and time.time() < end:
            time.sleep(0.05)
        assert not _alive(worker), "the training process outlives its window"
        with RunFile(path) as film:
            film.seek(film.last_step)
            lost = [float(t[2]) for t in told if t[3] == told[-1][3] and int(t[1]) > film.last_step]
            missing.append(float(told[-1][2]) - lost[0] if lost else 0.0)
        assert missing[-1] <= 1.0
    print(f"{count} windows killed: all files open; missing at most {1e3 * max(missing):.0f} ms")
