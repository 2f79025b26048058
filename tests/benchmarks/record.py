"""What a film costs: training speed, bytes, and the time to seek.

    python -m tests.benchmarks.record [--rounds N] [--steps N]

Letters are trained in turns with and without a recorder, on the compiled kernels. Then a run of 20
minutes is simulated: as many snapshots, checkpoints, rows and looks as its recorder would keep at
the measured speed, of weights that are as hard to shrink as trained ones.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from core.chapters.registry import chapter
from core.record.reader import RunFile
from core.record.recorder import Recorder
from core.runtime.computing import Computing
from core.train.fit import fit
from core.train.run import Run
from core.train.step import Evaluation, Step

MINUTES = 20


def speeds(folder: Path, rounds: int, steps: int) -> tuple[float, float, float]:
    """Median seconds a step without and with a recorder, by turns on one run each.

    Last the share of the recorded run's time that was spent in the recorder itself.
    """
    letters = chapter("letters")
    knobs = letters.defaults().with_values(validate_every=2000)
    runs = [Run(letters.task, knobs) for _ in range(2)]
    loops = [fit(run, lambda: knobs) for run in runs]
    recorder = Recorder(runs[1], letters.key, print, lambda path: None, folder=folder)
    recorder.begin(knobs)
    for loop in loops:
        for _ in range(5):
            next(loop)
    times: list[list[float]] = [[], []]
    trained = inside = 0.0
    for round_ in range(rounds):
        for which in (0, 1) if round_ % 2 else (1, 0):
            began = time.perf_counter()
            for _ in range(steps):
                start = time.perf_counter()
                step = next(loops[which])
                if which:
                    trained += time.perf_counter() - start
                    start = time.perf_counter()
                    recorder.on_step(step, trained)
                    inside += time.perf_counter() - start
            times[which].append((time.perf_counter() - began) / steps)
    recorder.close()
    return statistics.median(times[0]), statistics.median(times[1]), inside / trained


def simulate(folder: Path, pace: float) -> Path:
    """The file of a run of 20 minutes at `pace` seconds a step, without its training."""
    letters = chapter("letters")
    knobs = letters.defaults()
    run = Run(letters.task, knobs)
    paths: list[Path] = []
    recorder = Recorder(run, letters.key, print, paths.append, folder=folder)
    recorder.begin(knobs)
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.05, run.arena.theta.size).astype(np.float32)
    for vector in (run.arena.theta, run.optimizer.state_dict()["m"]):
        vector += noise
    count = len(run.data.test)
    guesses = rng.integers(0, 26, count).astype(np.uint8)
    look = Evaluation(0, 0, 1.0, 0.5, guesses, rng.random(count, np.float32),
                      rng.integers(0, 900, (26, 26)), np.empty(0, np.float32))  # fmt: skip
    for number in range(1, int(MINUTES * 60 / pace) + 1):
        run.step = number
        run.samples += 64
        recorder._spent = 0.0  # as if disk and machine were quick enough for all of it
        recorder.on_step(
            Step(number, run.epoch, run.samples, 1 / number, 0.5, 0.001, 0.1), number * pace
        )
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
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--steps", type=int, default=60)
    given = parser.parse_args()
    Computing().apply()
    folder = Path(tempfile.mkdtemp(prefix="hellodl-record-"))
    try:
        without, recorded, share = speeds(folder, given.rounds, given.steps)
        print(f"a step: {1e3 * without:.2f} ms, recorded {1e3 * recorded:.2f} ms "
              f"({100 * (recorded / without - 1):+.1f} %)")  # fmt: skip
        print(f"{100 * share:.2f} % of the time was spent in the recorder")
        path = simulate(folder, without)
        moments, found, opened = seeks(path)
        p50, p95 = np.percentile(found, [50, 95]) * 1e3
        print(f"{MINUTES} minutes: {path.stat().st_size / 1e6:.0f} MB, {moments:,} snapshots")
        print(f"opened in {1e3 * opened:.0f} ms; sought in {p50:.1f} ms (p95 {p95:.1f} ms)")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
