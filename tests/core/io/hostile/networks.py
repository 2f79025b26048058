"""Weights, ours and the original's, and projects that are not what they say."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.chapters.registry import chapter
from core.ocr.boxes import CharacterBox, Rect
from core.ocr.page import Page
from core.training.weights_file import save_weights
from hellodl_gui.features.page.page_project import PageProject, pack_project
from tests.core.io.hostile.kit import (
    EITHER,
    OPENED,
    Case,
    encoded,
    forbidden,
    shrinking,
    spoilt,
    written,
)
from tests.core.training.hello_dl_weights import write_state

Content = bytes | Callable[[], bytes]


def _safe(head: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def whole_weights(folder: Path, change: Callable[[np.ndarray], object] | None = None) -> Path:
    """Weights of the small network that all of them are loaded into."""
    from tests.core.io.hostile.loaders import CHAPTER, network

    arena, path = network(), folder / "weights.safetensors"
    theta = arena.theta.copy()
    if change is not None:
        change(theta)
    pixels = chapter(CHAPTER).task.encoding
    save_weights(path, arena.layout, theta, CHAPTER, pixels, ("3", "7"), {})
    return path


def _changed_head(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], Path]:
    """Good weights but for their list of tensors."""

    def make(folder: Path) -> Path:
        path = whole_weights(folder)
        raw = path.read_bytes()
        (length,) = struct.unpack_from("<Q", raw)
        head = json.loads(raw[8 : 8 + length])
        change(head)
        path.write_bytes(_safe(head, raw[8 + length :]))
        return path

    return make


def _first(head: dict[str, Any]) -> dict[str, Any]:
    return next(head[name] for name in head if name != "__metadata__")


def _renamed(head: dict[str, Any]) -> None:
    name = next(name for name in head if name != "__metadata__")
    head["../../" + name] = head.pop(name)


def _fuzzed(seed: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = whole_weights(folder)
        path.write_bytes(spoilt(path.read_bytes(), seed, 4))
        return path

    return make


def _weights(name: str, content: Content, says: str = "cannot be read as safetensors") -> Case:
    return Case(name, "weights", written(name, content), says=says)


def _nan(theta: np.ndarray) -> None:
    theta[0] = np.nan


def weights() -> list[Case]:
    """safetensors."""
    many = {f"t{k}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for k in range(50_000)}
    deep = "[" * 50_000
    meta = "__metadata__"
    return [
        _weights("empty.safetensors", b""),
        _weights("short.safetensors", b"\x08\0\0"),
        _weights("pickle.safetensors", b"\x80\x04\x95cos\nsystem\n(S'true'\ntR.", "another pickle"),
        _weights("claims.safetensors", _safe(b"{}", length=2**63)),
        _weights("claims-100-mb.safetensors", _safe(b"{}", length=10**8)),
        _weights("many.safetensors", lambda: _safe(many), "more tensors than any"),
        _weights("deep.safetensors", _safe(deep.encode())),
        _weights("no-json.safetensors", _safe(b"what?")),
        _weights("list.safetensors", _safe([])),
        _weights("text.safetensors", _safe(b'{"\xff": 1}')),
        _weights("nothing.safetensors", _safe({}), "lacks"),
        _weights("numbers.safetensors", _safe({meta: {"a": 9}})),
        Case(
            "wrong-shape", "weights", _changed_head(lambda h: _first(h)["shape"].reverse()), EITHER
        ),
        Case("flat-shape", "weights", _changed_head(lambda h: _first(h).update(shape=[-1]))),
        Case("vast-shape", "weights", _changed_head(lambda h: _first(h).update(shape=[2**62, 4]))),
        Case(
            "offsets", "weights", _changed_head(lambda h: _first(h).update(data_offsets=[0, 2**60]))
        ),
        Case(
            "overlapping", "weights", _changed_head(lambda h: _first(h).update(data_offsets=[4, 4]))
        ),
        Case("half-numbers", "weights", _changed_head(lambda h: _first(h).update(dtype="BF16"))),
        Case(
            "whole-numbers",
            "weights",
            _changed_head(lambda h: _first(h).update(dtype="I32")),
            says="not finite",
        ),
        Case("renamed", "weights", _changed_head(_renamed), says="lacks"),
        Case(
            "pixels",
            "weights",
            _changed_head(lambda h: h[meta].update(pixels="x" * 90_000)),
            says="scaled otherwise",
        ),
        Case(
            "deep-pixels",
            "weights",
            _changed_head(lambda h: h[meta].update(pixels=deep)),
            says="scaled otherwise",
        ),
        Case(
            "digits",
            "weights",
            _changed_head(lambda h: h[meta].update(pixels="9" * 9000)),
            says="scaled otherwise",
        ),
        Case("classes", "weights", _changed_head(lambda h: h[meta].update(classes=deep)), OPENED),
        Case(
            "not-finite", "weights", lambda folder: whole_weights(folder, _nan), says="not finite"
        ),
        Case(
            "shrinking-weights", "weights", whole_weights, says="cannot be read", around=shrinking
        ),
        Case("secret-weights", "weights", whole_weights, says="denied", around=forbidden),
        *(Case(f"fuzzed-weights-{seed}", "weights", _fuzzed(seed), EITHER) for seed in range(4)),
    ]


def _floats(*values: float) -> bytes:
    return np.array(values, "<f4").tobytes()


def _state(name: str, content: Content, says: str) -> Case:
    return Case(name, "state", written(name, content), says=says)


def whole_state(folder: Path) -> Path:
    """A small network of the original's."""
    path = folder / "net.state"
    write_state(path, [np.ones((3, 4), np.float32), np.ones((3, 1), np.float32)])
    return path


