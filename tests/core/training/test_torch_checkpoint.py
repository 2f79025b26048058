"""Weights of PyTorch: nothing in them is run; they are matched by shape, or refused with help."""

import io
import json
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from safetensors.numpy import save

from core.data.encodings import Normalize
from core.errors import WeightsError
from core.nn.arena import ArenaLayout
from core.training.state_dict_keys import match_names
from core.training.torch_checkpoint import is_torch, read_torch
from core.training.weights_file import read_weights

SHAPES = {"1.weight": (4, 6), "1.bias": (4,), "3.weight": (2, 4), "3.bias": (2,)}
LAYOUT = ArenaLayout.of(SHAPES)
_STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage"}


def tensors(names: tuple[str, ...] = tuple(SHAPES)) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = zip(names, SHAPES.values(), strict=True)
    return OrderedDict((n, rng.standard_normal(shape).astype("f4")) for n, shape in shapes)


class _Name:
    """A class or function of PyTorch's, by its name only."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Stored:
    def __init__(self, key: str, kind: str, length: int) -> None:
        self.key, self.kind, self.length = key, kind, length


class _Call:
    def __init__(self, what: _Name, *args: object) -> None:
        self.what, self.args = what, args


class _Torch(pickle._Pickler):
    """Writes what torch.save writes, without torch."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def persistent_id(self, obj: object) -> object:
        if isinstance(obj, _Stored):
            return "storage", _Name("torch", obj.kind), obj.key, "cpu", obj.length
        return None

    def save_name(self, obj: _Name) -> None:
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())

    def save_call(self, obj: _Call) -> None:
        self.save(obj.what), self.save(obj.args)
        self.write(pickle.REDUCE)

    dispatch[_Name], dispatch[_Call] = save_name, save_call


