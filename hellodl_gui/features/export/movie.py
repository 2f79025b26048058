"""Movie writer: frames to H.264 in MP4, or to an animated GIF, on a thread of its own.

The encoding runs on a thread of its own (x264 and zlib leave the interpreter alone while they
work). A film is written beside its place and moved there when it is whole.
"""

import queue
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QObject, Signal

from core.errors import LabError
from core.io.progress import Cancelled, raise_if_cancelled
from core.translation import tr
from hellodl_gui.features.export.film_settings import GIF_LONGEST, GIF_WIDEST
from hellodl_gui.features.export.partial_file import PartialFile, remove_partial_files
from hellodl_gui.services.background_task import BackgroundTask

Frame = NDArray[np.uint8]
_WAITING = 8
_SHARES = 1000
_QUALITY = "18"  # of x264: smaller is better, 18 cannot be told from the original
_SAMPLED = 16
_BT709 = 1
_LARGEST = 16_384  # pixels along a side, of H.264
_FLAT = 4  # times smaller along its short side, a film shows nothing any more


class Encoder(Protocol):
    """Writes frames (height, width, 4), as BGRX, to a file."""

    def add(self, frame: Frame, times: int) -> None:
        """Show a frame for so many frames' time."""

    def close(self) -> Iterator[float]:
        """Finish the file; yields the share that is done."""

    def drop(self) -> None:
        """Close and discard the file."""


class Mp4Encoder:
    """H.264 in yuv420p with the index in front, so that it plays while it loads.

    The format has no odd sizes: the last row or column is then shown twice. `width` 0 keeps the
    frames' size.
    """

    def __init__(self, path: Path, fps: int, width: int = 0) -> None:
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=fps)
        self._stream.pix_fmt = "yuv420p"
        self._stream.thread_count = 1  # the other cores draw and train
        self._stream.options = {"preset": "ultrafast", "crf": _QUALITY}
        context = self._stream.codec_context
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        self._width = width
        self._size: tuple[int, int] | None = None
        self._count = 0

    def add(self, frame: Frame, times: int) -> None:
        """Show a frame for so many frames' time."""
        height, width = frame.shape[:2]
        if self._size is None:
            if max(height, width) > _LARGEST:
                words = tr(
                    "{width:,} × {height:,} pixels are too many for an MP4: no side may have more "
                    "than {most:,}. Choose a smaller size."
                )
                raise LabError(words.format(width=width, height=height, most=_LARGEST))
            self._size = fit_size(width, height, self._width, even=True)
            self._stream.width, self._stream.height = self._size
        whole = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
        shown = av.VideoFrame.from_ndarray(whole, "bgra")
        wide, high = self._size
        yuv = shown.reformat(
            wide, high, "yuv420p", dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )  # fmt: skip
        for _ in range(times):
            yuv.pts = self._count
            self._count += 1
            self._container.mux(self._stream.encode(yuv))

    def close(self) -> Iterator[float]:
        """Finish the file."""
        self._container.mux(self._stream.encode())
        self._container.close()
        yield 1.0

    def drop(self) -> None:
        """Let go of the file."""
        with suppress(OSError, av.FFmpegError):
            self._container.close()


class GifEncoder:
    """One palette for the whole film, so that nothing flickers; only what changes is stored.

    The palette is made of frames from all over the film, so they are kept, packed, until its end.
    """

    def __init__(self, path: Path, fps: int, width: int = 0) -> None:
        self._path, self._fps = path, fps
        self._width = min(width or GIF_WIDEST, GIF_WIDEST)
        self._size = 1, 1
        self._kept: list[tuple[bytes, int]] = []
        self._count = 0

    def add(self, frame: Frame, times: int) -> None:
        """Show a frame for so many frames' time; what is beyond the longest GIF is left out."""
        times = min(times, GIF_LONGEST - self._count)
        if times <= 0:
            return
        self._count += times
        picture = Image.fromarray(np.ascontiguousarray(frame[:, :, 2::-1]))
        if not self._kept:
            self._size = fit_size(picture.width, picture.height, self._width, even=False)
            if min(self._size) * _FLAT < min(picture.size):
                wide, high = self._size
                words = tr(
                    "A GIF is at most {most} pixels wide: {width:,} × {height:,} would become "
                    "{wide} × {high}. Choose MP4, or another size."
                )
                width, height = picture.size
                raise LabError(
                    words.format(most=GIF_WIDEST, width=width, height=height, wide=wide, high=high)
                )
        if picture.size != self._size:
            picture = picture.resize(self._size, Image.Resampling.LANCZOS)
        packed = zlib.compress(picture.tobytes(), 1)
        if self._kept and self._kept[-1][0] == packed:
            self._kept[-1] = packed, self._kept[-1][1] + times
        else:
            self._kept.append((packed, times))

    def close(self) -> Iterator[float]:
        """Find the palette, then write."""
        palette = self._palette()
        pictures = []
        for place, (packed, _) in enumerate(self._kept):
            picture = self._unpacked(packed)
            pictures.append(picture.quantize(palette=palette, dither=Image.Dither.NONE))
            yield 0.9 * (place + 1) / len(self._kept)
        pictures[0].save(
            self._path, "GIF", save_all=True, append_images=pictures[1:], loop=0,
            duration=self._durations(), optimize=False, disposal=1,
        )  # fmt: skip
        yield 1.0

    def drop(self) -> None:
        """Forget the frames."""
        self._kept.clear()

    def _durations(self) -> list[int]:
        """Milliseconds a picture: GIF counts hundredths of a second, the sum stays true."""
        ends = np.cumsum([0, *(times for _, times in self._kept)])
        hundredths = np.rint(ends * 100 / self._fps).astype(int)
        return (np.diff(hundredths) * 10).tolist()

    def _unpacked(self, packed: bytes) -> Image.Image:
        return Image.frombytes("RGB", self._size, zlib.decompress(packed))

    def _palette(self) -> Image.Image:
        """256 colours for frames from the first to the last."""
        places = np.unique(np.linspace(0, len(self._kept) - 1, _SAMPLED).astype(int))
        width, height = self._size
        sheet = Image.new("RGB", (width, height * len(places)))
        for row, place in enumerate(places):
            sheet.paste(self._unpacked(self._kept[place][0]), (0, row * height))
        return sheet.quantize(256, method=Image.Quantize.MEDIANCUT)


