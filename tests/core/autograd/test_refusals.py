"""What operations do not take, and in which words they say so."""

from collections.abc import Callable

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import LabError, ShapeError

TABLE = np.ones((4, 2))
LABELS = np.array([0, 1, 0, 1])

MISFITS: dict[str, tuple[Callable[[], Tensor], str]] = {
    "matmul": (lambda: F.matmul(np.ones((2, 3)), np.ones((2, 3))), "inner lengths"),
    "matmul, vector": (lambda: F.matmul(np.ones((2, 3)), np.ones(2)), r"\(2, 3\) @ \(2,\)"),
    "linear": (lambda: F.linear(np.ones((2, 3)), np.ones((4, 2)), np.ones(4)), r"x \(…, 2\)"),
    "linear, picture": (lambda: F.linear(np.ones((2, 1, 3)), np.ones((4, 2)), np.ones(4)), "x "),
    "conv2d, flat": (
        lambda: F.conv2d(np.ones((2, 3)), np.ones((1, 1, 2, 2)), np.ones(1)), "N, C, H, W"),
    "conv2d, small": (
        lambda: F.conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3)), np.ones(1)), "3×3"),
    "conv2d, padding": (
        lambda: F.conv2d(np.ones((1, 1, 9, 9)), np.ones((1, 1, 3, 2)), padding="some"),
        "say valid, same, full"),
    "conv2d, same": (
        lambda: F.conv2d(np.ones((1, 1, 9, 9)), np.ones((1, 1, 3, 2)), padding="same", stride=2),
        "needs stride 1"),
    "avg_pool2d, padding": (
        lambda: F.avg_pool2d(np.ones((1, 1, 9, 9)), 2, padding=2), "half the window"),
    "batch_norm": (
        lambda: F.batch_norm(np.ones((1, 3)), None, None, training=True), "one number a channel"),
    "layer_norm": (lambda: F.layer_norm(np.ones((2, 3)), (2,)), "does not end in"),
    "rms_norm": (lambda: F.rms_norm(np.ones((2, 3)), (2, 2)), "does not end in"),
    "group_norm": (lambda: F.group_norm(np.ones((2, 3)), 2), "3 channels, which 2 groups"),
    "group_norm, weight": (
        lambda: F.group_norm(np.ones((2, 4)), 2, np.ones(2)), r"weight is \(2,\)"),
    "max_pool2d, flat": (lambda: F.max_pool2d(np.ones((2, 3)), 2), "N, C, H, W"),
    "max_pool2d, small": (lambda: F.max_pool2d(np.ones((1, 1, 1, 4)), 2), "2×2"),
    "cross_entropy, count": (
        lambda: F.cross_entropy(np.ones((2, 3)), np.zeros(3, int)), r"needs a target \(2,\)"),
    "nll_loss, class": (lambda: F.nll_loss(np.ones((2, 3)), np.array([0, 3])),
                       r"target\[1\] is 3, .*\(2, 3\) has 3 classes, 0 … 2\. Number"),
    "nll_loss, below": (lambda: F.nll_loss(np.ones((2, 3)), np.array([0, -1])),
                       r"\[1\] is -1, .*ignore_index"),
    "hinge_loss": (lambda: F.hinge_loss(np.ones((2, 1)), np.ones(2), 1.0), "alike"),
    "reshape": (lambda: F.reshape(np.ones((2, 3)), (4, 2)), r"reshape.*operands \(2, 3\)"),
    "embedding, above": (lambda: F.embedding(np.array([0, 4]), TABLE), "4.*4 rows: 0 … 3"),
    "embedding, below": (lambda: F.embedding(np.array([-1]), TABLE), "from -1 to -1"),
    "embedding, floats": (lambda: F.embedding(np.array([1.0]), TABLE), "not float64"),
    "embedding, vector": (lambda: F.embedding(LABELS, LABELS * 1.0), r"table \(V, D\)"),
    "embedding, padding": (lambda: F.embedding(LABELS, TABLE, 4), "padding_idx is 4.*-4 … 3"),
    "gather, axes": (lambda: F.gather(TABLE, 0, np.array([1])), "index of 2 axes"),
    "gather, axis": (lambda: F.gather(TABLE, 2, np.array([[1]])), "along axis 2"),
    "gather, long": (lambda: F.gather(TABLE, 0, np.array([[0, 1, 2]])), "longer than"),
    "gather, outside": (lambda: F.gather(TABLE, 1, np.array([[2]])), "for axis 1: 0 … 1"),
    "cat, widths": (lambda: F.cat([TABLE, np.ones((4, 3))]), r"\(4, 2\), \(4, 3\)"),
    "cat, nothing": (lambda: F.cat([]), "at least one"),
    "cat, axis": (lambda: F.cat([TABLE], 2), "axis 2"),
    "stack, lengths": (lambda: F.stack([TABLE, TABLE[1:]]), "same shape"),
    "tril, vector": (lambda: F.tril(LABELS), r"\(4,\) is no matrix"),
    "flip, axis": (lambda: F.flip(TABLE, 2), "axis 2"),
    "cumsum, axis": (lambda: F.cumsum(TABLE, -3), "axis -3"),
    "topk, many": (lambda: F.topk(TABLE, 3).values, r"k is 3, but axis -1 of \(4, 2\) has 2"),
    "topk, axis": (lambda: F.topk(TABLE, 1, 2).values, r"\(4, 2\) has no axis 2"),
    "pad, axes": (lambda: F.pad(TABLE, ((0, 1),) * 3), "up to 2 axes"),
    "pad, negative": (lambda: F.pad(TABLE, ((0, -1),)), "none negative"),
    "unsqueeze": (lambda: F.unsqueeze(TABLE, 4), "axis 4"),
    "squeeze": (lambda: F.squeeze(TABLE, 2), "axis 2"),
    "broadcast_to": (lambda: F.broadcast_to(TABLE, (4, 3)), r"\(4,2\)"),
    "where": (lambda: F.where(LABELS > 0, TABLE, 0.0), r"\(4,2\)"),
    "max, nothing": (lambda: F.max(TABLE[:0], dim=0), "empty"),
    "var": (lambda: F.var(TABLE, dim=5), "axis 5"),
    "matmul, number": (lambda: F.matmul(TABLE, np.array(2.0)), r"\(4, 2\) @ \(\)"),
    "matmul, rows": (lambda: F.matmul(np.ones(3), TABLE), r"\(3,\) @ \(4, 2\)"),
    "cross_entropy, floats": (lambda: F.cross_entropy(TABLE, LABELS * 1.0), "whole numbers"),
    "cross_entropy, one-hot": (lambda: F.cross_entropy(TABLE, TABLE), r"argmax\(axis=1\)"),
    "cross_entropy, classes last": (
        lambda: F.cross_entropy(np.ones((2, 4, 3)), np.zeros((2, 4), int)),
        r"lie on axis 1: F.permute\(input, \(0, 2, 1\)\)"),
    "cross_entropy, column": (
        lambda: F.cross_entropy(TABLE, LABELS[:, None]), r"target\.reshape\(\(4,\)\)"),
    "cross_entropy, number": (lambda: F.cross_entropy(np.ones(()), 0), "no classes"),
    "cross_entropy, weight": (
        lambda: F.cross_entropy(TABLE, LABELS, np.ones(3)), r"weight \(3,\) must be \(2,\)"),
    "cross_entropy, far": (
        lambda: F.cross_entropy(np.ones((2, 3, 2)), np.array([[0, 1], [7, -100]])),
        r"target\[1, 0\] is 7"),
    "mse_loss, weight": (
        lambda: F.mse_loss(TABLE, TABLE, weight=np.ones(2)), r"weight \(2,\) must have the shape"),
    "binary_cross_entropy_with_logits, pos_weight": (
        lambda: F.binary_cross_entropy_with_logits(TABLE, TABLE, pos_weight=np.ones(3)),
        r"pos_weight \(3,\) cannot be repeated"),
    "multi_margin_loss": (lambda: F.multi_margin_loss(TABLE, LABELS[1:]), r"\(4,\), not \(3,\)"),
    "binary_cross_entropy_with_logits": (
        lambda: F.binary_cross_entropy_with_logits(TABLE, TABLE[:, :1]), "alike"),
}  # fmt: skip


