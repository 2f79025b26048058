"""The board: shared memory on which training shows itself and reads its knobs.

    ┌ header ┬ names ┬ knobs ┬ ring ┬ slot A: θ, gradient ┬ slot B: θ, gradient ┬ θ asked about ┐

The trainer copies its arena into the slot that is *not* on show and then points at it, so a reader
nearly always copies a slot that nobody writes to; a counter a slot tells it when that failed. The
trainer may be killed at any moment: the slot on show stays whole. Copying instead of training in
place costs 30 µs sixty times a second, and a net whose step is shorter than its copy can be read.
"""

import errno
import math
import os
import secrets
import sys
from collections.abc import Sequence
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError, ResourceError
from core.io.temporary_folder import lock_shared, remove_abandoned
from core.training.metrics import StepMetrics, step_columns
from core.translation import tr

RING_ROWS = 32_768
_HEADER = (
    "parameters", "knobs", "shown", "count_a", "count_b", "step_a", "step_b", "head", "asked",
    "names", "turned",
)  # fmt: skip
_NAMES = 4096  # bytes for the keys of metrics, one a line
_PAD = 64
_RETRIES = 4
_PREFIX = "hellodl-"
_SHM_FOLDER = Path("/dev/shm")  # where Linux shows what is shared by name


class SharedBoard:
    """Fixed-size shared state of one run. The creator owns it and alone unlinks it.

    `columns` name what the ring holds of a mini-batch: those of `step_columns` for the run's
    metrics. Where the creator is killed as well, the next start removes it:
    `remove_abandoned_boards`.
    """

    def __init__(
        self, memory: SharedMemory, owner: bool, parameters: int, knobs: int, names: int
    ) -> None:
        self._memory = memory
        self._owner = owner
        offset = 0

        def take(dtype: type, *shape: int) -> NDArray:
            nonlocal offset
            view = np.ndarray(shape, dtype, memory.buf, offset)
            offset += -(-view.nbytes // _PAD) * _PAD
            return view

        self._header = take(np.int64, len(_HEADER))
        written = take(np.uint8, _NAMES)[:names].tobytes().decode()
        self._metrics = tuple(written.split("\n")) if written else ()
        self.columns = step_columns(self._metrics)
        self._knobs = take(np.float64, knobs)
        self._known_knobs = self._knobs.copy()
        self._ring = take(np.float64, RING_ROWS, len(self.columns))
        self._slots = take(np.float32, 2, 2, parameters)
        self._probe_weights = take(np.float32, parameters)
        self._read_head = 0

    @classmethod
    def create(
        cls, parameters: int, knobs: NDArray[np.float64], metrics: Sequence[str] = ()
    ) -> Self:
        """A board for a network of `parameters` floats, its knobs at these values.

        `metrics` are the keys of what each mini-batch is measured by. Raises ResourceError where
        the system has not enough shared memory left.
        """
        names = "\n".join(metrics).encode()
        if len(names) > _NAMES:
            raise LabError(
                tr("The keys of {n} metrics take more than {bytes:,} bytes. Shorten them.").format(
                    n=len(metrics), bytes=_NAMES
                )
            )
        row = len(step_columns(metrics)) * 8
        size = len(_HEADER) * 8 + _NAMES + len(knobs) * 8 + RING_ROWS * row + parameters * 20
        memory = _allocate(size + 6 * _PAD)
        header = np.ndarray(len(_HEADER), np.int64, memory.buf)
        header[:] = 0
        header[:2], header[9] = (parameters, len(knobs)), len(names)
        start = -(-header.nbytes // _PAD) * _PAD
        np.ndarray(len(names), np.uint8, memory.buf, start)[:] = np.frombuffer(names, np.uint8)
        del header
        board = cls(memory, True, parameters, len(knobs), len(names))
        board._knobs[:] = board._known_knobs[:] = knobs
        return board

    @classmethod
    def attach(cls, name: str) -> Self:
        """The board somebody else created under this name. Raises OSError where it is gone."""
        memory = _attach_untracked(name)
        header = np.ndarray(len(_HEADER), np.int64, memory.buf)
        parameters, knobs, names = (int(header[at]) for at in (0, 1, 9))
        del header
        return cls(memory, False, parameters, knobs, names)

    @property
    def name(self) -> str:
        """What `attach` takes in another process."""
        return self._memory.name

    def close(self) -> None:
        """Let go of the memory; the owner also gives it back to the system. Safe to call twice."""
        if not hasattr(self, "_slots"):
            return
        del self._header, self._knobs, self._ring, self._slots, self._probe_weights
        self._memory.close()
        if self._owner:
            self._memory.unlink()

    # -- the trainer's side -------------------------------------------------------------------

    def publish(self, step: int, theta: NDArray[np.float32], grad: NDArray[np.float32]) -> None:
        """Show weights and gradients (P,) as they are after mini-batch `step`."""
        slot = 1 - int(self._header[2])
        self._header[3 + slot] += 1
        self._slots[slot, 0] = theta
        self._slots[slot, 1] = grad
        self._header[5 + slot] = step
        self._header[3 + slot] += 1
        self._header[2] = slot

    def record(self, step: StepMetrics, seconds: float) -> None:
        """Add one mini-batch, `seconds` of training into the run, to the ring.

        A metric that it lacks is NaN.
        """
        head = int(self._header[7])
        self._ring[head % RING_ROWS] = (
            step.number,
            step.epoch,
            step.samples,
            step.loss,
            *(step.metrics.get(key, math.nan) for key in self._metrics),
            step.lr,
            step.gradient,
            seconds,
        )
        self._header[7] = head + 1

    def read_knobs(self) -> NDArray[np.float64]:
        """All knob values of one moment, copied: of several set at once either all or none.

        While they are being set, and for ever where the window died amid that, those of before.
        """
        for _ in range(_RETRIES):
            count = int(self._header[10])
            values = self._knobs.copy()
            if count % 2 == 0 and count == int(self._header[10]):
                self._known_knobs = values
                break
        return self._known_knobs.copy()

    def probe_weights(self) -> NDArray[np.float32]:
        """The weights (P,) that the window asks about, copied: those of its newest question."""
        while True:
            count = int(self._header[8])
            theta = self._probe_weights.copy()
            if count % 2 == 0 and count == int(self._header[8]):
                return theta

    # -- the window's side --------------------------------------------------------------------

    def set_knob(self, index: int, value: float) -> None:
        """Turn one knob; the next mini-batch is trained with it."""
        self._header[10] += 1
        self._knobs[index] = value
        self._header[10] += 1

    def set_knobs(self, values: NDArray[np.float64]) -> None:
        """Set all knobs; a mini-batch is trained with all of these values or with none."""
        self._header[10] += 1
        self._knobs[:] = values
        self._header[10] += 1

    def set_probe_weights(self, theta: NDArray[np.float32]) -> None:
        """Questions sent from here on are about these weights (P,)."""
        self._header[8] += 1
        self._probe_weights[:] = theta
        self._header[8] += 1

    def snapshot(self) -> tuple[int, NDArray[np.float32], NDArray[np.float32]] | None:
        """(step, θ, gradient) of one moment, copied; None when writing never paused, or has not
        begun.
        """
        for _ in range(_RETRIES):
            slot = int(self._header[2])
            count = int(self._header[3 + slot])
            if count == 0:
                return None
            step = int(self._header[5 + slot])
            theta, grad = self._slots[slot].copy()
            if count % 2 == 0 and count == int(self._header[3 + slot]):
                return step, theta, grad
        return None

    def version(self) -> int:
        """Grows with every publication: a cheap way to see whether a snapshot is worth it."""
        return int(self._header[3]) + int(self._header[4])

    def recorded(self) -> int:
        """How many mini-batches were recorded so far."""
        return int(self._header[7])

    def new_rows(self) -> NDArray[np.float64]:
        """Steps recorded since the last call (M, K), columns as `columns`.

        A reader more than `RING_ROWS` steps late gets the newest ones.
        """
        head = int(self._header[7])
        first = max(self._read_head, head - RING_ROWS // 2)
        self._read_head = head
        return self._ring[np.arange(first, head) % RING_ROWS]


def remove_abandoned_boards() -> None:
    """Give back what killed processes left in shared memory; other labs' boards stay."""
    if _SHM_FOLDER.is_dir():
        for path in _SHM_FOLDER.glob(f"{_PREFIX}*"):
            remove_abandoned(path)


def _allocate(size: int) -> SharedMemory:
    """So many bytes, all of them really there.

    The system gives pages at their first touch, and ends the process that touches one when there
    is none left; asked for all of them now, it only refuses.
    """
    try:
        while True:
            memory = SharedMemory(_PREFIX + secrets.token_hex(6), create=True, size=size)
            try:
                if _reserve_pages(memory, size):
                    return memory
            except BaseException:
                memory.close()
                memory.unlink()
                raise
            memory.close()  # taken for abandoned by another lab before it could be held
    except OSError as error:
        raise ResourceError(
            error.errno or 0,
            tr(
                "The run needs {size:,.0f} MB of shared memory, and the system refuses it "
                "({strerror}). Close other programs or labs, or make {shm_folder} larger; "
                "then try again."
            ).format(
                size=size / 2**20,
                strerror=error.strerror or error,
                shm_folder=_SHM_FOLDER if _SHM_FOLDER.is_dir() else tr("it"),
            ),
        ) from error


def _reserve_pages(memory: SharedMemory, size: int) -> bool:
    """Reserve and hold it; False where it was removed meanwhile. Raises OSError without room."""
    descriptor: int = getattr(memory, "_fd", -1)  # Windows has none, and commits all at once
    if descriptor < 0:
        return True
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):  # it cannot be asked for here
                raise
    return lock_shared(descriptor)


def _attach_untracked(name: str) -> SharedMemory:
    """Somebody else's memory. Python before 3.13 would list it as ours to clean up (bpo-38119)."""
    if sys.version_info >= (3, 13):
        return SharedMemory(name, track=False)
    register = resource_tracker.register
    resource_tracker.register = lambda *_: None
    try:
        return SharedMemory(name)
    finally:
        resource_tracker.register = register
