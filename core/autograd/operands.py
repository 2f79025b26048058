"""Operands and options of an op, checked and converted before its rule sees them.

The annotation of an operand in the rule says what it may be:

    Array    an array as it is, whole numbers too
    Number   arithmetic: whole numbers and booleans become int64, so that nothing wraps round
    Float    all of one type: whole numbers and booleans become float32, or the widest beside them
    Beside   what a Float is compared with, as it is

One that says nothing, or Any, is a Number. A rule gets arrays in the machine's byte order, of whole
numbers, booleans or floats up to float64; beside an array, a Number and a Beside may stay plain
numbers of Python's. Everything else is an option and is checked as `core.arguments` does.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

from core.arguments import Validator, describe, plain_array, validator_for
from core.autograd.tensor import Tensor
from core.errors import ArgumentError
from core.translation import tr

Array = NDArray[Any]
Number = Annotated[Any, "number"]
Float = Annotated[Any, "float"]
Beside = Annotated[Any, "beside"]
Index = Annotated[Any, "index"]
Constant = Annotated[Any, "constant"]
OPERANDS = ("array", "number", "float", "beside")
"""The kinds of parameters that are operands."""

_F32, _F64 = np.dtype(np.float32), np.dtype(np.float64)
_KNOWN = frozenset(map(np.dtype, "?bBhHiIlLqQefd"))
_INT64_MAX = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class _Parameter:
    """One parameter of a rule: an operand of a `kind`, or an option with its check."""

    name: str
    kind: str | None
    default: Any
    validate: Validator

    @property
    def optional(self) -> bool:
        """Whether it may be None."""
        return self.default is None

    @property
    def passes(self) -> int:
        """Flags of what passes unconverted.

        1 arrays of one float type, 2 None, 4 Python floats, 8 all; 16 marks an option.
        """
        if self.kind is None:
            return 16
        weak, any_type = self.kind in ("number", "beside"), self.kind == "array"
        return 1 + 2 * self.optional + 4 * weak + 8 * any_type


class RuleSignature:
    """The parameters of one rule, and how each is checked and converted."""

    def __init__(self, rule: Callable[..., Any]) -> None:
        self._first: list[_Parameter] = []
        self._rest: list[_Parameter] = []
        self.named: dict[str, _Parameter] = {}
        for name, parameter in inspect.signature(rule).parameters.items():
            kind = kind_of(parameter.annotation)
            validate = _index if kind == "index" else validator_for(parameter.annotation)
            operand = kind if kind in OPERANDS else None
            slot = _Parameter(name, operand, parameter.default, validate)
            if parameter.kind is parameter.VAR_POSITIONAL:
                self._rest = [slot]
                continue
            self.named[name] = slot
            if parameter.kind is not parameter.KEYWORD_ONLY and not self._rest:
                self._first.append(slot)

        self._flags = tuple(slot.passes for slot in self._first)
        self._longer: dict[int, tuple[int, ...]] = {}
        self.option_places = [i for i, slot in enumerate(self._first) if slot.kind is None]
        self._by_name = frozenset(name for name, slot in self.named.items() if slot.kind)

    def flags(self, count: int) -> tuple[int, ...]:
        """For `read`: what passes unconverted, for each of so many operands."""
        if count <= len(self._flags):
            return self._flags
        found = self._longer.get(count)
        if found is None:
            more = (self._rest[0].passes if self._rest else 16,) * (count - len(self._flags))
            found = self._longer[count] = self._flags + more
        return found

    def with_options(self, arrays: list[Any], operands: tuple[Any, ...]) -> list[Any]:
        """The arrays of `read` with positional options validated. Raises ArgumentError."""
        for place in self.option_places:
            if place < len(operands):
                arrays[place] = _option(self._first[place], operands[place])
        return arrays

    def __call__(
        self, operands: tuple[Any, ...], options: dict[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Operands by position and options by name, as the rule gets them. Raises ArgumentError."""
        slots = self._first
        if self._rest:
            slots = slots + self._rest * (len(operands) - len(slots))
        arrays = []
        one: Any = None
        uniform = True
        for slot, o in zip(slots, operands, strict=False):
            a = o.data if isinstance(o, Tensor) else o
            if slot.kind is None:
                a = _option(slot, o)
            elif type(a) is np.ndarray and (a.dtype is _F32 or a.dtype is _F64):
                if slot.kind == "float":
                    uniform = uniform and (one is None or one is a.dtype)
                    one = a.dtype
            else:
                a = _admitted(slot, a)
                uniform = uniform and a is None
            arrays.append(a)
        count = len(arrays)
        arrays += operands[count:]  # too many: Python will say so
        if options:
            named = [name for name in options if (s := self.named.get(name)) and s.kind]
            options = self.options(options)
            if named:
                together = arrays[:count] + [options[name] for name in named]
                _convert(slots[:count] + [self.named[name] for name in named], together)
                arrays[:count] = together[:count]
                options.update(zip(named, together[count:], strict=True))
                return arrays, options
        if not uniform:
            _convert(slots, arrays)
        return arrays, options

    def has_operands(self, options: dict[str, Any]) -> bool:
        """Whether an operand is among the options, given by its name."""
        return any([name in self._by_name for name in options])

    def options(self, options: dict[str, Any]) -> dict[str, Any]:
        """Options as the rule gets them. Raises ArgumentError."""
        return {name: self._named(name, value) for name, value in options.items()}

    def _named(self, name: str, value: Any) -> Any:
        slot = self.named.get(name)
        if slot is None or name == "needs_input_grad" or value is slot.default:
            return value
        if slot.kind is None:
            return _option(slot, value)
        return _admitted(slot, value.data if isinstance(value, Tensor) else value)


