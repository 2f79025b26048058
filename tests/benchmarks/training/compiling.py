"""How long kernels take to be ready: compiled for the first time, and loaded from the cache."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass

_BEGIN = """
import time
start = time.perf_counter()
import numba, numpy as np
imported = time.perf_counter()
"""
_END = """
print(imported - start, time.perf_counter() - imported)
"""
EVERYTHING = f"""{_BEGIN}
from core.kernels.precompile import precompile
precompile(lambda done, total, name: None)
{_END}"""
FIRST_CHAPTER = f"""{_BEGIN}
from core.autograd import no_grad
from core.chapters.registry import chapters
chapter = chapters()[0]
knobs = chapter.defaults()
model = chapter.task.model(knobs, np.random.default_rng(0))
with no_grad():
    scores = chapter.task.forward(model, np.zeros((int(knobs["batch_size"]), 28, 28), np.uint8))
    chapter.task.loss(scores, np.zeros(len(scores), np.uint8), knobs)
{_END}"""


@dataclass(frozen=True)
class Readiness:
    """Seconds until kernels are ready, without `imports`, those of numba and numpy."""

    cold: float
    cached: float
    imports: float


def readiness(code: str) -> Readiness:
    """Run `code` in a process with an empty cache, then in one that finds what the first left."""
    with tempfile.TemporaryDirectory() as home:
        (_, cold), (imports, cached) = (_run(code, home) for _ in range(2))
    return Readiness(cold, cached, imports)


def _run(code: str, home: str) -> tuple[float, float]:
    child = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HELLODL_HOME": home, "NUMBA_CACHE_DIR": f"{home}/numba"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    imports, kernels = child.stdout.split()
    return float(imports), float(kernels)
