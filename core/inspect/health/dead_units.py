"""Dead units (dead ReLUs, saturated sigmoids): the activation has no slope at their outputs.

No gradient passes there, so that the unit does not learn.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.inspect.model_copy import ModelCopy, samples_first
from core.inspect.subset import evenly_spaced
from core.inspect.trace import Call, Trace, trace
from core.inspect.units import at_units
from core.training.trainer import Trainer

FLAT = 0.01
"""Where the slope of an activation is smaller than this, it hardly learns."""

_MOST, _CHUNK = 256, 64
_ACTIVATIONS = {
    name.replace("_", "").lower(): name
    for name in ("ELU", "GELU", "LeakyReLU", "ReLU", "SiLU", "Sigmoid", "Softplus", "Tanh")
}
"""Activations by what their class, or their operation, is called without capitals and lines."""


@dataclass(frozen=True)
class DeadUnits:
    """An activation: `layer`, whose answers it bends, by torch's name; its `kind`.

    `flat` (U,): of each unit (a neuron, or a kernel at all its places) the share of answers with
    no slope to learn from. `pictures`, on how many samples that was counted.
    """

    layer: str
    kind: str
    flat: NDArray[np.float32]
    pictures: int

    @property
    def dead(self) -> int:
        """Units that no picture moves: all their answers are flat."""
        return int(np.count_nonzero(self.flat >= 1))


def dead_units(run: Trainer) -> tuple[DeadUnits, ...]:
    """Every activation of the network in order, on up to 256 samples spread over the test set.

    Activations are found as layers and as functions that are called between layers.
    """
    test = run.data.test
    numbers = evenly_spaced(len(test), _MOST)
    count = len(numbers)
    network = ModelCopy(run.task, run.model)
    sums: dict[str, NDArray[np.float64]] = {}
    about: dict[str, tuple[str, str]] = {}
    alone = _alone(network.trace(test.inputs[numbers[:1]])) if count else None
    for at in range(0, count, _CHUNK):
        some = test.inputs[numbers[at : at + _CHUNK]]
        if alone is None:
            seen = network.trace(some)
            activations = _activations(seen)
        else:
            with no_grad():  # a tape would keep all that convolutions unfold
                seen = trace(network.model, network.encode(some), alone.keys())
            activations = [(_again(seen[path]), before) for path, before in alone.items()]
        for call, before in activations:
            flat = _flat(seen, call, before)
            about[call.path] = before.path if before else call.path, _kind(call)
            sums[call.path] = sums.get(call.path, 0) + flat
    return tuple(
        DeadUnits(*about[path], (total / count).astype(np.float32), count)
        for path, total in sums.items()
    )


def _alone(whole: Trace) -> dict[str, Call | None] | None:
    """The activations with the layers before them by path, if each is a layer that is used once."""
    found = _activations(whole)
    for call, _ in found:
        if call.module is None or len(call.inputs) != 1 or len(whole.calls_of(call.path)) != 1:
            return None
    moves = all(x.dtype.kind == "f" for x in whole.inputs)
    return {call.path: before for call, before in found} if moves and found else None


def _again(call: Call) -> Call:
    """The call of an activation once more, on the tape."""
    assert call.module is not None
    leaf = Tensor(call.inputs[0].data, requires_grad=True)
    return replace(call, inputs=(leaf,), outputs=(call.module(leaf),))


def _kind(call: Call) -> str:
    return _ACTIVATIONS.get(call.kind.replace("_", "").lower(), "")


def _activations(seen: Trace) -> list[tuple[Call, Call | None]]:
    """The activations in order, each with the last layer with weights before it."""
    found, before = [], None
    for call in seen.links:
        if call.module is not None and any(p.ndim > 1 for p in call.module.parameters()):
            before = call
        elif _kind(call) and call.output.node is not None:
            found.append((call, before))
    return found


def _flat(seen: Trace, call: Call, before: Call | None) -> NDArray[np.float64]:
    """(U,): of every unit the answers without slope, as shares of a sample, summed over them."""
    node = call.output.node
    assert node is not None
    slopes = node.pullback(np.ones_like(call.output.data))
    slopes = slopes[0] if isinstance(slopes, tuple) else slopes
    maps = call.output.ndim == 4 or (before is not None and before.kind == "Conv1d")
    flat = np.abs(at_units(samples_first(slopes, seen), 1 if maps else -1)) < FLAT
    return flat.reshape(*flat.shape[:2], -1).mean(axis=2).sum(axis=0)
