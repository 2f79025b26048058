"""Usage checks: warnings for misuse that gives wrong gradients without an error.

A stale backward(), a missing zero_grad(), training in eval mode. The tape, the modules and the
optimisers call these checks; in a correct loop a backward costs a few comparisons, an op nothing.
"""

import itertools
import sys
import threading
import warnings
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary, ref

import numpy as np
from numpy.typing import NDArray

from core.errors import LabWarning
from core.translation import tr

if TYPE_CHECKING:
    from core.autograd.tensor import Tensor

_KEPT_CALLS = 64
_OURS = ("core.autograd", "core.nn", "core.optim")

clock = itertools.count()
"""A counter for nodes, steps and calls in eval mode: later ones have larger numbers."""


class FlatGrad(Protocol):
    """An arena, or a slice of one: gradients in one vector (P,)."""

    @property
    def grad(self) -> NDArray[np.float32]:
        """Of all its parameters."""


@dataclass(slots=True, eq=False)
class _LastStep:
    """The last optimiser step along one vector of gradients.

    `value` at `place` is one number that is not zero, by which the vector is known again; `fed`
    says that backward() filled it, not a hand. `mixed` says that a backward() added to gradients
    that this step had used up.
    """

    backwards: int = -1
    fed: bool = False
    mixed: bool = False
    time: int = -1
    place: int = 0
    value: float = 0.0

    def unchanged(self, flat: FlatGrad) -> bool:
        """Whether the gradients are still those of that step."""
        return self.value != 0 and bool(flat.grad[self.place] == self.value)

    def zeroed(self, flat: FlatGrad) -> bool:
        """Whether the gradients have been set to zero."""
        return not flat.grad[self.place]


class _EvalCall(NamedTuple):
    """A recorded call of a layer while its whole model was in eval mode."""

    time: int
    layer: str


class Suspects(NamedTuple):
    """What one backward has to look at more closely.

    Vectors that `moved` after the result was computed, those whose gradients were `used` up by the
    last step, and the gradients it `filled` while there are calls in eval mode.
    """

    moved: list[FlatGrad]
    used: list[FlatGrad]
    filled: list["Tensor"]


class _EvalModeGrads:
    """Gradients computed through a layer in eval mode, until they are zeroed."""

    def __init__(self, layer: str, leaves: list["Tensor"]) -> None:
        self.layer = layer
        self._samples = [
            (ref(leaf.grad), int(np.argmax(leaf.grad != 0)))
            for leaf in leaves
            if leaf.grad is not None and leaf.grad.any()
        ]

    def forget_zeroed(self) -> None:
        """Drop what was set to zero since."""
        self._samples = [(array, place) for array, place in self._samples if _at(array, place)]

    def touches(self, flat: FlatGrad) -> bool:
        """Whether such a gradient is still in `flat`."""
        self.forget_zeroed()
        arrays = (array() for array, _ in self._samples)
        return any(a is not None and np.may_share_memory(a, flat.grad) for a in arrays)


def _at(array: "ref[NDArray[Any]]", place: int) -> float:
    found = array()
    return 0.0 if found is None else float(found.flat[place])


class _ThreadState(threading.local):
    """Per thread: how many backward() ran, where the last one wrote, calls in eval mode."""

    def __init__(self) -> None:
        self.backwards = 0
        self.last_fed: ref[NDArray[Any]] | None = None
        self.eval_calls: deque[_EvalCall] = deque(maxlen=_KEPT_CALLS)
        self.learnt_in_eval: _EvalModeGrads | None = None


_own = _ThreadState()
_lasts: WeakKeyDictionary[FlatGrad, _LastStep] = WeakKeyDictionary()


def warn(sentence: str) -> None:
    """A LabWarning at the line that called into the core; Python tells it once a place."""
    level = 1
    frame = sys._getframe(0)
    while frame.f_back is not None and frame.f_globals["__name__"].startswith(_OURS):
        frame = frame.f_back
        level += 1
    warnings.warn(sentence, LabWarning, stacklevel=level)


# -- layers ---------------------------------------------------------------------------------------


def check_module_call(name: str, grad_enabled: bool, training: bool, whole_training: bool) -> None:
    """Called when a train/eval-dependent layer computes.

    A single layer put into eval mode is meant (frozen statistics); a whole model is suspicious as
    soon as its weights are moved.
    """
    if not grad_enabled and training:
        warn(
            tr(
                "{name} computes under no_grad() in training mode, so the result depends on "
                "chance or on the rest of the batch. Call model.eval() before using a "
                "network, and model.train() before going on."
            ).format(name=name)
        )
    elif grad_enabled and not training and not whole_training:
        _own.eval_calls.append(_EvalCall(next(clock), name))


