"""The core as a library: what its page shows runs, and a Tensor behaves as one expects."""

import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import core
from core import F, Tensor, nn, optim
from core.autograd import OPS
from core.errors import LabError, ShapeError
from core.kernels import engine

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "core.md"


BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
SCRIPTS = {f"{number}": block for number, block in enumerate(BLOCKS) if "STEPS" in block}
STEPS = 40


def _run(script: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "page"}
    exec(compile(script, str(PAGE), "exec"), space)
    return space


@pytest.mark.parametrize("number", SCRIPTS)
def test_each_script_of_the_page_learns(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With fewer steps than it says; its data, its network and its last words are its own."""
    short, changed = re.subn(r"^(STEPS\b.*= )\d+", rf"\g<1>{STEPS}", SCRIPTS[number], flags=re.M)
    assert changed == 1
    losses = _run(short)["losses"]
    assert len(losses) == STEPS and np.isfinite(losses).all()
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:2])
    assert capsys.readouterr().out


def test_the_other_examples_of_the_page_run() -> None:
    assert len(SCRIPTS) == 4 and len(BLOCKS) >= 6
    before = set(OPS)
    try:
        for block in BLOCKS:
            if "STEPS" not in block:
                _run(block)
    finally:
        for name in set(OPS) - before:
            del OPS[name]


def test_everything_it_names_is_there_and_nothing_is_loaded_before() -> None:
    code = (
        "import sys, core\n"
        "assert not {'numpy', 'numba', 'core.nn', 'core.autograd'} & set(sys.modules)\n"
        "for name in core.__all__: assert getattr(core, name) is not None, name\n"
        "assert set(core.__all__) <= set(dir(core))\n"
        "assert 'numba' not in sys.modules and 'PySide6' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    with pytest.raises(AttributeError, match="tensor_of_another_library"):
        _ = core.tensor_of_another_library  # type: ignore[attr-defined]


def test_a_loss_is_a_number_where_one_is_wanted() -> None:
    loss = F.mean(Tensor(np.array([1.0, 2.0], np.float32)))
    assert f"{loss:.3f}" == "1.500" and float(loss) == 1.5 and int(loss) == 1
    assert f"{loss}" == str(loss)
    assert bool(Tensor(np.zeros(1))) is False and bool(Tensor(np.ones((1, 1)))) is True
    for many in (Tensor(np.ones(2)), Tensor(np.ones(0))):
        for use in (bool, float, int, Tensor.item, lambda t: f"{t:.2f}"):
            with pytest.raises(LabError, match="no single number"):
                use(many)


def test_comparisons_give_arrays() -> None:
    a, b = Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 0.0, 3.0])
    assert (a == b).tolist() == [True, False, True] and (a != b).tolist() == [False, True, False]
    assert (a == np.array([1, 2, 4])).tolist() == [True, True, False]
    assert (a == 2).tolist() == [False, True, False] and (a == 2).tolist() == [False, True, False]
    assert (Tensor([0.1]) == 0.1).all() and (a > 1).tolist() == [False, True, True]
    array = np.array([1.0, 0.0, 3.0])
    assert (array != a).tolist() == [False, True, False] and (array == b).all()
    assert (a == None) is False and (a != "text") is True  # noqa: E711
    with pytest.raises(TypeError):
        _ = a < "text"
    with pytest.raises(ShapeError):
        _ = a == np.ones(2)
    assert len({a, b}) == 2 and {a: 1}[a] == 1


def test_python_operators_refuse_what_is_no_number_in_words() -> None:
    t = Tensor(np.ones((2, 3)))
    for wrong in ("a", None, {}, [[1], [1, 2]], object()):
        for use in (lambda x: t + x, lambda x: x - t, lambda x: t * x, lambda x: x / t,
                    lambda x: t**x, lambda x: t @ x, lambda x: x @ t):  # fmt: skip
            with pytest.raises(LabError):
                use(wrong)
    uses = (
        lambda: t @ 3, lambda: t @ t, lambda: t.swapaxes(0, 5), lambda: t.reshape(4, 2),
        lambda: t.reshape("a"), lambda: t.sum(dim=3), lambda: t.argmax(dim=2),
        lambda: list(Tensor(1.0)), lambda: t["a"], lambda: t[5], lambda: t[1.5],
    )  # fmt: skip
    for use in uses:
        with pytest.raises(LabError):
            use()


def test_shapes_and_axes_may_be_lists() -> None:
    t = Tensor(np.arange(6.0).reshape(2, 3))
    assert t.reshape([3, 2]).shape == t.reshape((3, 2)).shape == t.reshape(3, 2).shape == (3, 2)
    assert t.sum(dim=[0, 1]).item() == t.sum(dim=(0, 1)).item() == 15
    assert F.permute(t, [1, 0]).shape == (3, 2)
    assert t.reshape(np.int64(6)).shape == (6,)
    assert F.conv2d(np.ones((1, 1, 4, 4)), np.ones((1, 1, 2, 2)), stride=np.int64(2)).shape == (
        1, 1, 2, 2,
    )  # fmt: skip


def test_what_one_looks_for_at_a_tensor_is_there() -> None:
    t = Tensor(np.array([[-1.0, 2.0], [3.0, 0.5]]), requires_grad=True)
    assert t.argmax() == 2 and t.argmax(dim=1).tolist() == [1, 0] and t.argmin(0).tolist() == [0, 1]
    for name in ("relu", "sigmoid", "tanh", "softmax", "log_softmax"):
        assert np.array_equal(getattr(t, name)().data, getattr(F, name)(t).data)
    np.testing.assert_allclose(t.softmax(dim=0).data.sum(axis=0), 1)


def test_reprs_say_what_one_wants_to_know() -> None:
    assert repr(Tensor(np.ones(2, np.float32))) == "tensor([1., 1.], dtype=float32)"
    assert repr(Tensor(np.eye(2))) == "tensor([[1., 0.],\n        [0., 1.]], dtype=float64)"
    assert repr(Tensor(2)) == "tensor(2, dtype=int64)"
    leaf = Tensor([1.0], requires_grad=True)
    assert repr(leaf) == "tensor([1.], dtype=float32, requires_grad=True)"
    assert repr(F.exp(Tensor([0.0], requires_grad=True))) == (
        "tensor([1.], dtype=float32, grad_fn=exp)"
    )
    large = repr(Tensor(np.zeros((60, 784), np.float32)))
    assert "..." in large and large.endswith(", shape=(60, 784), dtype=float32)")
    assert "shape=(0, 3)" in repr(Tensor(np.empty((0, 3))))


RNG = np.random.default_rng(0)
LAYERS = {
    "Linear(in_features=3, out_features=2, bias=True)": nn.Linear(3, 2, rng=RNG),
    "Linear(in_features=3, out_features=2, bias=False)": nn.Linear(3, 2, bias=False, rng=RNG),
    "LeakyReLU(negative_slope=0.2)": nn.LeakyReLU(0.2),
    "ReLU()": nn.ReLU(),
    "Dropout(p=0.5)": nn.Dropout(rng=RNG),
    "Embedding(num_embeddings=5, embedding_dim=2)": nn.Embedding(5, 2, rng=RNG),
}


@pytest.mark.parametrize("text", LAYERS)
def test_a_layer_says_its_settings(text: str) -> None:
    assert repr(LAYERS[text]) == text


def test_layers_with_more_settings_say_them_too() -> None:
    conv = repr(nn.Conv2d(1, 2, 3, padding="same", rng=RNG))
    assert conv.startswith("Conv2d(in_channels=1, out_channels=2, kernel_size=(3, 3), stride=")
    assert "padding='same'" in conv and "bias=True" in conv
    assert "eps=1e-05" in repr(nn.LayerNorm(4)) and "num_features=4" in repr(nn.BatchNorm1d(4))
    net = repr(nn.Sequential(nn.Linear(3, 2, rng=RNG), nn.ReLU()))
    assert net == (
        "Sequential(\n  (0): Linear(in_features=3, out_features=2, bias=True)\n  (1): ReLU()\n)"
    )


def test_the_engine_is_set_by_either_of_its_names() -> None:
    before = engine._engine
    try:
        core.set_engine("reference")
        assert engine.kernel("sgd").__module__ == "core.kernels.reference.optim"
        core.set_engine("numba")
        assert engine.kernel("sgd").__module__ == "core.kernels.numba.optim"
        with core.use_engine("numba"), pytest.raises(LabError, match="“cuda”"):
            core.set_engine("cuda")  # type: ignore[arg-type]
    finally:
        core.set_engine(before)


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "core" / "py.typed").exists()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["core"]


def test_help_shows_the_signature_of_the_operation() -> None:
    for name, operation in OPS.items():
        signature = inspect.signature(operation.apply)
        assert signature.return_annotation is Tensor, name
        assert "needs_input_grad" not in signature.parameters
    assert str(inspect.signature(F.sum)).startswith("(a: 'Tensor | ArrayLike', dim: ")


def test_a_sequence_of_modules_is_one() -> None:
    net = nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Tanh())
    assert len(net) == 3 and isinstance(net[1], nn.ReLU) and net[-1] is net.modules[2]
    assert [type(part) for part in net] == [nn.Flatten, nn.ReLU, nn.Tanh]
    assert isinstance(net[1:], nn.Sequential) and len(net[1:]) == 2
    assert nn.Sequential()(Tensor([1.0])).item() == 1 and bool(nn.Sequential())


@pytest.mark.parametrize("engine", ["reference", "fast"])
def test_cross_entropy_takes_scores_of_every_place(engine: Any) -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((2, 3, 5)).astype(np.float32), rng.integers(0, 5, (2, 3))
    with core.use_engine(engine):
        whole = Tensor(scores.swapaxes(1, 2), requires_grad=True)
        rows = Tensor(scores.reshape(6, 5), requires_grad=True)
        one, other = F.cross_entropy(whole, labels), F.cross_entropy(rows, labels.reshape(6))
        one.backward()
        other.backward()
    assert one.item() == other.item()
    assert whole.grad is not None and rows.grad is not None
    assert np.array_equal(whole.grad.swapaxes(1, 2).reshape(6, 5), rows.grad)
    with pytest.raises(ShapeError, match=r"needs a target \(2, 3\)"):
        F.cross_entropy(whole, labels.T)


def test_optimizers_have_the_habits_of_torch() -> None:
    model = nn.Linear(2, 1, rng=np.random.default_rng(0))
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    before = model.weight.data.copy()
    model(Tensor(np.ones((1, 2)))).sum().backward()
    optimizer.step()
    np.testing.assert_allclose(before - model.weight.data, 0.5)
    optimizer.zero_grad()
    assert model.weight.grad is not None and not model.weight.grad.any()
