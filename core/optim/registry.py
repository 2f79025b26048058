"""The registry of optimisers: by name, as a knob offers them."""

from collections.abc import Callable
from functools import partial

from core.errors import LabError
from core.optim.adagrad import Adagrad
from core.optim.adam import Adam, AdamW
from core.optim.groups import Params
from core.optim.optimizer import Optimizer
from core.optim.rmsprop import RMSprop
from core.optim.sgd import SGD
from core.translation import tr

OPTIMIZERS: dict[str, Callable[[Params], Optimizer]] = {
    "sgd": SGD,
    "momentum": partial(SGD, use_momentum=True),
    "nesterov": partial(SGD, nesterov=True),
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": partial(AdamW, weight_decay=0.0),
}
"""From the plainest to the one most used; none decays weights unless it is told to."""


def make_optimizer(name: str, params: Params) -> Optimizer:
    """One of `OPTIMIZERS`, its memory at zero. Raises LabError for another name."""
    if name not in OPTIMIZERS:
        *most, last = OPTIMIZERS
        raise LabError(
            tr("There is no optimiser “{name}”; there are {most} and {last}.").format(
                name=name, most=", ".join(most), last=last
            )
        )
    return OPTIMIZERS[name](params)
