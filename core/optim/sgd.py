"""Gradient descent: plain, with momentum, and with Nesterov's."""

from core.arguments import NonNegative, validate_arguments
from core.kernels.reference.optim import WeightDecay
from core.optim.groups import Group, Params
from core.optim.optimizer import Optimizer


class SGD(Optimizer):
    """θ ← θ − lr·v with v ← μ·v + g, torch's form. Plain descent where momentum is not wanted.

    With `nesterov` θ ← θ − lr·(g + μ·v): the step that momentum will take next is taken already
    (Nesterov 1983; Sutskever et al. 2013). `use_momentum` keeps a velocity although `momentum` is
    0 as yet, for steps that say another.
    """

    _momentum_hint = "Say SGD(model, lr, momentum=0.9), or use_momentum=True for a later one."

    @validate_arguments
    def __init__(
        self,
        params: Params,
        lr: NonNegative = 1e-3,
        momentum: NonNegative = 0.0,
        *,
        weight_decay: NonNegative = 0.0,
        nesterov: bool = False,
        use_momentum: bool = False,
    ) -> None:
        super().__init__(
            params, lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov
        )
        if use_momentum or any(group["nesterov"] for group in self.param_groups):
            self.uses_momentum = True
        if self.uses_momentum:
            self.velocity = self._state("velocity")

    def _update(self, group: Group, rate: float, momentum: float, decay: WeightDecay) -> None:
        if self.uses_momentum:
            numbers = rate, momentum, decay, group["nesterov"]
            self._move("momentum", group, (self.velocity,), *numbers)
        else:
            self._move("sgd", group, (), rate, decay)
