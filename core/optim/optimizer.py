"""Optimizer: the base class; groups of parameters, state vectors, weight decay, one pass."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arguments import describe, to_int
from core.autograd import usage_checks
from core.errors import ArgumentError, WeightsError
from core.formatting import format_number
from core.kernels.aligned import aligned_zeros
from core.kernels.engine import kernel
from core.kernels.reference.optim import WeightDecay
from core.nn.arena import Arena
from core.optim.groups import Group, Params, Span, group_parameters, to_rate, validated_option
from core.translation import tr

Array = NDArray[Any]


class Optimizer(ABC):
    """Moves parameters along their gradients, one pass over each slice of θ that they fill.

    `params` is a network, its parameters, or groups of them with options of their own, as
    [{"params": …, "lr": 0.1}, …]; those that lie in no arena get one, an arena itself is moved as
    a whole. Options are read at every step: `lr` and `param_groups[i][…]` may be set at any time.
    What it remembers are vectors as long as its slices, and `steps`, how many it has taken.
    """

    uses_momentum = False
    """Whether `momentum` makes a difference to its steps."""

    decouples = False
    """Whether weight decay is apart from the gradient in every step."""

    def __init__(self, params: Params, lr: float, **options: Any) -> None:
        self.defaults = {
            "lr": lr, "lr_scale": 1.0, "l1": 0.0, "decoupled": self.decouples, **options,
        }  # fmt: skip
        kind = type(self).__name__
        self._arena, self.param_groups, self._size = group_parameters(kind, params, self.defaults)
        if self._arena.lacks_parameters:
            usage_checks.warn(
                tr(
                    "{kind} moves nothing: the network has no parameters. Keep layers as "
                    "attributes (self.layer = …) or in lists and dicts there."
                ).format(kind=kind)
            )
        if any(group.get("momentum") for group in self.param_groups):
            self.uses_momentum = True
        whole = self._size == self._arena.layout.num_params
        self._watched = self._arena if whole else _LargestSlice(self._arena, self.param_groups)
        self._whole = whole
        self._memory: dict[str, Array] = {}
        self.steps = 0

    @property
    def arena(self) -> Arena:
        """Where its parameters lie."""
        return self._arena

    @property
    def lr(self) -> float:
        """The learning rate of every group that was given none of its own."""
        shared = (group["lr"] for group in self.param_groups if "lr" not in group.own)
        return next(shared, self.defaults["lr"])

    @lr.setter
    def lr(self, value: float) -> None:
        self.defaults["lr"] = to_rate("lr", value)
        for group in self.param_groups:
            if "lr" not in group.own:
                group["lr"] = value

    def step(
        self,
        lr: float | None = None,
        *,
        momentum: float | None = None,
        weight_decay: float | None = None,
        l1: float | None = None,
        decoupled: bool | None = None,
    ) -> None:
        """One step; an argument takes the place of an option that no group has of its own.

        `l1` and `weight_decay` add the gradients of l1·Σ|θ| and ½·weight_decay·Σθ², before
        anything is remembered. With `decoupled` the weights shrink by lr·weight_decay instead,
        apart from the gradient (Loshchilov & Hutter 2019). The gradients themselves stay as they
        are; frozen parameters stay too. Momentum is ignored with a warning where there is none.
        Raises ArgumentError for numbers that are negative or no numbers, LabError for a network
        that has other parameters than its arena.
        """
        if lr is not None:
            lr = to_rate("lr", lr)
        if momentum is not None:
            momentum = to_rate("momentum", momentum)
        if weight_decay is not None:
            weight_decay = to_rate("weight_decay", weight_decay)
        if l1 is not None:
            l1 = to_rate("l1", l1)
        if not self.uses_momentum:
            self._check_no_momentum(momentum)
        arena = self._arena
        kept = [(numbers, numbers.copy()) for numbers in arena.join()]
        usage_checks.check_step(self._watched)
        self.steps += 1
        for group in self.param_groups:
            own = group.own
            rate = group["lr"] if lr is None or "lr" in own else lr
            rate *= group["lr_scale"]
            keep = group.get("momentum", 0.0)
            if momentum is not None and "momentum" not in own:
                keep = momentum
            pull = group["weight_decay"]
            if weight_decay is not None and "weight_decay" not in own:
                pull = weight_decay
            sparse = group["l1"] if l1 is None or "l1" in own else l1
            apart = group["decoupled"]
            if decoupled is not None and "decoupled" not in own:
                apart = decoupled
            if apart or self.decouples:
                decay = WeightDecay(sparse, 0.0, 1 - rate * pull)
            else:
                decay = WeightDecay(sparse, pull, 1.0)
            self._update(group, rate, keep, decay)
        for numbers, before in kept:
            numbers[...] = before
        if not self.steps & (self.steps - 1) and (sick := self.overflowed()):  # after 1, 2, 4, 8 …
            usage_checks.warn(
                tr("{sick} Clip the gradient or choose a smaller rate.").format(sick=sick)
            )

    def _check_no_momentum(self, momentum: float | None) -> None:
        for group in self.param_groups:
            momentum = momentum or group.get("momentum")
        if momentum:
            usage_checks.warn(
                tr(
                    "This {kind} has no momentum and leaves momentum={momentum} aside. {hint}"
                ).format(
                    kind=type(self).__name__,
                    momentum=format_number(momentum),
                    hint=tr(self._momentum_hint),
                )
            )

    _momentum_hint = "Adam and Adagrad have a memory of their own."

    def zero_grad(self) -> None:
        """Forget the gradients of its parameters."""
        if self._whole:
            self._arena.zero_grad()
            return
        spans = [(span.start, span.stop) for group in self.param_groups for span in group.spans]
        self._arena.zero_grad(spans)

    def overflowed(self) -> str:
        """Which parameters stand still because what is remembered of them is NaN or infinite.

        A sentence, empty where all is well: squares of gradients above 10¹⁹ are no float32.
        """
        for vector in self._memory.values():
            if np.isfinite(vector).all():
                continue
            names = [
                spec.name
                for spec in self._arena.layout.specs
                for group in self.param_groups
                for span in group.spans
                if span.start <= spec.offset < span.stop
                and not np.isfinite(span.memory_of(spec.offset, spec.size, vector)).all()
            ]
            return tr(
                "{kind} moves {names} no more after step {steps}: the squares of the "
                "gradients are no float32 any more."
            ).format(kind=type(self).__name__, names=", ".join(names), steps=self.steps)
        return ""

    @abstractmethod
    def _update(self, group: Group, rate: float, momentum: float, decay: WeightDecay) -> None:
        """Change the weights of one group in place."""

    def _move(self, name: str, group: Group, memory: tuple[Array, ...], *numbers: Any) -> None:
        """Call the kernel of this name with weights, gradients, memory and numbers of each span."""
        theta, grad, move = self._arena.params, self._arena.params_grad, kernel(name)
        if self._whole and len(self.param_groups) == 1:
            move(theta, grad, *memory, *numbers)
            return
        for start, stop, at in group.spans:
            own = [vector[at : at + stop - start] for vector in memory]
            move(theta[start:stop], grad[start:stop], *own, *numbers)

    def reset(self) -> None:
        """Forget everything, as if no step had been taken."""
        self.steps = 0
        for vector in self._memory.values():
            vector.fill(0)

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on exactly from here, as copies.

        `steps`, flat vectors (P,), and `param_groups`, the options. P counts the numbers of its
        slices of θ, in their order: the whole of θ where it moves all.
        """
        groups = [
            {key: list(value) if isinstance(value, tuple) else value
             for key, value in group.items() if key != "params"}
            for group in self.param_groups
        ]  # fmt: skip
        memory = {name: vector.copy() for name, vector in self._memory.items()}
        return {"steps": self.steps, **memory, "param_groups": groups}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state_dict()` was taken; without `param_groups` options stay.

        Raises WeightsError when it is another optimiser's, or another network's.
        """
        if not isinstance(state, Mapping):
            raise WeightsError(
                tr("The state of an optimiser is a mapping, not {state}.").format(
                    state=describe(state)
                )
            )
        expected, found = {"steps", *self._memory}, set(state) - {"param_groups"}
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
        if "param_groups" in state:
            self._load_options(state["param_groups"])
        for name, own in self._memory.items():
            own[:] = arrays[name]
        self.steps = steps

    def _load_options(self, saved: Any) -> None:
        own = self.param_groups
        fits = isinstance(saved, list) and len(saved) == len(own)
        if not fits or any(
            not isinstance(options, Mapping) or options.keys() != group.keys() - {"params"}
            for options, group in zip(saved, own, strict=True)
        ):
            raise WeightsError(
                tr("{kind} has {count} parameter groups, the state has others.").format(
                    kind=type(self).__name__, count=len(own)
                )
            )
        try:
            options = [{k: validated_option(k, v) for k, v in group.items()} for group in saved]
        except ArgumentError as error:
            raise WeightsError(str(error)) from error
        for group, found in zip(own, options, strict=True):
            group.update(found)

    def _state(self, name: str) -> Array:
        """A new state vector (P,) of zeros."""
        self._memory[name] = aligned_zeros(self._size, self._arena.params.dtype)
        return self._memory[name]


class _LargestSlice:
    """By which a step is known again, of an optimiser that moves only a part of an arena."""

    def __init__(self, arena: Arena, groups: list[Group]) -> None:
        self._arena = arena
        spans = [span for group in groups for span in group.spans] or [Span(0, 0, 0)]
        self._span = max(spans, key=lambda span: span.stop - span.start)

    @property
    def grad(self) -> Array:
        """The gradients of its largest slice."""
        return self._arena.params_grad[self._span.start : self._span.stop]


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(map(str, names)))
