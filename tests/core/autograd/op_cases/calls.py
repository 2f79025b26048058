"""One plain call of every operation: its operands, and the options it needs."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.autograd import OPS, Tensor
from core.autograd import functional as F


class Call(NamedTuple):
    """Operands by position and options by name."""

    operands: tuple[Any, ...]
    options: dict[str, Any] = {}  # noqa: RUF012  (never changed)


def _numbers(*shape: int, low: float = 0.25) -> NDArray[np.float32]:
    """Different numbers, exact in every float type and halves apart from whole ones."""
    count = int(np.prod(shape))
    return (low + 0.5 * ((3 * np.arange(count)) % 7)).astype(np.float32).reshape(shape)


_PAIR = (_numbers(2, 3), _numbers(2, 3, low=0.75))
_LABELS = np.array([0, 2, 1, 1])
# fmt: off
_EACH = (
    "neg", "square", "exp", "log", "expm1", "log1p", "sqrt", "sin", "cos", "abs", "relu", "tanh",
    "leaky_relu", "softplus", "sigmoid", "gelu", "silu", "elu", "logsigmoid", "ndtr", "logsumexp",
    "tril", "triu", "flatten", "permute", "squeeze", "sum", "mean",
    "var", "std", "max", "min", "amax", "amin", "softmax", "log_softmax",
)
_BOTH = (
    "add", "sub", "mul", "div", "pow", "maximum", "minimum", "mse_loss", "squared_error",
    "l1_loss", "huber_loss", "smooth_l1_loss", "kl_div", "binary_cross_entropy_with_logits",
)
# fmt: on

CALLS: dict[str, Call] = {
    **{op: Call((_numbers(2, 3),)) for op in _EACH},
    **{op: Call(_PAIR) for op in _BOTH},
    "where": Call((np.array([[True, False, True]] * 2), *_PAIR)),
    "masked_fill": Call((_numbers(2, 3), np.array([[True, False, True]] * 2), 0.5)),
    "flip": Call((_numbers(2, 3),), {"dims": (0, 1)}),
    "cumsum": Call((_numbers(2, 3),), {"dim": 1}),
    "clamp": Call((_numbers(2, 3), 0.5, 2.0)),
    "reshape": Call((_numbers(2, 3),), {"shape": (3, 2)}),
    "unsqueeze": Call((_numbers(2, 3),), {"dim": 1}),
    "broadcast_to": Call((_numbers(3),), {"shape": (2, 3)}),
    "pad": Call((_numbers(2, 3),), {"pads": ((1, 0), (0, 2)), "value": 0.5}),
    "cat": Call(_PAIR, {"dim": 1}),
    "stack": Call(_PAIR, {"dim": -1}),
    "matmul": Call((_numbers(2, 3), _numbers(3, 4))),
    "linear": Call((_numbers(2, 3), _numbers(4, 3), _numbers(4))),
    "fused_mlp": Call(
        (_numbers(2, 3), _numbers(4, 3), _numbers(4), _numbers(2, 4), _numbers(2)),
        {"activations": ["relu", None]},
    ),
    "getitem": Call((_numbers(4, 3),), {"index": np.array([0, 2])}),
    "index_add": Call((_numbers(2, 3),), {"index": np.array([0, 2]), "shape": (4, 3)}),
    "gather": Call((_numbers(2, 3),), {"dim": 1, "index": np.array([[0, 2], [1, 1]])}),
    "embedding": Call((np.array([0, 3, 3]), _numbers(4, 3))),
    "cross_entropy": Call((_numbers(4, 3), _LABELS)),
    "nll_loss": Call((_numbers(4, 3), _LABELS)),
    "multi_margin_loss": Call((_numbers(4, 3), _LABELS)),
    "binary_cross_entropy": Call((_numbers(2, 3) / 4, _numbers(2, 3, low=0.75) / 4)),
    "hinge_loss": Call((_numbers(4), np.array([1.0, -1.0, 1.0, 1.0], np.float32))),
    "layer_norm": Call((_numbers(2, 3),), {"normalized_shape": (3,), "weight": _numbers(3)}),
    "rms_norm": Call((_numbers(2, 3),), {"normalized_shape": (3,), "weight": _numbers(3)}),
    "group_norm": Call((_numbers(2, 4, 3), 2, _numbers(4), _numbers(4))),
    "batch_norm": Call(
        (_numbers(4, 3), _numbers(3), _numbers(3, low=1.0), _numbers(3), _numbers(3))
    ),
    "dropout": Call((_numbers(2, 3), np.array([[True, False, True]] * 2)), {"p": 0.5}),
    "conv2d": Call((_numbers(2, 2, 4, 5), _numbers(3, 2, 2, 3), _numbers(3))),
    "conv_transpose2d": Call((_numbers(2, 2, 3, 3), _numbers(2, 3, 2, 2), _numbers(3))),
    "conv2d_max_pool2d": Call((_numbers(2, 2, 5, 6), _numbers(3, 2, 2, 3), _numbers(3))),
    "max_pool2d": Call((_numbers(2, 2, 4, 6),), {"kernel_size": 2}),
    "avg_pool2d": Call((_numbers(2, 2, 4, 6),), {"kernel_size": 2}),
    "adaptive_avg_pool2d": Call((_numbers(2, 2, 4, 6),), {"output_size": (2, 3)}),
    "conv1d": Call((_numbers(2, 2, 5), _numbers(3, 2, 3), _numbers(3))),
    "conv_transpose1d": Call((_numbers(2, 2, 3), _numbers(2, 3, 2), _numbers(3))),
    "max_pool1d": Call((_numbers(2, 2, 6),), {"kernel_size": 2}),
    "avg_pool1d": Call((_numbers(2, 2, 6),), {"kernel_size": 2}),
    "adaptive_avg_pool1d": Call((_numbers(2, 2, 6),), {"output_size": 4}),
    "rnn": Call((_numbers(3, 2, 4), _numbers(2, 5), _numbers(5, 4), _numbers(5, 5),
                 _numbers(5), _numbers(5))),
    "gru": Call((_numbers(3, 2, 4), _numbers(2, 5), _numbers(15, 4), _numbers(15, 5),
                 _numbers(15), _numbers(15))),
    "lstm": Call((_numbers(3, 2, 4), _numbers(2, 5), _numbers(2, 5), _numbers(20, 4),
                  _numbers(20, 5), _numbers(20), _numbers(20))),
    "scaled_dot_product_attention": Call(
        (_numbers(2, 3, 4), _numbers(2, 5, 4), _numbers(2, 5, 3), _numbers(3, 5))
    ),
    "self_attention": Call((_numbers(2, 3, 12),), {"num_heads": 2}),
}  # fmt: skip


def compute(op: str, operands: tuple[Any, ...], options: dict[str, Any]) -> Tensor:
    """The operation as a user calls it."""
    if op in ("cat", "stack"):
        return getattr(F, op)(list(operands), **options)
    return OPS[op].apply(*operands, **options)
