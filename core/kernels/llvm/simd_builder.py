"""Sixteen float32 numbers at a time, written as LLVM's intermediate code.

A kernel's innermost loop nest is one function under `@machine_code` that writes its code through
`Lanes`. That gives the same machine code as unrolled Python and compiles in a tenth of the time.
Sixteen lanes are one register with AVX-512, two with AVX2 and four with NEON.

numba's cache looks at the file of the kernel only: after a change here delete the cache.
"""

import inspect
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Value = Any
LANES = 16
INDEX = ir.IntType(64)
_INT = ir.IntType(32)
_FLOAT = ir.FloatType()
_FLOATS = ir.VectorType(_FLOAT, LANES)
_INTS = ir.VectorType(_INT, LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)

WIDE = bool(llvm.get_host_cpu_features().get("avx512f"))
"""Whether there are 32 registers of sixteen lanes; tiles are chosen by it."""

_ON_X86 = platform.machine().lower() in ("x86_64", "amd64")
_FLUSH = 0x8040
"""MXCSR's two bits: denormal results become zero, denormal operands count as zero."""


_EXP = (
    1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
    5.0000001201e-1,
)  # fmt: skip


class Lanes:
    """Writes code for vectors of sixteen float32 into a numba intrinsic's function."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder
        self.add, self.times = builder.add, builder.mul  # of indices
        self.plus, self.minus = builder.fadd, builder.fsub  # of vectors
        self.product, self.quotient = builder.fmul, builder.fdiv
        self.select = builder.select  # (condition, a, b), lane by lane
        self.get, self.put = builder.load, builder.store  # (place), (value, place)

    def after(self, address: Value, count: Value) -> Value:
        """The address `count` elements further on."""
        return self._builder.gep(address, [count])

    def number(self, value: int) -> Value:
        """An index."""
        return ir.Constant(INDEX, value)

    @contextmanager
    def counting(self, count: Value) -> Iterator[Value]:
        """A loop; its index."""
        with cgutils.for_range(self._builder, count) as loop:
            yield loop.index

    def one_of(self, which: Value, branches: Sequence[Callable[[], None]], at: int = 0) -> None:
        """Branch number `which` of these, the first of which is number `at`."""
        if len(branches) == 1:
            branches[0]()
            return
        with self._builder.if_else(self._builder.icmp_signed("==", which, INDEX(at))) as (yes, no):
            with yes:
                branches[0]()
            with no:
                self.one_of(which, branches[1:], at + 1)

    def in_vectors(
        self, count: Value, body: Callable[[Value, Callable[..., Value], Callable[..., Any]], None]
    ) -> None:
        """`body(at, load, store)` for every sixteen of `count` floats, and for the rest of them."""
        whole = self._builder.lshr(count, INDEX(4))
        with self.counting(whole) as k:
            body(self.times(k, self.number(LANES)), self.load, self.store)
        done = self.times(whole, self.number(LANES))
        rest = self._builder.sub(count, done)
        with self._builder.if_then(self._builder.icmp_signed(">", rest, INDEX(0))):
            mask = self.first(rest)
            body(done, partial(self.load, mask=mask), partial(self.store, mask=mask))

    def accumulator(self, start: Value) -> Value:
        """A vector that changes; LLVM keeps it in a register."""
        return cgutils.alloca_once_value(self._builder, start)

    def load(self, address: Value, mask: Value | None = None) -> Value:
        """Sixteen floats, however aligned; with a mask only its lanes, zero elsewhere."""
        pointer = self._builder.bitcast(address, _FLOATS.as_pointer())
        if mask is None:
            return self._builder.load(pointer, align=4)
        kind = ir.FunctionType(_FLOATS, [pointer.type, _INT, _MASK, _FLOATS])
        function = self._declared(f"llvm.masked.load.v{LANES}f32.p0v{LANES}f32", kind)
        return self._builder.call(function, [pointer, _INT(4), mask, self.constant(0)])

    def store(self, value: Value, address: Value, mask: Value | None = None) -> None:
        """Sixteen floats or integers to memory; with a mask only its lanes."""
        value = self._builder.bitcast(value, _FLOATS)
        pointer = self._builder.bitcast(address, _FLOATS.as_pointer())
        if mask is None:
            self._builder.store(value, pointer, align=4)
            return
        kind = ir.FunctionType(ir.VoidType(), [_FLOATS, pointer.type, _INT, _MASK])
        function = self._declared(f"llvm.masked.store.v{LANES}f32.p0v{LANES}f32", kind)
        self._builder.call(function, [value, pointer, _INT(4), mask])

    def first(self, count: Value) -> Value:
        """A mask for the first `count` lanes."""
        counted = ir.Constant(_INTS, list(range(LANES)))
        return self._builder.icmp_signed("<", counted, self.index_everywhere(count))

    def load_index(self, address: Value) -> Value:
        """One int32 as an index."""
        return self._builder.sext(self._builder.load(address), INDEX)

    def load_everywhere(self, address: Value) -> Value:
        """One float in all lanes."""
        return self._everywhere(self._builder.load(address, align=4), _FLOATS)

    def index_everywhere(self, index: Value) -> Value:
        """An index in all lanes, as int32."""
        return self._everywhere(self._builder.trunc(index, _INT), _INTS)

    def constant(self, value: float) -> Value:
        """The same float in all lanes."""
        return ir.Constant(_FLOATS, [value] * LANES)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c with one rounding."""
        return self._call("llvm.fma", a, b, c)

    def magnitude(self, a: Value) -> Value:
        """|a|."""
        return self._call("llvm.fabs", a)

    def above(self, a: Value, b: Value) -> Value:
        """Whether a > b."""
        return self._builder.fcmp_ordered(">", a, b)

    def exp(self, a: Value) -> Value:
        """e to the a, for a up to 88; zero below −87. Relative error below 2·10⁻⁷.

        a = n·ln 2 + r: two to the n goes into the exponent's bits, e to the r is a polynomial
        (S. Moshier's coefficients, Cephes).
        """
        top, bottom = self.constant(88.0), self.constant(-87.0)
        a = self.select(self.above(a, top), top, a)
        small = self.above(bottom, a)
        a = self.select(small, bottom, a)
        n = self._call("llvm.rint", self.product(a, self.constant(1.44269504)))
        r = self.fma(n, self.constant(-0.693359375), a)
        r = self.fma(n, self.constant(2.12194440e-4), r)
        p = self.constant(_EXP[0])
        for coefficient in _EXP[1:]:
            p = self.fma(p, r, self.constant(coefficient))
        p = self.fma(p, self.product(r, r), self.plus(r, self.constant(1.0)))
        bits = self._builder.add(self._builder.fptosi(n, _INTS), ir.Constant(_INTS, [127] * LANES))
        bits = self._builder.shl(bits, ir.Constant(_INTS, [23] * LANES))
        power = self._builder.bitcast(bits, _FLOATS)
        return self.select(small, self.constant(0.0), self.product(p, power))

    def beats(self, a: Value, b: Value) -> Value:
        """Whether a comes before b as a maximum: larger, or the first that is no number."""
        b_is_a_number = self._builder.fcmp_ordered("ord", b, b)
        return self._builder.and_(self._builder.fcmp_unordered(">", a, b), b_is_a_number)

    def totals(self, vectors: Sequence[Value]) -> list[Value]:
        """The sum over the lanes of each of these vectors; a power of two of them, at most 16.

        Two vectors are folded into one that holds half-sums of both, and so on: fewer moves than
        summing each by itself.
        """
        folded = [(vector, [i]) for i, vector in enumerate(vectors)]
        width = LANES
        while width > 1:
            half = len(folded) // 2
            pairs = zip(folded[:half], folded[half:], strict=True) if half else [folded * 2]
            width //= 2
            folded = [(self._fold(a, b, width), i + j) for (a, i), (b, j) in pairs]
        total, owners = folded[0]
        lane = {owner: n for n, owner in enumerate(owners)}
        return [
            self._builder.extract_element(total, ir.Constant(_INT, lane[i]))
            for i in range(len(vectors))
        ]

    def _fold(self, a: Value, b: Value, width: int) -> Value:
        """Blocks of 2·width lanes of a, then of b, become blocks of half-sums."""
        starts = range(0, 2 * LANES, 2 * width)
        halves = (
            [start + shift + lane for start in starts for lane in range(width)]
            for shift in (0, width)
        )
        lower, upper = (
            self._builder.shuffle_vector(a, b, ir.Constant(_INTS, lanes)) for lanes in halves
        )
        return self.plus(lower, upper)

    def _everywhere(self, scalar: Value, vector: ir.VectorType) -> Value:
        nothing = ir.Constant(vector, ir.Undefined)
        first = self._builder.insert_element(nothing, scalar, ir.Constant(_INT, 0))
        return self._builder.shuffle_vector(first, nothing, ir.Constant(_INTS, [0] * LANES))

    def _call(self, name: str, *operands: Value) -> Value:
        kind = ir.FunctionType(_FLOATS, [_FLOATS] * len(operands))
        name = f"{name}.v{LANES}f32"
        return self._builder.call(self._declared(name, kind), operands)

    def _declared(self, name: str, kind: ir.FunctionType) -> Value:
        return cgutils.get_or_insert_function(self._builder.module, kind, name)


