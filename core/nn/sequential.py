"""Sequential: one module after the other."""

from collections.abc import Iterator
from typing import overload

from core.arguments import describe
from core.autograd import Tensor
from core.errors import ArgumentError, OutOfBoundsError
from core.nn.fusion import FusionPlan, Step
from core.nn.module import Module
from core.translation import tr


class Sequential(Module):
    """Modules in order; `fusion` computes some neighbours in one op, with the same result.

    Raises ArgumentError for an argument that is not a module.
    """

    _plan: FusionPlan | None = None

    def __init__(self, *modules: Module) -> None:
        for number, module in enumerate(modules):
            if not isinstance(module, Module):
                raise ArgumentError(
                    tr(
                        "Sequential takes modules one after the other; number {number} is "
                        "{module}. Of a list say Sequential(*modules), of a function its "
                        "layer."
                    ).format(number=number, module=describe(module))
                )
        self.modules = modules

    def __len__(self) -> int:
        return len(self.modules)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules)

    @overload
    def __getitem__(self, index: int) -> Module: ...

    @overload
    def __getitem__(self, index: slice) -> "Sequential": ...

    def __getitem__(self, index: int | slice) -> Module:
        try:
            found = self.modules[index]
        except (IndexError, TypeError) as error:
            raise OutOfBoundsError(
                tr("Sequential of {n} modules: {error}").format(n=len(self), error=error)
            ) from None
        return Sequential(*found) if isinstance(found, tuple) else found

    def children(self) -> Iterator[tuple[str, Module]]:
        """Parts, named by their number, then those that a subclass has beside them."""
        for number, module in enumerate(self.modules):
            yield str(number), module
        for name, part in super().children():
            if not name.startswith("modules."):
                yield name, part

    def forward(self, x: Tensor) -> Tensor:
        """Through all modules in order."""
        for step in self._steps():
            x = step(x)
        return x

    def _steps(self) -> tuple[Step, ...]:
        """The modules, neighbours fused where possible; planned once for as long as it holds."""
        plan = self._plan
        if plan is None or not plan.holds(self.modules):
            plan = FusionPlan(self.modules)
            if type(self.modules) is tuple:  # a list may change without a word
                object.__setattr__(self, "_plan", plan)
        return plan.steps
