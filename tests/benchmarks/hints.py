"""Runs broken on purpose: which hint is named first, and whether its fix helps by its own proof.

python -m tests.benchmarks.hints [--cases known|blind|all] [--only WORD]

A case is one `Case`: `CASES` here, `CAUSES` in `hints_causes.py`, `BLIND` in `hints_blind.py`.
How to write one:

- `chapter` by its key, e.g. "digits"; `values` are its settings as typed, by knob ("lr": 0.5,
  "optimizer": "adam", "seed": 7); what is left out is at its default. `steps` mini-batches are
  trained. Everything random comes from the knob "seed" (1).
- `turned` are settings turned while it runs: {300: {"lr": 0.4}} from mini-batch 301 on.
- `data(split, rng)` gives other data: `by_class`, `rare([0, 3], 0.02)`, `mislabelled(0.4)` are
  here, others are a function of yours; `shuffled=False` meets samples in the order of the data.
- `pixels` turns bytes into inputs, e.g. `Normalize(mean=0, std=1 / 255)` for 0…255.
- `network(knobs, rng)` gives another network, of the layers of `core.nn`.
- `begin(chapter, knobs)` gives other weights to begin with: `spread(8)` and `biased(-2)` are here.
- `right` are the keys of the hints that name the cause, see `KEYS`; none for a healthy run, which
  is right when nothing at all is said. One line tells what was named first and what its fix did.
"""

import argparse
import contextlib
import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.data.encodings import Normalize
from core.diagnosis.ab_run import (
    ComparisonPlan,
    LossPair,
    compare,
    helps,
    plan_comparison,
    relative_gain,
)
from core.diagnosis.diagnose import diagnose
from core.diagnosis.evidence import Evidence, class_counts, collect_evidence, initial_weights
from core.diagnosis.hint import Fix, Hint
from core.errors import LabError
from core.inspect.data.dataset_report import dataset_report
from core.inspect.health.network_health import network_health
from core.inspect.weights.parameter_history import ParameterHistory
from core.knobs import Knobs
from core.nn import Module
from core.record.lineage import Lineage
from core.runtime.driver import Driver
from core.runtime.headless import HeadlessTrainer, RecordOptions
from core.training.task import Split
from core.training.trainer import Trainer

KEYS = {
    "lost-numbers": "weights or losses became NaN or infinite",
    "rate-high": "the learning rate is, or was, too high",
    "momentum-high": "too much momentum for this rate",
    "rate-low": "the learning rate is too low",
    "rate-decayed": "the schedule made the rate tiny too soon",
    "warmup-long": "the warm-up is not over yet",
    "clip-strong": "gradients are clipped to next to nothing",
    "gradient-leaps": "single gradients are very long, and not clipped",
    "batch-small": "too few samples a step",
    "batch-large": "too many samples a step, hence too few steps",
    "decay-strong": "weight decay (L1 or L2) too strong",
    "dropout-strong": "dropout too strong",
    "augmentation-strong": "pictures are redrawn beyond recognition",
    "averaging-slow": "the test set is read with weights averaged over too many steps",
    "stopped-early": "training stopped before it had learnt",
    "start-wide": "weights too wide at the start",
    "start-narrow": "weights too narrow at the start",
    "start-equal": "weights that are alike at the start, zeros too",
    "start-biased": "biases or shifted weights that switch units off from the start",
    "dead-units": "ReLUs that are never on, whatever killed them",
    "saturated": "sigmoids or tanhs at their ends",
    "vanishing": "next to no gradient reaches the first layers",
    "no-gradient": "guesses at chance, and no gradient left, for no other reason found",
    "inputs-scale": "inputs out of scale: 0…255, tiny, or far from 0",
    "inputs-constant": "inputs that are all the same, e.g. blank pictures",
    "samples-ordered": "samples come sorted by class instead of shuffled",
    "labels-wrong": "labels that do not belong to their pictures",
    "test-differs": "test data unlike the training data",
    "imbalance": "rare classes that are not learnt",
    "overfitting": "learnt by heart",
    "underfitting": "the network is too small for the task",
}
"""Every hint there is, and the cause it names."""

_MOST = 2_500  # mini-batches of a proof, where the window has more of one sample each
Begin = Callable[[Chapter, Knobs], NDArray[np.float32]]
Tamper = Callable[[Split, np.random.Generator], Split]


