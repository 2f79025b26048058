"""Dropout: elements zeroed at random during training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.arguments import validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import LabError
from core.formatting import format_number
from core.nn.module import Module, tensor
from core.translation import tr


@dataclass(frozen=True)
class Mask:
    """Which numbers of a mini-batch were `kept`, in the shape they came in."""

    kept: NDArray[np.bool_]


class Dropout(Module):
    """Each number is dropped with probability `p` in training, the others grow to make up for it.

    Identity in eval mode. `rng` draws the mask; Srivastava et al. 2014. Raises LabError for
    a `p` that is no probability.

    Attributes: `p`; `mask`, that of the last mini-batch, None where nothing was dropped.
    """

    @validate_arguments
    def __init__(self, p: float = 0.5, *, rng: np.random.Generator) -> None:
        if not 0 <= p <= 1:
            raise LabError(
                tr("Dropout: p = {p} is no probability. Choose one from 0 to 1.").format(
                    p=format_number(p)
                )
            )
        self.p = p
        self.mask: Mask | None = None
        self._rng = rng

    @property
    def differs_in_training(self) -> bool:  # type: ignore[override]
        """Whether anything is dropped in training."""
        return self.p > 0

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        if not self.training:
            return x
        self.mask = None
        x = tensor(x)
        if self.p == 0:
            return x
        keep = draw_kept(self._rng, x.shape, self.p)
        self.mask = Mask(keep)
        return F.dropout(x, keep, self.p)


def draw_kept(rng: np.random.Generator, shape: tuple[int, ...], p: float) -> NDArray[np.bool_]:
    """Which numbers of this shape are kept, where each is dropped with probability `p`."""
    return rng.random(shape, np.float32) >= p
