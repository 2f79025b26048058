"""Adam and AdamW; their update is in `core/kernels/reference/optim.py`."""

from core.arguments import NonNegative, validate_arguments
from core.kernels.reference.optim import WeightDecay
from core.optim.groups import Group, Params, validated_option
from core.optim.optimizer import Optimizer


class Adam(Optimizer):
    """Bias-corrected running means of g and g² (Kingma & Ba 2015); ε outside the root."""

    @validate_arguments
    def __init__(
        self,
        params: Params,
        lr: NonNegative = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: NonNegative = 1e-8,
        weight_decay: NonNegative = 0.0,
    ) -> None:
        betas = validated_option("betas", betas)
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)
        self.m = self._state("m")
        self.v = self._state("v")

    def _update(self, group: Group, rate: float, momentum: float, decay: WeightDecay) -> None:
        beta1, beta2 = group["betas"]
        rate = rate / (1 - beta1**self.steps)
        correction = 1 - beta2**self.steps
        numbers = rate, beta1, beta2, correction, group["eps"], decay
        self._move("adam", group, (self.m, self.v), *numbers)


class AdamW(Adam):
    """Adam whose decay is always apart from the gradient (Loshchilov & Hutter 2019)."""

    decouples = True

    @validate_arguments
    def __init__(
        self,
        params: Params,
        lr: NonNegative = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: NonNegative = 1e-8,
        weight_decay: NonNegative = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)
