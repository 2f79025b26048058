"""Thread-local autograd state: grad mode, the stack of computing modules, op hook, profiler.

One thread may use a network while another one trains it.
"""

from collections.abc import Callable, Iterator
from contextlib import ContextDecorator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from core.autograd import usage_checks
from core.translation import tr

if TYPE_CHECKING:
    from core.autograd.profiler import Profile


class ModuleLike(Protocol):
    """What the tape uses of a module."""

    differs_in_training: bool
    training: bool

    def named_modules(self) -> Iterator[tuple[str, Any]]:
        """Itself and all submodules, with their paths."""
        ...


OpHook = Callable[[str, list[Any], list[Any]], None]

grad_enabled: ContextVar[bool] = ContextVar("grad_enabled", default=True)
"""Whether ops are recorded for backward()."""

module_stack: ContextVar[tuple[ModuleLike, ...]] = ContextVar("module_stack", default=())
"""The modules whose forward() is running, the outermost first."""

op_hook: ContextVar[OpHook | None] = ContextVar("op_hook", default=None)
"""Called with (operation, inputs, outputs) after every operation and pullback."""

profiler: ContextVar["Profile | None"] = ContextVar("profiler", default=None)
"""The active profiler, told of every node."""


_blocks: ContextVar[tuple["_GradMode", ...]] = ContextVar("blocks", default=())
"""The blocks of `no_grad` and `enable_grad` that this thread is in, the outermost first."""


class _GradMode(ContextDecorator):
    """A block in which ops are or are not recorded for backward(), also as a decorator.

    It may be entered several times, and left in any order, as generators do.
    """

    enabled: ClassVar[bool]

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """A block; or, as a decorator without brackets, the function inside one."""
        block = super().__new__(cls)
        return block if function is None else block(function)

    def __enter__(self) -> None:
        _blocks.set((*_blocks.get(), self))
        grad_enabled.set(self.enabled)

    def __exit__(self, *error: object) -> None:
        blocks = list(_blocks.get())
        for place in reversed(range(len(blocks))):
            if blocks[place] is self:
                del blocks[place]
                break
        _blocks.set(tuple(blocks))
        grad_enabled.set(blocks[-1].enabled if blocks else True)


class no_grad(_GradMode):  # noqa: N801  (torch's name)
    """Compute without recording: `with no_grad():`, or before a function `@no_grad()`."""

    enabled = False


class enable_grad(_GradMode):  # noqa: N801  (torch's name)
    """Record, even inside no_grad()."""

    enabled = True


class module_scope:  # noqa: N801  (used as a function; a class is entered in half the time)
    """Ops in this block belong to `module`."""

    __slots__ = ("_before", "_module")

    def __init__(self, module: ModuleLike) -> None:
        self._module = module

    def __enter__(self) -> None:
        module, modules = self._module, module_stack.get()
        if module.differs_in_training:
            root = modules[0] if modules else module
            usage_checks.check_module_call(
                type(module).__name__, grad_enabled.get(), module.training, root.training
            )
        self._before = module_stack.set((*modules, module))

    def __exit__(self, *error: object) -> None:
        module_stack.reset(self._before)


def scope_name() -> str:
    """“ in encoder.conv2” while a module computes, empty otherwise."""
    modules = module_stack.get()
    return scope_of(modules[0], modules[-1]) if modules else ""


def scope_of(root: ModuleLike | None, module: ModuleLike | None) -> str:
    """“ in encoder.conv2” for a part of a model, empty for none."""
    if root is None or module is None:
        return ""
    path = next((path for path, part in root.named_modules() if part is module), "")
    return tr(" in {path}").format(path=path or type(module).__name__)
