"""Trace: one pass through a network with every call of a module and every operation in between.

seen = trace(model, x)
seen["block.conv#2"].output      what the module handed on when it was called the second time
seen["block.add"].output         what a function called between modules made
seen.gradients(loss)(tensor)     the gradient of a number by any tensor of the pass
seen.recompute(root, {tensor: change})        what `root` would be if that tensor were another

Forward hooks see the modules, so that none is fused with its neighbours; the tape tells which
operations were called as functions, and what depends on what.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad, usage_checks
from core.autograd.context import enable_grad, module_stack
from core.autograd.registry import OPS
from core.autograd.tape import Node, backprop
from core.errors import LabError
from core.formatting import tr_format
from core.nn import Module, MultiheadAttention, Sequential

Array = NDArray[Any]
Change = Callable[[Array], Array]

_SAME_UNITS = frozenset(
    ("ReLU", "GELU", "LeakyReLU", "SiLU", "ELU", "Sigmoid", "Tanh", "Softplus", "Dropout",
     "MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "BatchNorm1d", "BatchNorm2d", "LayerNorm",
     "GroupNorm", "RMSNorm", "relu", "gelu", "leaky_relu", "silu", "elu", "sigmoid", "tanh",
     "softplus", "dropout", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm",
     "layer_norm", "group_norm", "rms_norm")
)  # fmt: skip
"""Layers and operations behind which unit k is still unit k."""


def is_layer(module: Any) -> bool:
    """Whether a module is looked at as a whole: one of ours that is not made of others.

    Attention is, though its last projection is a layer of its own.
    """
    if not type(module).__module__.startswith("core.nn.") or isinstance(module, Sequential):
        return False
    return isinstance(module, MultiheadAttention) or not any(module.children())


@dataclass(frozen=True, eq=False)
class Call:
    """One computation: of a module, or of an operation that was called as a function.

    `path` is the module's, or that of the module around and the operation's name; of a second and
    third call with “#2”, “#3”. `kind` is the class or the operation, `inputs` and `outputs` the
    Tensors that came in and went out. `whole`: it is one link between the inputs and the result,
    not a module whose parts are links themselves. `tick` orders calls in time; a module was called
    with `arguments` and `options`.
    """

    path: str
    kind: str
    module: Module | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    whole: bool
    tick: int
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def output(self) -> Tensor:
        """The first of what went out."""
        return self.outputs[0]

    @property
    def keeps_units(self) -> bool:
        """Whether unit k behind it is what unit k before it was made into."""
        return self.kind in _SAME_UNITS and len(self.inputs) == 1


class Trace:
    """A pass. Attributes: `inputs` (Tensors), `result` (whatever the network returned), and
    `calls` by path in the order in which they ended.
    """

    def __init__(self, inputs: tuple[Tensor, ...], result: Any, calls: dict[str, Call]) -> None:
        self.inputs = inputs
        self.result = result
        self.calls = calls
        self._makers: dict[int, Call] = {}
        self._users: dict[int, list[Call]] = {}
        for call in self.links:
            if any(out is x for out in call.outputs for x in call.inputs):
                continue  # dropout in use hands on what it was given
            for out in call.outputs:
                self._makers[id(out)] = call
            for x in call.inputs:
                self._users.setdefault(id(x), []).append(call)

    def __getitem__(self, path: str) -> Call:
        """The call of this path. Raises LabError where there is none."""
        if path not in self.calls:
            words = "Nothing called “{path}” was computed. There are: {known}."
            known = ", ".join(f"“{one}”" for one in self.calls if one)
            raise LabError(tr_format(words, path=path, known=known))
        return self.calls[path]

    @property
    def links(self) -> list[Call]:
        """The calls that together are the way from the inputs to the result."""
        return [call for call in self.calls.values() if call.whole]

    @property
    def output(self) -> Tensor:
        """The first Tensor of the result."""
        return next(tensors(self.result))

    @property
    def scores(self) -> Tensor:
        """The output before it became log-probabilities, where it did."""
        node = self.output.node
        before = node.parents[0] if node is not None and node.op == "log_softmax" else None
        return self.output if before is None else before

    def calls_of(self, path: str) -> list[str]:
        """The paths of all calls of the module at `path`."""
        module = self[path].module
        return [name for name, call in self.calls.items() if call.module is module]

    def maker(self, tensor: Tensor) -> Call | None:
        """Which link made a tensor; None for inputs."""
        return self._makers.get(id(tensor))

    def users(self, tensor: Tensor) -> list[Call]:
        """Which links took a tensor in."""
        return self._users.get(id(tensor), [])

    def handed_on(self, path: str) -> Tensor:
        """What others take in of a call's units: activated, normalised and pooled."""
        here, scores = self[path].output, self.scores
        while here is not scores:
            users = self.users(here)
            if len(users) != 1 or not users[0].keeps_units:
                break
            here = users[0].output
        return here

    def gradients(self, root: Tensor, seed: Array | None = None) -> Callable[[Tensor], Array]:
        """The gradient of `root` (of its sum, or weighted with `seed`) by any tensor of the pass.

        No tensor's `grad` is touched; what `root` does not depend on has zeros.
        """
        start = np.ones_like(root.data) if seed is None else seed.astype(root.dtype)
        arriving, leaves = node_gradients(root, start)

        def by(tensor: Tensor) -> Array:
            known = leaves.get(id(tensor)) if tensor.node is None else arriving.get(tensor.node)
            return np.zeros(tensor.shape, np.float32) if known is None else np.asarray(known)

        return by

    def recompute(self, root: Tensor, changes: Mapping[Tensor, Change]) -> Array:
        """`root`, once the numbers of some tensors were changed and what follows computed anew."""
        changed: dict[int, Tensor] = {}
        nodes = sorted(_nodes_below(root), key=lambda pair: pair[1].index)
        asked = {id(tensor): change for tensor, change in changes.items()}
        for leaf in changes:
            if leaf.node is None:
                changed[id(leaf)] = Tensor(asked[id(leaf)](leaf.data))
        with no_grad():
            for tensor, node in nodes:
                if any(id(parent) in changed for parent in node.parents if parent is not None):
                    operands = [
                        o if p is None else changed.get(id(p), o)
                        for o, p in zip(node.operands, node.parents, strict=True)
                    ]
                    options = {k: v for k, v in node.options.items() if k != "needs_input_grad"}
                    changed[id(tensor)] = OPS[node.op].apply(*operands, **options)
                if (change := asked.get(id(tensor))) is not None:
                    changed[id(tensor)] = Tensor(change(changed.get(id(tensor), tensor).data))
        return changed.get(id(root), root).data


