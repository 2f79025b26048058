"""Twenty runs broken on purpose: which hint is named, and whether its cure helps.

python -m tests.benchmarks.hints [--only WORD]
"""

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.errors import LabError
from core.hints.diagnosis import diagnose
from core.hints.evidence import Evidence, gather
from core.hints.fork import Pair, Plan, compare, plan_for
from core.hints.hint import Hint
from core.inspect.history import History
from core.inspect.vitality import vitality
from core.record.lineage import Lineage
from core.runtime.headless import Headless, Recording
from core.train.knobs import Knobs
from core.train.run import Run

_MOST = 2_500  # mini-batches of a proof, where the window has more of one sample each
Begin = Callable[[Chapter, Knobs], NDArray[np.float32]]


def spread(factor: float, moved: float = 0.0) -> Begin:
    """The seed's weights times a factor, plus a number."""

    def weights(found: Chapter, knobs: Knobs) -> NDArray[np.float32]:
        theta = Run(found.task, knobs).arena.theta
        return theta * np.float32(factor) + np.float32(moved)

    return weights


@dataclass(frozen=True)
class Case:
    """A run broken by these settings, and the hints that name what is wrong."""

    name: str
    chapter: str
    values: Mapping[str, float | str]
    steps: int
    right: tuple[str, ...]
    begin: Begin | None = field(default=None)


CASES = (
    Case("sgd, rate 2", "digits", {"optimizer": "sgd", "lr": 2}, 600, ("rate-high",)),
    Case("momentum, rate 0.5", "digits", {"lr": 0.5}, 600, ("rate-high",)),
    Case("adam with the rate of momentum", "digits", {"optimizer": "adam"}, 600, ("rate-high",)),
    Case("adam, rate 0.1", "inspection", {"lr": 0.1}, 150, ("rate-high",)),
    Case("adagrad, rate 1", "digits", {"optimizer": "adagrad", "lr": 1}, 600, ("rate-high",)),
    Case("rate 2 on kernels", "letters", {"optimizer": "sgd", "lr": 2}, 150, ("lost-numbers",)),
    Case("sgd, rate 0.0001", "digits", {"optimizer": "sgd", "lr": 1e-4}, 600, ("rate-low",)),
    Case("adam, rate 0.000001", "letters", {"lr": 1e-6}, 120, ("rate-low",)),
    Case("one neuron, rate 0.00001", "autograd", {"lr": 1e-5}, 600, ("rate-low",)),
    Case("sigmoids, rate 0.001", "one-by-one", {"lr": 0.001}, 10_000, ("rate-low",)),
    Case("momentum, rate 0.2", "digits", {"lr": 0.2}, 900, ("dead-units", "rate-high")),
    Case("sigmoids, rate 10", "one-by-one", {"lr": 10}, 8000, ("saturated", "rate-high")),
    Case("sigmoids begun 8 × too wide", "one-by-one", {}, 8000, ("start-wide",), spread(8)),
    Case("begun 30 × too wide", "digits", {}, 300, ("start-wide",), spread(30)),
    Case("begun 20 × too narrow", "digit-kernels", {}, 150, ("start-narrow",), spread(0.05)),
    Case("begun with equal weights", "digits", {}, 300, ("start-equal",), spread(0, 0.01)),
    Case("a hundred digits, 50 times", "one-by-one",
         {"samples": "100 and 100", "validate_every": 100, "epochs": 50}, 5000, ("overfitting",)),
    Case("a hundred digits, 12 times", "one-by-one",
         {"samples": "100 and 100", "validate_every": 100, "epochs": 12}, 1200, ("imbalance",)),
    Case("one letter at a time", "letters", {"batch_size": 1}, 600, ("batch-small",)),
    Case("one digit at a time", "digits", {"batch_size": 1}, 1500, ("batch-small",)),
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What was said of a case, and what its cure did."""

    case: Case
    hints: tuple[Hint, ...]
    pairs: tuple[Pair, ...]
    seconds: float

    @property
    def named(self) -> bool:
        return bool(self.hints) and self.hints[0].key in self.case.right

    @property
    def helped(self) -> bool:
        return bool(self.pairs) and self.pairs[-1].cured < self.pairs[-1].without


class Deaf:
    """Hears everything and does nothing."""

    def on_step(self, *_: object) -> None: ...
    def on_evaluation(self, *_: object) -> None: ...
    def on_knob(self, *_: object) -> None: ...
    def on_paused(self, *_: object) -> None: ...


def broken(case: Case, folder: Path) -> tuple[Evidence, Path]:
    """Train it, recorded, as far as it goes; what its record and its last weights tell."""
    found = chapter(case.chapter)
    knobs = found.parsed({key: str(value) for key, value in case.values.items()})
    begin = case.begin(found, knobs) if case.begin is not None else None
    run = Headless(found, knobs, Deaf(), recording=Recording(folder), steps=case.steps,
                   begin=begin)  # fmt: skip
    try:
        run.train()
        alive = vitality(run.run)
    except LabError:
        alive = ()
    assert run.record is not None
    train = run.run.data.train
    counts = np.bincount(train.labels, minlength=len(train.classes))
    with Lineage(run.record) as film:
        return gather(History(film), found.defaults(), counts, alive), run.record


def examine(case: Case, folder: Path) -> Result:
    """Break a run, ask what is wrong, and have the first cure prove itself on the test set."""
    began = time.perf_counter()
    evidence, record = broken(case, folder)
    hints = diagnose(evidence)
    pairs: tuple[Pair, ...] = ()
    if hints and hints[0].cure is not None:
        usual = plan_for(case.chapter, record, evidence.knobs, hints[0].cure, evidence.step)
        steps = min(usual.steps, _MOST)
        plan = Plan(**{**vars(usual), "steps": steps, "seconds": math.inf, "seen": 10_000})
        pairs = tuple(compare(plan))
    return Result(case, hints, pairs, time.perf_counter() - began)


def line(result: Result) -> str:
    """A row of the table."""
    said = ", ".join(hint.key for hint in result.hints) or "–"
    values = result.hints[0].cure.values if result.hints and result.hints[0].cure else {}
    cure = " ".join(f"{key}={value:g}" for key, value in values.items()) or "begin again"
    last = result.pairs[-1] if result.pairs else None
    losses = f"{last.without:8.3g} {last.cured:8.3g}" if last else f"{'–':>8} {'–':>8}"
    marks = f"{'✓' if result.named else '✗'} {'✓' if result.helped else '✗'}"
    case = result.case
    return (f"{case.chapter:14} {case.name:31} {said:26} {cure:20} {losses}  {marks} "
            f"{result.seconds:5.1f} s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="cases with this word in name or chapter")
    only = parser.parse_args().only
    chosen = [case for case in CASES if only in f"{case.chapter} {case.name}"]
    print(f"{'chapter':14} {'broken by':31} {'hints':26} {'cure':20} {'without':>8} {'cured':>8}")
    results = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for case in chosen:
            results.append(examine(case, Path(folder)))
            print(line(results[-1]), flush=True)
    named = sum(result.named for result in results)
    helped = sum(result.helped for result in results)
    print(f"{named} of {len(results)} named rightly, {helped} cures lower the test loss")


if __name__ == "__main__":
    main()
