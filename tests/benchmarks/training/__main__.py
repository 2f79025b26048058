"""How fast networks learn here, beside PyTorch eager on as many threads.

    python -m tests.benchmarks.training [--only letter,gru] [--seconds 2] [--threads 1,2] [--json]

Ours and PyTorch's each have a process of their own and take turns, so that one computes while the
other one sleeps. A figure is the median over whole steps: forward, backward and update, on float32
arrays that lie ready. Before the clock runs both take three steps from the same weights, and their
losses must agree. Without PyTorch only ours are printed. Other work on the machine spoils figures,
PyTorch's most: a round that was disturbed is taken again, and one that stayed so is marked.
"""

import argparse

from tests.benchmarks.training import setups
from tests.benchmarks.training.compiling import EVERYTHING, FIRST_CHAPTER, readiness
from tests.benchmarks.training.processes import contender
from tests.benchmarks.training.report import Report
from tests.benchmarks.training.turns import race

_COSTS = ("batches", "memory", "growth", "compile")
_MEMORY_STEPS = 20
_LONG_RUN = 1000


def main() -> None:
    """Measure and print."""
    names = [*setups.MODELS, *_COSTS]
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default=",".join(names), help=f"some of {', '.join(names)}")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each side of a comparison")
    parser.add_argument("--threads", default="2,1", help="1, 2 or both")
    parser.add_argument("--json", action="store_true", help="all figures as JSON at the end")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := [name for name in wanted if name not in names]:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(names)}")
    report = Report(options.json)
    report.begin()
    for threads in map(int, options.threads.split(",")):
        races = [setup.on(threads) for setup in setups.RACES if setup.model in wanted]
        if races:
            report.heading(
                f"{f'{threads} thread' + 's' * (threads > 1):52}ours       PyTorch"
                "    ratio    bar      losses differ by"
            )
        for setup in races:
            report.race(race(setup, options.seconds))
    if "batches" in wanted:
        report.heading("cost of a step and of a sample: ours, PyTorch")
        for setup in setups.GROWING_BATCHES:
            report.batch_cost(race(setup, options.seconds / 2))
    if "memory" in wanted:
        measure_memory(report)
    if "growth" in wanted:
        measure_growth(report)
    if "compile" in wanted:
        report.heading("until kernels are ready")
        report.ready("everything", readiness(EVERYTHING), 20, 1)
        report.ready("the first chapter's", readiness(FIRST_CHAPTER), 2, 1)
    report.end()


def measure_memory(report: Report) -> None:
    """Each side in a fresh process, after one that has filled the cache of kernels."""
    report.heading("largest size in MB (of which after the imports)")
    for setup in setups.IN_MEMORY:
        sides = {}
        for name, side in {"ours": "ours", "PyTorch": "theirs"}.items():
            for _ in range(2 if side == "ours" else 1):
                with contender(side, setup) as process:
                    if process is not None:
                        sides[name] = process.ask("memory", _MEMORY_STEPS)
        report.memory(setup, sides)


def measure_growth(report: Report) -> None:
    """What ours leaves behind; PyTorch's is not our business."""
    report.heading(f"left behind by a step, of {_LONG_RUN}: arrays and objects, whole process")
    for setup in setups.IN_THE_LONG_RUN:
        with contender("ours", setup) as process:
            assert process is not None
            report.growth(setup, *process.ask("growth", _LONG_RUN))


if __name__ == "__main__":
    main()
