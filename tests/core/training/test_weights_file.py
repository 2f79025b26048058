"""Weights on disk: what is saved is loaded, what does not belong is refused in a sentence."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save

from core.chapters.registry import chapter, chapters
from core.chapters.shared.predictor import open_predictor, trained_weights
from core.data.encodings import Normalize, Standardize
from core.errors import LabError, WeightsError
from core.nn import BatchNorm1d, Linear, Sequential
from core.nn.arena import Arena, ArenaLayout
from core.paths import resource
from core.training.weights_file import read_weights, save_weights

LAYOUT = ArenaLayout.of({"0.weight": (2, 3), "0.bias": (2,)})
PIXELS = Normalize(0.25, 0.5)


def _theta() -> np.ndarray:
    theta = np.zeros(LAYOUT.size, np.float32)
    for view in LAYOUT.views(theta).values():
        view[...] = np.random.default_rng(0).standard_normal(view.shape)
    return theta


def _save(path: Path) -> Path:
    save_weights(path, LAYOUT, _theta(), "digits", PIXELS, ("a", "ß"), {"accuracy": 0.5})
    return path


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    found = read_weights(_save(tmp_path / "w.safetensors"), LAYOUT, PIXELS).theta
    assert found.dtype == np.float32
    assert found.tobytes() == _theta().tobytes()


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    path = _save(tmp_path / "w.safetensors")
    assert sorted(load_file(path)) == ["0.bias", "0.weight"]
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["chapter"] == "digits"
    assert json.loads(metadata["classes"]) == ["a", "ß"]
    assert json.loads(metadata["pixels"]) == {"mean": 0.25, "std": 0.5}
    assert json.loads(metadata["card"]) == {"accuracy": 0.5}


def _good() -> dict[str, np.ndarray]:
    return {name: view.copy() for name, view in LAYOUT.views(_theta()).items()}


def _missing(tensors: dict[str, np.ndarray]) -> None:
    del tensors["0.bias"]


def _turned(tensors: dict[str, np.ndarray]) -> None:
    tensors["0.weight"] = np.ascontiguousarray(tensors["0.weight"].T)


def _nan(tensors: dict[str, np.ndarray]) -> None:
    tensors["0.bias"][1] = np.nan


def _infinite(tensors: dict[str, np.ndarray]) -> None:
    tensors["0.weight"][0, 0] = -np.inf


def _too_large_for_float32(tensors: dict[str, np.ndarray]) -> None:
    tensors["0.bias"] = np.array([1e300, 0])


def _whole_numbers(tensors: dict[str, np.ndarray]) -> None:
    tensors["0.bias"] = np.arange(2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_missing, "lacks “0.bias”"),
        (_turned, r"“0.weight” is \(3, 2\), this network needs \(2, 3\)"),
        (_nan, "“0.bias” holds values that are not finite"),
        (_infinite, "“0.weight” holds values that are not finite"),
        (_too_large_for_float32, "“0.bias” holds values that are not finite"),
        (_whole_numbers, "“0.bias” holds values that are not finite"),
    ],
)
def test_tensors_that_do_not_fit(
    tmp_path: Path, change: Callable[[dict[str, np.ndarray]], None], words: str
) -> None:
    tensors = _good()
    change(tensors)
    path = tmp_path / "bad.safetensors"
    path.write_bytes(save(tensors))
    with pytest.raises(WeightsError, match=words) as caught:
        read_weights(path, LAYOUT, PIXELS)
    assert str(caught.value).startswith("bad.safetensors")


def test_other_pixel_values_are_refused(tmp_path: Path) -> None:
    path = _save(tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="scaled otherwise"):
        read_weights(path, LAYOUT, Normalize())


@pytest.mark.parametrize("pixels", ["", "{", "[]", "null", "0.5", '{"mean": 0.25}'])
def test_a_damaged_note_on_pixels_is_refused(tmp_path: Path, pixels: str) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(save(_good(), {"pixels": pixels}))
    with pytest.raises(WeightsError, match=r"w\.safetensors .*scaled otherwise"):
        read_weights(path, LAYOUT, PIXELS)


def test_half_precision_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    path.write_bytes(save({name: array.astype(np.float16) for name, array in _good().items()}))
    np.testing.assert_allclose(read_weights(path, LAYOUT, PIXELS).theta, _theta(), atol=1e-3)


def test_a_type_numpy_does_not_know_is_refused(tmp_path: Path) -> None:
    header = json.dumps({
        "0.weight": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
        "0.bias": {"dtype": "BF16", "shape": [2], "data_offsets": [12, 16]},
    }).encode()  # fmt: skip
    path = tmp_path / "w.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(16))
    with pytest.raises(WeightsError, match=r"^w\.safetensors"):
        read_weights(path, LAYOUT, PIXELS)


@given(cut=st.integers(0, 400))
def test_a_file_cut_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = _save(folder / "whole.safetensors").read_bytes()
    path = folder / "cut.safetensors"
    path.write_bytes(whole[: min(cut, len(whole) - 1)])
    with pytest.raises(WeightsError, match=r"cut\.safetensors cannot be read"):
        read_weights(path, LAYOUT, PIXELS)


def test_no_file_a_folder_and_a_photo_are_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.safetensors").write_bytes(b"\xff\xd8\xff\xe0" + bytes(999))
    for name in ("gone.safetensors", "photo.safetensors", "."):
        with pytest.raises(WeightsError, match="cannot be read"):
            read_weights(tmp_path / name, LAYOUT, PIXELS)


def test_a_huge_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)
    with pytest.raises(WeightsError, match="larger than 256 MB"):
        read_weights(path, LAYOUT, PIXELS)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _save(tmp_path / "w.safetensors")
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WeightsError, match="No space"):
        save_weights(path, LAYOUT, _theta() + 1, "digits", PIXELS, ("a",), {})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("key", [c.key for c in chapters() if c.trained])
def test_shipped_weights_fit_their_chapter_and_read(key: str) -> None:
    reader = open_predictor(chapter(key), None)
    test = chapter(key).task.data(chapter(key).defaults()).test
    guesses = reader.classify(test.images[:500]).argmax(axis=1)
    assert np.mean(guesses == test.labels[:500]) > 0.96


def test_weights_of_another_chapter_are_refused() -> None:
    digits, kernels = chapter("digits"), chapter("digit-kernels")
    model = kernels.task.model(kernels.defaults(), np.random.default_rng(0))
    with pytest.raises(WeightsError, match=r"digits\.safetensors"):
        trained_weights(kernels, kernels.defaults(), resource("weights/digits.safetensors"))
    assert trained_weights(digits, digits.defaults()).size != Arena.adopt(model).layout.size


@pytest.mark.parametrize("key", ["plane", "character-gru", "line"])
def test_a_chapter_without_characters_reads_no_pictures(key: str, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="reads no characters"):
        open_predictor(chapter(key), tmp_path / "any.safetensors")


def test_a_chapter_without_weights_says_so() -> None:
    learning = chapter("learning")
    with pytest.raises(WeightsError, match="comes without trained weights; train it first"):
        trained_weights(learning, learning.defaults())


def test_a_count_without_axes_comes_back_without_axes(tmp_path: Path) -> None:
    net = Sequential(BatchNorm1d(3))
    arena = Arena.adopt(net)
    path = tmp_path / "w.safetensors"
    save_weights(path, arena.layout, arena.theta, "letters", Normalize(), ("a",), {})
    np.testing.assert_array_equal(read_weights(path, arena.layout, Normalize()).theta, arena.theta)


def test_standardising_travels_with_the_weights(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal((5.0, -300.0), (2.0, 40.0), (50, 2)).astype(np.float32)
    fitted = Standardize().fitted(rows)
    arena = Arena.adopt(Linear(2, 1, rng=rng))
    path = tmp_path / "rows.safetensors"
    save_weights(path, arena.layout, arena.theta, "rows", fitted, (), {})
    found = read_weights(path, arena.layout, Standardize())
    np.testing.assert_array_equal(found.theta, arena.theta)
    assert found.encoding == fitted
    np.testing.assert_allclose(found.encoding(rows).std(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(fitted.decode(fitted(rows)), rows, rtol=1e-5)
    with pytest.raises(WeightsError, match="scaled otherwise"):
        read_weights(path, arena.layout, Standardize().fitted(rows * 2))


def test_rows_without_a_card_are_told_and_a_damaged_card_is_refused(tmp_path: Path) -> None:
    arena = Arena.adopt(Linear(2, 1, rng=np.random.default_rng(0)))
    path = tmp_path / "foreign.safetensors"
    tensors = dict(arena.layout.views(arena.theta))
    path.write_bytes(save(tensors))
    found = read_weights(path, arena.layout, Standardize())
    assert "does not say how its columns were scaled" in found.said
    path.write_bytes(save(tensors, {"pixels": '{"means": [NaN, 0], "stds": [1, 1]}'}))
    with pytest.raises(WeightsError, match="scaled otherwise"):
        read_weights(path, arena.layout, Standardize())


@pytest.mark.parametrize(
    "card",
    [None, 3, {}, {"means": [1]}, {"means": [1], "stds": [0]}, {"means": ["x"], "stds": [1]},
     {"means": [[1]], "stds": [[1]]}, {"means": [1, 2], "stds": [1]}],
)  # fmt: skip
def test_a_damaged_card_of_standardising_is_none(card: object) -> None:
    assert Standardize.of_card(card) is None