def read(
    operands: tuple[Any, ...], flags: tuple[int, ...]
) -> tuple[list[Any], list[Tensor | None], bool, bool]:
    """Arrays, the Tensors that learn, whether all fit the rule unconverted, whether any learns.

    They fit where all arrays are of one float type: nearly always, so this is the fast path.
    """
    arrays: list[Any] = []
    parents: list[Tensor | None] = []
    dtype: Any = None
    plain, weak, learns = True, False, False
    for o, passes in zip(operands, flags, strict=False):
        if isinstance(o, Tensor):
            a = o.data
            if o.requires_grad or o.node is not None:
                parents.append(o)
                learns = True
            else:
                parents.append(None)
        else:
            a = o
            parents.append(None)
        arrays.append(a)
        if type(a) is np.ndarray:
            found = a.dtype
            if passes < 8:
                if dtype is None:
                    dtype = found
                elif found is not dtype:
                    plain = False
            elif passes < 16 and found not in _KNOWN:
                plain = False
        elif passes < 16:
            if a is None:
                plain = plain and passes & 2 != 0
            else:
                plain = plain and type(a) is float and passes & 4 != 0
                weak = True
    plain = plain and (dtype is _F32 or dtype is _F64 or not (dtype or weak))
    return arrays, parents, plain, learns


def kind_of(annotation: Any) -> str | None:
    """One of `OPERANDS`, “index” or “constant”, by the annotation; None for any other option."""
    if annotation is Any or annotation is inspect.Parameter.empty:
        return "number"
    if get_origin(annotation) is Annotated and get_args(annotation)[0] is Any:
        word = get_args(annotation)[1]
        return word if isinstance(word, str) else None
    parts = get_args(annotation)
    return "array" if annotation == Array or Array in parts else None


def _option(slot: _Parameter, value: Any) -> Any:
    if isinstance(value, Tensor):
        if value.requires_grad or value.node is not None:
            raise ArgumentError(
                tr(
                    "{name} is a constant: a Tensor would get no gradient there. Say .detach()"
                ).format(name=slot.name)
            )
        value = value.data
    return slot.validate(value, slot.name)


def _admitted(slot: _Parameter, value: Any) -> Any:
    """An array, a number of Python's, or None where that is allowed. Raises ArgumentError."""
    if value is None:
        if not slot.optional:
            raise ArgumentError(
                tr("{name} is None; it must be a Tensor, an array or a number").format(
                    name=slot.name
                )
            )
        return None
    if type(value) in (int, float, bool):
        return value if -_INT64_MAX <= value <= _INT64_MAX or type(value) is float else float(value)
    return plain_array(value, slot.name)


def _convert(slots: list[_Parameter], arrays: list[Any]) -> None:
    """Numbers and arrays in the type that their slot wants, in place."""
    found = [a for a in arrays if type(a) is np.ndarray]
    floats = [a.dtype for a in found if a.dtype.kind == "f"]
    lonely = not found
    wide = max(floats, key=lambda dtype: dtype.itemsize) if floats else _F64 if lonely else _F32
    for number, (slot, a) in enumerate(zip(slots, arrays, strict=False)):
        if a is None or slot.kind is None:
            continue
        if type(a) is not np.ndarray:
            if slot.kind == "float":
                arrays[number] = np.asarray(a, wide)
            elif slot.kind == "array" or lonely:
                arrays[number] = np.asarray(a)
        elif slot.kind == "float":
            arrays[number] = a.astype(wide, copy=False)
        elif slot.kind == "number" and a.dtype.kind != "f" and a.dtype != np.int64:
            if a.dtype == np.uint64 and a.size and a.max() > _INT64_MAX:
                raise ArgumentError(
                    tr("{name} has whole numbers above 2⁶³: use floats").format(name=slot.name)
                )
            arrays[number] = a.astype(np.int64)


def _index(value: Any, name: str) -> Any:
    """An index of numpy's, with Tensors in it as arrays."""
    if isinstance(value, Tensor):
        return value.data
    if isinstance(value, tuple):
        return tuple(_index(part, name) for part in value)
    if isinstance(value, str):
        raise ArgumentError(
            tr("{name} is {value}; it must be numbers, slices or an array").format(
                name=name, value=describe(value)
            )
        )
    return value
