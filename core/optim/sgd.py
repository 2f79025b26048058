"""Gradient descent: plain, with momentum, and with Nesterov's."""

from core.arguments import validate_arguments
from core.kernels.reference.optim import WeightDecay
from core.nn.arena import Arena
from core.optim.optimizer import Optimizer


class SGD(Optimizer):
    """θ ← θ − lr·v with v ← μ·v + g, torch's form. Plain descent where momentum is not wanted.

    With `nesterov` θ ← θ − lr·(g + μ·v): the step that momentum will take next is taken already
    (Nesterov 1983; Sutskever et al. 2013).
    """

    _momentum_hint = "Say SGD(arena, use_momentum=True)."

    @validate_arguments
    def __init__(
        self,
        arena: Arena,
        use_momentum: bool = False,
        nesterov: bool = False,
        lr: float | None = None,
    ) -> None:
        super().__init__(arena, lr)
        self.uses_momentum = use_momentum or nesterov
        self._nesterov = nesterov
        if self.uses_momentum:
            self.velocity = self._state("velocity")

    def _update(self, lr: float, momentum: float, decay: WeightDecay) -> None:
        if self.uses_momentum:
            self._move("momentum", self.velocity, lr, momentum, decay, self._nesterov)
        else:
            self._move("sgd", lr, decay)
