"""Matrix products and linear layers beside PyTorch's."""

from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine
from core.nn import (
    ELU,
    GELU,
    LeakyReLU,
    Linear,
    LogSoftmax,
    Module,
    ReLU,
    Sequential,
    SiLU,
    Softmax,
    Softplus,
)

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

from tests.core.torch_parity.beside import DTYPES, same, uniform  # noqa: E402

PRODUCTS = [
    ((3, 5), (5, 2)), ((1, 1), (1, 1)), ((4, 3, 5), (4, 5, 2)), ((4, 3, 5), (5, 2)),
    ((2, 1, 3, 5), (4, 5, 1)), ((3, 5), (4, 5, 2)), ((5,), (5,)), ((3, 5), (5,)), ((5,), (5, 2)),
    ((2, 3, 5), (5,)), ((5,), (2, 5, 3)), ((5,), (2, 1, 5, 3)), ((0, 5), (5, 2)), ((3, 0), (0, 2)),
    ((0, 3, 5), (5,)), ((33, 17), (17, 9)),
]  # fmt: skip
LINEARS = [((3, 5), 2), ((1, 1), 1), ((5,), 4), ((2, 3, 5), 4), ((0, 5), 4), ((2, 1, 3, 33), 17),
           ((70, 65), 34)]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", PRODUCTS, ids=str)
def test_matmul(shapes: tuple[tuple[int, ...], ...], dtype: type) -> None:
    same(lambda a, b: a @ b, torch.matmul, *uniform(list(shapes), dtype), atol=2e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("left", [(5,), (3, 5), (2, 3, 5)], ids=str)
@pytest.mark.parametrize("array_first", [False, True])
def test_matmul_with_an_array(array_first: bool, left: tuple[int, ...], dtype: type) -> None:
    (a, b) = uniform([left, (5,)], dtype)
    if array_first:
        same(lambda t: a @ t, lambda t: torch.tensor(a) @ t, b, atol=2e-5)
    else:
        same(lambda t: t @ b, lambda t: t @ torch.tensor(b), a, atol=2e-5)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("x,out", LINEARS, ids=str)
def test_linear(
    x: tuple[int, ...], out: int, bias: bool, relu: bool, dtype: type, engine: Engine
) -> None:
    shapes = [x, (out, x[-1]), *[(out,)] * bias]

    def theirs(*tensors: Any) -> Any:
        y = torch.nn.functional.linear(*tensors)
        return torch.relu(y) if relu else y

    with use_engine(engine):
        same(
            lambda *t: F.linear(*t, activation="relu" if relu else None),
            theirs,
            *uniform(shapes, dtype),
            rtol=1e-4,
            atol=1e-4,
        )


NETS: dict[str, Any] = {
    "gelu": (GELU, torch.nn.GELU),
    "gelu, tanh": (lambda: GELU("tanh"), lambda: torch.nn.GELU("tanh")),
    "relu": (ReLU, torch.nn.ReLU),
    "leaky": (lambda: LeakyReLU(0.2), lambda: torch.nn.LeakyReLU(0.2)),
    "elu": (lambda: ELU(0.4), lambda: torch.nn.ELU(0.4)),
    "silu": (SiLU, torch.nn.SiLU),
    "softplus": (lambda: Softplus(3.0, 2.0), lambda: torch.nn.Softplus(3.0, 2.0)),
    "softmax": (Softmax, lambda: torch.nn.Softmax(-1)),
    "log_softmax": (lambda: LogSoftmax(0), lambda: torch.nn.LogSoftmax(0)),
}


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("name", NETS)
def test_a_state_dict_of_torch_gives_its_results(name: str, bias: bool, engine: Engine) -> None:
    mine, other = NETS[name]
    rng = np.random.default_rng(0)
    net: Module = Sequential(Linear(7, 9, bias, rng=rng), mine(), Linear(9, 3, rng=rng), mine())
    theirs = torch.nn.Sequential(
        torch.nn.Linear(7, 9, bias), other(), torch.nn.Linear(9, 3), other()
    )
    assert list(net.state_dict()) == list(theirs.state_dict())
    net.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    with use_engine(engine):
        same(net, theirs, *uniform([(5, 7)], np.float32), atol=1e-5)
    named = dict(theirs.named_parameters())
    for path, parameter in net.named_parameters():
        assert isinstance(parameter, Tensor)
        np.testing.assert_allclose(
            parameter.grad, named[path].grad.numpy(), 1e-4, 1e-5, err_msg=path
        )
