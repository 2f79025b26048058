"""Labs as files: cut, swollen, lying, or made of parts that do not belong together."""

import io
import json
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from core.chapters.registry import chapter
from core.record.codec import pack_weights
from core.record.models import KnobChange, RunEvent
from core.share.lab import CURVES, Lab
from core.share.lab_file import pack
from core.training.metrics import Evaluation
from core.training.reports import ClassificationReport
from core.training.trainer import Trainer
from tests.core.compat.old_files import FILES
from tests.core.io.hostile.kit import EITHER, OPENED, Case, forbidden, shrinking, spoilt, written

_CHAPTER = "learning"
_METRIC = {"key": "accuracy", "label": "Accuracy", "unit": "%", "better": "up", "batch": True}
Parts = dict[str, bytes]


@cache
def whole_lab() -> bytes:
    """A run of three mini-batches that nobody trained."""
    declared = chapter(_CHAPTER)
    knobs = declared.defaults()
    run = Trainer(declared.task, knobs)
    run.step = run.samples = 3
    curves = {name: np.linspace(0.5, 0.6, 3) for name in (*CURVES, "accuracy")}
    curves["step"] = curves["samples"] = np.array([1.0, 2.0, 3.0])
    look = Evaluation(
        step=2, epoch=0.0, loss=1.0, metrics={"accuracy": 0.5}, reports=(
            ClassificationReport(
                confusion=np.ones((2, 2), np.int64), predictions=np.zeros(4, np.int64),
                confidence=np.ones(4, np.float32), margin=np.zeros(4, np.float32), bias=0.0,
            ),
        ),
    )  # fmt: skip
    lab = Lab(
        chapter=_CHAPTER, run_id="ab", started=1.7e9, data="digits", classes=2, seeded=True,
        knobs=dict(knobs), changes=(KnobChange(2, "lr", 0.5),),
        events=(RunEvent(0, "begin", ""),
                RunEvent(0, "computing", '{"engine": "fast", "threads": 1}')),
        curves=curves, looks=(look,), sample=np.arange(4), state=run.state_dict(),
        snapshots={1: pack_weights(run.arena.theta)}, moment=1, window=b"panels",
    )  # fmt: skip
    return pack(lab)[0]


@cache
def old_lab() -> bytes:
    """One that version 1 wrote."""
    return (FILES / "learning.hdllab").read_bytes()


def _parts(whole: Callable[[], bytes] = whole_lab) -> Parts:
    with zipfile.ZipFile(io.BytesIO(whole())) as file:
        return {name: file.read(name) for name in file.namelist()}