# -- backward -------------------------------------------------------------------------------------


def check_backward_start(root: "Tensor", again: bool) -> Suspects | None:
    """Called when backward() starts from `root`; `again` when it did before without retain_graph.

    Returns what `check_grad_arrival` has to look for; None in a healthy loop.
    """
    moved: list[FlatGrad] = []
    used: list[FlatGrad] = []
    if root.node is not None:
        for key in _lasts.keyrefs():  # a list: other threads may add to it
            flat = key()
            last = None if flat is None else _lasts.get(flat)
            if flat is None or last is None:
                continue
            if last.mixed and last.zeroed(flat):
                last.mixed = False
            if last.time > root.node.index:
                moved.append(flat)
            elif last.backwards == _own.backwards and last.unchanged(flat):
                used.append(flat)
        if again and not moved:
            warn(
                tr(
                    "backward() starts a second time from the same result ({op}), without a "
                    "forward in between: its gradients are added once more. Compute the loss "
                    "again, or say backward(retain_graph=True) if that is meant."
                ).format(op=root.node.op)
            )
    _own.backwards += 1
    if _own.learnt_in_eval is not None:
        _own.learnt_in_eval.forget_zeroed()
    return Suspects(moved, used, []) if moved or used or _own.eval_calls else None


def check_grad_arrival(leaf: "Tensor", suspects: Suspects, told: bool) -> bool:
    """A gradient arrives at `leaf`. True once a slip was `told`."""
    suspects.filled.append(leaf)
    if told or leaf.grad is None:
        return told
    name = tr(" of “{name}”").format(name=leaf.name) if leaf.name else ""
    for flat in suspects.moved:
        if np.may_share_memory(flat.grad, leaf.grad):
            warn(
                tr(
                    "backward() from a result that is older than the weights{name}: an "
                    "optimiser has moved them since, so the gradient is that of neither the "
                    "old nor the new ones. Compute the loss again after every step."
                ).format(name=name)
            )
            return True
    for flat in suspects.used:
        if np.may_share_memory(flat.grad, leaf.grad):
            _lasts[flat].mixed = True  # wrong only if a step follows before they are zeroed
    return False


def check_backward_end(
    first: int, last: int, leaf: "Tensor | None", suspects: Suspects | None
) -> None:
    """backward() has walked the nodes from `last` back to `first`, and reached `leaf` lately."""
    if leaf is not None and leaf.grad is not None:
        _own.last_fed = ref(leaf.grad)
    if suspects is not None:
        for call in _own.eval_calls:
            if first - 1 <= call.time <= last:
                _own.learnt_in_eval = _EvalModeGrads(call.layer, suspects.filled)
                return


# -- optimisers -----------------------------------------------------------------------------------


def check_step(flat: FlatGrad) -> None:
    """An optimiser is about to move weights along `flat.grad`.

    Gradients written by hand are nobody's slip: only a vector that backward() filled is judged.
    """
    last = _lasts.get(flat)
    if last is None:
        last = _lasts[flat] = _LastStep()
    again = last.backwards == _own.backwards and last.fed and last.unchanged(flat)
    if not last.fed and _own.last_fed is not None:
        fed = _own.last_fed()
        last.fed = fed is not None and np.may_share_memory(fed, flat.grad)
    learnt, _own.learnt_in_eval = _own.learnt_in_eval, None
    _own.eval_calls.clear()
    last.backwards = _own.backwards
    last.time = next(clock)
    grad = flat.grad
    value: float = grad.item(last.place) if grad.size else 0.0
    zeroed = not value
    if zeroed and grad.size:
        last.place = int(np.argmax(grad != 0))
        value = grad.item(last.place)
    last.value = value
    mixed, last.mixed = last.mixed and not zeroed, False
    if mixed:
        warn(
            tr(
                "An optimiser steps along gradients that were added to those its last step "
                "has used up. Call zero_grad() between step() and the next backward(). "
                "(Several backward() before one step() are fine: they add up.)"
            )
        )
    if again:
        warn(
            tr(
                "An optimiser steps a second time along the same gradients: no backward() ran "
                "since its last step. Compute the loss and call backward() before every "
                "step()."
            )
        )
    if learnt is not None and learnt.touches(flat):
        warn(
            tr(
                "Weights are learnt while the model is in eval mode: {layer} behaves as in "
                "use. Call model.train() before training."
            ).format(layer=learnt.layer)
        )