def machine_code(write: Callable[..., None]) -> Any:
    """Make of `write(v, *values)` a function that a kernel calls with pointers and indices."""

    def typed(typing: Any, *arguments: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Sequence[Value]) -> Value:
            write(Lanes(builder), *values)
            return context.get_dummy_value()

        taken = [types.intp if isinstance(a, types.Integer) else a for a in arguments]
        return types.void(*taken), code

    typed.__name__ = write.__name__
    typed.__signature__ = inspect.signature(write)  # type: ignore[attr-defined]
    return intrinsic(typed)


def one_of(writers: Sequence[Callable[..., None]]) -> Any:
    """The code of all these functions of the same arguments, of which `which`, the first, runs."""

    def choice(v: Lanes, which: Value, *values: Value) -> None:
        v.one_of(which, [partial(write, v, *values) for write in writers])

    first, *others = inspect.signature(writers[0]).parameters.values()
    named = inspect.Parameter("which", first.kind)
    choice.__signature__ = inspect.Signature([first, named, *others])  # type: ignore[attr-defined]
    return machine_code(choice)


def _flush_denormals(typing: Any) -> Any:

    def code(context: Any, builder: Any, signature: Any, values: Sequence[Value]) -> Value:
        place = cgutils.alloca_once_value(builder, ir.Constant(_INT, 0))
        if _ON_X86:
            _mxcsr(builder, "st", place)
            before = builder.load(place)
            builder.store(builder.or_(before, ir.Constant(_INT, _FLUSH)), place)
            _mxcsr(builder, "ld", place)
            return before
        return builder.load(place)

    return types.int32(), code


def _restore(typing: Any, before: Any) -> Any:

    def code(context: Any, builder: Any, signature: Any, values: Sequence[Value]) -> Value:
        if _ON_X86:
            _mxcsr(builder, "ld", cgutils.alloca_once_value(builder, values[0]))
        return context.get_dummy_value()

    return types.void(types.int32), code


def _mxcsr(builder: Any, way: str, place: Value) -> None:
    """Load or store the register that says how floats are computed."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{way}mxcsr")
    builder.call(function, [builder.bitcast(place, byte)])


flush_denormals: Any = intrinsic(_flush_denormals)
"""Let this thread treat denormals as zero; gives what `restore` needs. x86 only.

Without it a backward pass with fading gradients is up to 160 times slower.
"""

restore: Any = intrinsic(_restore)
"""Undo `flush_denormals`."""