def _zipped(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def _raw(
    name: str, content: bytes | Callable[[], bytes], says: str = "", ends: str = "refused"
) -> Case:
    return Case(name, "lab", written(name, content), ends, says)


def _part(name: str, part: str, content: bytes, says: str) -> Case:
    """With one part replaced."""
    return _raw(name, lambda: _zipped({**_parts(), part: content}), says)


def _words(name: str, says: str, ends: str = "refused", **changed: Any) -> Case:
    """With other words."""

    def content() -> bytes:
        parts = _parts()
        words = json.loads(parts["lab.json"]) | changed
        return _zipped({**parts, "lab.json": json.dumps(words).encode()})

    return _raw(name, content, says, ends)


def _state(name: str, says: str, **changed: Any) -> Case:
    """With another state."""

    def content() -> bytes:
        parts = _parts()
        words = json.loads(parts["lab.json"])
        words["state"] |= changed
        return _zipped({**parts, "lab.json": json.dumps(words).encode()})

    return _raw(name, content, says)


def _arrays(
    name: str, part: str, says: str, whole: Callable[[], bytes] = whole_lab, **changed: np.ndarray
) -> Case:
    """With other arrays in one part."""

    def content() -> bytes:
        parts = _parts(whole)
        found = {**load(parts[f"{part}.safetensors"]), **changed}
        return _zipped({**parts, f"{part}.safetensors": save(found)})

    return _raw(name, content, says)


def _old_looks(name: str, says: str, array: str, part: Callable[[np.ndarray], np.ndarray]) -> Case:
    """A lab of version 1, with another array among its looks."""
    found = load(_parts(old_lab)["looks.safetensors"])[array]
    return _arrays(name, "looks", says, old_lab, **{array: part(found)})


def _report(name: str, says: str, **changed: np.ndarray) -> Case:
    """With other arrays in the report of its look."""
    raw = load(_parts()["looks.safetensors"])["report 0 classification"].tobytes()
    blob = zlib.compress(save({**load(zlib.decompress(raw)), **changed}))
    return _blob(name, says, blob)


def _blob(name: str, says: str, blob: bytes) -> Case:
    """With other bytes as the report of its look."""
    array = np.frombuffer(blob, np.uint8)
    return _arrays(name, "looks", says, **{"report 0 classification": array})


def _without(part: str) -> Case:
    return _raw(
        f"without-{part}.hdllab",
        lambda: _zipped({k: v for k, v in _parts().items() if not k.startswith(part)}),
        "does not contain",
    )


def labs() -> list[Case]:
    """Labs that were sent by somebody."""
    whole = whole_lab()
    f4, u1 = np.float32, np.uint8
    return [
        _raw("whole.hdllab", whole, "", OPENED),
        _raw("empty.hdllab", b"", "no whole zip"),
        _raw("text.hdllab", b"a lab, really", "no whole zip"),
        _raw("half.hdllab", whole[: len(whole) // 2], "no whole zip"),
        _raw("bomb.hdllab", lambda: _zipped({**_parts(), "lab.json": b" " * 2**26}), "larger than"),
        _raw(
            "bomb-weights.hdllab",
            lambda: _zipped({**_parts(), "weights.safetensors": bytes(2**27)}),
            "larger than",
        ),
        _raw("other-way.hdllab", lambda: _zipped(_parts(), zipfile.ZIP_BZIP2), "damaged"),
        *(_without(part) for part in ("lab", "weights", "state", "curves", "looks", "snapshots")),
        _part("deep.hdllab", "lab.json", b"[" * 100_000, "damaged or incomplete"),
        _part("list.hdllab", "lab.json", b"[]", "contains no lab"),
        _part("nothing.hdllab", "lab.json", b"{}", "another version"),
        _part("letters.hdllab", "lab.json", b'{"version": "\xff"}', "damaged or incomplete"),
        _part("head.hdllab", "weights.safetensors", b"\xff" * 64, "more arrays"),
        _part("no-arrays.hdllab", "curves.safetensors", b"", "damaged or incomplete"),
        _words("newer.hdllab", "another version", version=99),
        _words("climbing.hdllab", "There is no chapter", chapter="../../etc"),
        _words("no-chapter.hdllab", "“chapter” is missing", chapter=None),
        _words("started.hdllab", "“started” is no number", started=float("inf")),
        _words("long-ago.hdllab", "could not be written", started=1e300),
        _words("few-knobs.hdllab", "different settings", knobs={"lr": 1}),
        _words("knobs.hdllab", "“knobs” is missing", knobs=[1]),
        _words("rate.hdllab", "changes a setting", changes=[[1, "rate", 1]]),
        _words("wild.hdllab", "cannot be", changes=[[1, "lr", 1e9]]),
        _words("rows.hdllab", "are damaged", changes=[[1, 2]]),
        _words("step.hdllab", "step that is none", changes=[[-1, "lr", 0.1]]),
        _words("event.hdllab", "cannot happen", events=[[1, "explode", ""]]),
        _words("engine.hdllab", "no engine", events=[[0, "computing", '{"engine": "x"}']]),
        _words("engine-2.hdllab", "damaged", events=[[0, "computing", '{"x": 1}']]),
        _words("moment.hdllab", "moment", moment=77),
        _words("half-moment.hdllab", "step that is none", moment=1.5),
        _words("window.hdllab", "the window is damaged", window="é"),
        _words("wide-window.hdllab", "“window”", window="A" * 2**20),
        _words("seeded.hdllab", "neither true nor false", seeded=1),
        _words("classes.hdllab", "belong", classes=3),
        _words("many-classes.hdllab", "different data", classes=2**52),
        _words("hash.hdllab", "not those that were saved", theta="0" * 64),
        _words("state.hdllab", "“state” is missing", state=None),
        _words("empty-state.hdllab", "step that is none", state={}),
        _state("far.hdllab", "does not end where", step=2**52),
        _state("minus.hdllab", "step that is none", step=-1),
        _state("samples.hdllab", "", samples="many"),
        _state("optimiser.hdllab", "no optimiser", descends_by="magic"),
        _state("chance.hdllab", "cannot be continued", augmentation={"bit_generator": "PCG64"}),
        _state("chance-2.hdllab", "cannot be continued", augmentation=[]),
        _state("next.hdllab", "damaged", **{"order.next": 10**9}),
        _state("best.hdllab", "", **{"early_stop.best": "x"}),
        _state("waited.hdllab", "", **{"early_stop.waited": {}}),
        _arrays("nan.hdllab", "weights", "not those that were saved", **{"1.bias": f4([np.nan])}),
        _arrays("shape.hdllab", "weights", "different network", **{"1.bias": np.zeros(9, f4)}),
        _arrays("kind.hdllab", "weights", "no float32", **{"1.bias": np.zeros(1, np.int32)}),
        _arrays("more.hdllab", "weights", "different network", extra=np.zeros(1, f4)),
        _arrays("order.hdllab", "state", "damaged", **{"order.order": np.zeros(12_396, np.uint32)}),
        _arrays("short.hdllab", "state", "samples", **{"order.order": np.zeros(5, np.uint32)}),
        _arrays("back.hdllab", "curves", "out of order", step=np.array([1, 0, 2], np.uint32)),
        _arrays("uneven.hdllab", "curves", "belong", loss=np.zeros(2, f4)),
        _arrays("clock.hdllab", "curves", "not numbers", seconds=np.full(3, np.nan, f4)),
        _old_looks("flat.hdllab", "belong", "confusion", lambda found: found[..., :1].copy()),
        _old_looks("class.hdllab", "classes that do not exist", "guesses", lambda it: it + u1(9)),
        _old_looks("right.hdllab", "belong", "accuracy", lambda it: it[:-1]),
        _arrays("measures.hdllab", "looks", "belong", metrics=np.zeros((1, 7))),
        _report("flat-report.hdllab", "confusion", confusion=np.zeros((1, 2), np.uint32)),
        _report("class-report.hdllab", "predictions", predictions=np.full(4, 9, u1)),
        _report("bias-report.hdllab", "bias", bias=np.zeros(0)),
        _report("margin-report.hdllab", "margin", margin=np.zeros(3, f4)),
        _blob("text-report.hdllab", "is damaged", b"a report, really"),
        _blob("bomb-report.hdllab", "bytes", zlib.compress(bytes(2**26), 9)),
        _blob("head-report.hdllab", "too many", zlib.compress(b"\xff" * 64)),
        _words("no-metrics.hdllab", "“metrics” is missing", metrics=None),
        _words("metric.hdllab", "contains no lab", metrics=[1]),
        _words("loss.hdllab", "there twice", metrics=[{**_METRIC, "key": "loss"}]),
        _words("twice.hdllab", "there twice", metrics=[_METRIC, _METRIC]),
        _words("sideways.hdllab", "up nor down", metrics=[{**_METRIC, "better": "left"}]),
        _arrays("sample.hdllab", "looks", "different data", sample=np.full(4, 10**6, np.uint32)),
        _arrays("late.hdllab", "looks", "out of order", step=np.array([np.nan])),
        _arrays("thin.hdllab", "snapshots", "damaged", **{"1": np.zeros(3, u1)}),
        _arrays("unnamed.hdllab", "snapshots", "step that is none", **{"x": np.zeros(3, u1)}),
        Case("shrinking.hdllab", "lab", written("shrinking.hdllab", whole), around=shrinking),
        Case(
            "secret.hdllab", "lab", written("secret.hdllab", whole), says="denied", around=forbidden
        ),
        *(_raw(f"fuzz-{seed}.hdllab", spoilt(whole, seed, 6), ends=EITHER) for seed in range(6)),
    ]
