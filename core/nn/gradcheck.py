"""Gradient check of a whole module, by its parameters and inputs."""

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.autograd.gradcheck import gradcheck
from core.autograd.tensor import Tensor
from core.nn.module import Module


def gradcheck_module(
    module: Module, *inputs: ArrayLike, eps: float = 1e-6, tolerance: float = 1e-6
) -> float:
    """`gradcheck` of a module by all its parameters and inputs; the module itself stays untouched.

    A layer that draws random numbers from generators among its attributes draws the same ones each
    time. Returns and raises as `gradcheck` does, with the names of the parameters.
    """
    own = copy.deepcopy(module)
    named = dict(own.named_parameters())
    generators = [
        value
        for _, part in own.named_modules()
        for value in vars(part).values()
        if isinstance(value, np.random.Generator)
    ]
    states = [copy.deepcopy(generator.bit_generator.state) for generator in generators]
    count = len(inputs)
    current = list(named.values())

    def compute(*operands: Any) -> Any:
        for generator, state in zip(generators, states, strict=True):
            generator.bit_generator.state = state
        given = [x if isinstance(x, Tensor) else Tensor(x) for x in operands[:count]]
        swaps = {id(old): new for old, new in zip(current, operands[count:], strict=True)}
        for _, part in own.named_modules():
            for attribute, value in vars(part).items():
                vars(part)[attribute] = _swapped(value, swaps)
        current[:] = operands[count:]
        return own(*given)

    return gradcheck(
        compute,
        *inputs,
        *(parameter.data.astype(np.float64) for parameter in named.values()),
        eps=eps,
        tolerance=tolerance,
        names=(*(f"input {i}" for i in range(count)), *named),
    )


def _swapped(value: Any, swaps: dict[int, Any]) -> Any:
    """An attribute with other Tensors in the places of some, also in lists, tuples and dicts."""
    if isinstance(value, dict):
        return {key: _swapped(part, swaps) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_swapped(part, swaps) for part in value)
    return swaps.get(id(value), value)
