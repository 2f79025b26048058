"""Is a fork the same run, and is a copied script? Prints hashes that must be equal.

    python -m tests.benchmarks.identical [--chapter digits] [--steps 1000] [--from 300]

A run is recorded and goes on for so many mini-batches. The same is done as a fork in another
process, and by the script of “Copy as Python” in a third.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from core.chapters.registry import chapter
from core.record.reader import RunFile
from core.record.resume import ResumableRun
from core.runtime.compute import ComputeSettings
from core.runtime.headless import RecordOptions, train_headless
from core.share.script import export_script
from core.share.weights_hash import weights_sha256


def main() -> None:
    """Measure and print; exits with 1 where the hashes differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chapter", default="digits")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--from", type=int, default=300, dest="first")
    parser.add_argument("--fork", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.fork is not None:
        print(forked(given.chapter, given.fork, given.first, given.steps))
        return
    with tempfile.TemporaryDirectory() as folder:
        found, paths = chapter(given.chapter), []
        outcome = train_headless(
            found,
            found.defaults(),
            lambda *_, **__: None,
            recording=RecordOptions(Path(folder), paths.append),
            steps=given.first + given.steps,
        )
        whole = weights_sha256(outcome.run.arena.theta)
        print(f"{given.first + given.steps:,} mini-batches   {whole}")
        going_on = ["--fork", str(paths[0]), "--chapter", given.chapter]
        numbers = ["--from", str(given.first), "--steps", str(given.steps)]
        again = _other("-m", "tests.benchmarks.identical", *going_on, *numbers)
        print(f"fork after {given.first:,}, in another process   {again}")
        script = Path(folder) / "as_python.py"
        script.write_text(export_script(paths[0]).text)
        copied = next(
            word for word in reversed(_other(str(script)).split()) if len(word) == len(whole)
        )
        print(f"the script of {len(script.read_text().splitlines())} lines   {copied}")
        if not whole == again == copied:
            sys.exit("They differ.")


def forked(key: str, path: Path, first: int, steps: int) -> str:
    """The hash after going on from a record as a fork does."""
    found = chapter(key)
    ComputeSettings().apply()
    with RunFile(path) as film:
        past = ResumableRun(film, found.defaults())
        run = past.relive(
            found.task,
            found.steps,
            first,
            lambda engine, threads: ComputeSettings(engine, threads).apply(),
            lambda: None,
            lambda step, until: None,
        )
        knobs = past.knobs(first)
    going = found.steps(run, lambda: knobs)
    for _ in range(steps):
        next(going)
    return weights_sha256(run.arena.theta)


def _other(*words: str) -> str:
    """What another process prints."""
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
