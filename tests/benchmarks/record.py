"""What a film costs: training speed, bytes, and the time to seek and to fork.

    python -m tests.benchmarks.record [--rounds N] [--block SECONDS] [--minutes N] [--forks N]

Letters are trained in turns with and without a recorder, on the compiled kernels. A run of some
minutes is forked at random moments and at its checkpoints. Then a run of 20 minutes is simulated:
as many snapshots, checkpoints, rows and looks as its recorder would keep at the measured speed, of
weights that are as hard to shrink as trained ones.
"""

import argparse
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.registry import chapter
from core.record.page_probe import MOST_GLYPHS, Watched
from core.record.reader import RunFile
from core.record.recorder import Recorder
from core.record.resume import ResumableRun
from core.runtime.compute import ComputeSettings
from core.runtime.driver import Driver
from core.training.loop import fit
from core.training.metrics import Evaluation, StepMetrics
from core.training.reports import ClassificationReport
from core.training.trainer import Trainer

MINUTES = 20


@dataclass(frozen=True)
class Cost:
    """Seconds a step without a recorder, and with one as a share more, by wall and by processor.

    `middle` is the median over pairs of blocks, `whole` that of all steps together. `inside` is
    the share of the recorded run's time that was spent in the recorder itself.
    """

    seconds: float
    middle: tuple[float, float]
    whole: tuple[float, float]
    inside: float


def cost(folder: Path, rounds: int, block: float) -> Cost:
    """Two identical runs by turns, blocks of about `block` seconds, one of them recorded.

    A page of as many glyphs as may be is open. Both clocks are read, since others use the machine.
    """
    letters = chapter("letters")
    knobs = letters.defaults().with_values(validate_every=2000)
    runs = [Trainer(letters.task, knobs) for _ in range(2)]
    loops = [fit(run, lambda: knobs) for run in runs]
    recorder = Recorder(runs[1], letters.key, print, lambda path: None, folder=folder)
    recorder.watch(runs[1].data.test.images[:MOST_GLYPHS], "page")
    recorder.begin(knobs)
    began = time.perf_counter()
    for loop in loops:
        for _ in range(10):
            next(loop)
    steps = max(1, round(block * 20 / (time.perf_counter() - began)))
    taken = np.empty((rounds, 2, 2))  # by round, recorded or not, wall or processor
    trained = inside = 0.0
    for round_ in range(rounds):
        for which in (0, 1) if round_ % 2 else (1, 0):
            before = time.perf_counter(), time.process_time()
            for _ in range(steps):
                start = time.perf_counter()
                step = next(loops[which])
                if which:
                    trained += time.perf_counter() - start
                    start = time.perf_counter()
                    recorder.on_step(step, trained)
                    inside += time.perf_counter() - start
            after = time.perf_counter(), time.process_time()
            taken[round_, which] = np.subtract(after, before) / steps
    recorder.close()
    middle = np.median(taken[:, 1] / taken[:, 0], axis=0) - 1
    whole = taken[:, 1].sum(axis=0) / taken[:, 0].sum(axis=0) - 1
    return Cost(
        float(np.median(taken[:, 0, 0])),
        (float(middle[0]), float(middle[1])),
        (float(whole[0]), float(whole[1])),
        inside / trained,
    )


def _begun(folder: Path) -> tuple[Trainer, Recorder, list[Path]]:
    """A letters run whose record is begun; the paths of its files come into the list."""
    letters = chapter("letters")
    knobs = letters.defaults()
    run = Trainer(letters.task, knobs)
    paths: list[Path] = []
    recorder = Recorder(run, letters.key, print, paths.append, folder=folder)
    recorder.on_computing(ComputeSettings().card())
    recorder.begin(knobs)
    return run, recorder, paths


def forks(folder: Path, minutes: float, count: int) -> dict[str, NDArray[np.float64]]:
    """Seconds until a fork stands where it branches off, at random moments and at checkpoints.

    Of a letters run that was trained and recorded for so many minutes.
    """
    run, recorder, paths = _begun(folder)
    letters = chapter("letters")
    knobs = letters.defaults()
    driver = Driver(run, letters.steps, lambda: knobs, recorder)
    driver.play()
    end = time.perf_counter() + 60 * minutes
    while time.perf_counter() < end:
        driver.playing = True
        driver.advance(0.5)
    driver.pause()
    recorder.close()
    rng = np.random.default_rng(3)
    with RunFile(paths[0]) as film:
        checkpoints, last = film.checkpoints, film.last_step
    print(f"{minutes:g} minutes of letters: {last:,} steps, {len(checkpoints)} checkpoints")
    moments = {
        "random moments": rng.integers(0, last, count),
        "random moments of the first ten seconds": rng.integers(0, min(last, 600), count),
        "checkpoints": rng.choice(checkpoints, count),
    }
    for name, steps in moments.items():
        behind = steps - checkpoints[np.searchsorted(checkpoints, steps, "right") - 1]
        p50, p95 = np.percentile(behind, [50, 95])
        print(f"{name} lie {p50:.0f} steps behind a checkpoint (p95 {p95:.0f})")
    return {
        name: np.array([_fork(paths[0], int(step)) for step in steps])
        for name, steps in moments.items()
    }


