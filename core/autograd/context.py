"""What a thread is doing: whether it records, which layer computes, who looks on.

Every thread has its own answers, so that one may use a network while another one learns.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from core.autograd import care

if TYPE_CHECKING:
    from core.autograd.tape import Node
    from core.nn.module import Module


class Profiler(Protocol):
    """Who wants to know what each node costs and which gradient arrives at it."""

    def forward(self, node: "Node", seconds: float) -> None:
        """A node was computed."""

    def backward(self, node: "Node", arriving: Any, seconds: float) -> None:
        """The pullback of a node turned the gradient `arriving` into those of its operands."""


Watcher = Callable[[str, list[Any], list[Any]], None]

recording: ContextVar[bool] = ContextVar("recording", default=True)
"""Whether operations remember their operands."""

computing: ContextVar[tuple["Module", ...]] = ContextVar("computing", default=())
"""The modules that compute, the outermost first."""

watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
"""Called with (operation, inputs, outputs) after every operation and pullback."""

profiler: ContextVar[Profiler | None] = ContextVar("profiler", default=None)
"""Told of every node while somebody measures."""


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without remembering."""
    before = recording.set(False)
    try:
        yield
    finally:
        recording.reset(before)


@contextmanager
def enable_grad() -> Iterator[None]:
    """Remember, even inside no_grad()."""
    before = recording.set(True)
    try:
        yield
    finally:
        recording.reset(before)


@contextmanager
def inside(module: "Module") -> Iterator[None]:
    """Operations in this block belong to `module`."""
    modules = computing.get()
    if module.differs_in_training:
        whole = modules[0] if modules else module
        care.calls(type(module).__name__, recording.get(), module.training, whole.training)
    before = computing.set((*modules, module))
    try:
        yield
    finally:
        computing.reset(before)


def where_am_i() -> str:
    """“ in encoder.conv2” while a module computes, empty otherwise."""
    modules = computing.get()
    return place_of(modules[0], modules[-1]) if modules else ""


def place_of(whole: "Module | None", module: "Module | None") -> str:
    """“ in encoder.conv2” for a part of a model, empty for none."""
    if whole is None or module is None:
        return ""
    path = next((path for path, part in whole.named_modules() if part is module), "")
    return f" in {path or type(module).__name__}"
