"""Optimisers on an Arena: one pass over one flat vector."""

from core.optim.adagrad import Adagrad
from core.optim.adam import Adam, AdamW
from core.optim.clipping import clip_by_norm, clip_by_value
from core.optim.optimizer import Optimizer
from core.optim.registry import OPTIMIZERS, make_optimizer
from core.optim.rmsprop import RMSprop
from core.optim.schedules import SCHEDULES, Schedule
from core.optim.sgd import SGD

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "Schedule",
    "clip_by_norm",
    "clip_by_value",
    "make_optimizer",
]
