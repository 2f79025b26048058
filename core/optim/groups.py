"""Parameter groups: which parameters an optimiser moves together, and their own options."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.arguments import describe, to_float
from core.autograd import Tensor
from core.errors import ArgumentError
from core.nn.arena import Arena
from core.nn.module import Module
from core.translation import tr


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters under a name, with options that differ from the optimiser's.

    `parameters` are Tensors or whole modules, `options` any of `param_groups`, such as
    {"weight_decay": 0.0} or {"lr_scale": 0.1}.
    """

    name: str
    parameters: Iterable[Tensor | Module]
    options: Mapping[str, Any] = field(default_factory=dict)


Params: TypeAlias = (
    Arena | Module | Iterable[Tensor | Module | tuple[str, Tensor] | Mapping[str, Any]]
    | Iterable[ParameterGroup]
)  # fmt: skip
"""What an optimiser takes: a network, parameters with names or without, groups, or an arena."""


class Span(NamedTuple):
    """Parameters from `start` to `stop` of an arena; `at` is their place in the memory."""

    start: int
    stop: int
    at: int

    def memory_of(self, offset: int, size: int, vector: NDArray[Any]) -> NDArray[Any]:
        """What a memory vector holds of the parameter (size,) at this offset of the arena."""
        first = self.at + offset - self.start
        return vector[first : first + size]


class Group(dict[str, Any]):
    """One of an optimiser's `param_groups`: options by name, read at every step.

    `params` are its Tensors, `name` is its name. What is set is validated at once. `own` are the
    options that were given for this group: arguments of step() do not replace them.
    """

    own: frozenset[str] = frozenset()
    spans: tuple[Span, ...] = ()

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, validated_option(key, value))

    def update(self, *others: Any, **options: Any) -> None:
        """As of a dict, validated."""
        for key, value in dict(*others, **options).items():
            self[key] = value


class Grouped(NamedTuple):
    """An arena, the groups of its parameters, and how many numbers they are together."""

    arena: Arena
    groups: list[Group]
    size: int


def group_parameters(kind: str, params: Params, defaults: Mapping[str, Any]) -> Grouped:
    """Groups with all options of the optimiser `kind`; parameters without an arena get one.

    A new arena holds them group by group, so that each is one slice of it. Raises ArgumentError for
    what holds no parameters, for a parameter in two groups, and for an option that is none.
    """
    if isinstance(params, Arena):
        group = _group(kind, {"params": list(params.parameters())}, 0, defaults)
        end = params.layout.num_params
        group.spans = (Span(0, end, 0),) if end else ()
        return Grouped(params, [group], end)
    if isinstance(params, Module):
        parameters = list(params.parameters())
        found = Arena.holding(parameters) if parameters else None
        arena = found or Arena.adopt(params, _dtype(parameters))
        groups = [_group(kind, {"params": parameters}, 0, defaults)]
    else:
        parts = _parts(kind, params)
        named = [_named(kind, part) for part in parts]
        _check_once(kind, named)
        arena = _arena_of_groups(named)
        groups = [_group(kind, part, number, defaults) for number, part in enumerate(parts)]
        for group, pairs in zip(groups, named, strict=True):
            group["params"] = [tensor for _, tensor in pairs]
    return Grouped(arena, groups, _place(groups, [arena.spans(g["params"]) for g in groups]))


def _arena_of_groups(named: list[list[tuple[str, Tensor]]]) -> Arena:
    pairs = [pair for group in named for pair in group]
    tensors = [tensor for _, tensor in pairs]
    found = Arena.holding(tensors)
    if found is not None:
        return found
    names = {name for name, _ in pairs}
    if len(names) < len(pairs):  # of two networks
        pairs = [(f"{number}.{name}", tensor) for number, (name, tensor) in enumerate(pairs)]
    return Arena.of_parameters(dict(pairs), _dtype(tensors))


def _dtype(parameters: list[Tensor]) -> np.dtype:
    kinds = {parameter.dtype for parameter in parameters}
    return kinds.pop() if len(kinds) == 1 else np.dtype(np.float32)


def _place(groups: list[Group], places: list[tuple[tuple[int, int], ...]]) -> int:
    """Give every span its place in the memory, in the order of θ; how long the memory is."""
    order = sorted((start, stop, n) for n, spans in enumerate(places) for start, stop in spans)
    found: list[list[Span]] = [[] for _ in groups]
    size = 0
    for start, stop, number in order:
        found[number].append(Span(start, stop, size))
        size += stop - start
    for group, spans in zip(groups, found, strict=True):
        group.spans = tuple(spans)
    return size


def _parts(kind: str, params: Any) -> list[Mapping[str, Any]]:
    """Each group as a mapping with “params”."""
    refusal = tr(
        "{kind} moves a module, its parameters, groups of them ([{{“params”: …}}, …]) or an arena "
        "(Arena.adopt(model)), not {params}."
    ).format(kind=kind, params=describe(params))
    if isinstance(params, Tensor):
        return [{"params": [params]}]
    if isinstance(params, str | Mapping | np.ndarray | ParameterGroup):
        raise ArgumentError(refusal)
    try:
        found = list(params)
    except TypeError:
        raise ArgumentError(refusal) from None
    if not found:
        raise ArgumentError(
            tr("{kind} got no parameters: the list is empty, or a generator that is used up.")
            .format(kind=kind)
        )  # fmt: skip
    if not any(isinstance(part, Mapping | ParameterGroup) for part in found):
        return [{"params": found}]
    parts: list[Mapping[str, Any]] = []
    for part in found:
        if isinstance(part, ParameterGroup):
            part = {"params": part.parameters, "name": part.name, **part.options}
        if not isinstance(part, Mapping) or "params" not in part:
            raise ArgumentError(
                tr("{kind}: a group is a mapping with “params”, not {part}.").format(
                    kind=kind, part=describe(part)
                )
            )
        parts.append(part)
    return parts


