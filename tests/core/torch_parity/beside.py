"""Our operations beside PyTorch's: values, then every gradient of a random upstream one."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.autograd import Tensor

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

DTYPES = [np.float32, np.float64]
"""Both must come out as they went in."""


def same(
    ours: Callable[..., Tensor],
    theirs: Callable[..., Any],
    *arrays: NDArray[np.floating],
    rtol: float = 2e-5,
    atol: float = 2e-6,
    in_float64: tuple[float, float] | None = None,
) -> None:
    """Compare a result and all gradients, within these tolerances in float32.

    Those in float64, (rtol, atol), are a hundred million times smaller if not given. NaN equals
    NaN. Warnings are errors here.
    """
    if arrays[0].dtype == np.float64:
        rtol, atol = in_float64 or (rtol * 1e-8, atol * 1e-8)
    mine = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    others = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = theirs(*others)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ours(*mine)
        assert found.dtype == arrays[0].dtype
        assert found.shape == tuple(expected.shape)
        upstream = np.random.default_rng(1).standard_normal(found.shape).astype(found.dtype)
        found.backward(upstream)
    expected.backward(torch.tensor(upstream))
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol, atol)
    for number, (tensor, other) in enumerate(zip(mine, others, strict=True)):
        wanted = np.zeros(other.shape) if other.grad is None else other.grad.numpy()
        got = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad
        np.testing.assert_allclose(got, wanted, rtol, atol, err_msg=f"gradient {number}")


def uniform(
    shapes: list[tuple[int, ...]], dtype: type, low: float = -3.0, high: float = 3.0
) -> list[NDArray[Any]]:
    """Random arrays of these shapes."""
    rng = np.random.default_rng(sum(map(sum, shapes)))
    return [rng.uniform(low, high, shape).astype(dtype) for shape in shapes]