def node_gradients(root: Tensor, start: Array) -> tuple[dict[Node, Any], dict[int, Any]]:
    """What arrives at every node, and at every leaf by its id; the leaves themselves keep none."""
    arriving: dict[Node, Any] = {}
    leaves: dict[int, Any] = {}

    def pullback_of(node: Node) -> Any:
        def noted(g: Any) -> Any:
            arriving[node] = g
            return node.pullback(g)

        return noted

    def deliver(leaf: Tensor, gradient: Any) -> None:
        known = leaves.get(id(leaf))
        leaves[id(leaf)] = gradient if known is None else known + gradient

    backprop(root, start, pullback_of, deliver)
    return arriving, leaves


def trace(
    model: Module,
    inputs: Any,
    paths: Collection[str] | None = None,
    start: str | None = None,
    parts: "Parts | None" = None,
) -> Trace:
    """Compute `model(*inputs)` as it is, training or not, and note everything.

    `inputs` is an array, a Tensor or a tuple of them. With `paths` only those modules are noted,
    without what lies in between; the others stay as quick as they are, and there is a tape only
    where one is kept anyway. With `start`, one of these modules, the tape of a frozen network
    begins with what that one hands on first: gradients by that, none by what came before. `parts`
    are the model's, from who knows that they are still the same.
    """
    leaves = tuple(_leaf(x) for x in (inputs if isinstance(inputs, tuple) else (inputs,)))
    if start is not None:
        for leaf in leaves:
            leaf.requires_grad = False
    arrays = {id(leaf.data): leaf for leaf in leaves}
    noted: list[Call] = []
    with ExitStack() as stack:
        if paths is None:
            stack.enter_context(enable_grad())
            if not any(leaf.requires_grad or leaf.node is not None for leaf in leaves):
                stack.enter_context(_with_a_past(model))
        names, layers = parts or parts_of(model)
        for path, module in names:
            if paths is None or path in paths:
                if path == start:
                    stack.enter_context(module.register_forward_hook(_Beginning()))
                note = _noting(path, noted, arrays, layers)
                stack.enter_context(module.register_forward_hook(note, with_kwargs=True))
        result = model(*(given(leaf.data) if leaf.dtype.kind in "iu" else leaf for leaf in leaves))
    if paths is None:
        roots = [*tensors(result), *(out for call in noted for out in call.outputs)]
        entered = {id(leaf) for leaf in leaves}
        paths_by_id = {id(module): path for path, module in names}
        noted += _operations(roots, paths_by_id, layers, entered)
        noted.sort(key=lambda call: call.tick)
    return Trace(leaves, result, _numbered(noted))


class Parts(NamedTuple):
    """The modules of a network by path, and the ids of those that are layers."""

    names: list[tuple[str, Module]]
    layers: set[int]