def _named(kind: str, part: Mapping[str, Any]) -> list[tuple[str, Tensor]]:
    params = part["params"]
    whole = isinstance(params, Tensor | Module)
    try:
        found = list(_flat([params] if whole else params))
    except TypeError:
        found = []
    if not found:
        raise ArgumentError(
            tr("{kind}: a group holds no parameters ({params}).").format(
                kind=kind, params=describe(params)
            )
        )
    for _, tensor in found:
        if not isinstance(tensor, Tensor) or tensor.node is not None or tensor.dtype.kind != "f":
            raise ArgumentError(
                tr(
                    "{kind} moves parameters, as model.parameters() or "
                    "Tensor(array, requires_grad=True), not {tensor}."
                ).format(kind=kind, tensor=describe(tensor))
            )
    return found


def _flat(params: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for number, part in enumerate(params):
        if isinstance(part, Module):
            yield from part.named_parameters()
        elif isinstance(part, tuple) and len(part) == 2 and isinstance(part[0], str):
            yield part
        else:
            yield str(number), part


def _check_once(kind: str, named: list[list[tuple[str, Tensor]]]) -> None:
    seen: set[int] = set()
    for name, tensor in (pair for group in named for pair in group):
        if id(tensor) in seen:
            raise ArgumentError(
                tr("{kind}: the parameter “{name}” was given twice; each belongs to one group.")
                .format(kind=kind, name=name)
            )  # fmt: skip
        seen.add(id(tensor))


def _group(kind: str, part: Mapping[str, Any], number: int, defaults: Mapping[str, Any]) -> Group:
    own = {key: value for key, value in part.items() if key not in ("params", "name")}
    for key in own:
        if key not in defaults:
            raise ArgumentError(
                tr("{kind}: a group has no option “{key}”; there are {options}.").format(
                    kind=kind, key=key, options=", ".join(defaults)
                )
            )
    group = Group()
    group["params"] = part["params"]
    group["name"] = str(part.get("name", number))
    group.update({**defaults, **own})
    group.own = frozenset(own)
    return group


def param_groups_weight_decay(
    model: Module, weight_decay: float | None = None
) -> list[ParameterGroup]:
    """Two groups, “decay” and “no decay”: biases and norms (vectors) keep out of weight decay.

    Without `weight_decay` the first group takes the optimiser's own.
    """
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    decay = {} if weight_decay is None else {"weight_decay": weight_decay}
    groups = (
        ParameterGroup("decay", matrices, decay),
        ParameterGroup("no decay", vectors, {"weight_decay": 0.0}),
    )
    return [group for group in groups if group.parameters]


def to_rate(name: str, value: Any) -> float:
    """A finite number that is not negative. Raises ArgumentError."""
    if type(value) is float and 0 <= value < math.inf:
        return value
    found = to_float(value)
    if found is None or not 0 <= found < math.inf:
        raise ArgumentError(
            tr("{name} is {value}; it must be a finite number from 0.").format(
                name=name, value=describe(value)
            )
        )
    return found


def _to_share(name: str, value: Any) -> float:
    found = to_rate(name, value)
    if found > 1:
        raise ArgumentError(
            tr("{name} is {value}; it must be a number from 0 to 1.").format(
                name=name, value=describe(value)
            )
        )
    return found


def _to_switch(name: str, value: Any) -> bool:
    if isinstance(value, bool | np.bool_) or value in (0, 1):
        return bool(value)
    raise ArgumentError(
        tr("{name} is {value}; it must be True or False.").format(name=name, value=describe(value))
    )


def _to_betas(name: str, value: Any) -> tuple[float, float]:
    """Two numbers from 0 to below 1."""
    found = [to_float(beta) for beta in value] if isinstance(value, tuple | list) else []
    shares = [beta for beta in found if beta is not None and 0 <= beta < 1]
    if len(found) != 2 or len(shares) != 2:
        raise ArgumentError(
            tr("{name} are {value}; two numbers from 0 to below 1.").format(
                name=name, value=describe(value)
            )
        )
    return shares[0], shares[1]


_OPTIONS: dict[str, Callable[[str, Any], Any]] = {
    "lr": to_rate,
    "lr_scale": to_rate,
    "momentum": to_rate,
    "weight_decay": to_rate,
    "l1": to_rate,
    "eps": to_rate,
    "alpha": _to_share,
    "betas": _to_betas,
    "nesterov": _to_switch,
    "decoupled": _to_switch,
}


def validated_option(key: str, value: Any) -> Any:
    """The value of an option in its plain form. Raises ArgumentError, also for no option."""
    if key in ("params", "name"):
        return value
    if key not in _OPTIONS:
        raise ArgumentError(
            tr("A parameter group has no option “{key}”; there are {options}.").format(
                key=key, options=", ".join(_OPTIONS)
            )
        )
    return _OPTIONS[key](key, value)
