"""RMSprop: Adagrad with a running mean in place of the sum."""

from core.arguments import NonNegative, UnitInterval, validate_arguments
from core.kernels.reference.optim import WeightDecay
from core.nn.arena import Arena
from core.optim.optimizer import Optimizer


class RMSprop(Optimizer):
    """θ ← θ − lr·g / (√s + ε), s the running mean of g² (Tieleman & Hinton 2012).

    ε stands outside the root. With `use_momentum` the scaled gradients are what momentum gathers.
    """

    _momentum_hint = "Say RMSprop(arena, use_momentum=True)."

    @validate_arguments
    def __init__(
        self,
        arena: Arena,
        alpha: UnitInterval = 0.99,
        eps: NonNegative = 1e-8,
        use_momentum: bool = False,
        lr: float | None = None,
    ) -> None:
        super().__init__(arena, lr)
        self.uses_momentum = use_momentum
        self._alpha = alpha
        self._eps = eps
        self.square = self._state("square")
        if use_momentum:
            self.velocity = self._state("velocity")

    def _update(self, lr: float, momentum: float, decay: WeightDecay) -> None:
        numbers = self._alpha, self._eps, decay
        if self.uses_momentum:
            self._move("rmsprop_momentum", self.square, self.velocity, lr, momentum, *numbers)
        else:
            self._move("rmsprop", self.square, lr, *numbers)
