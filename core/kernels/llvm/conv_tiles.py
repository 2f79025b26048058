"""The innermost loops of a convolution with its 2×2 max-pool, each in one piece of machine code.

Pictures lie channels last, so a patch is a few rows of neighbouring floats. `where` holds, for a
pooled value, the pixel at which the winning patch begins.
"""

from collections.abc import Callable
from itertools import product

from llvmlite import ir

from core.kernels.llvm.simd_builder import LANES, Lanes, Value

Tile = Callable[..., None]


def forward_tile(high: int, wide: int, vectors: int) -> Tile:
    """One window of high × wide positions (a full one has 2 × 2) and 16·vectors outputs.

    Each float of the patch: a weight vector for each output group, times the float at each
    position. The largest sum wins, the first of equals; the bias comes last.
    """

    def tile(
        v: Lanes, x: Value, at: Value, row: Value, channels: Value, lines: Value, length: Value,
        weight: Value, bias: Value, outputs: Value, out: Value, value: Value, where: Value,
        target: Value, pixel: Value, width: Value, last: Value,
    ) -> None:  # fmt: skip
        x_from, w_from, b_from = v.after(x, at), v.after(weight, out), v.after(bias, out)
        to = v.add(target, out)
        value_to, where_to = v.after(value, to), v.after(where, to)
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
            v.store(best, v.after(value_to, step), part)
            v.store(its, v.after(where_to, step), part)

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


def weight_tile(lines: int, vectors: int, part: bool = False) -> Tile:
    """Weights of one output, `lines` rows × 16·vectors floats, stay in registers.

    Each sample, each window: the gradient there times the patch that won. With `part` only the
    first lanes count.
    """

    def tile(
        v: Lanes, x: Value, at: Value, picture: Value, row: Value, channels: Value, g: Value,
        where: Value, g_at: Value, outputs: Value, windows: Value, samples: Value, d_weight: Value,
        d_at: Value, stride: Value, lanes: Value,
    ) -> None:  # fmt: skip
        x_from, d_from = v.after(x, at), v.after(d_weight, d_at)
        g_from, where_from = v.after(g, g_at), v.after(where, g_at)
        mask = v.first(lanes) if part else None
        targets = [v.after(d_from, shift) for shift in _shifts(v, stride, lines, vectors)]
        shifts = _shifts(v, row, lines, vectors)
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
                    floats = v.load(v.after(patch, shift), mask)
                    v.put(v.fma(gradient, floats, v.get(total)), total)
        for target, total in zip(targets, sums, strict=True):
            v.store(v.get(total), target)

    return tile


def input_tile(lines: int, vectors: int, part: bool = False) -> Tile:
    """Weights of one output, `lines` rows × 16·vectors floats, stay in registers.

    Each window of one sample: they are added, times the gradient there, to the patch that won.
    With `part` only the first lanes count, and nothing else is touched.
    """

    def tile(
        v: Lanes, d_x: Value, at: Value, row: Value, channels: Value, g: Value, where: Value,
        g_at: Value, outputs: Value, windows: Value, weight: Value, w_at: Value, stride: Value,
        lanes: Value,
    ) -> None:  # fmt: skip
        d_from, w_from = v.after(d_x, at), v.after(weight, w_at)
        g_from, where_from = v.after(g, g_at), v.after(where, g_at)
        mask = v.first(lanes) if part else None
        weights = [v.load(v.after(w_from, s)) for s in _shifts(v, stride, lines, vectors)]
        shifts = _shifts(v, row, lines, vectors)
        with v.counting(windows) as w:
            place = v.times(w, outputs)
            gradient = v.load_everywhere(v.after(g_from, place))
            pixel = v.load_index(v.after(where_from, place))
            patch = v.after(d_from, v.times(pixel, channels))
            for shift, numbers in zip(shifts, weights, strict=True):
                here = v.after(patch, shift)
                v.store(v.fma(gradient, numbers, v.load(here, mask)), here, mask)

    return tile


def _shifts(v: Lanes, row: Value, lines: int, vectors: int) -> list[Value]:
    """How far the vectors of a tile lie behind its first, line by line."""
    return [
        v.add(v.times(row, v.number(i)), v.number(z * LANES))
        for i, z in product(range(lines), range(vectors))
    ]