def parts_of(model: Module) -> Parts:
    """The modules of a network, of this moment."""
    names = list(model.named_modules())
    return Parts(names, {id(module) for _, module in names if is_layer(module)})


def given(x: NDArray[Any]) -> Any:
    """What a network is called with: an array of whole numbers as it is, else a Tensor."""
    return x if x.dtype.kind in "iu" else Tensor(x)


def tensors(value: Any) -> Iterator[Tensor]:
    """The Tensors of a value: itself, or in tuples, lists and dicts, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors(part)
    elif isinstance(value, Mapping):
        yield from tensors(list(value.values()))


def _leaf(x: Any) -> Tensor:
    """An input as a leaf of the tape, by which a gradient can be asked where it is of floats."""
    if isinstance(x, Tensor) and (x.node is not None or x.requires_grad):
        return x
    data = x.data if isinstance(x, Tensor) else np.asarray(x)
    leaf = Tensor(data)
    leaf.requires_grad = data.dtype.kind == "f"
    return leaf


@contextmanager
def _with_a_past(model: Module) -> Iterator[None]:
    """Parameters require gradients, frozen ones too: of tokens nothing else is on the tape."""
    frozen = [parameter for parameter in model.parameters() if not parameter.requires_grad]
    for parameter in frozen:
        parameter.requires_grad = True
    try:
        yield
    finally:
        for parameter in frozen:
            parameter.requires_grad = False


class _Beginning:
    """A forward hook that makes the first output, where it is one tensor, a leaf of the tape."""

    def __init__(self) -> None:
        self._seen = False

    def __call__(self, module: Module, args: tuple[Any, ...], output: Any) -> Tensor | None:
        if self._seen or not isinstance(output, Tensor) or output.dtype.kind != "f":
            return None
        self._seen = True
        return Tensor(output.data, requires_grad=True)


def _noting(
    path: str, noted: list[Call], arrays: Mapping[int, Tensor], layers: set[int]
) -> Callable[..., None]:
    def note(module: Module, args: tuple[Any, ...], kwargs: Any, output: Any) -> None:
        around = module_stack.get()[:-1]
        outputs = tuple(tensors(output))
        if outputs:
            noted.append(
                Call(
                    path=path,
                    kind=type(module).__name__,
                    module=module,
                    inputs=(
                        *(arrays[id(x)] for x in args if id(x) in arrays),
                        *tensors(args),
                        *tensors(kwargs),
                    ),
                    outputs=outputs,
                    whole=id(module) in layers and not any(id(outer) in layers for outer in around),
                    tick=next(usage_checks.clock),
                    arguments=args,
                    options=kwargs,
                )
            )

    return note


def _nodes_below(*roots: Tensor) -> Iterator[tuple[Tensor, Node]]:
    """Every computed tensor that these depend on, with its node, in any order."""
    seen: set[Node] = set()
    waiting = list(roots)
    while waiting:
        tensor = waiting.pop()
        node = tensor.node
        if node is not None and node not in seen:
            seen.add(node)
            yield tensor, node
            waiting.extend(parent for parent in node.parents if parent is not None)


def _operations(
    roots: Iterable[Tensor], paths: Mapping[int, str], layers: set[int], entered: set[int]
) -> Iterator[Call]:
    """The operations between layers that depend on more than weights."""
    moved: set[Node] = set()  # by what comes in

    def is_moved(operand: Any) -> bool:
        if isinstance(operand, Tensor):
            if operand.node is not None:
                return operand.node in moved
            return not operand.learnable or id(operand) in entered
        return isinstance(operand, np.ndarray) and operand.ndim > 0

    for tensor, node in sorted(_nodes_below(*roots), key=lambda pair: pair[1].index):
        if not any(is_moved(operand) for operand in node.operands):
            continue
        moved.add(node)
        if id(node.module) in layers:
            continue
        around = paths.get(id(node.module), "")
        inputs = tuple(p for p in node.parents if p is not None and is_moved(p))
        path = f"{around}.{node.op}" if around else node.op
        yield Call(path, node.op, None, inputs, (tensor,), whole=True, tick=node.index)


def _numbered(noted: list[Call]) -> dict[str, Call]:
    """By path; modules before operations, so that no operation takes a module's name."""
    counts: dict[str, int] = {}
    names: dict[int, str] = {}
    for call in sorted(noted, key=lambda call: call.module is None):
        count = counts[call.path] = counts.get(call.path, 0) + 1
        names[id(call)] = call.path if count == 1 else f"{call.path}#{count}"
    return {
        name: call if name == call.path else replace(call, path=name)
        for name, call in ((names[id(call)], call) for call in noted)
    }
