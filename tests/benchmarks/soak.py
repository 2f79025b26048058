"""What an hour of restless use leaves behind: python -m tests.benchmarks.soak [--minutes 60]

The application itself, in a process and a home of its own, is played, forked, restarted, rewound,
raced and switched between chapters without a rest. Prints, minute by minute and in the end, how
much the folder of runs holds against its limit, and by how much the memory of the window and of
the training process grows in a minute once all is warm. Then the whole group is killed, as when a
desktop session ends: what lies in shared memory and among temporary folders before and after the
next start is printed as well. Linux; without a screen set QT_QPA_PLATFORM=offscreen.

Wanted: runs within their limit, growth below 1 MB a minute, nothing left after the next start, an
empty log.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.io.temporary_folder import PREFIX
from core.record.retention import MOST_BYTES

if TYPE_CHECKING:
    from hellodl_gui.app.main_window import MainWindow

_EVERY = 1.5  # seconds from one act to the next
_TOLD = 5.0  # seconds from one figure to the next
_WARM = 0.25  # share of the time, at most ten minutes, after which memory should grow no more
_WARM_MOST = 600.0
_PATIENCE = 900.0  # seconds for kernels to be compiled on a slow machine
_CHAPTERS = ("digits", "learning", "digit-kernels")
_SHARED = Path("/dev/shm")


def main() -> None:
    """Run it, kill it, start it again; print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1, help="of the order of the acts")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if given.child:
        sys.exit(be_restless(given.seed))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        home = Path(folder)
        seconds = 60 * given.minutes
        with lab(home, given.seed) as told:
            figures, ours = watch(home, told, seconds)
        report(figures, home, seconds)
        print(f"after the kill of the whole group:  {leftovers(home, ours)}")
        with lab(home, given.seed) as told:
            next(told)
            print(f"while the next one runs:            {leftovers(home, ours)}")


# -- from outside ----------------------------------------------------------------------------------


@contextmanager
def lab(home: Path, seed: int) -> Iterator[Iterator[dict[str, Any]]]:
    """The application in a session of its own; what it tells. In the end the session is killed."""
    (home / "tmp").mkdir(exist_ok=True)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.soak", "--child", "--seed", str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={"QT_QPA_PLATFORM": "offscreen"}
        | os.environ
        | {"HELLODL_HOME": str(home), "TMPDIR": str(home / "tmp")},
    )
    assert child.stdout is not None
    try:
        yield (json.loads(line) for line in child.stdout)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def watch(
    home: Path, told: Iterator[dict[str, Any]], seconds: float
) -> tuple[list[tuple[float, float, float, int]], set[Path]]:
    """(seconds, MB of the window, MB of the training process, which one), every few seconds; and
    its boards as the time is over.
    """
    figures: list[tuple[float, float, float, int]] = []
    began = minute = 0.0
    print("  min   window  training    runs of limit   acts  log")
    for news in told:
        now = time.monotonic()
        began = began or now
        passed = now - began
        window, training = memory(news["window"]), memory(news["training"])
        figures.append((passed, window, training, news["training"]))
        if passed >= minute:
            minute += 60.0
            print(
                f"{passed / 60:5.1f} {window:5.0f} MB {training:6.0f} MB "
                f"{runs(home) / 2**20:6,.0f} MB {runs(home) / MOST_BYTES:6.1%} "
                f"{news['acts']:6,} {log_size(home):4,}",
                flush=True,
            )
        if passed >= seconds:
            return figures, boards(news["window"])
    print("The application ended by itself.")
    return figures, set()


def report(figures: list[tuple[float, float, float, int]], home: Path, seconds: float) -> None:
    """How memory grew once all was warm, and how much is recorded."""
    warm = min(_WARM * seconds, _WARM_MOST)
    late = np.array([figure for figure in figures if figure[0] >= warm])
    print(f"runs: {runs(home) / 2**20:,.0f} MB, {runs(home) / MOST_BYTES:.1%} of their limit")
    print(f"training processes: {len({figure[3] for figure in figures})}")
    if len(late) < 3:
        print("too short for the growth of memory")
        return
    minutes = late[:, 0] / 60
    for name, column in (("window", 1), ("training process", 2)):
        growth = float(np.polyfit(minutes, late[:, column], 1)[0])
        print(f"{name}: {growth:+.2f} MB a minute after the first {warm / 60:.1f} minutes")
    print(f"lab.log: {log_size(home):,} bytes")