def fit_size(width: int, height: int, wanted: int, even: bool) -> tuple[int, int]:
    """A size of the same shape, `wanted` pixels wide unless that is 0 or larger than it is; an odd
    side grows by one where it is to be `even`.
    """
    grain = 2 if even else 1
    wide = wanted if 0 < wanted < width else width
    high = max(round(height * wide / width), 1)
    return wide + wide % grain, high + high % grain


_ENCODERS: dict[str, Callable[[Path, int, int], Encoder]] = {
    ".mp4": Mp4Encoder, ".gif": GifEncoder,
}  # fmt: skip


class MovieWriter(QObject):
    """One film being written.

    Signals: `progressed(float)` the share of the end that is done (a GIF takes its time), and at
    last one of `saved(Path)`, `failed(str)` a sentence, `cancelled()`.
    """

    progressed = Signal(float)
    saved = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, path: Path, fps: int, width: int = 0, parent: QObject | None = None) -> None:
        """Raises LabError where there can be no such file."""
        super().__init__(parent)
        self.path = path
        self.fps = fps
        encoder = _ENCODERS.get(path.suffix.lower())
        if encoder is None:
            words = tr("“{ending}” is not a film: the name must end in .mp4 or .gif.")
            raise LabError(words.format(ending=path.suffix.lower()))
        try:
            remove_partial_files(path.parent)
            self._part = PartialFile(path)
        except OSError as error:
            raise LabError(_refused(path, error)) from error
        try:
            self._encoder = encoder(self._part.path, fps, width)
        except BaseException:
            self._part.drop()
            raise
        self._waiting: queue.SimpleQueue[tuple[Frame, int] | None] = queue.SimpleQueue()
        self._task = BackgroundTask(
            self._write,
            self.saved.emit,
            self._on_error,
            lambda done, total, _: self.progressed.emit(done / total),
            owner=self,
        )

    @property
    def full(self) -> bool:
        """Whether the encoder is behind: a frame given would be refused."""
        return self._waiting.qsize() >= _WAITING

    @property
    def over(self) -> bool:
        """Whether the thread has ended, one way or another."""
        return self._task.done

    def add(self, frame: Frame, times: int = 1) -> bool:
        """Give a frame (height, width, 4) away, shown `times` frames; False when it is full."""
        if self.full:
            return False
        self._waiting.put((frame, times))
        return True

    def end_with(self, frame: Frame, times: int) -> None:
        """The last frame, which is taken even from behind a queue."""
        self._waiting.put((frame, times))

    def finish(self) -> None:
        """No more frames; the file is written once those waiting are. Returns at once."""
        self._waiting.put(None)

    def cancel(self) -> None:
        """Leave nothing behind. Returns once the encoder has stopped."""
        self._task.cancel()
        self._waiting.put(None)
        self.wait()

    def wait(self) -> None:
        """Until all is written; for those who have nothing else to do."""
        self._task.wait()

    def _on_error(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(_refused(self.path, error))

    # -- on the encoder's thread --------------------------------------------------------------

    def _write(self, task: BackgroundTask[Path]) -> Path:
        try:
            self._encode(task)
            raise_if_cancelled(task.cancelled)
            self._part.keep()
        except Exception:  # whatever it is: nothing is left behind
            self._encoder.drop()
            self._part.drop()
            raise
        return self.path

    def _encode(self, task: BackgroundTask[Path]) -> None:
        frames = 0
        while (given := self._waiting.get()) is not None:
            raise_if_cancelled(task.cancelled)
            self._encoder.add(*given)
            frames += 1
        raise_if_cancelled(task.cancelled)
        if not frames:
            raise LabError(tr("There was nothing to film."))
        for share in self._encoder.close():
            task.report(round(_SHARES * share), _SHARES, "")


def _refused(path: Path, error: Exception) -> str:
    if isinstance(error, LabError):
        return str(error)
    why = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
    words = tr("The film could not be written to {path}: {why}. Choose another folder.")
    return words.format(path=path, why=why)
