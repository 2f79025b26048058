"""Weights of the C++ original of *Hello Deep Learning*: its `.state` files, read and written.

A file is little-endian float32 throughout: 12345, 67890, then for each parameter tensor its rows,
its columns and its values column by column, at the end 9876, 54321. A convolution stores one tensor
a kernel, output by output, then its biases; a linear layer stores its matrix (out × in) and its
biases.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsError
from core.formatting import format_number
from core.io.atomic_write import write_atomic
from core.io.safe_open import read_regular
from core.translation import tr

Array = NDArray[np.float32]
_BEGIN, _END = (12345.0, 67890.0), (9876.0, 54321.0)
_LIMIT = 64 * 2**20


def read_state(path: Path) -> list[Array]:
    """All tensors (rows, columns) in the order of the file. Raises WeightsError."""
    try:
        raw = read_regular(path, _LIMIT)
    except OSError as error:
        raise WeightsError(
            tr(
                "{name} cannot be read ({strerror}). Choose a state file of the original that "
                "you may read."
            ).format(name=path.name, strerror=error.strerror or error)
        ) from error
    if len(raw) % 4 or len(raw) < 16:
        raise _wrong(path, tr("is no state file, or cut short: {n:,} bytes").format(n=len(raw)))
    values = np.frombuffer(raw, "<f4")
    if tuple(values[:2]) != _BEGIN:
        raise _wrong(path, tr("is no state file: it does not begin with 12345, 67890"))
    if tuple(values[-2:]) != _END:
        raise _wrong(path, tr("is cut short: it does not end with 9876, 54321"))
    tensors: list[Array] = []
    at = 2
    while at < len(values) - 2:
        rows, columns = float(values[at]), float(values[at + 1])
        room = len(values) - 4 - at
        whole = rows.is_integer() and columns.is_integer()
        if not (whole and rows >= 1 and columns >= 1 and rows * columns <= room):
            claim = f"{format_number(rows)} × {format_number(columns)}"
            raise _wrong(
                path,
                tr("is damaged: tensor {n} claims {claim}").format(n=len(tensors), claim=claim),
            )
        shape = int(rows), int(columns)
        count = shape[0] * shape[1]
        if not np.isfinite(values[at + 2 : at + 2 + count]).all():
            raise _wrong(
                path,
                tr("is damaged: tensor {n} holds what is no finite number").format(n=len(tensors)),
            )
        tensors.append(values[at + 2 : at + 2 + count].reshape(shape, order="F").astype(np.float32))
        at += 2 + count
    return tensors


def _wrong(path: Path, what: str) -> WeightsError:
    return WeightsError(
        tr("{name} {what}. Choose a .state file that the original saved whole.").format(
            name=path.name, what=what
        )
    )


def write_state(path: Path, tensors: Sequence[Array]) -> None:
    """The same format, replaced whole. Raises OSError."""
    parts = [np.array(_BEGIN, "<f4")]
    for tensor in tensors:
        parts += [np.array(tensor.shape, "<f4"), tensor.astype("<f4").ravel(order="F")]
    write_atomic(path, np.concatenate([*parts, np.array(_END, "<f4")]).tobytes())


def to_torch_layout(
    tensors: Sequence[Array],
    shapes: Mapping[str, tuple[int, ...]],
    picture: tuple[int, int] | None = None,
    shared_kernels: bool = False,
) -> dict[str, Array]:
    """The tensors under torch's names and layouts, in the order of `shapes`.

    Three quirks are undone: the original adds a convolution's bias once per input channel, so
    biases are multiplied by them; it flattens pictures column by column, so the first linear layer
    behind a `picture` (h, w) has its inputs put in row order; before February 2023 a convolution
    had one kernel an output, `shared_kernels`, which is repeated for every input.
    Raises WeightsError where the tensors do not fit.
    """
    waiting = list(tensors)
    state: dict[str, Array] = {}
    channels = 0  # of the convolution whose biases come next; 0 behind a linear layer
    behind_picture = picture is not None

    def take(shape: tuple[int, int], name: str) -> Array:
        if not waiting or waiting[0].shape != shape:
            found = waiting[0].shape if waiting else tr("nothing")
            raise WeightsError(
                tr("“{name}” needs a tensor {shape}, the state file has {found}.").format(
                    name=name, shape=shape, found=found
                )
            )
        return waiting.pop(0)

    for name, shape in shapes.items():
        if len(shape) == 4:
            out, channels, height, width = shape
            stored = 1 if shared_kernels else channels
            kernels = [take((height, width), name) for _ in range(out * stored)]
            grid = np.stack(kernels).reshape(out, stored, height, width)
            state[name] = np.repeat(grid, channels // stored, axis=1)
        elif len(shape) == 2:
            matrix = take((shape[0], shape[1]), name)
            if behind_picture and picture is not None:
                height, width = picture
                columns_first = matrix.reshape(shape[0], -1, width, height)
                matrix = columns_first.transpose(0, 1, 3, 2).reshape(shape)
                behind_picture = False
            state[name] = np.ascontiguousarray(matrix)
            channels = 0
        elif channels:
            biases = np.stack([take((1, 1), name)[0, 0] for _ in range(shape[0])])
            state[name] = biases * np.float32(channels)
        else:
            state[name] = take((shape[0], 1), name)[:, 0]
    if waiting:
        raise WeightsError(
            tr("The state file has {n} tensors more than this network.").format(n=len(waiting))
        )
    return state