def memory(process: int) -> float:
    """MB of a process that are its own (no files, nothing shared); NaN once it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) / 1024 for line in lines if "RssAnon" in line), float("nan"))


def runs(home: Path) -> int:
    """Bytes in the folder of runs."""
    total = 0
    for path in (home / "data" / "runs").rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:  # gone meanwhile
            continue
    return total


def log_size(home: Path) -> int:
    """Bytes in the log."""
    return sum(path.stat().st_size for path in (home / "config").glob("lab.log*"))


def boards(process: int) -> set[Path]:
    """Files in shared memory that a process has before it."""
    maps = Path(f"/proc/{process}/maps").read_text().split()
    return {Path(word) for word in maps if word.startswith(f"{_SHARED}/{PREFIX}")}


def leftovers(home: Path, ours: set[Path]) -> str:
    """How much of this is left in shared memory, and how many temporary folders are."""
    left = [path.stat().st_size for path in ours if path.exists()]
    folders = len(list((home / "tmp").iterdir()))
    return (
        f"{len(left)} of its {len(ours)} boards, {sum(left) / 2**20:.1f} MB; {folders} temporary "
        "folders"
    )


# -- inside the application ------------------------------------------------------------------------


def be_restless(seed: int) -> int:
    """The application with somebody at it who never rests; the exit code."""
    from hellodl_gui.app.main_window import MainWindow
    from hellodl_gui.application import main as run

    launch = MainWindow.launch
    driven: list[Restless] = []  # Qt holds nobody alive whom it calls

    def launch_and_drive(window: MainWindow) -> None:
        launch(window)
        driven.append(Restless(window, random.Random(seed)))

    MainWindow.launch = launch_and_drive  # type: ignore[method-assign]
    return run([])


class Restless:
    """Does something every other second, and tells of it."""

    def __init__(self, window: "MainWindow", dice: random.Random) -> None:
        from PySide6.QtCore import QTimer

        self._window, self._dice = window, dice
        self._acts = 0
        self._deadline = time.monotonic() + _PATIENCE
        self._acting = QTimer(window)
        self._acting.timeout.connect(self.act)
        self._acting.start(int(_EVERY * 1000))
        self._telling = QTimer(window)
        self._telling.timeout.connect(self.tell)
        self._telling.start(int(_TOLD * 1000))

    def act(self) -> None:
        """One of the things that people do."""
        state = self._window.state
        if not state.training.answers or state.training.opening is not None:
            if time.monotonic() > self._deadline:
                print(json.dumps({"stuck": state.training.status.name}), file=sys.stderr)
                self._deadline += _PATIENCE
            if state.training.status.name in ("LOST", "FAILED"):
                state.training.play()
            return
        self._deadline = time.monotonic() + _PATIENCE
        acts: list[tuple[Callable[[], object], int]] = [
            (state.training.play, 6),
            (state.training.pause, 2),
            (self.seek, 4),
            (lambda: state.timeline.seek(None), 2),
            (self.fork, 4),
            (lambda: state.training.restart(), 4),
            (self.race, 1),
            (self.switch, 1),
        ]
        (act,) = self._dice.choices([a for a, _ in acts], [weight for _, weight in acts])
        act()
        self._acts += 1

    def seek(self) -> None:
        """Show some moment of the past."""
        moments = self._window.state.timeline.moments
        if len(moments):
            self._window.state.timeline.seek(int(self._dice.choice(moments)))

    def fork(self) -> None:
        """Go on from some moment of the past."""
        moments = self._window.state.timeline.moments
        if len(moments):
            self._window.state.training.fork(int(self._dice.choice(moments)))
            self._window.state.training.play()

    def race(self) -> None:
        """Begin a race, or call off the one that is run."""
        panel: Any = self._window.panels["race"]
        if panel.race.running:
            panel.race.cancel()
        elif "lr" in self._window.state.training.knobs:
            self._window.docks.show("race")
            panel.list_entries(["lr=0.05", "lr=0.1"])
            panel.start()

    def switch(self) -> None:
        """Another chapter."""
        from core.chapters.registry import chapter

        self._window.open_chapter(chapter(self._dice.choice(_CHAPTERS)))

    def tell(self) -> None:
        """Once all is ready: who we are, and how much was done."""
        process = self._window.runner.process
        if process is not None and self._acts:
            news = {"window": os.getpid(), "training": process.pid, "acts": self._acts}
            try:
                print(json.dumps(news), flush=True)
            except BrokenPipeError:  # nobody is there any more to end this
                os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
