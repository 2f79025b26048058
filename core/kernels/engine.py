"""The compute engine: “reference” is plain numpy, “fast” is compiled. Same results."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, get_args

from core.errors import ArgumentError
from core.translation import tr

Engine = Literal["reference", "fast"]
Package = Literal["numba"]
Kernel = Callable[..., Any]

_engine: Engine = "fast"
_block_engine: ContextVar[Engine | None] = ContextVar("engine", default=None)
_PACKAGES: dict[Engine, str] = {"reference": "reference", "fast": "numba"}
_FILES = {
    "activations": "gelu scaled",
    "attention": "attention_forward self_attention_forward",
    "batch_norm": "batch_moments batch_norm_forward batch_norm_backward",
    "conv_pool": "ConvPool",
    "layer_norm": "layer_norm_forward layer_norm_backward",
    "linear": "linear_forward linear_backward",
    "losses": "softmax_cross_entropy",
    "mlp": "FusedMLP",
    "online": "online_descent",
    "optim": "adagrad adam ema_update momentum rmsprop rmsprop_momentum sgd",
    "pooling": "max_pool max_unpool",
    "recurrent": "gru lstm rnn",
    "unfold": "col2im im2col",
}
KERNELS = {name: file for file, names in _FILES.items() for name in names.split()}
"""Every kernel, with the file in which either engine has it."""

_loaded: dict[tuple[Engine, str], Kernel] = {}


def set_engine(engine: Engine | Package) -> None:
    """Compute with this engine from here on, in the whole process. Raises ArgumentError.

    “numba” is the fast one, by the package that compiles it.
    """
    global _engine
    _engine = _known(engine)


@contextmanager
def use_engine(engine: Engine | Package) -> Iterator[None]:
    """Compute with this engine inside a `with` block, in this thread. Raises ArgumentError."""
    before = _block_engine.set(_known(engine))
    try:
        yield
    finally:
        _block_engine.reset(before)


def kernel(name: str) -> Kernel:
    """The active engine's kernel of this name. The fast engine is only imported when first used."""
    key = (_block_engine.get() or _engine, name)
    found = _loaded.get(key)
    if found is None:
        package = importlib.import_module(f"core.kernels.{_PACKAGES[key[0]]}")
        found = _loaded[key] = getattr(package, name)
    return found


def kernels_of(package: str) -> Callable[[str], Kernel]:
    """The `__getattr__` of an engine's package: a file is loaded when a kernel of it is wanted."""

    def find(name: str) -> Kernel:
        if name not in KERNELS:
            raise AttributeError(f"{package} has no kernel “{name}”")
        found = getattr(importlib.import_module(f"{package}.{KERNELS[name]}"), name)
        setattr(sys.modules[package], name, found)  # next time Python finds it without asking here
        return found

    return find


def _known(engine: Any) -> Engine:
    if engine == "numba":
        return "fast"
    if engine not in get_args(Engine):
        raise ArgumentError(
            tr(
                "There is no engine “{engine}”; there are “reference” and “fast” (or “numba”)."
            ).format(engine=engine)
        )
    return engine
