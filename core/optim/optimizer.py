"""Optimizer: the base class; one pass over an arena's parameters, state vectors, weight decay."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arguments import describe, to_float, to_int
from core.autograd import usage_checks
from core.errors import ArgumentError, WeightsError
from core.formatting import format_number
from core.kernels.aligned import aligned_zeros
from core.kernels.engine import kernel
from core.kernels.reference.optim import WeightDecay
from core.nn.arena import Arena
from core.translation import tr

Array = NDArray[Any]


class Optimizer(ABC):
    """Moves the weights of an arena along its gradients, in one pass.

    Rate, momentum and decay come in at each step, so that they may be turned at any time; `lr` is
    the rate of steps that say none. What it remembers are vectors as long as the weights, and
    `steps`, how many it has taken.
    """

    uses_momentum = False
    """Whether `momentum` makes a difference to its steps."""

    decouples = False
    """Whether weight decay is apart from the gradient in every step."""

    def __init__(self, arena: Arena, lr: float | None = None) -> None:
        if not isinstance(arena, Arena):
            raise ArgumentError(
                tr("{kind} moves an arena, not {arena}: {kind}(Arena.adopt(model)).").format(
                    kind=type(self).__name__, arena=describe(arena)
                )
            )
        if arena.lacks_parameters:
            usage_checks.warn(
                tr(
                    "{kind} moves nothing: the network has no parameters. Keep layers as "
                    "attributes (self.layer = …) or in lists and dicts there."
                ).format(kind=type(self).__name__)
            )
        self.lr = lr if lr is None else _number("lr", lr)
        self._arena = arena
        self._memory: dict[str, Array] = {}
        self.steps = 0

    def step(
        self,
        lr: float | None = None,
        *,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        l1: float = 0.0,
        decoupled: bool = False,
    ) -> None:
        """One step of length `lr`; what an optimiser does not use is ignored with a warning.

        `l1` and `weight_decay` add the gradients of l1·Σ|θ| and ½·weight_decay·Σθ², before
        anything is remembered. With `decoupled` the weights shrink by lr·weight_decay instead,
        apart from the gradient (Loshchilov & Hutter 2019). The gradients themselves stay as they
        are; frozen parameters stay too. Raises ArgumentError for numbers that are negative or no
        numbers, LabError for a network that has other parameters than its arena.
        """
        rate = _number("lr", self.lr if lr is None else lr)
        momentum = _number("momentum", momentum)
        weight_decay, l1 = _number("weight_decay", weight_decay), _number("l1", l1)
        if momentum and not self.uses_momentum:
            usage_checks.warn(
                tr(
                    "This {kind} has no momentum and leaves momentum={momentum} aside. {hint}"
                ).format(
                    kind=type(self).__name__,
                    momentum=format_number(momentum),
                    hint=tr(self._momentum_hint),
                )
            )
        arena = self._arena
        kept = [(numbers, numbers.copy()) for numbers in arena.join()]
        usage_checks.check_step(arena)
        self.steps += 1
        apart = decoupled or self.decouples
        shrink = 1 - rate * weight_decay if apart else 1.0
        decay = WeightDecay(l1, 0.0 if apart else weight_decay, shrink)
        self._update(rate, momentum, decay)
        for numbers, before in kept:
            numbers[...] = before
        if not self.steps & (self.steps - 1) and (sick := self.overflowed()):  # after 1, 2, 4, 8 …
            usage_checks.warn(
                tr("{sick} Clip the gradient or choose a smaller rate.").format(sick=sick)
            )

    _momentum_hint = "Adam and Adagrad have a memory of their own."

    def zero_grad(self) -> None:
        """Forget all gradients."""
        self._arena.zero_grad()

    def overflowed(self) -> str:
        """Which parameters stand still because what is remembered of them is NaN or infinite.

        A sentence, empty where all is well: squares of gradients above 10¹⁹ are no float32.
        """
        for vector in self._memory.values():
            if np.isfinite(vector).all():
                continue
            layout = self._arena.layout
            names = [
                s.name
                for s in layout.specs
                if s.offset < layout.num_params
                and not np.isfinite(vector[s.offset : s.offset + s.size]).all()
            ]
            return tr(
                "{kind} moves {names} no more after step {steps}: the squares of the "
                "gradients are no float32 any more."
            ).format(kind=type(self).__name__, names=", ".join(names), steps=self.steps)
        return ""

    @abstractmethod
    def _update(self, lr: float, momentum: float, decay: WeightDecay) -> None:
        """Change the weights in place."""

    def _move(self, name: str, *memory_and_numbers: Any) -> None:
        """Call the kernel of this name with weights, gradients and what else it takes."""
        arena = self._arena
        kernel(name)(arena.params, arena.params_grad, *memory_and_numbers)

    def reset(self) -> None:
        """Forget everything, as if no step had been taken."""
        self.steps = 0
        for vector in self._memory.values():
            vector.fill(0)

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on exactly from here: `steps` and copies of flat vectors (P,)."""
        return {"steps": self.steps, **{name: v.copy() for name, v in self._memory.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state_dict()` was taken.

        Raises WeightsError when it is another optimiser's, or another network's.
        """
        if not isinstance(state, Mapping):
            raise WeightsError(
                tr("The state of an optimiser is a mapping, not {state}.").format(
                    state=describe(state)
                )
            )
        expected, found = {"steps", *self._memory}, set(state)
        if expected != found:
            raise WeightsError(
                tr(
                    "{kind} remembers {expected}; the state has {found}. It was saved by "
                    "another optimiser."
                ).format(kind=type(self).__name__, expected=_listed(expected), found=_listed(found))
            )
        arrays = {name: np.asarray(state[name]) for name in self._memory}
        for name, own in self._memory.items():
            if arrays[name].shape != own.shape:
                raise WeightsError(
                    tr(
                        "“{name}” is {shape} in the state, the optimiser needs {own_shape}. "
                        "It was saved with another network."
                    ).format(name=name, shape=arrays[name].shape, own_shape=own.shape)
                )
        steps = to_int(state["steps"])
        if steps is None or steps < 0 or any(a.dtype.kind not in "fiu" for a in arrays.values()):
            raise WeightsError(tr("The state of the optimiser holds something else than numbers."))
        for name, own in self._memory.items():
            own[:] = arrays[name]
        self.steps = steps

    def _state(self, name: str) -> Array:
        """A new state vector (P,) of zeros."""
        theta = self._arena.params
        self._memory[name] = aligned_zeros(theta.size, theta.dtype)
        return self._memory[name]


def _number(name: str, value: float | None) -> float:
    """A finite number that is not negative. Raises ArgumentError."""
    if type(value) is float and 0 <= value < math.inf:
        return value
    if value is None:
        raise ArgumentError(tr("step() needs a rate: step(lr), or lr in the constructor."))
    found = to_float(value)
    if found is None or not 0 <= found < math.inf:
        raise ArgumentError(
            tr("{name} is {value}; it must be a finite number from 0.").format(
                name=name, value=describe(value)
            )
        )
    return found


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(map(str, names)))
