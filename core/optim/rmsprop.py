"""RMSprop: Adagrad with a running mean in place of the sum."""

from core.arguments import NonNegative, UnitInterval, validate_arguments
from core.kernels.reference.optim import WeightDecay
from core.optim.groups import Group, Params
from core.optim.optimizer import Optimizer


class RMSprop(Optimizer):
    """θ ← θ − lr·g / (√s + ε), s the running mean of g² (Tieleman & Hinton 2012).

    ε stands outside the root. With momentum the scaled gradients are what it gathers;
    `use_momentum` keeps a velocity although `momentum` is 0 as yet, for steps that say another.
    """

    _momentum_hint = "Say RMSprop(model, momentum=0.9), or use_momentum=True for a later one."

    @validate_arguments
    def __init__(
        self,
        params: Params,
        lr: NonNegative = 1e-2,
        alpha: UnitInterval = 0.99,
        eps: NonNegative = 1e-8,
        weight_decay: NonNegative = 0.0,
        momentum: NonNegative = 0.0,
        *,
        use_momentum: bool = False,
    ) -> None:
        super().__init__(
            params, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum
        )
        if use_momentum:
            self.uses_momentum = True
        self.square = self._state("square")
        if self.uses_momentum:
            self.velocity = self._state("velocity")

    def _update(self, group: Group, rate: float, momentum: float, decay: WeightDecay) -> None:
        numbers = group["alpha"], group["eps"], decay
        if self.uses_momentum:
            memory = self.square, self.velocity
            self._move("rmsprop_momentum", group, memory, rate, momentum, *numbers)
        else:
            self._move("rmsprop", group, (self.square,), rate, *numbers)
