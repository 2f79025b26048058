"""Adagrad: steps shrink with the sum of squared gradients."""

from core.arguments import NonNegative, validate_arguments
from core.kernels.reference.optim import WeightDecay
from core.optim.groups import Group, Params
from core.optim.optimizer import Optimizer


class Adagrad(Optimizer):
    """θ ← θ − lr·g / (√s + ε), s the sum of all g² so far (Duchi et al. 2011).

    The sum only grows, so the steps only shrink; ε stands outside the root.
    """

    @validate_arguments
    def __init__(
        self,
        params: Params,
        lr: NonNegative = 1e-2,
        *,
        weight_decay: NonNegative = 0.0,
        eps: NonNegative = 1e-10,
    ) -> None:
        super().__init__(params, lr, weight_decay=weight_decay, eps=eps)
        self.total = self._state("total")

    def _update(self, group: Group, rate: float, momentum: float, decay: WeightDecay) -> None:
        self._move("adagrad", group, (self.total,), rate, group["eps"], decay)
