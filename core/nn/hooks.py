"""Forward hooks: functions that see, and may replace, what a module hands on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.arguments import describe
from core.errors import ArgumentError
from core.translation import tr

if TYPE_CHECKING:
    from core.nn.module import Module


class RemovableHandle:
    """What a registration returns: `remove()`, or the end of a `with` block, undoes it."""

    def __init__(self, module: "Module", hooks: "ForwardHooks") -> None:
        self._module = module
        self._hooks = hooks

    def remove(self) -> None:
        """Call the hook no longer; a second time does nothing."""
        self._hooks.discard(self)
        if not self._hooks and self._module.__dict__.get("_forward_hooks") is self._hooks:
            del self._module._forward_hooks  # as cheap as before

    def __enter__(self) -> "RemovableHandle":
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class ForwardHooks:
    """The hooks of one module, in the order in which they are called."""

    def __init__(self) -> None:
        self._hooks: list[tuple[RemovableHandle, Callable[..., Any], bool]] = []

    def __len__(self) -> int:
        return len(self._hooks)

    def add(
        self, module: "Module", hook: Callable[..., Any], prepend: bool, with_kwargs: bool
    ) -> RemovableHandle:
        """Raises ArgumentError for what cannot be called."""
        if not callable(hook):
            raise ArgumentError(
                tr("A forward hook is a function (module, args, output), not {hook}.").format(
                    hook=describe(hook)
                )
            )
        handle = RemovableHandle(module, self)
        self._hooks.insert(0 if prepend else len(self._hooks), (handle, hook, with_kwargs))
        return handle

    def discard(self, handle: RemovableHandle) -> None:
        """Forget one hook, if it is known."""
        self._hooks = [entry for entry in self._hooks if entry[0] is not handle]

    def __call__(
        self, module: "Module", args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> Any:
        """The output once every hook has seen it."""
        for _, hook, with_kwargs in self._hooks:
            seen = (args, kwargs, output) if with_kwargs else (args, output)
            replaced = hook(module, *seen)
            output = output if replaced is None else replaced
        return output
