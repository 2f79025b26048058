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
    ((2, 2, 9, 8), (3, 2, 3, 2), {"dilation": 2}),
    ((2, 4, 6, 5), (6, 2, 3, 2), {"groups": 2}),
    ((2, 3, 7, 6), (3, 1, 3, 3), {"groups": 3, "padding": "same"}),
    ((2, 3, 9, 8), (6, 1, 2, 3), {"groups": 3, "dilation": (3, 2), "stride": 2, "padding": (2, 1)}),
    ((2, 2, 5, 6), (4, 1, 3, 2), {"groups": 2, "dilation": (1, 2), "padding": "same"}),
    ((0, 2, 5, 5), (4, 1, 3, 3), {"groups": 2, "dilation": 2}),
]
TRANSPOSED: list[tuple[tuple[int, ...], tuple[int, ...], Options]] = [
    ((2, 3, 4, 5), (3, 2, 3, 3), {}),
    ((1, 1, 1, 1), (1, 1, 2, 3), {}),
    ((2, 2, 3, 4), (2, 3, 3, 2), {"stride": 2, "padding": 1, "output_padding": 1}),
    ((2, 2, 3, 4), (2, 3, 4, 2), {"stride": (3, 2), "padding": (1, 0), "output_padding": (2, 0)}),
    ((0, 2, 3, 3), (2, 1, 2, 2), {}),
    ((2, 2, 3, 4), (2, 3, 3, 2), {"dilation": 2}),
    ((2, 4, 3, 4), (4, 3, 3, 2), {"groups": 2}),
    (
        (2, 3, 4, 3),
        (3, 2, 2, 3),
        {"groups": 3, "dilation": (3, 1), "stride": (1, 2), "padding": 1, "output_padding": (2, 1)},
    ),
]
SEQUENCES: list[tuple[str, tuple[int, ...], tuple[int, ...], Options]] = [
    ("conv1d", (2, 3, 9), (5, 3, 3), {}),
    ("conv1d", (2, 4, 9), (6, 2, 3), {"stride": 2, "padding": 3, "dilation": 2, "groups": 2}),
    ("conv1d", (2, 3, 9), (3, 1, 5), {"padding": "same", "groups": 3}),
    ("conv1d", (0, 3, 9), (3, 3, 5), {"padding": "valid"}),
    ("conv_transpose1d", (2, 3, 5), (3, 2, 4), {}),
    ("conv_transpose1d", (2, 4, 5), (4, 3, 3),
     {"stride": 3, "padding": 1, "output_padding": 2, "groups": 2, "dilation": 2}),
]  # fmt: skip
POOLS_OF_SEQUENCES: list[tuple[str, tuple[int, ...], Options]] = [
    ("max_pool1d", (2, 3, 9), {"kernel_size": 2}),
    ("max_pool1d", (2, 3, 9), {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}),
    ("max_pool1d", (2, 3, 9), {"kernel_size": 4, "ceil_mode": True}),
    ("avg_pool1d", (2, 3, 9), {"kernel_size": 2}),
    ("avg_pool1d", (2, 3, 9), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("avg_pool1d", (2, 3, 9), {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    ("adaptive_avg_pool1d", (2, 3, 9), {"output_size": 4}),
    ("adaptive_avg_pool2d", (2, 3, 9, 8), {"output_size": 1}),
    ("adaptive_avg_pool2d", (2, 3, 9, 8), {"output_size": (4, None)}),
    ("adaptive_avg_pool2d", (2, 1, 3, 2), {"output_size": (7, 3)}),
    ("avg_pool2d", (2, 3, 9, 8), {"kernel_size": 3, "padding": 1, "divisor_override": 2}),
    ("max_pool2d", (2, 3, 9, 8), {"kernel_size": 3, "dilation": (2, 1), "padding": 1}),
    ("max_pool2d", (2, 3, 9, 8),
     {"kernel_size": 2, "dilation": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
]  # fmt: skip
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
        *SEQUENCES,
    ],
    ids=str,
)
def test_convolution(
    name: str, x: tuple[int, ...], weight: tuple[int, ...], options: Options, bias: bool,
    dtype: type, engine: Engine,
) -> None:  # fmt: skip
    outputs = weight[1] * options.get("groups", 1) if "transpose" in name else weight[0]
    arrays = uniform([x, weight, *[(outputs,)] * bias], dtype)
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
@pytest.mark.parametrize(("name", "x", "options"), POOLS_OF_SEQUENCES, ids=str)
def test_pools_of_sequences_dilated_and_adaptive(
    name: str, x: tuple[int, ...], options: Options, dtype: type, engine: Engine
) -> None:
    with use_engine(engine):
        same(
            lambda t: getattr(F, name)(t, **options),
            lambda t: getattr(torch.nn.functional, name)(t, **options),
            *uniform([x], dtype),
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
