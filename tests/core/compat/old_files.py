"""The files that older code wrote, and what it read from them."""

import hashlib
import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numpy as np
import threadpoolctl
from numpy.typing import NDArray

from core.share.weights_hash import weights_sha256

FILES = Path(__file__).parent / "files"
EXPECTED: dict[str, Any] = json.loads((FILES / "expected.json").read_text("utf-8"))
RECORDS = tuple(name for name, value in EXPECTED.items() if "file" in value)


def digest(array: NDArray[Any]) -> str:
    """SHA-256 of an array's numbers."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def record(name: str, folder: Path) -> Path:
    """One of the records, unpacked into a folder under the name that it had."""
    path = folder / EXPECTED[name]["file"]
    path.write_bytes(lzma.decompress((FILES / f"{name}.sqlite3.xz").read_bytes()))
    return path


@cache
def machine() -> dict[str, str]:
    """What the last bits depend on: numpy's results here, and for whom LLVM compiles."""
    cpu, version = llvmlite.binding.get_host_cpu_name(), llvmlite.binding.llvm_version_info
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        return {"reference": _bits_of_numpy(), "fast": f"{cpu} {version}"}


def _bits_of_numpy() -> str:
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal(shape).astype(np.float32) for shape in ((64, 784), (784, 26)))
    wide = rng.standard_normal((3, 8, 200)).astype(np.float32)
    products = [a @ b, b.T @ a.T, wide @ wide.transpose(0, 2, 1), a[:1] @ b, a[:16] @ b[:, :1]]
    others = [np.exp(a), np.log(abs(b) + 1), np.tanh(a), np.sqrt(abs(b)), a.sum(0), wide.mean(2)]
    return digest(np.concatenate([array.ravel() for array in products + others]))


def demand_theta(theta: NDArray[np.float32], wanted: str, engine: str = "reference") -> None:
    """θ has this hash; on another kind of machine than the files come from, it is close to it."""
    known = EXPECTED["machine"]
    if all(machine()[key] == known[key] for key in {"reference", engine}):
        assert weights_sha256(theta) == wanted
    else:
        with np.load(FILES / "thetas.npz") as thetas:
            assert np.allclose(theta[::16], thetas[wanted[:12]], rtol=1e-2, atol=1e-3)
