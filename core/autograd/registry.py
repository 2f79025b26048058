"""The registry of ops, enumerable, so that a test can require a gradcheck of every one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Op:
    """An op: its name, its rule on arrays, and the function on Tensors."""

    name: str
    rule: Callable[..., Any]
    apply: Callable[..., Any]


OPS: dict[str, Op] = {}