def _fork(path: Path, step: int) -> float:
    letters = chapter("letters")
    began = time.perf_counter()
    with RunFile(path) as film:
        run = ResumableRun(film, letters.defaults()).relive(
            letters.task,
            letters.steps,
            step,
            lambda engine, threads: ComputeSettings(engine, threads).apply(),
            lambda: None,
            lambda now, until: None,
        )
    assert run.step == step
    return time.perf_counter() - began


def simulate(folder: Path, pace: float, page: Watched | None = None) -> Path:
    """The file of a run of 20 minutes at `pace` seconds a step, without its training.

    With a `page` that was open meanwhile.
    """
    run, recorder, paths = _begun(folder)
    if page is not None:
        recorder.watch(page.images, page.key)
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.05, run.arena.theta.size).astype(np.float32)
    for vector in (run.arena.theta, run.optimizer.state_dict()["m"]):
        vector += noise
    count = len(run.data.test)
    guesses = rng.integers(0, 26, count).astype(np.uint8)
    confusion = rng.integers(0, 900, (26, 26))
    report = ClassificationReport(
        guesses, rng.random(count, np.float32), confusion, np.empty(0, np.float32)
    )
    look = Evaluation(0, 0, 1.0, {"accuracy": 0.5}, (report,))
    for number in range(1, int(MINUTES * 60 / pace) + 1):
        run.step = number
        run.samples += 64
        # As if disk and machine were quick enough for all of it.
        recorder._snapshot_budget.spent = recorder._checkpoint_budget.spent = 0.0
        recorder.on_step(
            StepMetrics(number, run.epoch, run.samples, 1 / number, {"accuracy": 0.5}, 0.001, 0.1),
            number * pace,
        )
        writer = recorder._store
        if writer is not None and not writer.keeps_up:
            writer.flush()  # as if it had the time that training takes
        if number % 203 == 0:
            recorder.on_evaluation(look)
    recorder.close()
    return paths[0]


def seeks(path: Path) -> tuple[int, list[float], float]:
    """Snapshots, seconds of seeking and reading the look at 500 random steps, of opening."""
    began = time.perf_counter()
    with RunFile(path) as film:
        opened = time.perf_counter() - began
        found = []
        for step in np.random.default_rng(2).integers(0, film.last_step, 500):
            began = time.perf_counter()
            film.evaluation(film.seek(int(step)).step)
            found.append(time.perf_counter() - began)
        return len(film.moments), found, opened


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--block", type=float, default=0.5, help="seconds")
    parser.add_argument("--minutes", type=float, default=2.0, help="trained to be forked")
    parser.add_argument("--forks", type=int, default=20)
    given = parser.parse_args()
    ComputeSettings().apply()
    folder = Path(tempfile.mkdtemp(prefix="hellodl-record-"))
    try:
        found = cost(folder, given.rounds, given.block)
        print(f"a step: {1e3 * found.seconds:.2f} ms")
        for name, wall, processor in (
            ("middle", *found.middle), ("whole", *found.whole)
        ):  # fmt: skip
            print(f"recorded, {name}: {100 * wall:+.1f} % wall, {100 * processor:+.1f} % processor")
        print(f"{100 * found.inside:.2f} % of the time was spent in the recorder")
        for name, seconds in forks(folder, given.minutes, given.forks).items():
            p50, p95 = np.percentile(seconds, [50, 95]) * 1e3
            print(f"forked at {name} in {p50:.0f} ms (p95 {p95:.0f} ms)")
        path = simulate(folder, found.seconds)
        moments, sought, opened = seeks(path)
        p50, p95 = np.percentile(sought, [50, 95]) * 1e3
        print(f"{MINUTES} minutes: {path.stat().st_size / 1e6:.0f} MB, {moments:,} snapshots")
        print(f"opened in {1e3 * opened:.0f} ms; sought in {p50:.1f} ms (p95 {p95:.1f} ms)")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
