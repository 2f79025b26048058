"""Size limit of a lab file: drops the optimizer state, then thins curves and snapshots."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.nn.arena import ArenaLayout
from core.share.codec import (
    compressed_size,
    encode_curves,
    encode_evaluations,
    encode_json,
    encode_state,
    encode_weights,
)
from core.share.lab import Lab
from core.training.metrics import Evaluation

LIMIT = 2_000_000
"""Bytes of a lab file, wherever the weights alone leave room."""

_HEADS = 6_000  # bytes of the zip's own table and of safetensors' heads
_LOOKS = 0.3  # of what is left after weights and memory
_LEAST = 0.03  # of the limit is left for the curve, or the memory has to go
_LAST = 0.25  # of the mini-batches that fit: the newest ones, all of them
_TRIES = 8

T = TypeVar("T")


def fit_to_size(lab: Lab, layout: ArenaLayout, limit: int = LIMIT) -> Lab:
    """The same lab with as much of it as fits: θ always, then the state, the curves, snapshots."""
    room = (
        limit
        - _HEADS
        - compressed_size(encode_weights(lab, layout))
        - compressed_size(encode_json(lab))
    )
    if compressed_size(encode_state(lab)) > room - limit * _LEAST:
        lab = _without_memory(lab)
    room -= compressed_size(encode_state(lab))
    shown = lab.snapshots.get(lab.moment) if lab.moment is not None else None
    if shown is not None and len(shown) > room // 2:
        lab, shown = replace(lab, moment=None), None
    room -= len(shown) if shown is not None else 0
    looks = _thinned_looks(lab, int(room * _LOOKS))
    room -= compressed_size(encode_evaluations(lab, looks))
    curves, thinned = _thinned_curves(lab.curves, room)
    room -= compressed_size(encode_curves(curves))
    snapshots = _chosen_snapshots(lab, room)
    return replace(lab, looks=looks, curves=curves, thinned=thinned, snapshots=snapshots)


def _without_memory(lab: Lab) -> Lab:
    """Weights, order and chance as they are; optimiser, averages and patience as at a start."""
    state = {key: value for key, value in lab.state.items() if not key.startswith("average.")}
    for key, value in state.items():
        if key.startswith("optimizer."):
            state[key] = np.zeros_like(value) if isinstance(value, np.ndarray) else 0
    state |= {"early_stop.best": None, "early_stop.best_loss": math.inf, "early_stop.waited": 0}
    return replace(lab, state=state, whole=False)


def _thinned_looks(lab: Lab, room: int) -> tuple[Evaluation, ...]:
    """All looks or fewer; the best, the last, and what belongs to the moment stay.

    Where even their reports are too large, only the moment's stay, or none.
    """
    looks = lab.looks
    if not looks:
        return ()
    edge = lab.step if lab.moment is None else lab.moment
    best = min(range(len(looks)), key=lambda i: looks[i].loss)
    then = max((i for i, look in enumerate(looks) if look.step <= edge), default=0)
    kept = {0, best, then, len(looks) - 1}

    def some(count: int) -> tuple[Evaluation, ...]:
        return tuple(looks[i] for i in sorted(kept | set(_spread(len(looks), count))))

    def size(few: tuple[Evaluation, ...]) -> int:
        return compressed_size(encode_evaluations(lab, few))

    found = _most(len(looks), some, size, room)
    for step in (looks[then].step, None):
        if size(found) > room:
            found = tuple(
                look if look.step == step else replace(look, reports=()) for look in found
            )
    return found


def _thinned_curves(
    curves: dict[str, NDArray[np.float64]], room: int
) -> tuple[dict[str, NDArray[np.float64]], bool]:
    """All mini-batches, or fewer: denser at the beginning, the newest ones whole."""
    length = len(curves["step"])

    def some(count: int) -> dict[str, NDArray[np.float64]]:
        if count >= length:
            return curves
        last = max(int(count * _LAST), 1)
        early = np.geomspace(1, max(length - last, 1), max(count - last, 2)).astype(np.int64) - 1
        rows = np.unique(np.concatenate([early, np.arange(length - last, length)]))
        return {name: column[rows] for name, column in curves.items()}

    kept = _most(length, some, lambda few: compressed_size(encode_curves(few)), room)
    return kept, len(kept["step"]) < length


def _chosen_snapshots(lab: Lab, room: int) -> dict[int, bytes]:
    """As many as fit, spread over those there are; the moment's always."""
    steps = sorted(lab.snapshots)
    largest = max((len(blob) + 100 for blob in lab.snapshots.values()), default=1)
    chosen = {steps[i] for i in _spread(len(steps), max(room, 0) // largest)}
    if lab.moment is not None:
        chosen.add(lab.moment)
    return {step: lab.snapshots[step] for step in steps if step in chosen}


def _most(count: int, some: Callable[[int], T], size: Callable[[T], int], room: int) -> T:
    """As much of `count` things as takes at most `room` bytes, and no less than very few."""
    for _ in range(_TRIES):
        found = some(count)
        took = size(found)
        if took <= room or count <= 1:
            break
        count = max(1, int(count * min(0.97 * room / took, 0.9)))
    return found


def _spread(length: int, count: int) -> Sequence[int]:
    """`count` of `length` places, evenly, both ends among them."""
    if count >= length:
        return range(length)
    return [round(place) for place in np.linspace(0, length - 1, max(count, 0))]
