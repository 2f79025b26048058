"""Reverse-mode automatic differentiation: `Tensor`, the `@op` tape, the ops and gradcheck."""

from core.autograd import functional
from core.autograd.context import no_grad
from core.autograd.registry import OPS
from core.autograd.tape import op
from core.autograd.tensor import Tensor

__all__ = ["OPS", "Tensor", "functional", "no_grad", "op"]