def spread(factor: float, moved: float = 0.0) -> Begin:
    """The seed's weights times a factor, plus a number."""

    def weights(found: Chapter, knobs: Knobs) -> NDArray[np.float32]:
        theta = Trainer(found.task, knobs).arena.theta
        return theta * np.float32(factor) + np.float32(moved)

    return weights


def biased(value: float, layer: str = "") -> Begin:
    """The seed's weights, with all biases of layers whose name begins so at one value."""

    def weights(found: Chapter, knobs: Knobs) -> NDArray[np.float32]:
        arena = Trainer(found.task, knobs).arena
        for name, values in arena.layout.views(arena.theta).items():
            if name.endswith("bias") and name.startswith(layer):
                values[...] = value
        return arena.theta.copy()

    return weights


def by_class(split: Split, rng: np.random.Generator) -> Split:
    """The training set sorted by class; only met so with `shuffled=False`."""
    return Split(_some(split.train, np.argsort(split.train.labels, kind="stable")), split.test)


def rare(classes: Sequence[int], share: float) -> Tamper:
    """Only so large a share of the training samples of these classes."""

    def tamper(split: Split, rng: np.random.Generator) -> Split:
        labels = split.train.labels
        keep = ~np.isin(labels, classes) | (rng.random(len(labels)) < share)
        return Split(_some(split.train, np.flatnonzero(keep)), split.test)

    return tamper


def mislabelled(share: float) -> Tamper:
    """So large a share of the training labels drawn at random."""

    def tamper(split: Split, rng: np.random.Generator) -> Split:
        train = split.train
        drawn = rng.integers(0, len(train.classes), len(train)).astype(np.uint8)
        labels = np.where(rng.random(len(train)) < share, drawn, train.labels)
        return Split(
            Dataset.from_images(train.name, train.images, labels, train.classes), split.test
        )

    return tamper


def _some(data: Dataset, numbers: NDArray[np.integer]) -> Dataset:
    return Dataset.from_images(data.name, data.images[numbers], data.labels[numbers], data.classes)


@dataclass(frozen=True)
class Case:
    """A run broken by these settings, and the hints that name what is wrong: see above."""

    name: str
    chapter: str
    values: Mapping[str, float | str]
    steps: int
    right: tuple[str, ...]
    begin: Begin | None = field(default=None)
    turned: Mapping[int, Mapping[str, float | str]] = field(default_factory=dict)
    data: Tamper | None = None
    shuffled: bool | None = None
    pixels: Normalize | None = None
    network: Callable[[Knobs, np.random.Generator], Module] | None = None

    def tampered(self) -> Chapter:
        """The chapter with the data and the network of this case."""
        found = chapter(self.chapter)
        task, tamper = found.task, self.data
        if tamper is not None:
            whole = task.data
            task = replace(
                task,
                data=lambda knobs: tamper(
                    whole(knobs), np.random.default_rng(int(knobs.get("seed", 1)))
                ),
            )
        if self.shuffled is not None:
            task = replace(task, shuffled=self.shuffled)
        if self.pixels is not None:
            task = replace(task, encoding=self.pixels)
        if self.network is not None:
            task = replace(task, model=self.network)
        return replace(found, task=task)


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
    """What was said of a case, and what its fix did."""

    case: Case
    hints: tuple[Hint, ...]
    pairs: tuple[LossPair, ...]
    seconds: float

    @property
    def named(self) -> bool:
        if not self.case.right:
            return not self.hints
        return bool(self.hints) and self.hints[0].key in self.case.right

    @property
    def helped(self) -> bool:
        return helps(self.pairs)


class Deaf:
    """Hears everything and does nothing."""

    def on_step(self, *_: object) -> None: ...
    def on_evaluation(self, *_: object) -> None: ...
    def on_knob(self, *_: object) -> None: ...
    def on_paused(self, *_: object) -> None: ...


def broken(case: Case, folder: Path) -> tuple[Evidence, Path]:
    """Train it, recorded, as far as it goes; what its record, its data and its network tell."""
    found = case.tampered()
    knobs = found.parsed({key: str(value) for key, value in case.values.items()})
    begin = case.begin(found, knobs) if case.begin is not None else None
    lonely = HeadlessTrainer(found, knobs, Deaf(), recording=RecordOptions(folder),
                      steps=case.steps, begin=begin)  # fmt: skip
    if case.turned:
        lonely.driver = Driver(lonely.run, found.steps, _turned(case, lonely.run, knobs), lonely)
    with contextlib.suppress(LabError):  # the record tells
        lonely.train()
    assert lonely.record is not None
    return told(lonely.run, lonely.record, found), lonely.record


