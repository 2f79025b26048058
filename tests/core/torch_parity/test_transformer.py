"""A transformer block beside PyTorch's, with PyTorch's weights."""

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.kernels.engine import Engine, use_engine

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("is_causal", [True, False])
def test_a_block_with_torchs_weights(is_causal: bool, engine: Engine) -> None:
    rng = np.random.default_rng(0)
    theirs = torch.nn.TransformerEncoderLayer(
        20, 4, 80, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    ours = nn.TransformerBlock(20, 4, is_causal, rng=rng)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for weights in theirs.parameters():
        torch.nn.init.normal_(weights, std=0.3)
    ours.load_state_dict({name: w.numpy() for name, w in theirs.state_dict().items()})
    x = rng.standard_normal((3, 9, 20)).astype(np.float32)
    my_x, its_x = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    with use_engine(engine):
        found = ours(my_x)
    hidden = torch.triu(torch.ones(9, 9, dtype=torch.bool), diagonal=1) if is_causal else None
    expected = theirs(its_x, src_mask=hidden)
    np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol=5e-5, atol=2e-5)
    upstream = rng.standard_normal(x.shape).astype(np.float32)
    found.backward(upstream)
    expected.backward(torch.tensor(upstream))
    pairs = [(my_x, its_x), *zip(ours.parameters(), theirs.parameters(), strict=True)]
    for mine, other in pairs:
        scale = float(other.grad.abs().max())
        np.testing.assert_allclose(mine.grad, other.grad.numpy(), rtol=1e-4, atol=2e-5 * scale)
