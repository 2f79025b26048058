"""RMSprop: Adagrad that forgets."""

from core.kernels.arena import Arena
from core.kernels.engine import kernel
from core.kernels.reference.optim import Decay
from core.optim.optimizer import Array, Optimizer


class RMSprop(Optimizer):
    """θ ← θ − lr·g / (√s + ε), s the running mean of g² (Tieleman & Hinton 2012).

    ε stands outside the root. With `use_momentum` the scaled gradients are what momentum gathers.
    """

    def __init__(
        self, arena: Arena, alpha: float = 0.99, eps: float = 1e-8, use_momentum: bool = False
    ) -> None:
        super().__init__(arena)
        self._alpha = alpha
        self._eps = eps
        self._use_momentum = use_momentum
        self.square = self._remember("square")
        if use_momentum:
            self.velocity = self._remember("velocity")

    def _move(self, theta: Array, grad: Array, lr: float, momentum: float, decay: Decay) -> None:
        numbers = self._alpha, self._eps, decay
        if self._use_momentum:
            velocity = self.velocity
            kernel("rmsprop_momentum")(theta, grad, self.square, velocity, lr, momentum, *numbers)
        else:
            kernel("rmsprop")(theta, grad, self.square, lr, *numbers)