@pytest.mark.parametrize("misfit", MISFITS)
def test_shapes_and_places(misfit: str) -> None:
    call, words = MISFITS[misfit]
    with pytest.raises(ShapeError, match=words) as caught:
        call()
    assert str(caught.value).startswith(misfit.split(",")[0] + ": ")


UNKNOWN: dict[str, tuple[Callable[[], Tensor], str]] = {
    "form": (lambda: F.gelu(TABLE, "erf"), "“none” or “tanh”"),  # type: ignore[arg-type]
    "bounds": (lambda: F.clamp(TABLE), "`min`, `max` or both"),
    "share": (
        lambda: F.cross_entropy(TABLE, LABELS, label_smoothing=1.5),
        "1.5; it must be .*at most 1",
    ),
    "delta": (lambda: F.huber_loss(TABLE, TABLE, delta=0.0), "positive number, not 0.0"),
    "probabilities": (lambda: F.binary_cross_entropy(TABLE * 2, TABLE), "_with_logits"),
    "reduction": (
        lambda: F.mse_loss(TABLE, TABLE, "batchmean"),  # type: ignore[arg-type]
        "“mean” or “sum” or “none”",
    ),
    "power": (lambda: F.multi_margin_loss(TABLE, LABELS, 3), r"p=3\): 1 or 2"),
}


@pytest.mark.parametrize("option", UNKNOWN)
def test_options(option: str) -> None:
    call, words = UNKNOWN[option]
    with pytest.raises(LabError, match=words):
        call()
