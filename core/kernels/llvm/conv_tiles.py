"""The innermost loops of a convolution with its 2×2 max-pool, each in one piece of machine code.

Pictures lie channels last, so a patch is a few rows of neighbouring floats. `where` holds, for a
pooled value, the pixel at which the winning patch begins.
"""

from itertools import product
from typing import Any

from llvmlite import ir
from numba import types

from core.kernels.llvm.jit import machine_code
from core.kernels.llvm.simd_builder import LANES, Lanes

_I = types.intp


def forward_tile(high: int, wide: int, vectors: int) -> Any:
    """One window of high × wide positions (a full one has 2 × 2) and 16·vectors outputs.

    Each float of the patch: a weight vector for each output group, times the float at each
    position. The largest sum wins, the first of equals; the bias comes last.
    """

    @machine_code
    def tile(
        typing: Any, x: Any, at: Any, row: Any, channels: Any, lines: Any, length: Any,
        weight: Any, bias: Any, outputs: Any, out: Any, value: Any, where: Any, target: Any,
        pixel: Any, width: Any, last: Any,
    ) -> Any:  # fmt: skip
        signature = types.void(
            x, _I, _I, _I, _I, _I, weight, bias, _I, _I, value, where, _I, _I, _I, _I
        )

        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            v = Lanes(context, builder, signature, values)
            _, at, row, channels, lines, length, _, _, outputs, out, _, _, target, pixel, width, \
                last = values  # fmt: skip
            x_from, w_from, b_from = v.address(0, at), v.address(6, out), v.address(7, out)
            to = v.add(target, out)
            value_to, where_to = v.address(10, to), v.address(11, to)
            places = list(product(range(high), range(wide)))
            shifts = [v.add(v.times(row, v.number(dy)), v.times(channels, v.number(dx)))
                      for dy, dx in places]  # fmt: skip
            sums = [[v.accumulator(v.constant(0)) for _ in range(vectors)] for _ in places]
            _add_products(v, (lines, length), (x_from, row, shifts), (w_from, outputs), sums)
            pixels = [
                v.index_everywhere(v.add(v.add(pixel, v.times(width, v.number(dy))), v.number(dx)))
                for dy, dx in places
            ]
            mask = v.first(last)
            for z in range(vectors):
                best, its = _largest(v, [at_place[z] for at_place in sums], pixels)
                step = v.number(z * LANES)
                best = v.plus(best, v.load(v.after(b_from, step)))
                part = mask if z == vectors - 1 else None
                _store(v, best, v.after(value_to, step), part)
                _store(v, its, v.after(where_to, step), part)
            return v.done

        return signature, code

    return tile


def _add_products(
    v: Lanes,
    patch: tuple[ir.Value, ir.Value],
    image: tuple[ir.Value, ir.Value, list[ir.Value]],
    weight: tuple[ir.Value, ir.Value],
    sums: list[list[ir.Value]],
) -> None:
    """Add a patch of (lines, length) floats times its weights to the sums [position][vector].

    `image` is an address, the distance of two rows and those of the positions; `weight` is an
    address and the distance from one float's weights to the next's.
    """
    (lines, length), (x_from, row, shifts), (w_from, outputs) = patch, image, weight
    with v.counting(lines) as line:
        x_line = v.after(x_from, v.times(line, row))
        w_line = v.after(w_from, v.times(v.times(line, length), outputs))
        with v.counting(length) as k:
            w_here = v.after(w_line, v.times(k, outputs))
            weights = [v.load(v.after(w_here, v.number(z * LANES))) for z in range(len(sums[0]))]
            x_here = v.after(x_line, k)
            for shift, totals in zip(shifts, sums, strict=True):
                number = v.load_everywhere(v.after(x_here, shift))
                for vector, total in zip(weights, totals, strict=True):
                    v.put(v.fma(number, vector, v.get(total)), total)


def _largest(v: Lanes, sums: list[ir.Value], pixels: list[ir.Value]) -> tuple[ir.Value, ir.Value]:
    """The largest of the sums at each lane, the first of equals, and its pixel."""
    best, its = v.get(sums[0]), pixels[0]
    for total, pixel in zip(sums[1:], pixels[1:], strict=True):
        rival = v.get(total)
        wins = v.beats(rival, best)
        best, its = v.select(wins, rival, best), v.select(wins, pixel, its)
    return best, its


