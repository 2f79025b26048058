"""What a thread is doing: whether it records, which layer computes, who looks on.

Every thread has its own answers, so that one may use a network while another one learns.
"""

from collections.abc import Callable, Iterator
from contextlib import ContextDecorator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from core.autograd import usage_checks

if TYPE_CHECKING:
    from core.autograd.tape import Node


class Profiler(Protocol):
    """Who wants to know what each node costs and which gradient arrives at it."""

    def forward(self, node: "Node", seconds: float) -> None:
        """A node was computed."""

    def backward(self, node: "Node", arriving: Any, seconds: float) -> None:
        """The pullback of a node turned the gradient `arriving` into those of its operands."""


class ModuleLike(Protocol):
    """What the tape needs to know of a module."""

    differs_in_training: bool
    training: bool

    def named_modules(self) -> Iterator[tuple[str, Any]]:
        """All its parts and itself, with their paths."""
        ...


Watcher = Callable[[str, list[Any], list[Any]], None]

recording: ContextVar[bool] = ContextVar("recording", default=True)
"""Whether operations remember their operands."""

computing: ContextVar[tuple[ModuleLike, ...]] = ContextVar("computing", default=())
"""The modules that compute, the outermost first."""

watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
"""Called with (operation, inputs, outputs) after every operation and pullback."""

profiler: ContextVar[Profiler | None] = ContextVar("profiler", default=None)
"""Told of every node while somebody measures."""


_blocks: ContextVar[tuple["_Recording", ...]] = ContextVar("blocks", default=())
"""The blocks of `no_grad` and `enable_grad` that this thread is in, the outermost first."""


class _Recording(ContextDecorator):
    """A block in which operations do or do not remember their operands, also as a decorator.

    It may be entered several times, and left in any order, as generators do.
    """

    records: ClassVar[bool]

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """A block; or, as a decorator without brackets, the function inside one."""
        block = super().__new__(cls)
        return block if function is None else block(function)

    def __enter__(self) -> None:
        _blocks.set((*_blocks.get(), self))
        recording.set(self.records)

    def __exit__(self, *error: object) -> None:
        blocks = list(_blocks.get())
        for place in reversed(range(len(blocks))):
            if blocks[place] is self:
                del blocks[place]
                break
        _blocks.set(tuple(blocks))
        recording.set(blocks[-1].records if blocks else True)


class no_grad(_Recording):  # noqa: N801  (torch's name)
    """Compute without remembering: `with no_grad():`, or before a function `@no_grad()`."""

    records = False


class enable_grad(_Recording):  # noqa: N801  (torch's name)
    """Remember, even inside no_grad()."""

    records = True


class inside:  # noqa: N801  (used as a function; a class is entered in half the time)
    """Operations in this block belong to `module`."""

    __slots__ = ("_before", "_module")

    def __init__(self, module: ModuleLike) -> None:
        self._module = module

    def __enter__(self) -> None:
        module, modules = self._module, computing.get()
        if module.differs_in_training:
            whole = modules[0] if modules else module
            usage_checks.calls(
                type(module).__name__, recording.get(), module.training, whole.training
            )
        self._before = computing.set((*modules, module))

    def __exit__(self, *error: object) -> None:
        computing.reset(self._before)


def where_am_i() -> str:
    """“ in encoder.conv2” while a module computes, empty otherwise."""
    modules = computing.get()
    return place_of(modules[0], modules[-1]) if modules else ""


def place_of(whole: ModuleLike | None, module: ModuleLike | None) -> str:
    """“ in encoder.conv2” for a part of a model, empty for none."""
    if whole is None or module is None:
        return ""
    path = next((path for path, part in whole.named_modules() if part is module), "")
    return f" in {path or type(module).__name__}"
