"""How every layer is made and called in tests, a file a family. Each file holds a list `CASES`."""

from importlib import import_module
from pkgutil import iter_modules

from tests.core.nn.layer_cases.case import LayerCase

CASES: list[LayerCase] = [
    case
    for module in iter_modules(__path__)
    if module.name != "case"
    for case in import_module(f"{__name__}.{module.name}").CASES
]

__all__ = ["CASES", "LayerCase"]
