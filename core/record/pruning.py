"""Chooses which snapshots or checkpoints to drop when a store is full, keeping the rest even."""

import math
from collections.abc import Callable, Collection, Mapping

KEPT_SHARE = 15 / 16
"""The share of a full store that is left."""


def linear_scale(step: int) -> float:
    """Distance of steps by difference: for checkpoints."""
    return step


def log_scale(step: int) -> float:
    """Distance of steps by ratio: for snapshots, since most happens at the beginning."""
    return math.log(step + 8)


def steps_to_drop(
    sizes: Mapping[int, int],
    limit: int,
    measure: Callable[[int], float],
    pinned: Collection[int] = (),
) -> list[int]:
    """Which steps to drop, given the bytes of each, to come down to 15/16 of `limit`.

    Those go first whose neighbours are nearest to each other; the first, the last and the `pinned`
    ones stay. Nothing goes while everything fits.
    """
    total = sum(sizes.values())
    if total <= limit:
        return []
    dropped: list[int] = []
    left = sorted(sizes)
    while total > limit * KEPT_SHARE:
        widths = {
            left[i]: measure(left[i + 1]) - measure(left[i - 1])
            for i in range(1, len(left) - 1)
            if left[i] not in pinned
        }
        going: set[int] = set()
        around = dict(zip(left[1:-1], zip(left, left[2:], strict=False), strict=True))
        for step in sorted(widths, key=widths.__getitem__):
            if total <= limit * KEPT_SHARE:
                break
            if going.isdisjoint(around[step]):
                going.add(step)
                total -= sizes[step]
        if not going:
            break
        dropped += sorted(going)
        left = [step for step in left if step not in going]
    return dropped