def tensor(array: np.ndarray, key: str, offset: int = 0, strides: object = None) -> _Call:
    steps = tuple(step // array.itemsize for step in array.strides)
    stored = _Stored(key, _STORAGES[array.dtype.str[1:]], array.size)
    rebuild = _Name("torch._utils", "_rebuild_tensor_v2")
    return _Call(rebuild, stored, offset, array.shape, strides or steps, False, OrderedDict())


def torch_file(content: object, numbers: dict[str, np.ndarray], **more: bytes) -> bytes:
    out, program = io.BytesIO(), io.BytesIO()
    _Torch(program, 2).dump(content)
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("archive/data.pkl", program.getvalue())
        file.writestr("archive/byteorder", "little")
        for key, array in numbers.items():
            file.writestr(f"archive/data/{key}", array.tobytes())
        for name, data in more.items():
            file.writestr(f"archive/{name}", data)
    return out.getvalue()


def state(found: dict[str, np.ndarray]) -> tuple[OrderedDict[str, _Call], dict[str, np.ndarray]]:
    numbers = {str(place): array for place, array in enumerate(found.values())}
    named = zip(found.items(), numbers, strict=True)
    return OrderedDict((name, tensor(array, key)) for (name, array), key in named), numbers


def written(folder: Path, raw: bytes, name: str = "w.pt") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("inside", ["", "state_dict", "model"])
def test_a_state_dict_of_torch_is_read(tmp_path: Path, inside: str) -> None:
    named, numbers = state(tensors())
    named._metadata = OrderedDict(version=1)  # type: ignore[attr-defined]  # as torch has it
    content = {"epoch": 3, inside: named, "lr": 0.1} if inside else named
    theta = read_weights(written(tmp_path, torch_file(content, numbers)), LAYOUT, Normalize()).theta
    for name, view in LAYOUT.views(theta).items():
        assert np.array_equal(view, tensors()[name])


@pytest.mark.parametrize("kind", ["f8", "f2"])
def test_other_precisions_and_turned_tensors_are_read(tmp_path: Path, kind: str) -> None:
    array = np.arange(24, dtype=kind).reshape(6, 4)
    content = {"w": tensor(array.T, "0"), "n": tensor(np.array(7), "1")}
    raw = torch_file(content, {"0": array, "1": np.array(7)})
    (found,) = read_torch(written(tmp_path, raw)).values()
    assert np.array_equal(found, array.T), "counters are left out"


def test_bfloat16_is_read(tmp_path: Path) -> None:
    values = np.array([1.0, -2.5, 0.0], "f4")
    upper = (values.view("u4") >> 16).astype("u2")
    stored = _Stored("0", "BFloat16Storage", 3)
    call = _Call(_Name("torch._utils", "_rebuild_tensor_v2"), stored, 0, (3,), (1,), False, {})
    found = read_torch(written(tmp_path, torch_file({"w": call}, {"0": upper})))
    assert np.array_equal(found["w"], values)


def test_other_names_are_matched_by_order_and_shape_and_it_says_so(tmp_path: Path) -> None:
    names = ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")
    theirs = tensors(names)
    named, numbers = state(theirs)
    for raw, name in ((torch_file(named, numbers), "w.pt"), (save(theirs), "w.safetensors")):
        theta, said, _ = read_weights(written(tmp_path, raw, name), LAYOUT, Normalize(0.1, 0.3))
        assert np.array_equal(LAYOUT.views(theta)["3.weight"], theirs["fc2.weight"])
        assert "“fc1” as “1”, “fc2” as “3”" in said and "minus 0.1, divided by 0.3" in said


def test_layers_alike_are_matched_in_their_natural_order() -> None:
    expected = {f"{place}.weight": (3, 3) for place in (1, 2, 3)}
    found = {f"fc{place}.weight": (3, 3) for place in (10, 2, 9)}
    assert list(match_names(found, expected).values()) == [
        "fc2.weight",
        "fc9.weight",
        "fc10.weight",
    ]


@pytest.mark.parametrize(
    "theirs",
    [
        {"fc1.weight": (4, 6), "fc1.bias": (4,)},
        {"fc1.weight": (4, 6), "fc1.bias": (4,), "fc2.weight": (4, 2), "fc2.bias": (2,)},
        {f"fc{n}.{leaf}": s for n in (1, 2, 3) for leaf, s in (("weight", (4, 6)), ("bias", (4,)))},
    ],
)
def test_another_network_is_not_matched(tmp_path: Path, theirs: dict[str, tuple[int, ...]]) -> None:
    assert match_names(theirs, SHAPES) == {}
    raw = save({name: np.zeros(shape, "f4") for name, shape in theirs.items()})
    with pytest.raises(WeightsError, match=r"lacks “1\.weight”"):
        read_weights(written(tmp_path, raw), LAYOUT, Normalize())


class _Evil:
    def __init__(self, *what: object) -> None:
        self.what = what

    def __reduce__(self) -> tuple[object, ...]:
        return self.what  # type: ignore[return-value]


def _program(*lines: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("archive/data.pkl", b"\x80\x02" + b"".join(lines) + b".")
    return out.getvalue()


def _changed(change: Callable[[OrderedDict[str, _Call], dict[str, np.ndarray]], object]) -> bytes:
    named, numbers = state(tensors())
    change(named, numbers)
    return torch_file(named, numbers)


_ORDERED = b"ccollections\nOrderedDict\n"
HOSTILE: dict[str, bytes] = {
    "os.system": _program(b"cos\nsystem\nX\x04\0\0\0true\x85R"),
    "eval": _program(b"cbuiltins\neval\nX\x01\0\0\0" + b"1\x85R"),
    "a whole model": _program(b"c__main__\nNet\n)\x81"),
    "getattr": _program(b"cbuiltins\ngetattr\n", _ORDERED, b"X\x04\0\0\0copy\x86R"),
    "attributes of a class": _program(_ORDERED, b"}X\x03\0\0\0popK\1sb"),
    "a module inside a name": _program(b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n"),
    "vast memory": _program(b"\x96" + struct.pack("<Q", 2**40)),
    "vast place in the memo": _program(b"K\1r\xff\xff\xff\x7f"),
    "endless tuples": _program(b"K\1" + b"2\x86" * 100_000),
    "nothing": _program(b"N"),
    "no program": b"PK\x03\x04 and then nothing",
    "old form": b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
    "beyond its numbers": _changed(
        lambda named, _: named.update({"1.bias": tensor(np.zeros(4, "f4"), "1", offset=3)})
    ),
    "strides beyond": _changed(
        lambda named, _: named.update({"1.bias": tensor(np.zeros(4, "f4"), "1", strides=(2**27,))})
    ),
    "fewer numbers": _changed(lambda _, numbers: numbers.update({"0": np.zeros(3, "f4")})),
    "vast by strides of zero": torch_file(
        {"w": tensor(np.broadcast_to(np.zeros(1, "f4"), (2**14, 2**14)), "0")},
        {"0": np.zeros(1, "f4")},
    ),
    "TorchScript": torch_file({}, {}, **{"code/__torch__.py": b"print(1)"}),
    "numpy": torch_file({}, {}, **{"a.npy": b""}),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_plain_state_dict_is_refused_with_what_helps(tmp_path: Path, what: str) -> None:
    path = written(tmp_path, HOSTILE[what])
    assert is_torch(HOSTILE[what])
    with pytest.raises(WeightsError, match=r"^w\.pt .*save_file\(model.state_dict"):
        read_weights(path, LAYOUT, Normalize())
    assert OrderedDict().pop is not None and not hasattr(OrderedDict, "evil")


def test_a_file_cut_or_changed_anywhere_is_refused_or_read(tmp_path: Path) -> None:
    raw = bytearray(torch_file(*state(tensors())))
    rng = np.random.default_rng(1)
    for number in range(150):
        spoilt = bytearray(raw)
        for place in rng.integers(0, len(raw), 3):
            spoilt[place] = rng.integers(256)
        whole = bytes(spoilt) if number % 2 else bytes(raw[: rng.integers(len(raw))])
        path = written(tmp_path, whole)
        try:
            read_weights(path, LAYOUT, Normalize())
        except WeightsError as error:
            assert "w.pt" in str(error)


def test_a_list_of_tensors_that_begins_like_a_pickle_is_safetensors() -> None:
    head = json.dumps({"__metadata__": {"x": "y" * 606}}).encode()
    raw = struct.pack("<Q", 640) + head.ljust(640)
    assert raw[:2] == b"\x80\x02" and not is_torch(raw)


@pytest.mark.parametrize("ending", [b"K\x01s.", b"(h;K\x01u."])
@pytest.mark.parametrize("ordered", [False, True])
def test_a_key_that_takes_ages_to_hash_is_refused_at_once(
    tmp_path: Path, ending: bytes, ordered: bool
) -> None:
    nested = b")" + b"".join(b"q%ch%c\x86" % (at, at) for at in range(60))
    if ordered:  # OrderedDict(((nested, 1),))
        content = b"\x80\x02ccollections\nOrderedDict\n" + nested + b"K\x01\x86\x85\x85R."
    elif ending.endswith(b"u."):
        content = b"\x80\x02" + nested + b"q\x3b0}" + ending
    else:
        content = b"\x80\x02}" + nested + ending
    path = tmp_path / "w.pt"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", content)
    with pytest.raises(WeightsError, match="damaged"):
        read_torch(path)
