"""The parts of a lab file as bytes: JSON for words and numbers, safetensors for arrays."""

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from core.nn.arena import ArenaLayout
from core.record.report_codec import pack_report
from core.share.lab import Lab
from core.share.weights_hash import weights_sha256
from core.training.metrics import Evaluation

VERSION = 2
"""Of the files that are written; those of version 1 knew no metric but accuracy."""


def compressed_size(content: bytes) -> int:
    """How many bytes this takes in a zip."""
    return len(zlib.compress(content))


def encode_json(lab: Lab) -> bytes:
    """Everything that is no array."""
    numbers = {k: v for k, v in lab.state.items() if not isinstance(v, np.ndarray)}
    said: dict[str, Any] = {
        "version": VERSION,
        "chapter": lab.chapter,
        "run_id": lab.run_id,
        "started": lab.started,
        "data": lab.data,
        "classes": lab.classes,
        "metrics": [
            {**asdict(metric), "batch": metric.key in lab.batch_metrics} for metric in lab.metrics
        ],
        "seeded": lab.seeded,
        "knobs": lab.knobs,
        "changes": [astuple(change) for change in lab.changes],
        "events": [astuple(event) for event in lab.events],
        "state": numbers,
        "theta": weights_sha256(lab.theta),
        "whole": lab.whole,
        "thinned": lab.thinned,
        "window": base64.b64encode(lab.window).decode(),
    }
    if lab.moment is not None:
        said["moment"] = lab.moment
    return json.dumps(said).encode()


def encode_weights(lab: Lab, layout: ArenaLayout) -> bytes:
    """θ under torch's names."""
    return save({n: np.ascontiguousarray(v) for n, v in layout.views(lab.theta).items()})


def encode_state(lab: Lab) -> bytes:
    """The state's arrays besides θ: the optimiser's, the order of samples."""
    arrays = {k: v for k, v in lab.state.items() if isinstance(v, np.ndarray) and k != "theta"}
    return save({k: np.ascontiguousarray(v) for k, v in arrays.items()})


def encode_curves(curves: Mapping[str, NDArray[np.float64]]) -> bytes:
    """float32, but for losses that would lose digits; steps and samples by their differences."""
    packed: dict[str, NDArray[Any]] = {}
    for name, column in curves.items():
        if name in ("step", "samples"):
            packed[name] = np.diff(column, prepend=0.0).astype("<u4")
            continue
        with np.errstate(over="ignore"):
            short = column.astype("<f4")
        exact = name != "loss" or np.array_equal(short, column, equal_nan=True)
        packed[name] = short if exact else column.astype("<f8")
    return save(packed)


def encode_evaluations(lab: Lab, looks: Sequence[Evaluation]) -> bytes:
    """Looks at the test set, a row each, their reports, and which samples these are about."""
    keys = [metric.key for metric in lab.metrics]
    values = [[look.metrics.get(key, math.nan) for key in keys] for look in looks]
    arrays = {
        "step": np.array([look.step for look in looks], "<f8"),
        "loss": np.array([look.loss for look in looks], "<f8"),
        "metrics": np.array(values, "<f8").reshape(len(looks), len(keys)),
        "sample": lab.sample.astype("<u4"),
    }
    for row, look in enumerate(looks):
        for report in look.reports:
            if (blob := pack_report(report, 0)) is not None:
                arrays[f"report {row} {report.kind}"] = np.frombuffer(blob, np.uint8)
    return save(arrays)


def encode_snapshots(snapshots: Mapping[int, bytes]) -> bytes:
    """Weights to look at, by step."""
    return save({str(step): np.frombuffer(blob, np.uint8) for step, blob in snapshots.items()})
