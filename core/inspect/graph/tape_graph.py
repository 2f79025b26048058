"""The computation graph of one mini-batch, collapsed to modules that can be expanded.

tape = tape_graph(run, knobs)                             a box for every module
tape = tape_graph(run, knobs, ("module:3", "op:conv2d"))  a module and a fused op expanded

The run itself is not touched: a copy of its network looks at the first samples of the training set.
"""

import copy
import functools
import operator
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.autograd.decompositions import FUSED_OPS, MULTI_LAYER_OPS
from core.autograd.profiler import Profile, Time, profile
from core.autograd.tensor import Tensor
from core.data.specs import ImageSpec
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.graph.graph import Graph, GraphNode, build_graph
from core.knobs import Knobs
from core.nn import Module
from core.training.trainer import Trainer

MOST_SAMPLES = 64
MOST_BOXES = 400
"""More boxes than this are no picture any more."""

_OF_WEIGHTS = frozenset({"permute", "reshape"})
"""What an opened layer does to its weights before it meets its input."""

_MODULE, _OP = "module:", "op:"


class ArrayStats(NamedTuple):
    """What stands in an array: extremes, mean, standard deviation, the share of exact zeros."""

    low: float
    high: float
    mean: float
    spread: float
    zeros: float


@dataclass(frozen=True)
class TapeNode:
    """One box. `key` names it from one tape to the next.

    `opens` is what to ask for to see inside, `folds` what to leave out to have it folded away;
    both may be empty. `parameters` are counted in modules; `holds` names those that a module, or a
    leaf, stands for, with their shapes. `value` and `gradient` are of what it
    hands on; seconds are those of this one mini-batch, None where nothing was measured.
    """

    id: int
    key: str
    kind: Literal["leaf", "op", "module", "part"]
    label: str
    detail: str
    shape: tuple[int, ...]
    ops: tuple[str, ...] = ()
    parameters: int = 0
    value: ArrayStats | None = None
    gradient: ArrayStats | None = None
    forward: float | None = None
    backward: float | None = None
    opens: str = ""
    folds: str = ""
    holds: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @property
    def seconds(self) -> float:
        """Forward and backward together."""
        return (self.forward or 0.0) + (self.backward or 0.0)


@dataclass(frozen=True)
class TapeGraph:
    """The boxes in order of computation and the edges between them, after mini-batch `step`."""

    step: int
    samples: int
    loss: float
    nodes: tuple[TapeNode, ...]
    edges: tuple[tuple[int, int], ...]


def tape_graph(run: Trainer, knobs: Knobs, opened: Collection[str] = ()) -> TapeGraph:
    """Forward and backward on one mini-batch, as a picture with the things in `opened` open.

    Raises LabError when so much is open that nobody could see anything.
    """
    model = copy.deepcopy(run.model)
    if run.task.before_batch is not None:
        run.task.before_batch(model, knobs)
    count = min(int(knobs.get("batch_size", 1)), MOST_SAMPLES, len(run.data.train))
    some = run.data.train.take(slice(count))
    images, labels = some.inputs, some.targets

    def study() -> Tensor:
        for parameter in model.parameters():
            parameter.grad = None
        loss = run.task.loss(run.task.forward(model, images), labels, knobs)
        loss.backward()
        return loss

    study()  # once unmeasured: whoever touches memory first pays for it
    with profile() as seen:
        loss = study()
    nodes, edges = _Folder(model, opened).fold(loss, seen)
    if len(nodes) > MOST_BOXES:
        words = "With this open there would be {n} boxes. Fold something away first."
        raise LabError(tr_format(words, n=len(nodes)))
    shown = "pictures" if isinstance(some.spec, ImageSpec) else "samples"
    shape = run.task.encode(images).shape
    pictures = TapeNode(len(nodes), "pictures", "leaf", shown, "", shape)
    begins = [
        (pictures.id, node.id)
        for node in nodes
        if node.kind != "leaf" and (node.kind == "module" or node.label not in _OF_WEIGHTS)
    ][:1]
    return TapeGraph(run.step, count, loss.item(), (pictures, *nodes), (*begins, *edges))


