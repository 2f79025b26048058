"""Convolution, bias and 2×2 max-pool in one piece, and gradients that know of the pool.

After the pool only one of four positions carries a gradient. So the forward pass keeps, besides
each pooled value, the pixel at which the winning patch begins; the un-pooled map never touches
memory, and the gradients visit the winners only: a quarter of the work. Same result.

    forward          each window: its 4 positions × 64 outputs in registers
                     each float of the patch: 4 × 4 multiply-adds
    weight gradient  each output: 3 rows × 6 vectors of its weights in registers
                     each sample, each window: + gradient × the patch that won
    input gradient   each output: the same tile of its weights in registers
                     each window: the patch that won + gradient × weights

Pictures are (N, H, W, C), weights (kh, kw·C, O) forward and (O, kh, kw·C) backward, the last axis
filled up with zeros to whole vectors.
"""

from typing import Any

from numba import prange

from core.kernels.llvm.conv_tiles import forward_tile, input_tile, weight_tile
from core.kernels.llvm.jit import FLOATS, INDEX, INTS, compiled, linked, parallel_jit
from core.kernels.llvm.simd_builder import LANES, WIDE, flush_denormals, one_of, restore

Array = Any

_FULL, _EDGES = [(2, 2, z) for z in (4, 2, 1)], [(2, 1, 1), (1, 2, 1), (1, 1, 1)]
_BLOCKS = [(lines, *z) for lines in (3, 1) for z in ((6,), (3,), (1,), (1, True))]
_forward_tiles = one_of([forward_tile(*shape) for shape in _FULL + _EDGES])
_weight_tiles = one_of([weight_tile(*block) for block in _BLOCKS])
_input_tiles = one_of([input_tile(*block) for block in _BLOCKS])

_MOST = 4 if WIDE else 1
_LINES, _VECTORS = (3, 6) if WIDE else (1, 6)
_NEAR = 6000
"""How many floats of pictures the weight gradient goes through before the next output."""


@linked(FLOATS, FLOATS, FLOATS, FLOATS, INTS, *[INDEX] * 11)
def _forward(
    x: Any, weight: Any, bias: Any, value: Any, where: Any, height: int, width: int,
    channels: int, lines: int, length: int, outputs: int, padded: int, high: int, wide: int,
    first: int, last: int,
) -> None:  # fmt: skip
    row = width * channels
    rows, columns = height - lines + 1, width - length // channels + 1
    for n in range(first, last):
        for r in range(high):
            for q in range(wide):
                at = (n * height + 2 * r) * row + 2 * q * channels
                target = ((n * high + r) * wide + q) * outputs
                pixel = 2 * r * width + 2 * q
                below, right = 2 * r + 1 < rows, 2 * q + 1 < columns
                out = 0
                while out < outputs:
                    left = (outputs - out + LANES - 1) // LANES
                    if below and right:
                        z = min(_MOST, 4 if left >= 4 else 2 if left >= 2 else 1)
                        which = 0 if z == 4 else 1 if z == 2 else 2
                    else:
                        z, which = 1, 3 if below else 4 if right else 5
                    some = min(LANES, outputs - out - (z - 1) * LANES)
                    _forward_tiles(which, x, at, row, channels, lines, length, weight, bias, padded,
                                   out, value, where, target, pixel, width, some)  # fmt: skip
                    out += z * LANES


