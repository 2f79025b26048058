"""PyTorch's files of weights (`torch.save(model.state_dict(), "w.pt")`), read without running them.

Such a file is a zip: a pickle that names the tensors, and their numbers. A pickle is a program;
here it may only build dictionaries and name pieces of the numbers. Everything else it asks for is
refused, and nothing of PyTorch is needed.
"""

import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsError
from core.io.safe_open import read_regular
from core.translation import tr

_LIMIT = 256 * 2**20
_PICKLE = 4 * 2**20
_MOST_MEMBERS, _MOST_TENSORS, _MOST_AXES = 20_000, 4096, 8
_KINDS = {
    "FloatStorage": "f4", "DoubleStorage": "f8", "HalfStorage": "f2", "BFloat16Storage": "u2",
    "LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "u1",
}  # fmt: skip
_INSIDE = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params")
_CONVERT = (
    "Convert it, in Python: “from safetensors.torch import save_file; "
    'save_file(model.state_dict(), "weights.safetensors")” writes a file that can be read.'
)


class _Kind(NamedTuple):
    """The type of some numbers: a storage class of PyTorch."""

    name: str


class _Storage(NamedTuple):
    """Numbers (N,) of one kind, in the member `key` of the zip."""

    kind: str
    key: str
    length: int


class _Tensor(NamedTuple):
    """A view of a storage."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild(
    storage: Any, offset: Any = 0, shape: Any = (), strides: Any = (), *rest: Any
) -> _Tensor:
    """Stands for torch's functions that put a tensor together."""
    if isinstance(storage, _Tensor):  # a parameter around a tensor
        return storage
    numbers = (offset, *shape, *strides)
    whole = all(type(number) is int and 0 <= number <= _LIMIT for number in numbers)
    if not (isinstance(storage, _Storage) and whole and len(shape) == len(strides)):
        raise ValueError(tr("a tensor in it is described in an unknown way"))
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


# What torch.save writes. Others reserve memory that a file only claims to need, or make objects.
_OPCODES = (
    "PROTO", "FRAME", "STOP", "MARK", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BINPERSID", "NONE",
    "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE",
    "SHORT_BINUNICODE", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_DICT",
    "EMPTY_LIST", "SETITEM", "SETITEMS", "APPEND", "APPENDS", "BINPUT", "LONG_BINPUT", "BINGET",
    "LONG_BINGET", "MEMOIZE", "POP", "POP_MARK",
)  # fmt: skip


class _Unpickler(pickle._Unpickler):
    """Builds dictionaries of tensors, and refuses all else that a pickle may ask for."""

    dispatch: ClassVar[dict[int, Any]] = {
        code: pickle._Unpickler.dispatch[code]
        for code in (getattr(pickle, name)[0] for name in _OPCODES)
    }

    def find_class(self, module: str, name: str) -> object:
        """What a name in the pickle stands for."""
        if (module, name) == ("collections", "OrderedDict"):
            return lambda: OrderedDict()  # and takes no arguments
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
            return _rebuild
        if module in ("torch", "torch.storage") and name in _KINDS:
            return _Kind(name)
        raise _Foreign(f"{module}.{name}")

    def persistent_load(self, found: object) -> _Storage:
        """The numbers that a tensor is a view of."""
        match found:
            case ("storage", _Kind(name=name), str(key), _, int(count)) if 0 <= count <= _LIMIT:
                return _Storage(_KINDS[name], key, count)
        raise ValueError(tr("its numbers are described in an unknown way"))

    def load_build(self) -> None:
        """Attributes of objects are left out: weights have none that matter."""
        self.stack.pop()  # type: ignore[attr-defined]

    dispatch[pickle.BUILD[0]] = load_build

    def load_setitem(self) -> None:
        """One item of a dictionary."""
        _demand_plain(self.stack[-2:-1])  # type: ignore[attr-defined]
        super().load_setitem()  # type: ignore[misc]

    dispatch[pickle.SETITEM[0]] = load_setitem

    def load_setitems(self) -> None:
        """Items of a dictionary."""
        _demand_plain(self.stack[::2])  # type: ignore[attr-defined]
        super().load_setitems()  # type: ignore[misc]

    dispatch[pickle.SETITEMS[0]] = load_setitems


def _demand_plain(keys: list[object]) -> None:
    """Raises ValueError for keys but text and numbers: to hash tuples of tuples may take ages."""
    if not all(type(key) in (str, int) for key in keys):
        raise ValueError(tr("a dictionary in it has an odd key"))


class _Foreign(Exception):
    """A pickle asks for something that is no weights."""


def is_torch(raw: bytes) -> bool:
    """Whether a file may be PyTorch's, by its beginning: a zip, or a bare pickle of old."""
    # A list of safetensors may have a length of 640, which begins like a pickle.
    is_pickle = raw[:1] == b"\x80" and int.from_bytes(raw[:8], "little") > len(raw)
    return raw[:4] == b"PK\x03\x04" or is_pickle


