"""Figures as lines of text, or as JSON."""

import json
import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tests.benchmarks.training.compiling import Readiness
from tests.benchmarks.training.setups import Setup
from tests.benchmarks.training.turns import Result

_AGREE = 1e-3
_DOING = {
    "sgd": "SGD",
    "online": "SGD, no graph",
    "deferred": "SGD, deferred",
    "momentum": "SGD momentum",
    "adam": "Adam",
    "reading": "reading only",
}


class Report:
    """Prints each figure as soon as it is there; with `as_json` all of them at the end instead."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._figures: list[dict[str, Any]] = []

    def begin(self) -> None:
        """On what it is measured."""
        names = ("numpy", "numba", "torch")
        libraries = {"python": platform.python_version()} | {n: _version(n) for n in names}
        self._keep("machine", processor=_processor(), **libraries)
        self._print(_processor())
        self._print(", ".join(f"{name} {number}" for name, number in libraries.items()))
        if libraries["torch"] == "absent":
            self._print("PyTorch is not installed: no comparison (pip install torch).")

    def heading(self, text: str) -> None:
        """A section."""
        self._print(f"\n{text}")

    def race(self, result: Result) -> None:
        """Samples a second side by side, the ratio and the bar, and whether the losses agree."""
        setup = result.setup
        ours = setup.batch / result.ours
        theirs = None if result.theirs is None else setup.batch / result.theirs
        self._keep(
            "race", **asdict(setup), ours=ours, theirs=theirs, ratio=result.ratio,
            difference=result.difference and asdict(result.difference), others=result.others,
        )  # fmt: skip
        self._print(f"{_name(setup):49} {ours:9,.0f} /s {_beside(result, theirs)}")

    def batch_cost(self, result: Result) -> None:
        """Milliseconds a step and microseconds a sample."""
        batch = result.setup.batch
        self._keep(
            "batch", **asdict(result.setup), ours=result.ours, theirs=result.theirs,
            others=result.others,
        )  # fmt: skip
        line = f"batch {batch:5}  {result.ours * 1e3:8.2f} ms {result.ours / batch * 1e6:7.1f} µs"
        if result.theirs is not None:
            line += f"  {result.theirs * 1e3:8.2f} ms {result.theirs / batch * 1e6:7.1f} µs"
            line += f" {result.ratio:6.2f}×"
        self._print(line + _disturbed(result))

    def memory(self, setup: Setup, sides: dict[str, tuple[int, int] | None]) -> None:
        """Largest size of each process, and how much of it came after the imports."""
        self._keep("memory", **asdict(setup), **sides)
        line = f"{_name(setup):49}"
        for name, sizes in sides.items():
            if sizes is None:
                line += f"  {name} not measured"
            else:
                line += f"  {name} {sizes[0] / 2**20:5.0f} ({(sizes[0] - sizes[1]) / 2**20:+.0f})"
        self._print(line)

    def growth(self, setup: Setup, arrays: float, process: float) -> None:
        """Bytes that a step leaves behind."""
        self._keep("growth", **asdict(setup), arrays=arrays, process=process)
        self._print(f"{_name(setup):49} {arrays:9.1f} B {process:9.1f} B")

    def ready(self, name: str, found: Readiness, cold_bar: float, cached_bar: float) -> None:
        """Seconds until kernels are ready."""
        self._keep("ready", name=name, **asdict(found), cold_bar=cold_bar, cached_bar=cached_bar)
        self._print(
            f"{name:26} compiled {found.cold:6.2f} s (bar {cold_bar:.0f})  "
            f"from the cache {found.cached:5.2f} s (bar {cached_bar:.0f})  "
            f"after {found.imports:.2f} s of numba's import"
        )

    def end(self) -> None:
        """Everything at once, where it was wanted so."""
        if self._as_json:
            print(json.dumps(self._figures, indent=1))

    def _keep(self, kind: str, **figures: Any) -> None:
        self._figures.append({"kind": kind, **figures})

    def _print(self, line: str) -> None:
        if not self._as_json:
            print(line, flush=True)


def _name(setup: Setup) -> str:
    return f"{setup.title}, batch {setup.batch}, {_DOING[setup.doing]}"


def _beside(result: Result, theirs: float | None) -> str:
    difference = result.difference
    if theirs is None or result.ratio is None or difference is None:
        return _disturbed(result)
    bar = result.setup.bar
    verdict = "" if bar is None else f"{bar:5.1f}× {_verdict(result.ratio >= bar, result.quiet)}"
    agrees = "" if max(difference.losses, difference.way) <= _AGREE else " DISAGREE"
    return (
        f"{theirs:9,.0f} /s {result.ratio:6.2f}× {verdict:10}  "
        f"{difference.losses:.0e} {difference.way:.0e}{agrees}{_disturbed(result)}"
    )


def _verdict(reached: bool, quiet: bool) -> str:
    if not quiet:
        return "?"
    return "yes" if reached else "NO"


def _disturbed(result: Result) -> str:
    if result.quiet:
        return ""
    return f"  disturbed: up to {result.others:.1f} cores busy with other things"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(": ", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
