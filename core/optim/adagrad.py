"""Adagrad: steps shrink with the sum of squared gradients."""

from core.arguments import NonNegative, validate_arguments
from core.kernels.reference.optim import WeightDecay
from core.nn.arena import Arena
from core.optim.optimizer import Optimizer


class Adagrad(Optimizer):
    """θ ← θ − lr·g / (√s + ε), s the sum of all g² so far (Duchi et al. 2011).

    The sum only grows, so the steps only shrink; ε stands outside the root.
    """

    @validate_arguments
    def __init__(self, arena: Arena, eps: NonNegative = 1e-10, lr: float | None = None) -> None:
        super().__init__(arena, lr)
        self._eps = eps
        self.total = self._state("total")

    def _update(self, lr: float, momentum: float, decay: WeightDecay) -> None:
        self._move("adagrad", self.total, lr, self._eps, decay)
