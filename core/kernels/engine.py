"""Which engine computes: `reference` reads like the textbook, `fast` is compiled. Same results."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

Engine = Literal["reference", "fast"]
Kernel = Callable[..., Any]

_engine: Engine = "fast"
_loaded: dict[tuple[Engine, str], Kernel] = {}


def set_engine(engine: Engine) -> None:
    """Compute with this engine from here on, in the whole process."""
    global _engine
    _engine = engine


@contextmanager
def use_engine(engine: Engine) -> Iterator[None]:
    """Compute with this engine inside a `with` block."""
    before = _engine
    set_engine(engine)
    try:
        yield
    finally:
        set_engine(before)


def kernel(name: str) -> Kernel:
    """The active engine's kernel of this name. The fast engine is only imported when first used."""
    key = (_engine, name)
    found = _loaded.get(key)
    if found is None:
        found = getattr(importlib.import_module(f"core.kernels.{_engine}"), name)
        _loaded[key] = found
    return found
