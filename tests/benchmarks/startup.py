"""From nothing to a painted window: python -m tests.benchmarks.startup

Starts the lab five times in a process of its own and prints when the first paint was over. The
first start decodes the data and is not counted. Bar: 3 s.
"""

import os
import statistics
import subprocess
import sys
import time

_STARTS = 5
_CHILD = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import hellodl_gui.app.main_window as module
shown = module.MainWindow.showEvent
def show(self, event):
    shown(self, event)
    QTimer.singleShot(0, lambda: (print("painted", flush=True), QApplication.exit(0)))
module.MainWindow.showEvent = show
from hellodl_gui.__main__ import main
sys.exit(main([]))
"""


def main() -> None:
    """Measure and print."""
    times = []
    for _ in range(_STARTS + 1):
        began = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD],
            stdout=subprocess.PIPE,
            text=True,
            env={"QT_QPA_PLATFORM": "offscreen"} | os.environ,
        )
        assert child.stdout is not None
        child.stdout.readline()
        times.append(time.perf_counter() - began)
        child.wait()
    print(f"start to painted window (bar: 3 s)        {statistics.median(times[1:]):7.2f} s")


if __name__ == "__main__":
    main()
