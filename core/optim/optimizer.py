"""What all optimisers share: one flat vector to move, a memory as long, and decay."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import care
from core.errors import WeightsError
from core.kernels.arena import Arena, aligned_zeros
from core.kernels.reference.optim import Decay

Array = NDArray[Any]


class Optimizer(ABC):
    """Moves the weights of an arena along its gradients, in one pass.

    Rate, momentum and decay come in at each step, so that they may be turned at any time. What it
    remembers are vectors as long as the weights, and `steps`, how many it has taken.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._memory: dict[str, Array] = {}
        self.steps = 0

    def step(
        self,
        lr: float,
        *,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        l1: float = 0.0,
        decoupled: bool = False,
    ) -> None:
        """One step of length `lr`; what an optimiser has no use for it leaves aside.

        `l1` and `weight_decay` add the gradients of l1·Σ|θ| and ½·weight_decay·Σθ², before
        anything is remembered. With `decoupled` the weights shrink by lr·weight_decay instead,
        apart from the gradient (Loshchilov & Hutter 2019). The gradients themselves stay as they
        are.
        """
        care.steps(self._arena)
        self.steps += 1
        apart = Decay(l1, 0.0, 1 - lr * weight_decay)
        decay = apart if decoupled else Decay(l1, weight_decay)
        self._move(self._arena.learnt, self._arena.learnt_grad, lr, momentum, decay)

    @abstractmethod
    def _move(self, theta: Array, grad: Array, lr: float, momentum: float, decay: Decay) -> None:
        """Change `theta` (P,) in place."""

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
        expected, found = {"steps", *self._memory}, set(state)
        if expected != found:
            raise WeightsError(
                f"{type(self).__name__} remembers {_listed(expected)}; the state has "
                f"{_listed(found)}. It was saved by another optimiser."
            )
        arrays = {name: np.asarray(state[name]) for name in self._memory}
        for name, own in self._memory.items():
            if arrays[name].shape != own.shape:
                raise WeightsError(
                    f"“{name}” is {arrays[name].shape} in the state, the optimiser needs "
                    f"{own.shape}. It was saved with another network."
                )
        for name, own in self._memory.items():
            own[:] = arrays[name]
        self.steps = int(state["steps"])

    def _remember(self, name: str) -> Array:
        """A vector (P,) of zeros that belongs to the state."""
        theta = self._arena.learnt
        self._memory[name] = aligned_zeros(theta.size, theta.dtype)
        return self._memory[name]


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