def weight_tile(lines: int, vectors: int, part: bool = False) -> Any:
    """Weights of one output, `lines` rows × 16·vectors floats, stay in registers.

    Each sample, each window: the gradient there times the patch that won. With `part` only the
    first lanes count.
    """

    @machine_code
    def tile(
        typing: Any, x: Any, at: Any, picture: Any, row: Any, channels: Any, g: Any, where: Any,
        g_at: Any, outputs: Any, windows: Any, samples: Any, d_weight: Any, d_at: Any,
        stride: Any, lanes: Any,
    ) -> Any:  # fmt: skip
        signature = types.void(x, _I, _I, _I, _I, g, where, _I, _I, _I, _I, d_weight, _I, _I, _I)

        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            v = Lanes(context, builder, signature, values)
            _, at, picture, row, channels, _, _, g_at, outputs, windows, samples, _, d_at, \
                stride, lanes = values  # fmt: skip
            x_from, d_from = v.address(0, at), v.address(11, d_at)
            g_from, where_from = v.address(5, g_at), v.address(6, g_at)
            tiles = list(product(range(lines), range(vectors)))
            mask = v.first(lanes) if part else None
            targets = [
                v.after(d_from, v.add(v.times(stride, v.number(i)), v.number(z * LANES)))
                for i, z in tiles
            ]
            shifts = [v.add(v.times(row, v.number(i)), v.number(z * LANES)) for i, z in tiles]
            sums = [v.accumulator(v.load(target)) for target in targets]
            with v.counting(samples) as n:
                x_sample = v.after(x_from, v.times(n, picture))
                first = v.times(n, v.times(windows, outputs))
                with v.counting(windows) as w:
                    place = v.add(first, v.times(w, outputs))
                    gradient = v.load_everywhere(v.after(g_from, place))
                    pixel = v.load_index(v.after(where_from, place))
                    patch = v.after(x_sample, v.times(pixel, channels))
                    for shift, total in zip(shifts, sums, strict=True):
                        floats = _load(v, v.after(patch, shift), mask)
                        v.put(v.fma(gradient, floats, v.get(total)), total)
            for target, total in zip(targets, sums, strict=True):
                v.store(v.get(total), target)
            return v.done

        return signature, code

    return tile


def input_tile(lines: int, vectors: int, part: bool = False) -> Any:
    """Weights of one output, `lines` rows × 16·vectors floats, stay in registers.

    Each window of one sample: they are added, times the gradient there, to the patch that won.
    With `part` only the first lanes count, and nothing else is touched.
    """

    @machine_code
    def tile(
        typing: Any, d_x: Any, at: Any, row: Any, channels: Any, g: Any, where: Any, g_at: Any,
        outputs: Any, windows: Any, weight: Any, w_at: Any, stride: Any, lanes: Any,
    ) -> Any:  # fmt: skip
        signature = types.void(d_x, _I, _I, _I, g, where, _I, _I, _I, weight, _I, _I, _I)

        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            v = Lanes(context, builder, signature, values)
            _, at, row, channels, _, _, g_at, outputs, windows, _, w_at, stride, lanes = values
            d_from, w_from = v.address(0, at), v.address(9, w_at)
            g_from, where_from = v.address(4, g_at), v.address(5, g_at)
            tiles = list(product(range(lines), range(vectors)))
            mask = v.first(lanes) if part else None
            weights = [
                v.load(v.after(w_from, v.add(v.times(stride, v.number(i)), v.number(z * LANES))))
                for i, z in tiles
            ]
            shifts = [v.add(v.times(row, v.number(i)), v.number(z * LANES)) for i, z in tiles]
            with v.counting(windows) as w:
                place = v.times(w, outputs)
                gradient = v.load_everywhere(v.after(g_from, place))
                pixel = v.load_index(v.after(where_from, place))
                patch = v.after(d_from, v.times(pixel, channels))
                for shift, weight in zip(shifts, weights, strict=True):
                    here = v.after(patch, shift)
                    total = v.fma(gradient, weight, _load(v, here, mask))
                    _store(v, total, here, mask)
            return v.done

        return signature, code

    return tile


def _load(v: Lanes, address: ir.Value, mask: ir.Value | None) -> ir.Value:
    return v.load(address) if mask is None else v.load_some(address, mask)


def _store(v: Lanes, value: ir.Value, address: ir.Value, mask: ir.Value | None) -> None:
    if mask is None:
        v.store(value, address)
    else:
        v.store_some(value, address, mask)
