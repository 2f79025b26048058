"""How every operation is called in tests, a file a family. Each file holds a list `CASES`."""

from importlib import import_module
from pkgutil import iter_modules

from tests.core.autograd.op_cases.case import Case

CASES: list[Case] = [
    case
    for module in iter_modules(__path__)
    if module.name not in ("calls", "case")
    for case in import_module(f"{__name__}.{module.name}").CASES
]

__all__ = ["CASES", "Case"]
