"""Losses with weights, ignored targets and every reduction beside PyTorch's, of random shapes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.autograd import Tensor
from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

from tests.core.torch_parity.beside import DTYPES, same, uniform  # noqa: E402

nn = torch.nn.functional
ENGINES: list[Engine] = ["reference", "fast"]
HOW = st.sampled_from(["mean", "sum", "none"])
SEEDS = st.integers(0, 2**32 - 1)
PLACES = st.one_of(
    st.just(()), st.lists(st.integers(1, 5), min_size=1, max_size=3).map(lambda n: (n[0], *n[1:]))
)
"""Shapes of targets: of one sample, of samples, of each place of samples."""


def _scores(places: tuple[int, ...], classes: int) -> tuple[int, ...]:
    return (*places[:1], classes, *places[1:])


def _run(name: str, labels: Any, scores: Any, engine: Engine, **options: Any) -> None:
    """Value and gradient of our loss and of torch's; float32 is held to torch's float64."""
    theirs = {k: torch.tensor(v) if k == "weight" else v for k, v in options.items()}
    its_labels = torch.tensor(labels.astype(np.int64))
    with use_engine(engine):
        same(
            lambda a: getattr(F, name)(a, labels, **options),
            lambda a: getattr(nn, name)(a, its_labels, **theirs),
            scores,
            rtol=1e-4,
            atol=2e-5,
            in_float64=(1e-10, 1e-12),
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss", "multi_margin_loss"])
@settings(max_examples=25, deadline=None)
@given(places=PLACES, classes=st.integers(1, 40), seed=SEEDS, how=HOW, weighted=st.booleans(),
       share=st.sampled_from([0.0, 0.0, 0.1, 1.0]))  # fmt: skip
def test_of_labels(
    name: str, dtype: type, engine: Engine, places: tuple[int, ...], classes: int, seed: int,
    how: str, weighted: bool, share: float,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {"reduction": how}
    if name == "multi_margin_loss":
        places = places[:1]  # torch's takes no more
        options |= {"p": int(rng.integers(1, 3)), "margin": float(rng.uniform(0.1, 2))}
    labels = rng.integers(0, classes, places, dtype=rng.choice([np.uint8, np.int32, np.int64]))
    if weighted:
        options["weight"] = rng.uniform(0.1, 3, classes).astype(dtype)
    if name == "cross_entropy":
        options["label_smoothing"] = share
    if name != "multi_margin_loss" and labels.size > 1 and rng.random() < 0.5:
        options["ignore_index"] = int(rng.choice([-100, labels.max(), 255]))
        if options["ignore_index"] not in (-100, 255):
            labels.reshape(-1)[0] = (labels.max() + 1) % classes  # one at least counts
            if (labels == options["ignore_index"]).all():
                del options["ignore_index"]
        else:
            labels = labels.astype(np.int64)
            labels.reshape(-1)[1:][rng.random(labels.size - 1) < 0.4] = options["ignore_index"]
    scores = rng.uniform(-3, 3, _scores(places, classes)).astype(dtype)
    _run(name, labels, scores, engine, **options)


NUMBERS: dict[str, Callable[[np.random.Generator], dict[str, Any]]] = {
    "mse_loss": lambda rng: {},
    "l1_loss": lambda rng: {},
    "huber_loss": lambda rng: {"delta": float(rng.uniform(0.1, 2))},
    "smooth_l1_loss": lambda rng: {"beta": float(rng.choice([0.0, 0.3, 1.7]))},
    "binary_cross_entropy": lambda rng: {},
    "binary_cross_entropy_with_logits": lambda rng: {},
    "kl_div": lambda rng: {"log_target": bool(rng.integers(2))},
}
WEIGHTED = ("mse_loss", "l1_loss", "huber_loss", "binary_cross_entropy",
            "binary_cross_entropy_with_logits")  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@settings(max_examples=25, deadline=None)
@given(shape=st.lists(st.integers(1, 6), max_size=4).map(tuple), seed=SEEDS, how=HOW,
       weighted=st.booleans())  # fmt: skip
def test_of_numbers(
    name: str, dtype: type, shape: tuple[int, ...], seed: int, how: str, weighted: bool
) -> None:
    rng = np.random.default_rng(seed)
    options = {"reduction": how, **NUMBERS[name](rng)}
    arrays: dict[str, Any] = {}
    if weighted and name in WEIGHTED:
        arrays["weight"] = rng.uniform(0.1, 2, shape).astype(dtype)
    if name.endswith("logits") and shape and rng.random() < 0.6:
        arrays["pos_weight"] = rng.uniform(0.1, 3, shape[-1]).astype(dtype)
    low = 0.05 if name in ("binary_cross_entropy", "kl_div") else -3
    high = 0.95 if low > 0 else 3
    same(
        lambda a, t: getattr(F, name)(a, t, **options, **arrays),
        lambda a, t: getattr(nn, name)(
            a, t, **options, **{key: torch.tensor(w) for key, w in arrays.items()}
        ),
        *(rng.uniform(low, high, shape).astype(dtype) for _ in range(2)),
        rtol=1e-4,
        atol=1e-5,
        in_float64=(1e-10, 1e-12),
    )


def test_divergence_of_a_batch() -> None:
    same(
        lambda a, t: F.kl_div(F.log_softmax(a), F.softmax(t), "batchmean"),
        lambda a, t: nn.kl_div(a.log_softmax(-1), t.softmax(-1), reduction="batchmean"),
        *uniform([(3, 4), (3, 4)], np.float64),
    )
    certain = np.array([[0.0, 1.0], [1.0, 0.0]])
    ours = F.kl_div(np.log(np.full((2, 2), 0.5)), certain, "sum").item()
    assert ours == pytest.approx(2 * np.log(2))


def test_certain_probabilities_cost_a_hundred_at_most() -> None:
    p, t = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0, 1.0])
    same(
        lambda a: F.binary_cross_entropy(a, t, reduction="none"),
        lambda a: nn.binary_cross_entropy(a, torch.tensor(t), reduction="none"),
        p,
        rtol=1,
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
@settings(max_examples=20, deadline=None)
@given(places=PLACES, classes=st.integers(1, 300), seed=SEEDS, how=HOW, weighted=st.booleans())
def test_float32_follows_float64(
    name: str, engine: Engine, places: tuple[int, ...], classes: int, seed: int, how: str,
    weighted: bool,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 4, _scores(places, classes))
    labels = np.where(rng.random(places) < 0.3, -100, rng.integers(0, classes, places))
    weight = rng.uniform(0.2, 2, classes) if weighted else None
    found = []
    for dtype, how_computed in ((np.float32, engine), (np.float64, "reference")):
        leaf = F.log_softmax if name == "nll_loss" else lambda a, **_: a
        with use_engine(how_computed):  # type: ignore[arg-type]
            x = Tensor(scores.astype(dtype), requires_grad=True)
            y = getattr(F, name)(leaf(x, dim=min(len(places), 1)), labels, weight, reduction=how)
            y.backward(np.ones(y.shape, dtype))
        assert y.dtype == dtype
        found.append((y.data, x.grad))
    for one, exact in zip(*found, strict=True):
        np.testing.assert_allclose(one, exact, 2e-4, 2e-4 * max(1.0, float(np.abs(exact).max())))