def states() -> list[Case]:
    """Weights of the C++ original."""
    begin, end = (12345.0, 67890.0), (9876.0, 54321.0)
    infinite = float("inf")
    return [
        _state("empty.state", b"", "0 bytes"),
        _state("odd.state", bytes(17), "17 bytes"),
        _state("other.state", bytes(64), "does not begin"),
        _state("endless.state", _floats(*begin, 2, 2, 1, 2, 3, 4), "does not end"),
        _state("none-left.state", _floats(*begin, 3, 3, *end), "claims 3 × 3"),
        _state("huge.state", _floats(*begin, 1e30, 1e30, 0, *end), "claims"),
        _state("minus.state", _floats(*begin, -2, -2, 0, 0, 0, 0, *end), "claims −2 × −2"),
        _state("nan.state", _floats(*begin, float("nan"), 1, 0, *end), "claims NaN"),
        _state("infinite.state", _floats(*begin, infinite, 0, 0, *end), "claims ∞"),
        _state("half-row.state", _floats(*begin, 1.5, 2, 0, 0, 0, *end), "claims 1.5"),
        _state("half-column.state", _floats(*begin, 2, 1.5, 0, 0, 0, *end), "claims 2 × 1.5"),
        _state("nan-inside.state", _floats(*begin, 1, 1, float("nan"), *end), "no finite number"),
        Case("shrinking-state", "state", whole_state, around=shrinking),
        Case("secret-state", "state", whole_state, says="denied", around=forbidden),
    ]


