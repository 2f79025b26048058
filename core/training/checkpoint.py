"""Checkpoint helpers: RNG states and extra arrays; `Trainer.state_dict` puts it together."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsError
from core.nn.module import Module
from core.translation import tr

State = dict[str, Any]
"""Flat: dotted name → an array, or a JSON value (number, string, None, nested dict)."""


def rng_state(rng: np.random.Generator) -> State:
    """The state of a random generator, JSON-serializable (with integers of any length)."""
    return dict(rng.bit_generator.state)


def set_rng_state(rng: np.random.Generator, state: Any) -> None:
    """Restore a generator from `rng_state`. Raises WeightsError for another kind's."""
    try:
        rng.bit_generator.state = state
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise WeightsError(
            tr(
                "A random stream cannot be continued: {error}. The state is damaged or was "
                "saved by another version."
            ).format(error=error)
        ) from error


def copy_into(own: NDArray[Any], found: Any, name: str) -> None:
    """Copy `found` into `own`. Raises WeightsError unless shape and dtype agree."""
    if not isinstance(found, np.ndarray) or (found.shape, found.dtype) != (own.shape, own.dtype):
        kind = f"{found.dtype} {found.shape}" if isinstance(found, np.ndarray) else repr(found)
        raise WeightsError(
            tr(
                "“{name}” is {kind} in the state; this run needs {dtype} {shape}. It was "
                "saved with another network or other data."
            ).format(name=name, kind=kind[:80], dtype=own.dtype, shape=own.shape)
        )
    own[...] = found


def _extras(model: Module) -> Iterator[tuple[str, NDArray[Any] | np.random.Generator]]:
    """What layers keep outside the arena, by path: plain arrays and random generators."""
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, np.ndarray | np.random.Generator):
                yield f"{path}.{name}", value


def extra_state(model: Module) -> State:
    """State that layers keep outside the arena; copies."""
    return {
        path: value.copy() if isinstance(value, np.ndarray) else rng_state(value)
        for path, value in _extras(model)
    }


def load_extra_state(model: Module, state: Mapping[str, Any]) -> None:
    """Restore from `extra_state`. Raises WeightsError for another network's, and KeyError."""
    for path, own in _extras(model):
        if isinstance(own, np.ndarray):
            copy_into(own, state[path], path)
        else:
            set_rng_state(own, state[path])


def strip_prefix(prefix: str, state: Mapping[str, Any]) -> State:
    """The entries whose keys start with “prefix.”, without it."""
    return {
        key.removeprefix(f"{prefix}."): value
        for key, value in state.items()
        if key.startswith(f"{prefix}.")
    }


def add_prefix(prefix: str, state: Mapping[str, Any]) -> State:
    """All entries with “prefix.” before their keys."""
    return {f"{prefix}.{key}": value for key, value in state.items()}
