"""The little GPT: it looks back only, learns, and says what does not fit."""

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import ShapeError


def _gpt() -> nn.GPT:
    return nn.GPT(7, 12, 16, 2, 2, rng=np.random.default_rng(0))


def _tokens(rows: int) -> Tensor:
    """Counting up to six again and again, from another number in each row."""
    return Tensor((np.arange(12) + np.arange(rows)[:, None]) % 7)


def test_what_comes_later_changes_nothing_before() -> None:
    net, tokens = _gpt(), _tokens(2)
    changed = Tensor(np.where(np.arange(12) < 8, tokens.data, 0))
    before, after = net(tokens).data, net(changed).data
    np.testing.assert_array_equal(before[:, :8], after[:, :8])
    assert not np.array_equal(before[:, 8:], after[:, 8:])


def test_shorter_texts_fit_and_longer_ones_do_not() -> None:
    net = _gpt()
    short = net(Tensor(_tokens(3).data[:, :5]))
    assert short.shape == (3, 5, 7)
    np.testing.assert_allclose(short.data, net(_tokens(3)).data[:, :5], rtol=1e-4, atol=1e-5)
    with pytest.raises(ShapeError, match=r"GPT: tokens \(1, 13\) should be \(N, T\).*up to 12"):
        net(Tensor(np.zeros((1, 13), int)))


def test_it_learns_to_count() -> None:
    net, tokens = _gpt(), _tokens(7)
    losses = []
    for _ in range(60):
        net.zero_grad()
        scores = net(Tensor(tokens.data[:, :-1]))
        loss = F.cross_entropy(scores.reshape(-1, 7), tokens.data[:, 1:].reshape(-1))
        loss.backward()
        for weights in net.parameters():
            assert weights.grad is not None
            weights.data -= 0.3 * weights.grad
        losses.append(loss.item())
    assert losses[-1] < 0.1 < losses[0]
