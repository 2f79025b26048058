"""How smoothly the zoom moves, and what its levels cost: python -m tests.benchmarks.zoom

Flicks the wheel from the network of chapter 5 to one product and back, in a window of 1280×800,
and prints frames a second of each journey, the slowest frame, and the cost of laying levels out.
"""

import argparse
import time
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, QSizeF
from PySide6.QtWidgets import QApplication

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.zoom.forward_backward import forward_backward
from core.runtime.compute import limit_threads
from core.training.task import Split
from core.training.trainer import Trainer
from hellodl_gui.features.zoom.number_scenes import scene
from hellodl_gui.features.zoom.zoom_input import ZoomInput
from hellodl_gui.features.zoom.zoom_view import ZoomView
from hellodl_gui.theming.theme_manager import themes

_FLICK = 3  # notches


class _Paints(QObject):
    """Counts how often a widget is painted, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.times.append(time.perf_counter())
        return False


def look_of(key: str) -> ZoomInput:
    """A picture's way through a chapter's network as it starts."""
    one = chapter(key)
    rng = np.random.default_rng(0)
    images = np.zeros((4, 28, 28), np.uint8)
    images[:, 5:23, 5:23] = rng.integers(0, 256, (4, 18, 18))
    names = tuple("abcdefghijklmnopqrstuvwxyz")
    data = Dataset.from_images("few", images, np.arange(4, dtype=np.uint8), names)
    run = Trainer(replace(one.task, data=lambda _: Split(data, data)), one.defaults())
    best = min(
        _timed(lambda: forward_backward(run, one.defaults(), images[0], 0)) for _ in range(3)
    )
    print(f"{'activations and gradients of all layers':45} {1000 * best:7.1f} ms")
    return ZoomInput(forward_backward(run, one.defaults(), images[0], 0), names)


def _timed(act) -> float:  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def journey(app: QApplication, view: ZoomView, paints: _Paints, levels: float) -> list[float]:
    """Times between two frames of one flick."""
    paints.times.clear()
    point = QPointF(view.width() / 2, view.height() / 2)
    clock = QElapsedTimer()
    clock.start()
    for _ in range(_FLICK):
        view.by(levels / _FLICK, point)
        until = clock.elapsed() + 25
        while clock.elapsed() < until:
            app.processEvents()
    while view.moving and clock.elapsed() < 3000:
        app.processEvents()
    return list(np.diff(paints.times))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chapter", default="letters")
    wanted = parser.parse_args()
    limit_threads(1)
    app = QApplication([])
    themes().use("dark")
    look = look_of(wanted.chapter)
    view = ZoomView(lambda address, size: scene(look, address, size))
    paints = _Paints()
    view.installEventFilter(paints)
    view.resize(1280, 800)
    view.show()
    app.processEvents()
    size = QSizeF(1280, 800)
    for address in ((), (0,), (6,), (6, 40), (6, 40, (1, 2))):
        cost = min(_timed(lambda: scene(look, address, size)) for _ in range(3))  # noqa: B023
        print(f"{f'laying out level {len(address)} {address}':45} {1000 * cost:7.1f} ms")
    frames: list[float] = []
    flicks = 0
    for levels in (1.08,) * 4 + (-1.08,) * 4:
        before = view.address
        passed = journey(app, view, paints, levels)
        if len(passed) < 3:
            continue
        if levels > 0 and view.address != before:
            flicks += 1
        way = "in" if levels > 0 else "out"
        fps = 1 / float(np.mean(passed))
        print(
            f"{f'flick {way} to level {len(view.address)}':45} {fps:7.0f} fps, slowest frame "
            f"{1000 * max(passed):.1f} ms"
        )
        frames += passed
    fps, late = 1 / float(np.mean(frames)), 1000 * float(np.quantile(frames, 0.99))
    print(f"{'all journeys':45} {fps:7.0f} fps, p99 {late:.1f} ms, {flicks} flicks to a product")


if __name__ == "__main__":
    main()