@cache
def whole_project() -> bytes:
    """A small page with two boxes."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.png"
        path.write_bytes(encoded("PNG"))
        boxes = CharacterBox(0, Rect(1, 2, 3, 4), 0, "g"), CharacterBox(1, Rect(9, 2, 3, 4), 0)
        return pack_project(PageProject(Page.open(path), boxes), embed=True)


def _parts() -> tuple[dict[str, Any], bytes]:
    with zipfile.ZipFile(io.BytesIO(whole_project())) as file:
        return json.loads(file.read("page.json")), file.read("photo")


def _zipped(page: bytes, photo: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr("page.json", page)
        file.writestr("photo", photo)
    return buffer.getvalue()


def _page(
    name: str,
    change: Callable[[dict[str, Any]], object],
    says: str,
    ends: str = "refused",
) -> Case:
    """A project whose description was changed."""

    def content() -> bytes:
        page, photo = _parts()
        change(page)
        return _zipped(json.dumps(page).encode(), photo)

    return Case(name, "project", written(name, content), ends, says)


def _refers(path: str) -> Callable[[dict[str, Any]], object]:
    return lambda page: page["photo"].update(embedded=False, path=path)


def _raw(name: str, content: Content, says: str = "", ends: str = "refused") -> Case:
    return Case(name, "project", written(name, content), ends, says)


def _bomb_photo() -> bytes:
    """A project of a few kilobytes whose photo is large."""
    page, _ = _parts()
    return _zipped(json.dumps(page).encode(), bytes(152_000_000))


def projects() -> list[Case]:
    """Pages that were kept."""
    whole = whole_project()
    deep = b"[" * 100_000
    return [
        _raw("empty.hdlpage", b"", "damaged or incomplete"),
        _raw("text.hdlpage", b"a page, really", "damaged or incomplete"),
        _raw("half.hdlpage", whole[: len(whole) // 2], "damaged or incomplete"),
        _raw("photo.hdlpage", encoded("JPEG"), "damaged or incomplete"),
        _raw("bomb.hdlpage", lambda: _zipped(b" " * 2**26, b""), "larger than"),
        _raw("bomb-photo.hdlpage", _bomb_photo, "larger than"),
        _raw(
            "other-way.hdlpage", _zipped(b"{}", b"", zipfile.ZIP_BZIP2), "packed in an unknown way"
        ),
        _raw("deep.hdlpage", _zipped(deep, b""), "damaged or incomplete"),
        _raw("list.hdlpage", _zipped(b"[]", b""), "“photo” is missing"),
        _raw("null.hdlpage", _zipped(b"null", b""), "“photo” is missing"),
        _raw("digits.hdlpage", _zipped(b"9" * 9000, b""), "cannot be opened"),
        _raw("nan.hdlpage", _zipped(b'{"photo": NaN}', b""), "NaN is no number"),
        _raw("letters.hdlpage", _zipped(b'{"photo": "\xff"}', b""), "damaged"),
        _page("climbing.hdlpage", _refers("../../../../../../etc/passwd"), "has changed"),
        _page("device.hdlpage", _refers("/dev/zero"), "no photo"),
        _page("photo-a-folder.hdlpage", _refers("/"), "no photo"),
        _page("long.hdlpage", _refers("x" * 9000), "no photo"),
        _page("half-letter.hdlpage", _refers("a\ud800.jpg"), "photo"),
        _page("photo-gone.hdlpage", _refers("gone.jpg"), "not there"),
        _page("itself.hdlpage", _refers("itself.hdlpage"), "has changed"),
        _page("name.hdlpage", lambda p: p["photo"].update(name="../../.bashrc"), "", OPENED),
        _page("far.hdlpage", lambda p: p.update(boxes=[[1e300, 0, 5, 5, 0, None]]), "box 1"),
        _page("inside-out.hdlpage", lambda p: p.update(boxes=[[9, 9, -5, -5, 0, "a"]]), "", EITHER),
        _page("no-boxes.hdlpage", lambda p: p.update(boxes={}), "not hold a list"),
        _page("zoom.hdlpage", lambda p: p["view"].update(zoom=1e30), "the zoom"),
        Case("shrinking.hdlpage", "project", written("shrinking.hdlpage", whole), around=shrinking),
        Case(
            "secret.hdlpage",
            "project",
            written("secret.hdlpage", whole),
            says="denied",
            around=forbidden,
        ),
        *(_raw(f"fuzz-{seed}.hdlpage", spoilt(whole, seed, 6), ends=EITHER) for seed in range(6)),
    ]