def read_torch(path: Path) -> dict[str, NDArray[np.floating]]:
    """Tensors by name, in the order of the model. Raises WeightsError, which says how to convert
    what is not read; OSError.
    """
    raw = read_regular(path, _LIMIT)
    if raw[:2] != b"PK":
        _refuse(path, tr("was saved by PyTorch in its form from before 2020, or is another pickle"))
    try:
        with zipfile.ZipFile(BytesIO(raw)) as file:
            return _tensors(path, file)
    except _Foreign as error:
        _refuse(
            path,
            tr(
                "holds more than weights: “{error}”. A whole model saved as an object is a "
                "program and is not run"
            ).format(error=str(error)[:80]),
        )
    except WeightsError:
        raise
    except MemoryError:
        _refuse(path, tr("needs more memory than there is"))
    except Exception as error:  # what a pickle or a zip that was made to harm does
        _refuse(
            path,
            tr("is damaged ({kind}: {error})").format(
                kind=type(error).__name__, error=str(error)[:120]
            ),
        )


def _refuse(path: Path, why: str) -> NoReturn:
    raise WeightsError(f"{path.name} {why}. {_CONVERT}")


def _tensors(path: Path, file: zipfile.ZipFile) -> dict[str, NDArray[np.floating]]:
    members = {info.filename: info for info in file.infolist()}
    if len(members) > _MOST_MEMBERS:
        _refuse(path, tr("lists far more files than a model has"))
    names = [name for name in members if name == "data.pkl" or name.endswith("/data.pkl")]
    if any(name.endswith(".npy") for name in members):
        _refuse(path, tr("is an archive of numpy, not PyTorch's file of weights"))
    if len(names) != 1:
        _refuse(path, tr("is a zip archive, but not PyTorch's file of weights"))
    folder = names[0].removesuffix("data.pkl")
    if any(name.startswith(f"{folder}code/") for name in members):
        _refuse(path, tr("is a TorchScript program, which is not run"))
    if f"{folder}byteorder" in members and _member(file, f"{folder}byteorder", 16) != b"little":
        _refuse(path, tr("was saved on a machine with another order of bytes"))
    found = _Unpickler(BytesIO(_member(file, names[0], _PICKLE))).load()
    tensors = _state(path, found)
    total = sum(math.prod(tensor.shape) for tensor in tensors.values())
    storages = {tensor.storage for tensor in tensors.values()}
    stored = sum(np.dtype(it.kind).itemsize * it.length for it in storages)
    if len(tensors) > _MOST_TENSORS or 8 * total > _LIMIT or stored > _LIMIT:
        _refuse(path, tr("holds more numbers than any network here has"))
    numbers = {it: _numbers(file, f"{folder}data/{it.key}", it) for it in storages}
    return {
        name: _array(numbers[tensor.storage], tensor)
        for name, tensor in tensors.items()
        if tensor.storage.kind[0] == "f" or tensor.storage.kind == "u2"
    }


def _member(file: zipfile.ZipFile, name: str, most: int) -> bytes:
    with file.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise ValueError(tr("“{name}” is too large").format(name=name[-40:]))
    return data


def _state(path: Path, found: object) -> dict[str, _Tensor]:
    """The tensors by name, wherever in the file they are."""
    if not isinstance(found, Mapping):
        _refuse(path, tr("holds no dictionary of weights"))
    tensors = {str(name)[:200]: it for name, it in found.items() if isinstance(it, _Tensor)}
    if tensors:
        return tensors
    for name in _INSIDE:
        inside = found.get(name)
        if isinstance(inside, Mapping) and any(isinstance(it, _Tensor) for it in inside.values()):
            return _state(path, inside)
    _refuse(path, tr("holds no weights under a name that is known"))


def _numbers(file: zipfile.ZipFile, name: str, storage: _Storage) -> NDArray[Any]:
    kind = np.dtype(f"<{storage.kind}")
    size = storage.length * kind.itemsize
    data = _member(file, name, size)
    if len(data) != size:
        raise ValueError(tr("it holds fewer numbers than it says"))
    return np.frombuffer(data, kind)


def _array(numbers: NDArray[Any], tensor: _Tensor) -> NDArray[np.floating]:
    shape, strides = tensor.shape, tensor.strides
    last = tensor.offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if not math.prod(shape):
        return np.zeros(shape, np.float32)
    if len(shape) > _MOST_AXES or last >= len(numbers):
        raise ValueError(tr("a tensor in it reaches beyond its numbers"))
    steps = tuple(step * numbers.itemsize for step in strides)
    begun = numbers[tensor.offset :]
    view = np.lib.stride_tricks.as_strided(begun, shape, steps, writeable=False)
    if tensor.storage.kind == "u2":  # bfloat16: the upper half of a float32
        return (view.astype(np.uint32) << 16).view(np.float32)
    return np.ascontiguousarray(view)
