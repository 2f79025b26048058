"""Deep learning from scratch; the public API of the library.

    from core import F, Tensor, grad, nn, no_grad, optim, set_engine

Modules are imported on first use, numba with the first compiled kernel.
docs/core.md shows how it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core import nn, optim
    from core.autograd import Tensor, functional
    from core.autograd import functional as F
    from core.autograd.anomaly import detect_anomaly
    from core.autograd.context import enable_grad, no_grad
    from core.autograd.gradcheck import gradcheck
    from core.autograd.higher_order import grad
    from core.errors import LabError, LabWarning
    from core.kernels.engine import set_engine, use_engine
    from core.nn.arena import Arena
    from core.nn.gradcheck import gradcheck_module

__all__ = [
    "Arena",
    "F",
    "LabError",
    "LabWarning",
    "Tensor",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradcheck_module",
    "nn",
    "no_grad",
    "optim",
    "set_engine",
    "use_engine",
]

_HOMES = {
    "Arena": "core.nn.arena",
    "LabError": "core.errors",
    "LabWarning": "core.errors",
    "Tensor": "core.autograd.tensor",
    "detect_anomaly": "core.autograd.anomaly",
    "enable_grad": "core.autograd.context",
    "grad": "core.autograd.higher_order",
    "gradcheck": "core.autograd.gradcheck",
    "gradcheck_module": "core.nn.gradcheck",
    "no_grad": "core.autograd.context",
    "set_engine": "core.kernels.engine",
    "use_engine": "core.kernels.engine",
}
_MODULES = {
    "F": "core.autograd.functional",
    "functional": "core.autograd.functional",
    "nn": "core.nn",
    "optim": "core.optim",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        found: Any = import_module(_MODULES[name])
    elif name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module “core” has no “{name}”")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