def told(run: Trainer, record: Path, found: Chapter, until: int | None = None) -> Evidence:
    """What the record tells up to a mini-batch, and the run as it stands."""
    counts, metric = class_counts(run.data.train), run.task.metrics(run.data.test)[0]
    with Lineage(record, until) as film:
        history = ParameterHistory(film)
        knobs = found.defaults().with_values(**film.knobs_at(film.last_step))
        state = network_health(run, knobs, initial_weights(film))
        return collect_evidence(
            history, found.defaults(), counts, metric, condition=state,
            data=dataset_report(run, knobs),
        )  # fmt: skip


def _turned(case: Case, run: Trainer, knobs: Knobs) -> Callable[[], Knobs]:
    """The knobs as they are turned while it runs."""
    known = {0: knobs}
    for step, values in sorted(case.turned.items()):
        before = list(known.values())[-1]
        parsed = {key: knobs.knobs[key].parse(str(value)) for key, value in values.items()}
        known[step] = before.with_values(**parsed)
    return lambda: next(now for step, now in reversed(known.items()) if step <= run.step)


def examine(case: Case, folder: Path) -> Result:
    """Break a run, ask what is wrong, and have the first fix prove itself on the test set."""
    began = time.perf_counter()
    evidence, record = broken(case, folder)
    hints = diagnose(evidence)
    pairs: tuple[LossPair, ...] = ()
    if hints and hints[0].fix is not None:
        usual = plan_comparison(case.chapter, record, evidence.knobs, hints[0].fix, evidence.step)
        steps = min(usual.steps, _MOST)
        plan = ComparisonPlan(
            **{**vars(usual), "steps": steps, "seconds": math.inf, "seen": 10_000}
        )
        pairs = tuple(compare(plan, found=case.tampered()))
    return Result(case, hints, pairs, time.perf_counter() - began)


def line(result: Result) -> str:
    """A row of the table."""
    case = result.case
    said = ", ".join(f"{hint.key} {hint.confidence:.0%}" for hint in result.hints) or "–"
    fix = _cure(result.hints[0].fix) if result.hints else "–"
    last = result.pairs[-1] if result.pairs else None
    losses = f"{last.control:8.3g} {last.treated:8.3g}" if last else f"{'–':>8} {'–':>8}"
    gain = f"{relative_gain(result.pairs):+5.0%}" if result.pairs else "    –"
    healed = "✓" if result.helped else "✗" if case.right else " "
    return (f"{case.chapter:14} {case.name:31} {'✓' if result.named else '✗'} {said:40} {healed} "
            f"{fix:24} {losses} {gain} {result.seconds:5.1f} s")  # fmt: skip


def _cure(fix: Fix | None) -> str:
    if fix is None:
        return "none"
    more = [name for name in ("redraw", "shuffle", "normalise", "balance") if getattr(fix, name)]
    values = [f"{key}={value:g}" for key, value in fix.values.items()]
    return " ".join(values + more + ["anew"] * fix.restart)


def main() -> None:
    from tests.benchmarks.hints_blind import BLIND
    from tests.benchmarks.hints_causes import CAUSES

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", choices=("known", "blind", "all"), default="known")
    parser.add_argument("--only", default="", help="cases with this word in name or chapter")
    asked = parser.parse_args()
    known = CASES + CAUSES
    cases = {"known": known, "blind": BLIND, "all": known + BLIND}[asked.cases]
    chosen = [case for case in cases if asked.only in f"{case.chapter} {case.name}"]
    results = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for case in chosen:
            results.append(examine(case, Path(folder)))
            print(line(results[-1]), flush=True)
    ill = [result for result in results if result.case.right]
    named, helped = (sum(many) for many in zip(
        *((one.named, one.named and one.helped) for one in ill), strict=True
    )) if ill else (0, 0)  # fmt: skip
    quiet = sum(result.named for result in results if not result.case.right)
    print(f"{named} of {len(ill)} broken runs named rightly, {helped} of these with a proven fix; "
          f"nothing said of {quiet} of {len(results) - len(ill)} healthy ones")  # fmt: skip


if __name__ == "__main__":
    main()
