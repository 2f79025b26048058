"""Optimisers: one pass over a flat vector of parameters, or over slices of it."""

from core.optim.adagrad import Adagrad
from core.optim.adam import Adam, AdamW
from core.optim.clip_grad import clip_grad_norm_, clip_grad_value_
from core.optim.groups import ParameterGroup, param_groups_weight_decay
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
    "ParameterGroup",
    "RMSprop",
    "Schedule",
    "clip_grad_norm_",
    "clip_grad_value_",
    "make_optimizer",
    "param_groups_weight_decay",
]
