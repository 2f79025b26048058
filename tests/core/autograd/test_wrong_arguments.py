"""Whatever is handed to an operation: the right value, the same on both engines, or a LabError.

Never an error of numpy's, numba's or Python's own, never a number that lay behind an array.
"""

import re
import warnings
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from core.autograd import OPS, Tensor
from core.autograd import functional as F
from core.errors import LabError, LabWarning
from core.kernels.engine import Engine, use_engine
from tests.core.autograd.op_cases.calls import CALLS, Call, compute

ENGINES: tuple[Engine, ...] = ("reference", "fast")
OPERATIONS = pytest.mark.parametrize("op", CALLS)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Numbers may overflow here, and losses may broadcast: what counts is that nothing breaks."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", LabWarning)
        yield


def _learnt(value: Any) -> Any:
    floats = isinstance(value, np.ndarray) and value.dtype.str[1:] in ("f2", "f4", "f8")
    return Tensor(value, requires_grad=True) if floats else value


def _outcome(op: str, operands: tuple[Any, ...], options: dict[str, Any]) -> list[Any] | LabError:
    """The value and the gradients of all float operands; or how the operation refused."""
    try:
        tensors = tuple(map(_learnt, operands))
        y = compute(op, tensors, options)
        if y.dtype.kind == "f" and y.node is not None:
            y.backward(np.ones(y.shape, y.dtype))
    except LabError as error:
        return error
    gradients = [t.grad for t in tensors if isinstance(t, Tensor)]
    for tensor, gradient in zip((t for t in tensors if isinstance(t, Tensor)), gradients,
                                strict=True):  # fmt: skip
        assert gradient is None or gradient.shape == tensor.shape
    return [y.data, *gradients]


def _both(op: str, operands: tuple[Any, ...], options: dict[str, Any]) -> list[Any] | LabError:
    """The same on both engines, and what it was."""
    found: list[list[Any] | LabError] = []
    for engine in ENGINES:
        with use_engine(engine):
            # Copies, because batch normalisation moves its statistics.
            own = tuple(o.copy() if isinstance(o, np.ndarray) else o for o in operands)
            found.append(_outcome(op, own, dict(options)))
    reference, fast = found
    said = op, [getattr(o, "shape", o) for o in operands], options, reference, fast
    assert isinstance(reference, LabError) == isinstance(fast, LabError), said
    if isinstance(reference, LabError) or isinstance(fast, LabError):
        assert str(reference).startswith(op), str(reference)
        return reference
    for one, other in zip(reference, fast, strict=True):
        assert (one is None) == (other is None), said
        if one is not None:
            assert one.shape == other.shape and one.dtype == other.dtype, said
            close = 5e-2 if one.dtype == np.float16 else 2e-4
            scale = float(np.abs(one[np.isfinite(one)]).max(initial=1.0)) if one.size else 1.0
            np.testing.assert_allclose(other, one, close, close * scale, err_msg=str(said))
    return reference


def _with(call: Call, number: int, value: Any) -> tuple[Any, ...]:
    return *call.operands[:number], value, *call.operands[number + 1 :]


def test_every_operation_is_called() -> None:
    assert set(CALLS) == set(OPS)


@OPERATIONS
def test_the_plain_call_works_with_gradients(op: str) -> None:
    found = _both(op, *CALLS[op])
    assert not isinstance(found, LabError), str(found)
    assert np.isfinite(found[0]).all()