@compiled
def _block(lines: int, left: int) -> tuple[int, int, int]:
    """Which of `_BLOCKS` is next of so many lines and floats, its lines, and how far it goes."""
    high = 3 if lines >= 3 and _LINES == 3 else 1
    whole = min(left // LANES, _VECTORS)
    which = 0 if whole >= 6 else 1 if whole >= 3 else 2 if whole >= 1 else 3
    vectors = 6 if whole >= 6 else 3 if whole >= 3 else 1
    return which if high == 3 else which + 4, high, vectors * LANES


@linked(FLOATS, FLOATS, INTS, FLOATS, *[INDEX] * 10)
def _weight_gradient(
    x: Any, g: Any, where: Any, d_weight: Any, height: int, width: int, channels: int, lines: int,
    length: int, outputs: int, stride: int, windows: int, first: int, last: int,
) -> None:  # fmt: skip
    before = flush_denormals()
    row, picture = width * channels, height * width * channels
    block = max(1, _NEAR // picture)
    for n in range(first, last, block):
        samples = min(block, last - n)
        for out in range(outputs):
            g_at = n * windows * outputs + out
            i = high = 0
            while i < lines:
                j = step = 0
                while j < length:
                    which, high, step = _block(lines - i, length - j)
                    at, d_at = n * picture + i * row + j, (out * lines + i) * stride + j
                    _weight_tiles(which, x, at, picture, row, channels, g, where, g_at, outputs,
                                  windows, samples, d_weight, d_at, stride,
                                  length - j)  # fmt: skip
                    j += step
                i += high
    restore(before)


@linked(FLOATS, FLOATS, INTS, FLOATS, *[INDEX] * 10)
def _input_gradient(
    d_x: Any, g: Any, where: Any, weight: Any, height: int, width: int, channels: int, lines: int,
    length: int, outputs: int, stride: int, windows: int, first: int, last: int,
) -> None:  # fmt: skip
    before = flush_denormals()
    row, picture = width * channels, height * width * channels
    for n in range(first, last):
        for k in range(n * picture, (n + 1) * picture):
            d_x[k] = 0
        i = high = 0
        while i < lines:
            j = step = 0
            while j < length:
                which, high, step = _block(lines - i, length - j)
                at = n * picture + i * row + j
                for out in range(outputs):
                    g_at, w_at = n * windows * outputs + out, (out * lines + i) * stride + j
                    _input_tiles(which, d_x, at, row, channels, g, where, g_at, outputs, windows,
                                 weight, w_at, stride, length - j)  # fmt: skip
                j += step
            i += high
    restore(before)


@compiled
def _clear(flat: Array) -> None:
    for i in range(flat.size):
        flat[i] = 0


@compiled
def _bias_gradient(g: Array, d_bias: Array, first: int, last: int) -> None:
    for n in range(first, last):
        for r in range(g.shape[1]):
            for q in range(g.shape[2]):
                for out in range(g.shape[3]):
                    d_bias[out] += g[n, r, q, out]


@compiled
def _pack(weight: Array, by_output: Array, by_place: Array, first: int, last: int) -> None:
    """(O, C, kh, kw) to (O, kh, kw·C + 0…) for the gradients and (kh, kw·C, O + 0…) for forward.

    For outputs from `first`, a multiple of 16, to `last`.
    """
    outputs, channels, lines, columns = weight.shape
    for i in range(lines):
        for out in range(first, min(last, outputs)):
            row = by_output[out, i]
            kernels = weight[out, :, i]
            for j in range(columns):
                part = row[j * channels : (j + 1) * channels]
                for c in range(channels):
                    part[c] = kernels[c, j]
            row[columns * channels :] = 0
        for block in range(first, last, LANES):  # sixteen outputs are one line of cache
            some = min(LANES, outputs - block)
            outs = by_output[block : block + some, i]
            for k in range(columns * channels):
                line = by_place[i, k, block : block + LANES]
                for out in range(some):
                    line[out] = outs[out, k]
                line[some:] = 0


@compiled
def _unpack(halves: Array, d_weight: Array, first: int, last: int) -> None:
    """The sum of (2, O, kh, kw·C + …) to (O, C, kh, kw), for outputs from `first` to `last`."""
    _, channels, lines, columns = d_weight.shape
    for out in range(first, last):
        for c in range(channels):
            for i in range(lines):
                one, two = halves[0, out, i, c::channels], halves[1, out, i, c::channels]
                for j in range(columns):
                    d_weight[out, c, i, j] = one[j] + two[j]


@parallel_jit
def forward(
    x: Array, weight: Array, by_output: Array, by_place: Array, bias: Array, value: Array,
    where: Array,
) -> None:  # fmt: skip
    """Pooled values and the pixels of the winners, both (N, high, wide, O); packs the weights."""
    samples, height, width, channels = x.shape
    lines, length, padded = by_place.shape
    high, wide = value.shape[1:3]
    middle = padded // 2 // LANES * LANES
    for half in prange(2):
        start, end = (0, middle) if half == 0 else (middle, padded)
        _pack(weight, by_output, by_place, start, end)
    for half in prange(2):
        _forward(x.ctypes, by_place.ctypes, bias.ctypes, value.ctypes, where.ctypes, height, width,
                 channels, lines, length, len(weight), padded, high, wide,
                 samples * half // 2, samples * (half + 1) // 2)  # fmt: skip


@parallel_jit
def gradients(
    g: Array, where: Array, x: Array, weight: Array, d_x: Array, halves: Array, d_weight: Array,
    d_bias: Array,
) -> None:  # fmt: skip
    """Sets d_weight (O, C, kh, kw) and, unless it is empty, d_x (N, H, W, C).

    Each half of the batch has its own sums: d_bias (2, O), zero before, and `halves`
    (2, O, kh, kw·C + …).
    """
    samples, height, width, channels = x.shape
    outputs, lines, stride = weight.shape
    windows, length = g.shape[1] * g.shape[2], d_weight.shape[1] * d_weight.shape[3]
    for half in prange(2):
        first, last = samples * half // 2, samples * (half + 1) // 2
        _clear(halves[half].reshape(-1))
        _weight_gradient(
            x.ctypes, g.ctypes, where.ctypes, halves[half].ctypes, height, width, channels,
            lines, length, outputs, stride, windows, first, last,
        )  # fmt: skip
        _bias_gradient(g, d_bias[half], first, last)
        if d_x.size:
            _input_gradient(
                d_x.ctypes, g.ctypes, where.ctypes, weight.ctypes, height, width, channels, lines,
                length, outputs, stride, windows, first, last,
            )  # fmt: skip
    for half in prange(2):
        _unpack(halves, d_weight, outputs * half // 2, outputs * (half + 1) // 2)
