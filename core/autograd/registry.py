"""The register of operations: enumerable, so that a test can demand a check of every one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Op:
    """An operation: its name, its rule on arrays, and the function on Tensors."""

    name: str
    rule: Callable[..., Any]
    apply: Callable[..., Any]


OPS: dict[str, Op] = {}
