"""Input of the zoom: the network's pass over one image, forward or backward."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.inspect.zoom.chain_rule import ChainRuleTerms, WeightGradientCheck
from core.inspect.zoom.forward_backward import LayerPass, NetworkPass
from core.translation import tr

Array = NDArray[np.float32]


@dataclass(frozen=True)
class ZoomInput:
    """What is looked at: a picture's way, the names of its classes, in which direction.

    `terms` and `check` belong to the weight that is open, where they have been asked for; `text`
    is the height of usual letters in pixels.
    """

    found: NetworkPass
    classes: tuple[str, ...]
    backward: bool = False
    terms: ChainRuleTerms | None = None
    check: WeightGradientCheck | None = None
    text: float = 13.0

    @property
    def label(self) -> str | None:
        """The class that the loss is taken against; None where the target is no class."""
        number = self.found.label
        return self.classes[number] if 0 <= number < len(self.classes) else None

    def shown(self, stage: LayerPass) -> Array:
        """What a stage hands on: its values, or the gradient that arrives there."""
        return stage.gradient if self.backward else stage.values

    def received(self, number: int) -> Array:
        """What a stage receives, or the gradient that it hands back."""
        return self.found.slopes(number) if self.backward else self.found.inputs(number)

    def names(self, values: NDArray[np.floating]) -> tuple[str, ...]:
        """What to call each of these numbers: by its class, where there is one for each."""
        known = values.size == len(self.classes)
        return self.classes if known else tuple(map(str, range(values.size)))

    def sees_picture(self, number: int) -> bool:
        """Whether the numbers that a stage receives are the picture's, perhaps in a row."""
        return self.hands_on_picture(self.found.source(number))

    def hands_on_picture(self, number: int) -> bool:
        """Whether a stage, −1 for the picture itself, only hands on the picture's numbers."""
        while number >= 0 and self.found.stages[number].op == "flatten":
            number = self.found.source(number)
        return number < 0 and self.found.picture.ndim == 3

    @property
    def sample_name(self) -> str:
        """What to call what the network is given."""
        return tr("picture") if self.found.picture.ndim == 3 else tr("sample")
