"""The optimisers of a task: one over all parameters, one with groups, or several by name."""

from collections.abc import Mapping
from typing import Any

from core.errors import LabError
from core.nn.arena import Arena
from core.nn.module import Module
from core.optim import Optimizer, make_optimizer
from core.training.checkpoint import State, add_prefix, strip_prefix
from core.training.task import Task
from core.translation import tr

MAIN = "optimizer"
"""The name of an optimiser that is the only one."""


def make_optimizers(task: Task, model: Module, arena: Arena, name: str) -> dict[str, Optimizer]:
    """The optimisers that move `arena`, by name; `name` is the algorithm that the knobs choose.

    Raises LabError for optimisers of other parameters, or whose names cannot be keys of a state.
    """
    if task.optimizers is not None:
        found = dict(task.optimizers(model, name))
    else:
        groups = None if task.groups is None else list(task.groups(model))
        found = {MAIN: make_optimizer(name, arena if groups is None else groups)}
    for key, optimizer in found.items():
        if optimizer.arena is not arena:
            raise LabError(
                tr(
                    "The optimiser “{key}” moves parameters that do not belong to the task's "
                    "network. Give it parts of the network that it was called with."
                ).format(key=key)
            )
        if not key.isidentifier():
            raise LabError(
                tr("An optimiser is called by one word, as “generator”, not “{key}”.").format(
                    key=key
                )
            )
    if not found:
        raise LabError(tr("The task declares no optimiser, so nothing would be learnt."))
    return found


def optimizers_state(optimizers: Mapping[str, Optimizer]) -> State:
    """What all of them remember, under “optimizer.” or “optimizer.<name>.”.

    Without their options, which come from the knobs and the task.
    """
    return {
        key: value
        for name, optimizer in optimizers.items()
        for key, value in add_prefix(_prefix(name), optimizer.state_dict()).items()
        if not key.endswith(".param_groups")
    }


def load_optimizers_state(optimizers: Mapping[str, Optimizer], state: Mapping[str, Any]) -> None:
    """Restore from `optimizers_state`. Raises WeightsError for another task's."""
    for name, optimizer in optimizers.items():
        optimizer.load_state_dict(strip_prefix(_prefix(name), state))


def _prefix(name: str) -> str:
    return MAIN if name == MAIN else f"{MAIN}.{name}"
