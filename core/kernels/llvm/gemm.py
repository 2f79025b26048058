"""Matrix products in registers, any shape; float32.

    multiply   C[i, j] (+)= Σₖ A[i, k]·B[k, j]     a tile is 6 rows × 4 vectors of C:
                                                   each k: 4 loads of B, 6 numbers of A, 24 FMAs
    dots       C[i, j]  = Σₖ A[i, k]·B[j, k]       a tile is 4 × 4 numbers of C, a vector each:
                                                   each 16 k: 4 loads of A, 4 of B, 16 FMAs

`multiply` takes A with any strides, so a transposed A costs nothing. `dots` is for a B that lies
transposed, as the weights of a linear layer do. A matrix is a pointer (`array.ctypes`), its first
element and its strides.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

from core.kernels.llvm.jit import FLOATS, INDEX, linked
from core.kernels.llvm.simd_builder import LANES, WIDE, Lanes, Value, one_of

_ROWS, _VECTORS = (6, 4) if WIDE else (4, 1)
_SIDE = 4 if WIDE else 2
_DEPTH = 256
"""How many k at a time: 256 rows of four vectors stay in the first cache."""


def _product_tile(rows: int, vectors: int) -> Callable[..., None]:
    """rows × vectors of C += A·B, the last vector with only `last` lanes."""

    def tile(
        v: Lanes, a: Value, a_at: Value, a_row: Value, a_k: Value, b: Value, b_at: Value,
        b_k: Value, c: Value, c_at: Value, c_row: Value, depth: Value, last: Value,
    ) -> None:  # fmt: skip
        a_from, b_from, c_from = v.after(a, a_at), v.after(b, b_at), v.after(c, c_at)
        masks = [None] * (vectors - 1) + [v.first(last)]

        def places(line: Value) -> list[tuple[Value, Value | None]]:
            return [(v.after(line, v.number(z * LANES)), mask) for z, mask in enumerate(masks)]

        c_rows = [v.after(c_from, v.times(c_row, v.number(r))) for r in range(rows)]
        a_rows = [v.after(a_from, v.times(a_row, v.number(r))) for r in range(rows)]
        sums = [[v.accumulator(v.load(*place)) for place in places(row)] for row in c_rows]
        with v.counting(depth) as k:
            right = [v.load(*place) for place in places(v.after(b_from, v.times(k, b_k)))]
            step = v.times(k, a_k)
            for a_line, totals in zip(a_rows, sums, strict=True):
                left = v.load_everywhere(v.after(a_line, step))
                for vector, total in zip(right, totals, strict=True):
                    v.put(v.fma(left, vector, v.get(total)), total)
        for row, totals in zip(c_rows, sums, strict=True):
            for place, total in zip(places(row), totals, strict=True):
                v.store(v.get(total), *place)

    return tile


def _dot_tile(rows: int, columns: int) -> Callable[..., None]:
    """rows × columns dot products of `depth` neighbouring numbers."""

    def tile(
        v: Lanes, a: Value, a_at: Value, a_row: Value, b: Value, b_at: Value, b_row: Value,
        c: Value, c_at: Value, c_row: Value, depth: Value,
    ) -> None:  # fmt: skip
        a_from, b_from, c_from = v.after(a, a_at), v.after(b, b_at), v.after(c, c_at)
        sums = [[v.accumulator(v.constant(0)) for _ in range(columns)] for _ in range(rows)]

        def add(at: Value, load: Any, store: Any) -> None:
            left = [load(v.after(a_from, v.add(at, v.times(a_row, v.number(r)))))
                    for r in range(rows)]  # fmt: skip
            right = [load(v.after(b_from, v.add(at, v.times(b_row, v.number(s)))))
                     for s in range(columns)]  # fmt: skip
            for number, totals in zip(left, sums, strict=True):
                for other, total in zip(right, totals, strict=True):
                    v.put(v.fma(number, other, v.get(total)), total)

        v.in_vectors(depth, add)
        totals = v.totals([v.get(x) for row in sums for x in row])
        for (r, s), total in zip(product(range(rows), range(columns)), totals, strict=True):
            at = v.add(v.times(c_row, v.number(r)), v.number(s))
            v.put(total, v.after(c_from, at))

    return tile


_product_tiles = one_of([_product_tile(rows, z) for rows in (_ROWS, 1) for z in (4, 2, 1)])
_dot_tiles = one_of([_dot_tile(rows, columns) for rows in (_SIDE, 1) for columns in (_SIDE, 1)])


@linked(*[INDEX] * 3, FLOATS, *[INDEX] * 3, FLOATS, INDEX, INDEX, FLOATS, INDEX, INDEX)
def multiply(
    rows: int, columns: int, depth: int, a: Any, a_at: int, a_row: int, a_k: int, b: Any,
    b_at: int, b_k: int, c: Any, c_at: int, c_row: int,
) -> None:  # fmt: skip
    """C += A·B: (rows, depth)·(depth, columns). B and C have neighbouring columns."""
    for k in range(0, depth, _DEPTH):
        some = min(_DEPTH, depth - k)
        j = 0
        while j < columns:
            left = (columns - j + LANES - 1) // LANES
            z = min(_VECTORS, 4 if left >= 4 else 2 if left >= 2 else 1)
            last = min(LANES, columns - j - (z - 1) * LANES)
            i = 0
            while i < rows:
                x, y, o = a_at + i * a_row + k * a_k, b_at + k * b_k + j, c_at + i * c_row + j
                tall = i + _ROWS <= rows
                which = (0 if tall else 3) + (0 if z == 4 else 1 if z == 2 else 2)
                _product_tiles(which, a, x, a_row, a_k, b, y, b_k, c, o, c_row, some, last)
                i += _ROWS if tall else 1
            j += z * LANES


@linked(*[INDEX] * 3, *[FLOATS, INDEX, INDEX] * 3)
def dots(
    rows: int, columns: int, depth: int, a: Any, a_at: int, a_row: int, b: Any, b_at: int,
    b_row: int, c: Any, c_at: int, c_row: int,
) -> None:  # fmt: skip
    """C = A·Bᵀ: (rows, depth)·(columns, depth)ᵀ, both with neighbouring depths."""
    i = 0
    while i < rows:
        high = _SIDE if i + _SIDE <= rows else 1
        j = 0
        while j < columns:
            wide = _SIDE if j + _SIDE <= columns else 1
            x, y, o = a_at + i * a_row, b_at + j * b_row, c_at + i * c_row + j
            which = (0 if high > 1 else 2) + (0 if wide > 1 else 1)
            _dot_tiles(which, a, x, a_row, b, y, b_row, c, o, c_row, depth)
            j += wide
        i += high
