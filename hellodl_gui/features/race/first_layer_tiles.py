"""First-layer weights of many runs as tiles, read from their records in the background."""

import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.inspect.weights.weight_tiles import weight_tiles
from core.record.reader import RunFile

Tiles = NDArray[np.float32]
_EVERY = 0.7  # seconds from one look at the growing files to the next
_MOST = 8


class FirstLayerTiles:
    """`want` says of which files, `poll` takes what was found; nothing here waits but `close`.

    Attributes: `tiles`, by file: the first pictures (N, h, w) of the first layer in the newest
    snapshot, at most eight.
    """

    def __init__(self) -> None:
        self.tiles: dict[Path, Tiles] = {}
        self._wanted: tuple[Path, ...] = ()
        self._next = 0.0
        self._thread: Thread | None = None
        self._asked: SimpleQueue[tuple[Path, ...] | None] = SimpleQueue()
        self._found: SimpleQueue[Mapping[Path, Tiles]] = SimpleQueue()

    def want(self, paths: tuple[Path, ...]) -> None:
        """Watch these files only."""
        if paths != self._wanted:
            self._wanted = paths
            self._next = 0.0
            self.tiles = {path: tiles for path, tiles in self.tiles.items() if path in paths}

    def poll(self) -> bool:
        """Whether there is another picture than before."""
        news = False
        while True:
            try:
                found = self._found.get_nowait()
            except Empty:
                break
            wanted = {path: tiles for path, tiles in found.items() if path in self._wanted}
            self.tiles.update(wanted)
            news = news or bool(wanted)
        now = time.monotonic()
        if self._wanted and now >= self._next:
            self._next = now + _EVERY
            if self._thread is None:
                self._thread = Thread(target=self._work, name="first layers", daemon=True)
                self._thread.start()
            self._asked.put(self._wanted)
        return news

    def close(self) -> None:
        """End the thread, after the look it is at."""
        self._wanted = ()
        if self._thread is not None:
            self._asked.put(None)
            self._thread.join()
            self._thread = None

    # -- on the thread ------------------------------------------------------------------------

    def _work(self) -> None:
        files: dict[Path, RunFile] = {}
        seen: dict[Path, int] = {}
        while (wanted := self._newest()) is not None:
            for path in files.keys() - set(wanted):
                files.pop(path).close()
            found = {}
            for path in wanted:
                try:
                    if path not in files:
                        files[path] = RunFile(path)
                        seen.pop(path, None)
                    file = files[path]
                    file.refresh()
                    if len(file.moments) and int(file.moments[-1]) != seen.get(path):
                        seen[path] = int(file.moments[-1])
                        found[path] = _tiles(file, seen[path])
                except LabError:  # without a picture; what is wrong with a record, its owner says
                    if path in files:
                        files.pop(path).close()
            if found:
                self._found.put(found)
        for file in files.values():
            file.close()

    def _newest(self) -> tuple[Path, ...] | None:
        """What was wanted last, or None at the end."""
        asked = self._asked.get()
        while asked is not None and not self._asked.empty():
            asked = self._asked.get()
        return asked


def _tiles(file: RunFile, step: int) -> Tiles:
    layout = file.about.layout
    shown = weight_tiles(layout)
    if not shown:
        return np.empty((0, 1, 1), np.float32)
    return shown[0].pictures(file.seek(step).theta, layout)[:_MOST].copy()