class _Folder:
    """Draws with everything open that is wanted, then puts what is closed into one box a module."""

    def __init__(self, model: Module, opened: Collection[str]) -> None:
        self._modules = {path: module for path, module in model.named_modules() if path}
        self._model = model
        self._opened = frozenset(opened)

    def fold(self, loss: Tensor, seen: Profile) -> tuple[list[TapeNode], list[tuple[int, int]]]:
        ops = {key.removeprefix(_OP) for key in self._opened if key.startswith(_OP)} & FUSED_OPS
        drawn = build_graph(loss, self._model, opened=MULTI_LAYER_OPS | ops, profile=seen)
        groups = self._groups(drawn)
        times: dict[str, Time | None] = {}
        if ops:  # parts are slower than the fused operation: a closed module has its real time
            plain = build_graph(loss, self._model, opened=MULTI_LAYER_OPS, profile=seen)
            times = {key: _time(members) for key, members in self._groups(plain).items()}
        nodes = [
            self._box(number, key, members, times.get(key, _time(members)))
            for number, (key, members) in enumerate(groups.items())
        ]
        number_of = {m.id: i for i, members in enumerate(groups.values()) for m in members}
        edges = ((number_of[a], number_of[b]) for a, b in drawn.edges)
        return nodes, list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))

    def _groups(self, drawn: Graph) -> dict[str, list[GraphNode]]:
        """What shares a box, by the key of the box, in order of computation."""
        groups: dict[str, list[GraphNode]] = {}
        seen: dict[str, int] = {}
        for node in drawn.nodes:
            closed = next(
                (p for p in self._paths(node.scope) if _MODULE + p not in self._opened), ""
            )
            if closed:
                groups.setdefault(_MODULE + closed, []).append(node)
                continue
            name = f"{node.kind}:{node.scope}:{node.part_of}:{node.label}"
            seen[name] = seen.get(name, 0) + 1
            groups[f"{name}:{seen[name]}"] = [node]
        return dict(sorted(groups.items(), key=lambda group: _first(group[1])))

    def _paths(self, scope: str) -> Iterator[str]:
        """The modules around a place, outermost first."""
        words = scope.split(".")
        for count in range(1, len(words) + 1):
            if (path := ".".join(words[:count])) in self._modules:
                yield path

    def _box(
        self, number: int, key: str, members: Sequence[GraphNode], time: Time | None
    ) -> TapeNode:
        inner = [member for member in members if member.kind != "leaf"]
        last = (inner or members)[-1]
        path = key.removeprefix(_MODULE) if key.startswith(_MODULE) else ""
        return TapeNode(
            id=number,
            key=key,
            kind="module" if path else last.kind,
            label=type(self._modules[path]).__name__ if path else last.label,
            detail=path or last.scope,
            shape=last.shape,
            ops=tuple(op for member in inner for op in member.ops),
            parameters=sum(p.size for p in self._modules[path].parameters()) if path else 0,
            value=_stats(last.value),
            gradient=_stats(last.gradient),
            forward=time.forward if time else None,
            backward=time.backward if time else None,
            opens=self._opens(key, path, last),
            folds=self._folds(path, last),
            holds=self._holds(path, last),
        )

    def _holds(self, path: str, node: GraphNode) -> tuple[tuple[str, tuple[int, ...]], ...]:
        def held(name: str) -> bool:
            return _inside(name, path) if path else (node.kind, node.label) == ("leaf", name)

        return tuple((name, p.shape) for name, p in self._model.named_parameters() if held(name))

    def _opens(self, key: str, path: str, node: GraphNode) -> str:
        if path:
            return key
        one_deep = not node.part_of or node.part_of in MULTI_LAYER_OPS
        return (
            _OP + node.label if node.label in FUSED_OPS and node.kind != "leaf" and one_deep else ""
        )

    def _folds(self, path: str, node: GraphNode) -> str:
        if not path and node.part_of and node.part_of not in MULTI_LAYER_OPS:
            return _OP + node.part_of
        around = [p for p in self._paths(node.scope) if p != path and _inside(path, p)]
        return _MODULE + around[-1] if around else ""


def _inside(path: str, around: str) -> bool:
    """Whether module `path`, or an operation where it is empty, lies within the module `around`."""
    return not path or path.startswith(f"{around}.")


def _first(members: Sequence[GraphNode]) -> int:
    """When a box begins to compute: its parameters may have been there long before."""
    return min(
        (m.id for m in members if m.kind != "leaf"), default=min(member.id for member in members)
    )


def _time(members: Sequence[GraphNode]) -> Time | None:
    times = [member.time for member in members if member.time is not None]
    return functools.reduce(operator.add, times) if times else None


def _stats(array: NDArray[Any] | None) -> ArrayStats | None:
    if array is None or not array.size:
        return None
    with np.errstate(all="ignore"):
        return ArrayStats(
            float(array.min()),
            float(array.max()),
            float(array.mean()),
            float(array.std()),
            1 - np.count_nonzero(array) / array.size,
        )
