"""Parameter groups beside PyTorch's: no decay for biases, rates and options of their own."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core import F, Tensor, nn, optim
from core.kernels.engine import use_engine
from core.nn.arena import Arena

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

STEPS = 20
RNG = np.random.default_rng(3)
X = RNG.standard_normal((16, 6)).astype(np.float32)
Y = RNG.standard_normal((16, 3)).astype(np.float32)
OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
    "Adagrad": {"lr": 0.05, "weight_decay": 0.1},
    "RMSprop": {"lr": 0.01, "weight_decay": 0.1, "momentum": 0.5},
    "Adam": {"lr": 0.02, "weight_decay": 0.1},
    "AdamW": {"lr": 0.02},
}


@pytest.fixture(autouse=True, params=["reference", "fast"])
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    with use_engine(request.param):
        yield


def _pair() -> tuple[nn.Sequential, Any]:
    rng = np.random.default_rng(0)
    ours = nn.Sequential(nn.Linear(6, 5, rng=rng), nn.Tanh(), nn.Linear(5, 3, rng=rng))
    theirs = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
    state = {name: torch.tensor(a.copy()) for name, a in ours.state_dict().items()}
    theirs.load_state_dict(state)
    return ours, theirs


def _both_learn(ours: Any, theirs: Any, one: Any, two: Any, steps: int = STEPS) -> None:
    for _ in range(steps):
        one.zero_grad()
        F.mse_loss(ours(Tensor(X)), Y).backward()
        one.step()
        two.zero_grad()
        torch.nn.functional.mse_loss(theirs(torch.tensor(X)), torch.tensor(Y)).backward()
        two.step()
    for name, array in theirs.state_dict().items():
        np.testing.assert_allclose(
            ours.state_dict()[name], array.numpy(), rtol=1e-4, atol=1e-5, err_msg=name
        )


@pytest.mark.parametrize("adopted", [False, True], ids=["own arena", "slices of an arena"])
@pytest.mark.parametrize("name", OPTIONS)
def test_no_decay_for_biases(name: str, adopted: bool) -> None:
    ours, theirs = _pair()
    arena = Arena.adopt(ours) if adopted else None
    named = list(theirs.named_parameters())
    groups = [
        {"params": [p for n, p in named if n.endswith("weight")]},
        {"params": [p for n, p in named if n.endswith("bias")], "weight_decay": 0.0},
    ]
    one = getattr(optim, name)(optim.param_groups_weight_decay(ours), **OPTIONS[name])
    assert len(one.param_groups[0].spans) == (2 if arena else 1)
    _both_learn(ours, theirs, one, getattr(torch.optim, name)(groups, **OPTIONS[name]))


@pytest.mark.parametrize("name", OPTIONS)
def test_a_group_a_layer_with_options_of_its_own(name: str) -> None:
    own = {"SGD": {"nesterov": True}, "Adagrad": {"eps": 0.1}, "RMSprop": {"alpha": 0.8},
           "Adam": {"betas": (0.5, 0.9)}, "AdamW": {"eps": 0.01}}[name]  # fmt: skip
    ours, theirs = _pair()
    one, two = (
        getattr(library, name)(
            [{"params": list(net[0].parameters()), "lr": 0.003, **own},
             {"params": list(net[2].parameters())}],
            **OPTIONS[name],
        )
        for library, net in ((optim, ours), (torch.optim, theirs))
    )  # fmt: skip
    _both_learn(ours, theirs, one, two, 10)
    for optimizer in (one, two):
        optimizer.param_groups[0]["lr"] = 0.01
        optimizer.param_groups[1]["weight_decay"] = 0.05
    _both_learn(ours, theirs, one, two, 10)


@pytest.mark.parametrize("name", OPTIONS)
def test_the_constructor_has_torchs_defaults(name: str) -> None:
    ours, theirs = _pair()
    one, two = getattr(optim, name)(ours), getattr(torch.optim, name)(theirs.parameters())
    for key, value in one.defaults.items():
        if key in two.defaults:
            assert two.defaults[key] == value, key


@pytest.mark.parametrize("limit", [0.05, 1e3])
def test_gradients_of_parameters_are_clipped_together(limit: float) -> None:
    ours, theirs = _pair()
    F.mse_loss(ours(Tensor(X)), Y).backward()
    torch.nn.functional.mse_loss(theirs(torch.tensor(X)), torch.tensor(Y)).backward()
    expected = torch.nn.utils.clip_grad_norm_(theirs.parameters(), limit)
    assert optim.clip_grad_norm_(ours.parameters(), limit) == pytest.approx(float(expected), 1e-5)
    torch.nn.utils.clip_grad_value_(theirs.parameters(), 0.01)
    optim.clip_grad_value_(ours, 0.01)
    for (name, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-4, atol=1e-7, err_msg=name)
