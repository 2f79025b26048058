"""First-layer weights of many runs as tiles, read from their records in the background."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

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
        self._reader = ThreadPoolExecutor(1, "first layers")  # files belong to its one thread
        self._reading: Future[dict[Path, Tiles]] | None = None
        self._files: dict[Path, RunFile] = {}
        self._seen: dict[Path, int] = {}

    def want(self, paths: tuple[Path, ...]) -> None:
        """Watch these files only."""
        if paths != self._wanted:
            self._wanted = paths
            self._next = 0.0
            self.tiles = {path: tiles for path, tiles in self.tiles.items() if path in paths}

    def poll(self) -> bool:
        """Whether there is another picture than before."""
        found: dict[Path, Tiles] = {}
        if self._reading is not None and self._reading.done():
            reading, self._reading = self._reading, None
            found = {path: it for path, it in reading.result().items() if path in self._wanted}
            self.tiles.update(found)
        now = time.monotonic()
        if self._wanted and self._reading is None and now >= self._next:
            self._next = now + _EVERY
            self._reading = self._reader.submit(self._read, self._wanted)
        return bool(found)

    def close(self) -> None:
        """End the thread, after the look it is at; nothing can be wanted any more."""
        self._wanted = ()
        if self._files or self._reading is not None:
            self._reading = None
            self._reader.submit(self._read, ())
        self._reader.shutdown()

    # -- on the thread ------------------------------------------------------------------------

    def _read(self, wanted: tuple[Path, ...]) -> dict[Path, Tiles]:
        for path in self._files.keys() - set(wanted):
            self._files.pop(path).close()
        found = {}
        for path in wanted:
            try:
                if path not in self._files:
                    self._files[path] = RunFile(path)
                    self._seen.pop(path, None)
                file = self._files[path]
                file.refresh()
                if len(file.moments) and int(file.moments[-1]) != self._seen.get(path):
                    self._seen[path] = int(file.moments[-1])
                    found[path] = _tiles(file, self._seen[path])
            except LabError:  # without a picture; what is wrong with a record, its owner says
                if path in self._files:
                    self._files.pop(path).close()
        return found


def _tiles(file: RunFile, step: int) -> Tiles:
    layout = file.about.layout
    shown = weight_tiles(layout)
    if not shown:
        return np.empty((0, 1, 1), np.float32)
    return shown[0].pictures(file.seek(step).theta, layout)[:_MOST].copy()
