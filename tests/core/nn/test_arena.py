"""One flat vector: every parameter is an aligned view of it, under torch's name."""

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.autograd import Tensor
from core.kernels.aligned import aligned_zeros
from core.nn import Conv2d, Flatten, Linear, MaxPool2d, Module, Sequential
from core.nn.arena import Arena, ArenaLayout


def _net() -> Module:
    rng = np.random.default_rng(1)
    return Sequential(Conv2d(1, 3, 3, rng=rng), MaxPool2d(2), Flatten(), Linear(12, 5, rng=rng))


@given(st.lists(st.lists(st.integers(0, 5), max_size=4).map(tuple), min_size=1, max_size=8))
def test_slots_are_aligned_and_never_overlap(shapes: list[tuple[int, ...]]) -> None:
    layout = ArenaLayout.of({f"p{i}": shape for i, shape in enumerate(shapes)})
    vector = aligned_zeros(layout.size)
    assert not vector.size or vector.ctypes.data % 64 == 0
    for number, (slot, shape) in enumerate(zip(layout.specs, shapes, strict=True), start=1):
        view = layout.views(vector)[slot.name]
        assert view.shape == shape
        assert not view.any(), "another slot reaches into this one"
        assert not view.size or view.ctypes.data % 64 == 0
        view[...] = number
    assert sum(slot.size for slot in layout.specs) == np.count_nonzero(vector)


def test_adopting_keeps_every_value_and_makes_views() -> None:
    net = _net()
    before = {name: array.copy() for name, array in net.state_dict().items()}
    arena = Arena.adopt(net)
    for name, parameter in net.named_parameters():
        assert np.array_equal(parameter.data, before[name])
        assert parameter.data.ctypes.data % 64 == 0
        assert np.shares_memory(parameter.data, arena.theta)
        assert parameter.grad is not None
        assert np.shares_memory(parameter.grad, arena.grad)
    arena.theta[:] = 7
    assert all((array == 7).all() for array in net.state_dict().values())


def test_gradients_arrive_in_the_flat_vector_and_add_up_until_zeroed() -> None:
    net = _net()
    arena = Arena.adopt(net)
    x = Tensor(np.random.default_rng(2).standard_normal((4, 1, 6, 6)).astype(np.float32))
    net(x).sum().backward()
    once = arena.grad.copy()
    bias = arena.layout.views(arena.grad)["3.bias"]
    assert bias.tolist() == [4.0] * 5
    net(x).sum().backward()
    np.testing.assert_allclose(arena.grad, 2 * once, rtol=1e-6)
    arena.zero_grad()
    assert not arena.grad.any()


def test_names_are_torchs() -> None:
    assert list(_net().state_dict()) == ["0.weight", "0.bias", "3.weight", "3.bias"]
    assert [slot.name for slot in Arena.adopt(_net()).layout.specs] == list(_net().state_dict())


def test_loading_a_state_writes_into_the_arena() -> None:
    net = _net()
    arena = Arena.adopt(net)
    net.load_state_dict({name: array + 1 for name, array in _net().state_dict().items()})
    for name, view in arena.layout.views(arena.theta).items():
        assert np.array_equal(view, _net().state_dict()[name] + 1)


def test_a_layout_survives_the_way_to_another_process() -> None:
    layout = Arena.adopt(_net()).layout
    assert pickle.loads(pickle.dumps(layout)) == layout
