"""Opens many hostile inputs in one process with little memory; a line of JSON for each.

`python -m tests.core.io.hostile.child FOLDER KIND…`: the cases of these kinds. A case that goes on
for two minutes ends the process with the stack on stderr.
"""

import ast
import faulthandler
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path

from core.errors import LabError
from tests.core.io.hostile.cases import cases
from tests.core.io.hostile.kit import Case
from tests.core.io.hostile.loaders import LOADERS

PATIENCE = 120.0  # seconds on the clock, for what hangs; what works is measured by its work
_MOST = 3 * 2**29  # bytes of memory beyond what the libraries take before anything is opened


def main(folder: Path, kinds: list[str]) -> None:
    """Run the cases and report."""
    LOADERS["photo"](Path(__file__).resolve().parents[4] / "resources/pages/digits.jpg")
    _limit_memory()
    for case in cases():
        if case.kind in kinds:
            place = Path(tempfile.mkdtemp(dir=folder))
            path = case.make(place)
            print(json.dumps({"name": case.name, **_opened(case, path)}), flush=True)


def _opened(case: Case, path: Path) -> dict[str, object]:
    _forget_peak()
    before = _memory("VmRSS")
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    said = fault = ""
    wall, work = time.perf_counter(), time.process_time()
    try:
        with case.around(path):
            LOADERS[case.kind](path)
        ended = "opened"
    except LabError as error:
        ended, said = "refused", str(error)
        fault = _out_of_memory(error)
    except BaseException:
        ended, fault = "crashed", traceback.format_exc()
    wall, work = time.perf_counter() - wall, time.process_time() - work
    faulthandler.cancel_dump_traceback_later()
    grown = max(0, _memory("VmHWM") - before) / 2**20
    return {
        "names": [near.name for near in (path, *path.parent.iterdir(), path.parent.parent)],
        "ended": ended, "said": said, "fault": fault,
        "wall": wall, "work": work, "megabytes": grown,
    }  # fmt: skip


def _out_of_memory(error: BaseException | None) -> str:
    """A sentence that only came because the limit of this process was met is no success."""
    while error is not None:
        if isinstance(error, MemoryError) and not _from_the_parser(error):
            return "out of memory"
        error = error.__cause__ or error.__context__
    return ""


def _from_the_parser(error: BaseException) -> bool:
    """Python's own parser calls text that is nested too deeply a lack of memory."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].filename == ast.__file__


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # a system that has no such limits
    most = _memory("VmSize") + _MOST
    if most > _MOST:
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _forget_peak() -> None:
    """Measure the largest use of memory from here on (Linux)."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def _memory(what: str) -> int:
    """Bytes, from Linux' own account of this process; 0 elsewhere."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(what)), 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
