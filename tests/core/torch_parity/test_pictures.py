"""Convolutions and pools beside PyTorch's."""

from typing import Any

import pytest

from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

from tests.core.torch_parity.beside import DTYPES, same, uniform  # noqa: E402

ENGINES: list[Engine] = ["reference", "fast"]
Options = dict[str, Any]

CONVOLUTIONS: list[tuple[tuple[int, ...], tuple[int, ...], Options]] = [
    ((2, 3, 7, 6), (5, 3, 3, 3), {}),
    ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    ((3, 2, 9, 8), (4, 2, 2, 3), {"stride": 2}),
    ((2, 2, 9, 7), (3, 2, 3, 2), {"stride": (3, 1), "padding": (1, 2)}),
    ((2, 2, 5, 6), (3, 2, 3, 3), {"padding": "same"}),
    ((2, 2, 5, 6), (3, 2, 4, 2), {"padding": "same"}),
    ((2, 2, 5, 6), (3, 2, 3, 3), {"padding": "valid"}),
    ((0, 2, 5, 5), (3, 2, 3, 3), {}),
]
TRANSPOSED: list[tuple[tuple[int, ...], tuple[int, ...], Options]] = [
    ((2, 3, 4, 5), (3, 2, 3, 3), {}),
    ((1, 1, 1, 1), (1, 1, 2, 3), {}),
    ((2, 2, 3, 4), (2, 3, 3, 2), {"stride": 2, "padding": 1, "output_padding": 1}),
    ((2, 2, 3, 4), (2, 3, 4, 2), {"stride": (3, 2), "padding": (1, 0), "output_padding": (2, 0)}),
    ((0, 2, 3, 3), (2, 1, 2, 2), {}),
]
POOLS: list[tuple[tuple[int, ...], Options]] = [
    ((2, 3, 6, 8), {"kernel_size": 2}),
    ((2, 3, 7, 5), {"kernel_size": 2, "ceil_mode": True}),
    ((1, 1, 1, 1), {"kernel_size": 1}),
    ((2, 1, 9, 8), {"kernel_size": (3, 2), "stride": (2, 1)}),
    ((2, 1, 9, 8), {"kernel_size": 3, "stride": 2, "padding": 1}),
    ((2, 1, 8, 7), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ((1, 2, 5, 8), {"kernel_size": 2, "stride": 3, "ceil_mode": True}),
    ((0, 2, 4, 4), {"kernel_size": 2}),
]


@pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("name", "x", "weight", "options"),
    [
        *[("conv2d", *case) for case in CONVOLUTIONS],
        *[("conv_transpose2d", *case) for case in TRANSPOSED],
    ],
    ids=str,
)
def test_convolution(
    name: str, x: tuple[int, ...], weight: tuple[int, ...], options: Options, bias: bool,
    dtype: type, engine: Engine,
) -> None:  # fmt: skip
    outputs = weight[:1] if name == "conv2d" else weight[1:2]
    arrays = uniform([x, weight, *[outputs] * bias], dtype)
    with use_engine(engine):
        same(
            lambda *t: getattr(F, name)(*t, **options),
            lambda *t: getattr(torch.nn.functional, name)(*t, **options),
            *arrays,
            atol=2e-5,
        )


@pytest.mark.parametrize("dtype", DTYPES)
def test_full_padding(dtype: type) -> None:
    arrays = uniform([(2, 2, 3, 4), (3, 2, 2, 3), (3,)], dtype)
    same(
        lambda *t: F.conv2d(*t, padding="full"),
        lambda *t: torch.nn.functional.conv2d(*t, padding=(1, 2)),
        *arrays,
        atol=2e-5,
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("x", "options"), POOLS, ids=str)
def test_max_pool2d(x: tuple[int, ...], options: Options, dtype: type, engine: Engine) -> None:
    with use_engine(engine):
        same(
            lambda t: F.max_pool2d(t, **options),
            lambda t: torch.nn.functional.max_pool2d(t, **options),
            *uniform([x], dtype),
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize(("x", "options"), POOLS, ids=str)
def test_avg_pool2d(
    x: tuple[int, ...], options: Options, include: bool, dtype: type, engine: Engine
) -> None:
    with use_engine(engine):
        same(
            lambda t: F.avg_pool2d(t, **options, count_include_pad=include),
            lambda t: torch.nn.functional.avg_pool2d(t, **options, count_include_pad=include),
            *uniform([x], dtype),
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ceil_mode", [True, False])
@pytest.mark.parametrize(
    ("x", "weight"),
    [((2, 1, 28, 28), (32, 1, 3, 3)), ((3, 3, 9, 12), (6, 3, 5, 5)),
     ((2, 32, 13, 13), (64, 32, 3, 3))],
    ids=str,
)  # fmt: skip
def test_convolution_with_its_pool(
    x: tuple[int, ...], weight: tuple[int, ...], ceil_mode: bool, dtype: type, engine: Engine
) -> None:
    def theirs(*t: Any) -> Any:
        maps = torch.nn.functional.conv2d(*t)
        return torch.nn.functional.max_pool2d(maps, 2, ceil_mode=ceil_mode)

    with use_engine(engine):
        same(
            lambda *t: F.conv2d_max_pool2d(*t, ceil_mode=ceil_mode),
            theirs,
            *uniform([x, weight, weight[:1]], dtype),
            rtol=1e-4,
            atol=1e-4,
        )
