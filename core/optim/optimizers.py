"""Gradient descent, with momentum, and Adam. Everything but their memory comes in at each step."""

from typing import Protocol

import numpy as np

from core.autograd import care
from core.errors import LabError
from core.kernels.arena import Arena, aligned_zeros
from core.kernels.engine import kernel


class Optimizer(Protocol):
    """Moves the weights of an arena along its gradients."""

    def step(self, lr: float, *, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        """One step of length `lr`; what an optimiser has no use for it leaves aside."""


class SGD:
    """θ ← θ − lr·v with v ← μ·v + g, torch's form. Plain descent where momentum is not wanted."""

    def __init__(self, arena: Arena, use_momentum: bool = False) -> None:
        self._arena = arena
        self._use_momentum = use_momentum
        self.velocity = aligned_zeros(arena.theta.size)

    def step(self, lr: float, *, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        """One step of length `lr`."""
        care.steps(self._arena)
        _decay(self._arena, weight_decay)
        theta, grad = self._arena.theta, self._arena.grad
        if self._use_momentum:
            kernel("momentum")(theta, grad, self.velocity, lr, momentum)
        else:
            kernel("sgd")(theta, grad, lr)


class Adam:
    """Bias-corrected running means of g and g² (Kingma & Ba 2015); ε outside the root."""

    def __init__(
        self, arena: Arena, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        self._arena = arena
        self._betas = betas
        self._eps = eps
        self._steps = 0
        self.m = aligned_zeros(arena.theta.size)
        self.v = aligned_zeros(arena.theta.size)

    def step(self, lr: float, *, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        """One step of length `lr`; momentum is Adam's own business."""
        care.steps(self._arena)
        _decay(self._arena, weight_decay)
        self._steps += 1
        beta1, beta2 = self._betas
        rate = lr / (1 - beta1**self._steps)
        correction = 1 - beta2**self._steps
        kernel("adam")(
            self._arena.theta, self._arena.grad, self.m, self.v, rate, beta1, beta2, correction,
            self._eps,
        )  # fmt: skip


def _decay(arena: Arena, weight_decay: float) -> None:
    """L2: the gradient of ½·weight_decay·Σθ²."""
    if weight_decay:
        arena.grad += np.float32(weight_decay) * arena.theta


def make_optimizer(name: str, arena: Arena) -> Optimizer:
    """“sgd”, “momentum” or “adam”. Raises LabError for another name."""
    match name:
        case "sgd":
            return SGD(arena)
        case "momentum":
            return SGD(arena, use_momentum=True)
        case "adam":
            return Adam(arena)
    raise LabError(f"There is no optimiser “{name}”; there are sgd, momentum and adam.")
