"""Argument validation by annotation: integers, floats, dims, choices.

`validator_for(annotation)` makes a function of (value, name) that returns the value in its plain
Python form, or raises ArgumentError. Bounds are written into the annotation: `Count` is a whole
number from 1.
"""

import inspect
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from numbers import Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

from core.errors import ArgumentError, LabError
from core.formatting import format_number
from core.translation import tr

P = ParamSpec("P")
R = TypeVar("R")
Validator = Callable[[Any, str], Any]


@dataclass(frozen=True)
class Interval:
    """Bounds of a number: low ≤ number ≤ high, or below `high` where it is `open`."""

    low: float = -math.inf
    high: float = math.inf
    open: bool = False

    def holds(self, number: float) -> bool:
        """Whether a number lies inside."""
        return self.low <= number and (number < self.high if self.open else number <= self.high)

    def __str__(self) -> str:
        low = (
            tr("at least {low}").format(low=format_number(self.low)) if self.low > -math.inf else ""
        )
        most = tr("below") if self.open else tr("at most")
        has_top = self.high < math.inf or self.open
        high = f"{most} {format_number(self.high)}" if has_top else ""
        return tr(" and ").join(part for part in (low, high) if part)


_MOST = 2**62
"""A larger integer is refused."""

Count = Annotated[int, Interval(1)]
"""How many of something there are: a whole number from 1."""
UnitInterval = Annotated[float, Interval(0, 1)]
"""A number from 0 to 1."""
NonNegative = Annotated[float, Interval(0, math.inf, open=True)]
"""A finite number that is not negative."""


def validate_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function or constructor: its arguments are validated by their annotations.

    Raises ArgumentError naming the class or function and the argument; also for a random generator
    that was left out.
    """
    signature = inspect.signature(function)
    validators = {name: validator_for(p.annotation) for name, p in signature.parameters.items()}
    constructs = function.__name__ == "__init__"

    @wraps(function)
    def apply(*arguments: P.args, **options: P.kwargs) -> R:
        called = type(arguments[0]).__name__ if constructs else function.__name__
        if "rng" in signature.parameters and "rng" not in options:
            raise ArgumentError(
                tr(
                    "{called}: rng is missing. Say rng=np.random.default_rng(0): a layer "
                    "draws its first weights from it, so that a seed fixes them."
                ).format(called=called)
            )
        bound = signature.bind(*arguments, **options)
        try:
            for name, value in bound.arguments.items():
                bound.arguments[name] = validators[name](value, name)
        except ArgumentError as error:
            raise ArgumentError(f"{called}: {error}") from None
        return function(*bound.args, **bound.kwargs)

    return apply


def validator_for(annotation: Any) -> Validator:
    """The validator of one annotation; a value of an unknown annotation passes unchanged."""
    kinds = list(_members(annotation))
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    notes = [note for k in kinds if get_origin(k) is Annotated for note in get_args(k)[1:]]
    bounds = next((note for note in notes if isinstance(note, Interval)), None)
    plain = [get_args(kind)[0] if get_origin(kind) is Annotated else kind for kind in kinds]
    tuples = [kind for kind in plain if get_origin(kind) is tuple and int in get_args(kind)]
    known = {int, float, bool, NoneType, np.random.Generator}
    if any(k not in known and k not in tuples and get_origin(k) is not Literal for k in plain):
        return lambda value, name: value

    quick = {int, bool} & set(plain) if bounds is None else set()

    def validate(value: Any, name: str) -> Any:
        kind = type(value)
        if kind in quick and -_MOST < value < _MOST:
            return value
        if kind is tuple and tuples and bounds is None:
            for part in value:
                if type(part) is not int or not -_MOST < part < _MOST:
                    break
            else:
                return value
        if value is None and (NoneType in plain or None in words):
            return None
        found: Any
        if isinstance(value, str):
            found = value if value in words else None
        elif np.random.Generator in plain:
            found = value if isinstance(value, np.random.Generator) else None
        else:
            found = _number(value, plain, bool(tuples))
        parts = found if isinstance(found, tuple) else (found,)
        if found is None or (bounds and not all(map(bounds.holds, parts))):
            raise ArgumentError(
                tr("{name} is {value}; it must be {expected}").format(
                    name=name, value=describe(value), expected=expected()
                )
            )
        return found

    def expected() -> str:
        said = [tr(_SAID[kind]) for kind in plain if kind in _SAID]
        said += [tr("a tuple of whole numbers")] * bool(tuples)
        said += [f"“{word}”" for word in words if word is not None]
        said += ["None"] * (NoneType in plain or None in words)
        return tr(" or ").join(said) + (f", {bounds}" if bounds else "")

    return validate


_SAID = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    np.random.Generator: "a numpy Generator, such as np.random.default_rng(0)",
}


def describe(value: Any) -> str:
    """A value as an error message shows it: at most 60 characters, an array by its shape."""
    if isinstance(value, str):
        return f"“{value[:40]}”"
    if isinstance(value, bool | int | float | np.generic):
        return f"{value}"[:40]
    if isinstance(value, np.ndarray) or hasattr(value, "shape"):
        kind = tr("an array") if isinstance(value, np.ndarray) else tr("a Tensor")
        return f"{kind} {value.shape}"
    if isinstance(value, tuple | list):
        return f"{value!r}"[:60]
    return tr("a {kind}").format(kind=type(value).__name__) if value is not None else "None"


def to_int(value: Any) -> int | None:
    """An integer of any type as Python's int, below 2⁶²; None for all else and for booleans."""
    if isinstance(value, bool | np.bool_) or (isinstance(value, np.ndarray) and value.ndim):
        return None
    try:
        found = operator.index(value)
    except TypeError:
        return None
    return found if abs(found) < _MOST else None


def to_float(value: Any) -> float | None:
    """A real number of any type as Python's float; None for anything else, booleans and NaN."""
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "fiu":
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return None if math.isnan(found) else found


def _number(value: Any, plain: list[Any], tuples: bool) -> Any:
    found: Any = None
    if bool in plain and (isinstance(value, bool | np.bool_) or to_int(value) in (0, 1)):
        found = bool(value)
    if found is None and int in plain:
        found = to_int(value)
    if found is None and float in plain:
        found = to_float(value)
    is_row = isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim == 1)
    if found is None and tuples and is_row:
        parts = tuple(to_int(part) for part in value)
        found = None if None in parts else parts
    if found is None and tuples and int not in plain and to_int(value) is not None:
        found = (to_int(value),)
    return found


def _members(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _members(part)
    else:
        yield annotation


def plain_array(value: Any, name: str) -> NDArray[Any]:
    """Numbers as a plain array: native byte order, booleans, whole numbers, floats up to float64.

    Raises ArgumentError for what holds no numbers.
    """
    try:
        array = value if type(value) is np.ndarray else np.asarray(value)
    except LabError:
        raise
    except Exception as error:  # whatever a foreign object says when it is asked for numbers
        raise ArgumentError(
            tr("{name} is {value}, which is no array: {error}").format(
                name=name, value=describe(value), error=error
            )
        ) from error
    dtype = array.dtype
    if dtype.kind not in "fiub" or dtype.itemsize > 8:
        what = (
            tr("{value} of {dtype}").format(value=describe(value), dtype=dtype)
            if isinstance(value, np.ndarray)
            else describe(value)
        )
        raise ArgumentError(
            tr(
                "{name} is {what}; it must be a Tensor, an array or a number: floats up to "
                "float64, whole numbers or booleans"
            ).format(name=name, what=what)
        )
    return array if dtype.isnative else array.astype(dtype.type)
