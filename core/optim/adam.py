"""Adam and AdamW; their update is in `core/kernels/reference/optim.py`."""

from core.arguments import NonNegative, describe, to_float, validate_arguments
from core.errors import ArgumentError
from core.kernels.reference.optim import WeightDecay
from core.nn.arena import Arena
from core.optim.optimizer import Optimizer
from core.translation import tr


class Adam(Optimizer):
    """Bias-corrected running means of g and g² (Kingma & Ba 2015); ε outside the root."""

    @validate_arguments
    def __init__(
        self,
        arena: Arena,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: NonNegative = 1e-8,
        lr: float | None = None,
    ) -> None:
        super().__init__(arena, lr)
        self._betas = _shares(betas)
        self._eps = eps
        self.m = self._state("m")
        self.v = self._state("v")

    def _update(self, lr: float, momentum: float, decay: WeightDecay) -> None:
        beta1, beta2 = self._betas
        rate = lr / (1 - beta1**self.steps)
        correction = 1 - beta2**self.steps
        self._move("adam", self.m, self.v, rate, beta1, beta2, correction, self._eps, decay)


class AdamW(Adam):
    """Adam whose decay is always apart from the gradient (Loshchilov & Hutter 2019)."""

    decouples = True


def _shares(betas: object) -> tuple[float, float]:
    """Two numbers from 0 to below 1. Raises ArgumentError."""
    found = [to_float(beta) for beta in betas] if isinstance(betas, tuple | list) else []
    shares = [beta for beta in found if beta is not None and 0 <= beta < 1]
    if len(found) != 2 or len(shares) != 2:
        raise ArgumentError(
            tr("Adam: betas are {betas}; two numbers from 0 to below 1.").format(
                betas=describe(betas)
            )
        )
    return shares[0], shares[1]
