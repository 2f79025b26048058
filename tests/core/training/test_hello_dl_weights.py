"""State files of the C++ original: read to the last bit, its quirks undone, damage named."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.autograd import Tensor
from core.errors import WeightsError
from core.nn import Conv2d, Flatten, Linear, MaxPool2d, Sequential
from tests.core.training.hello_dl_weights import Array, read_state, to_torch_layout, write_state

RNG = np.random.default_rng(5)


@given(shapes=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=6))
def test_what_is_written_is_read(
    shapes: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("states") / "net.state"
    tensors = [RNG.standard_normal(shape).astype(np.float32) for shape in shapes]
    write_state(path, tensors)
    for written, read in zip(tensors, read_state(path), strict=True):
        assert np.array_equal(written, read)


def test_values_lie_column_by_column(tmp_path: Path) -> None:
    write_state(tmp_path / "a.state", [np.array([[1, 2], [3, 4]], np.float32)])
    raw = np.fromfile(tmp_path / "a.state", "<f4")
    assert raw.tolist() == [12345, 67890, 2, 2, 1, 3, 2, 4, 9876, 54321]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda raw: raw[:-4], "does not end with"),
        (lambda raw: raw[1:], "cut short"),
        (lambda raw: b"\0\0\0\0" + raw[4:], "does not begin with"),
        (lambda raw: raw[:8] + np.float32(1e9).tobytes() + raw[12:], "tensor 0 claims"),
        (lambda raw: raw[:8] + np.float32(np.nan).tobytes() + raw[12:], "tensor 0 claims"),
        (lambda raw: b"", "no state file"),
    ],
)
def test_damage_is_named(tmp_path: Path, spoil: object, words: str) -> None:
    path = tmp_path / "net.state"
    write_state(path, [np.ones((2, 3), np.float32)])
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(WeightsError, match=words):
        read_state(path)


def original_tensors(shared: bool) -> list[Array]:
    """What the original would store for two kernels' convolutions and a linear layer."""
    kernels = [RNG.standard_normal((3, 3)) for _ in range(2)]
    biases = [RNG.standard_normal((1, 1)) for _ in range(2)]
    more = [RNG.standard_normal((3, 3)) for _ in range(3 if shared else 6)]
    more_biases = [RNG.standard_normal((1, 1)) for _ in range(3)]
    linear = [RNG.standard_normal((4, 3 * 2 * 3)), RNG.standard_normal((4, 1))]
    every = [*kernels, *biases, *more, *more_biases, *linear]
    return [tensor.astype(np.float32) for tensor in every]


def computed_as_the_original_does(tensors: list[Array], image: Array, shared: bool) -> Array:
    """Kernel by kernel, the bias added with each, pictures flattened column by column."""

    def convolve(maps: list[Array], kernels: list[Array], biases: list[Array]) -> list[Array]:
        height, width = maps[0].shape[0] - 2, maps[0].shape[1] - 2
        result = []
        for out, bias in enumerate(biases):
            total = np.zeros((height, width), np.float32)
            for number, one in enumerate(maps):
                kernel = kernels[out if shared else out * len(maps) + number]
                for r in range(height):
                    for c in range(width):
                        total[r, c] += (one[r : r + 3, c : c + 3] * kernel).sum() + bias[0, 0]
            result.append(total)
        return result

    second = 4 + (3 if shared else 6)
    maps = convolve([image], tensors[0:2], tensors[2:4])
    maps = convolve(maps, tensors[4:second], tensors[second : second + 3])
    flat = np.concatenate([one.ravel(order="F") for one in maps])
    return tensors[-2] @ flat + tensors[-1][:, 0]


@pytest.mark.parametrize("shared", [False, True])
def test_a_loaded_network_computes_what_the_original_computed(shared: bool) -> None:
    tensors = original_tensors(shared)
    rng = np.random.default_rng(0)
    net = Sequential(
        Conv2d(1, 2, 3, rng=rng), Conv2d(2, 3, 3, rng=rng), Flatten(), Linear(18, 4, rng=rng)
    )
    shapes = {name: array.shape for name, array in net.state_dict().items()}
    net.load_state_dict(to_torch_layout(tensors, shapes, (2, 3), shared_kernels=shared))
    image = RNG.standard_normal((6, 7)).astype(np.float32)
    expected = computed_as_the_original_does(tensors, image, shared)
    assert np.allclose(net(Tensor(image[None, None])).data[0], expected, atol=1e-4)


def test_the_two_known_networks_are_counted_right() -> None:
    rng = np.random.default_rng(0)
    net = Sequential(
        *(Conv2d(1, 32, 3, rng=rng), MaxPool2d(2), Conv2d(32, 64, 3, rng=rng)),
        *(MaxPool2d(2, ceil_mode=True), Conv2d(64, 128, 3, rng=rng), MaxPool2d(2), Flatten()),
        *(Linear(512, 64, rng=rng), Linear(64, 128, rng=rng), Linear(128, 26, rng=rng)),
    )
    assert sum(p.data.size for p in net.parameters()) == 137_178
    shapes = {name: array.shape for name, array in net.state_dict().items()}
    for shared, tensors, floats in ((False, 10_502, 632_744 // 4), (True, 454, 190_632 // 4)):
        count = size = 0
        for shape in shapes.values():
            kernels = shape[0] * (1 if shared else shape[1]) if len(shape) == 4 else 0
            stored = [(3, 3)] * kernels or ([shape] if len(shape) == 2 else [(shape[0], 1)])
            if len(shape) == 1 and shape[0] in (32, 64, 128) and count < tensors - 6:
                stored = [(1, 1)] * shape[0]
            count += len(stored)
            size += sum(2 + r * c for r, c in stored)
        assert (count, size + 4) == (tensors, floats)


def test_tensors_that_do_not_fit_are_named() -> None:
    with pytest.raises(WeightsError, match=r"“0.weight” needs a tensor \(4, 5\)"):
        to_torch_layout([np.ones((5, 4), np.float32)], {"0.weight": (4, 5), "0.bias": (4,)})
    rest = [np.ones((1, 1), np.float32)] * 3
    with pytest.raises(WeightsError, match="2 tensors more"):
        to_torch_layout(rest, {"0.weight": (1, 1)})