def _shapes(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """An axis longer, shorter, of length one, empty; an axis more on either side, or fewer."""
    changed = [(*shape[:i], n, *shape[i + 1 :]) for i, old in enumerate(shape)
               for n in (old + 1, old - 1, 1, 0)]  # fmt: skip
    return [*changed, (1, *shape), (2, *shape), (*shape, 1), (*shape, 2), shape[1:], shape[:-1], ()]


@OPERATIONS
def test_shapes(op: str) -> None:
    call = CALLS[op]
    for number, operand in enumerate(call.operands):
        if not isinstance(operand, np.ndarray):
            continue
        for shape in _shapes(operand.shape):
            # What lies behind the array would be seen in the result.
            room = np.full(operand.size * 4 + 64, 1e30 if operand.dtype.kind == "f" else 0)
            room = room.astype(operand.dtype)
            size = int(np.prod(shape))
            room[:size] = np.resize(operand.reshape(-1), size)
            found = _both(op, _with(call, number, room[:size].reshape(shape)), call.options)
            if isinstance(found, LabError):
                assert re.search(r"\(\d*(, ?\d+)*,?\)", str(found)), f"no shape in: {found}"
            else:
                assert np.abs(found[0].astype(float)[np.isfinite(found[0])]).max(initial=0) < 1e20


_TYPES = ("float16", "float64", ">f4", ">f8", "int64", "int32", "uint8", "int8", ">i8", "uint64",
          "bool")  # fmt: skip


@OPERATIONS
@pytest.mark.parametrize("dtype", _TYPES)
def test_types_give_the_value_of_float64(op: str, dtype: str) -> None:
    call = CALLS[op]
    for number, operand in enumerate(call.operands):
        if not isinstance(operand, np.ndarray):
            continue
        other = operand.astype(dtype)
        found = _both(op, _with(call, number, other), call.options)
        if isinstance(found, LabError):
            continue
        assert found[0].dtype.isnative
        if operand.dtype.kind != "f":
            continue
        exact = _both(op, _with(call, number, other.astype(np.float64)), call.options)
        assert not isinstance(exact, LabError), str(exact)
        close = 3e-2 if "float16" in dtype else 1e-3
        np.testing.assert_allclose(found[0].astype(float), exact[0].astype(float), close, close,
                                   err_msg=f"{op}, operand {number}")  # fmt: skip


_STRANGE: dict[str, Any] = {
    "None": None,
    "word": "abc",
    "bytes": b"abc",
    "words": np.array(["a", "b"]),
    "objects": np.array([None, {}], object),
    "complex": np.ones(3, complex),
    "complex number": 1j,
    "dates": np.array(["2020-01-01"], "datetime64[D]"),
    "long double": np.ones(3, np.longdouble),
    "structured": np.zeros(3, "i4,f4"),
    "dict": {},
    "set": {1.0},
    "object": object(),
    "function": len,
    "ragged": [[1.0], [1.0, 2.0]],
    "empty list": [],
    "huge number": 10**400,
    "NaN": float("nan"),
    "number": 2,
    "truth": True,
    "numpy number": np.float32(2),
    "fraction": Fraction(1, 2),
    "Tensors": [Tensor(np.ones(2)), Tensor(np.ones(2))],
    "masked": np.ma.masked_array([1.0, 2.0, 3.0], [True, False, True]),
    "matrix": np.ones((2, 3)).view(np.matrix) if hasattr(np, "matrix") else None,
}


@OPERATIONS
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_what_is_no_array(op: str) -> None:
    call = CALLS[op]
    for number in range(len(call.operands)):
        for value in _STRANGE.values():
            _both(op, _with(call, number, value), call.options)


@OPERATIONS
def test_lists_are_arrays(op: str) -> None:
    call = CALLS[op]
    plain = compute(op, *call)
    for number, operand in enumerate(call.operands):
        if isinstance(operand, np.ndarray):
            listed = compute(op, _with(call, number, operand.tolist()), call.options)
            np.testing.assert_allclose(listed.data, plain.data, 1e-5, 1e-5)


_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, -1, -2, 7, -7, 0.5, 1.5, -0.5, float("nan"), float("inf"),
    float("-inf"), 2**70, "same", "abc", "", b"x", (), (0,), (1,), (0, 0), (1, 1), (0, 1), (2, 1),
    (1, 2, 3), (-1, 0), (9, 9), [0, 1], [1], [[1, 2], [3, 4]], (1.5, 1), ("a", "b"), (None, None),
    np.int64(2), np.int8(1), np.float32(0.5), np.float64("nan"), np.bool_(True), np.array(1),
    np.array([1, 0]), np.array([0.5]), np.array([True, False]), object(), len, {}, {1: 2}, 1j,
    slice(None), ..., range(2), Fraction(1, 2), Tensor(np.array(1)), ["tanh"], [None, "relu"],
)  # fmt: skip


@OPERATIONS
def test_options(op: str) -> None:
    import inspect

    call = CALLS[op]
    parameters = inspect.signature(OPS[op].apply).parameters
    names = [
        name
        for number, (name, p) in enumerate(parameters.items())
        if p.kind is not p.VAR_POSITIONAL
        and (number >= len(call.operands) or p.kind is p.KEYWORD_ONLY)
    ]
    for name in names:
        for value in _VALUES:
            _both(op, call.operands, {**call.options, name: value})


def _axes_of(op: str) -> list[str]:
    parameters = OPS[op].apply.__signature__.parameters  # type: ignore[attr-defined]
    return [name for name in ("dim", "dims") if name in parameters]


@pytest.mark.parametrize(
    "op", [op for op in CALLS if _axes_of(op) and op not in ("permute", "flip")]
)
def test_negative_axes_count_from_the_last(op: str) -> None:
    call = CALLS[op]
    size = np.ndim(compute(op, *call).data) if op in ("stack", "unsqueeze") else 2
    for axis in range(size):
        here = _both(op, call.operands, {**call.options, "dim": axis})
        back = _both(op, call.operands, {**call.options, "dim": axis - size})
        if isinstance(here, LabError) or isinstance(back, LabError):
            assert isinstance(here, LabError) and isinstance(back, LabError)
            continue
        for one, other in zip(here, back, strict=True):
            assert np.array_equal(one, other), (op, axis)
    for axis in (size, -size - 1, 2**70):
        assert isinstance(_both(op, call.operands, {**call.options, "dim": axis}), LabError)


@pytest.mark.parametrize("axes", [(0, -1, 1), (-1, 0, 1), (-2, -1, -3), (2, 0, 1), [-1, 0, 1]])
def test_permute_has_the_gradient_of_the_same_axes_counted_from_the_first(axes: Any) -> None:
    weights = np.arange(24.0).reshape(np.empty((2, 3, 4)).transpose(axes).shape)
    gradients = []
    for order in (axes, [axis % 3 for axis in axes]):
        t = Tensor(np.zeros((2, 3, 4)), requires_grad=True)
        F.sum(F.permute(t, order) * weights).backward()
        gradients.append(t.grad)
    assert gradients[0].shape == (2, 3, 4)
    assert np.array_equal(*gradients)


@pytest.mark.parametrize("axes", [(0, 0, 1), (0, 1), (0, 1, 3), (0, 1, 2, 3), (0, -3, 1)])
def test_permute_refuses_what_is_no_order_of_the_axes(axes: Any) -> None:
    with pytest.raises(LabError, match="permute"):
        F.permute(np.zeros((2, 3, 4)), axes)
