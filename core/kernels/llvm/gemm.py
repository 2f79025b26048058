"""Matrix products in registers, any shape; float32.

    multiply   C[i, j] (+)= Σₖ A[i, k]·B[k, j]     a tile is 6 rows × 4 vectors of C:
                                                   each k: 4 loads of B, 6 numbers of A, 24 FMAs
    dots       C[i, j]  = Σₖ A[i, k]·B[j, k]       a tile is 4 × 4 numbers of C, a vector each:
                                                   each 16 k: 4 loads of A, 4 of B, 16 FMAs

`multiply` takes A with any strides, so a transposed A costs nothing. `dots` is for a B that lies
transposed, as the weights of a linear layer do. A matrix is a pointer (`array.ctypes`), its first
element and its strides.
"""

from typing import Any

from numba import types

from core.kernels.llvm.jit import FLOATS, linked, machine_code
from core.kernels.llvm.simd_builder import LANES, WIDE, Lanes

_ROWS, _VECTORS = (6, 4) if WIDE else (4, 1)
_SIDE = 4 if WIDE else 2
_DEPTH = 256
"""How many k at a time: 256 rows of four vectors stay in the first cache."""


def _product_tile(rows: int, vectors: int) -> Any:
    """rows × vectors of C += A·B, the last vector with only `last` lanes."""

    @machine_code
    def tile(
        typing: Any, a: Any, a_at: Any, a_row: Any, a_k: Any, b: Any, b_at: Any, b_k: Any, c: Any,
        c_at: Any, c_row: Any, depth: Any, last: Any,
    ) -> Any:  # fmt: skip
        i = types.intp
        signature = types.void(a, i, i, i, b, i, i, c, i, i, i, i)

        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            v = Lanes(context, builder, signature, values)
            _, a_at, a_row, a_k, _, b_at, b_k, _, c_at, c_row, depth, last = values
            a_from, b_from, c_from = v.address(0, a_at), v.address(4, b_at), v.address(7, c_at)
            mask = v.first(last)

            def place(start: Any, z: int) -> Any:
                return v.after(start, v.number(z * LANES))

            def load(start: Any, z: int) -> Any:
                if z < vectors - 1:
                    return v.load(place(start, z))
                return v.load_some(place(start, z), mask)

            c_rows = [v.after(c_from, v.times(c_row, v.number(r))) for r in range(rows)]
            a_rows = [v.after(a_from, v.times(a_row, v.number(r))) for r in range(rows)]
            sums = [[v.accumulator(load(c_rows[r], z)) for z in range(vectors)]
                    for r in range(rows)]  # fmt: skip
            with v.counting(depth) as k:
                line = v.after(b_from, v.times(k, b_k))
                right = [load(line, z) for z in range(vectors)]
                step = v.times(k, a_k)
                for r in range(rows):
                    left = v.load_everywhere(v.after(a_rows[r], step))
                    for z in range(vectors):
                        v.put(v.fma(left, right[z], v.get(sums[r][z])), sums[r][z])
            for r in range(rows):
                for z in range(vectors - 1):
                    v.store(v.get(sums[r][z]), place(c_rows[r], z))
                v.store_some(v.get(sums[r][-1]), place(c_rows[r], vectors - 1), mask)
            return v.done

        return signature, code

    return tile


def _dot_tile(rows: int, columns: int) -> Any:
    """rows × columns dot products of `depth` neighbouring numbers."""

    @machine_code
    def tile(
        typing: Any, a: Any, a_at: Any, a_row: Any, b: Any, b_at: Any, b_row: Any, c: Any,
        c_at: Any, c_row: Any, depth: Any,
    ) -> Any:  # fmt: skip
        i = types.intp
        signature = types.void(a, i, i, b, i, i, c, i, i, i)

        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            v = Lanes(context, builder, signature, values)
            _, a_at, a_row, _, b_at, b_row, _, c_at, c_row, depth = values
            a_from, b_from, c_from = v.address(0, a_at), v.address(3, b_at), v.address(6, c_at)
            sums = [[v.accumulator(v.constant(0)) for _ in range(columns)] for _ in range(rows)]

            def add(at: Any, load: Any, store: Any) -> None:
                left = [load(v.after(a_from, v.add(at, v.times(a_row, v.number(r)))))
                        for r in range(rows)]  # fmt: skip
                right = [load(v.after(b_from, v.add(at, v.times(b_row, v.number(s)))))
                         for s in range(columns)]  # fmt: skip
                for r in range(rows):
                    for s in range(columns):
                        v.put(v.fma(left[r], right[s], v.get(sums[r][s])), sums[r][s])

            v.in_vectors(depth, add)
            totals = v.totals([v.get(x) for row in sums for x in row])
            for r in range(rows):
                for s in range(columns):
                    at = v.add(v.times(c_row, v.number(r)), v.number(s))
                    builder.store(totals[r * columns + s], v.after(c_from, at))
            return v.done

        return signature, code

    return tile


_tall4, _tall2, _tall1 = (_product_tile(_ROWS, z) for z in (4, 2, 1))
_row4, _row2, _row1 = (_product_tile(1, z) for z in (4, 2, 1))
_dots, _dots_row = _dot_tile(_SIDE, _SIDE), _dot_tile(1, _SIDE)
_dots_column, _dot = _dot_tile(_SIDE, 1), _dot_tile(1, 1)


_I = types.intp


@linked(_I, _I, _I, FLOATS, _I, _I, _I, FLOATS, _I, _I, FLOATS, _I, _I)
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
                if i + _ROWS <= rows:
                    if z == 4:
                        _tall4(a, x, a_row, a_k, b, y, b_k, c, o, c_row, some, last)
                    elif z == 2:
                        _tall2(a, x, a_row, a_k, b, y, b_k, c, o, c_row, some, last)
                    else:
                        _tall1(a, x, a_row, a_k, b, y, b_k, c, o, c_row, some, last)
                    i += _ROWS
                else:
                    if z == 4:
                        _row4(a, x, a_row, a_k, b, y, b_k, c, o, c_row, some, last)
                    elif z == 2:
                        _row2(a, x, a_row, a_k, b, y, b_k, c, o, c_row, some, last)
                    else:
                        _row1(a, x, a_row, a_k, b, y, b_k, c, o, c_row, some, last)
                    i += 1
            j += z * LANES


@linked(_I, _I, _I, FLOATS, _I, _I, FLOATS, _I, _I, FLOATS, _I, _I)
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
            if high > 1 and wide > 1:
                _dots(a, x, a_row, b, y, b_row, c, o, c_row, depth)
            elif wide > 1:
                _dots_row(a, x, a_row, b, y, b_row, c, o, c_row, depth)
            elif high > 1:
                _dots_column(a, x, a_row, b, y, b_row, c, o, c_row, depth)
            else:
                _dot(a, x, a_row, b, y, b_row, c, o, c_row, depth)
            j += wide
        i += high
