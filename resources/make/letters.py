"""Trains the shipped letter networks on handwriting that is not in the repository.

Run as `python -m resources.make.letters DATA [--chapter reading] [--epochs 14] [--quick]
[--without-nist] [--save FILE]`, where DATA holds unipen_letters_28x28.npz, unipen_strokes.npz and
nist_sd19_subset.npz (where they come from: CREDITS.md). Letters of people who wrote none of the
training letters tell how good it is; some of the other writers are kept back to find out how sure
the network may be.
"""

import argparse
import json
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.registry import chapter
from core.chapters.shared.letter_data import LETTERS
from core.data.dataset import Dataset
from core.data.sources.synthetic import SyntheticLetters
from core.knobs import Knobs
from core.ocr.shift_augmentation import average_over_shifts
from core.runtime.compute import ComputeSettings
from core.training.loop import fit
from core.training.task import Split
from core.training.trainer import Trainer
from core.training.weights_file import save_weights
from resources.make.pen_strokes import PenStrokes

_KEPT_BACK = 0.04
_NIST_TIMES = 3
_SEED = 1
_HEAT = np.geomspace(0.5, 3, 40)


@dataclass(frozen=True)
class Phase:
    """So many `epochs`, letters drawn anew `drawings` times and redrawn by chance as `how` says."""

    epochs: int
    rate: float
    schedule: str
    drawings: int
    how: dict[str, float]


def phases(epochs: int, quick: bool) -> tuple[Phase, ...]:
    """Long and hard; then, twice, the letters as people wrote them have the last word.

    `quick`: one phase only, neither hard nor mild, for who has five minutes.
    """
    hard = {"shift": 1.5, "rotate": 11.0, "scale": 0.11, "shear": 0.2, "elastic": 1.1,
            "thickness": 0.6, "blur": 0.6}  # fmt: skip
    half, mild, milder = (
        {key: value * share for key, value in hard.items()} for share in (0.5, 0.4, 0.35)
    )
    if quick:
        return (Phase(epochs, 0.003, "one-cycle", 1, {**half, "dropout": 0.2}),)
    return (
        Phase(epochs, 0.003, "one-cycle", 2, {**hard, "dropout": 0.3}),
        Phase(2, 0.0008, "cosine", 1, {**milder, "dropout": 0.2}),
        Phase(6, 0.0015, "cosine", 1, {**mild, "dropout": 0.2}),
    )


@dataclass(frozen=True)
class Letters:
    """What is learnt from, and what is asked by name afterwards."""

    train: Dataset
    kept_back: Dataset
    tests: dict[str, Dataset]


def gathered(folder: Path, with_nist: bool, drawings: int) -> Letters:
    """UNIPEN's letters, the same drawn anew from pen strokes, synthetic ones, and NIST's."""
    rng = np.random.default_rng(_SEED)
    with np.load(folder / "unipen_letters_28x28.npz", allow_pickle=False) as file:
        images, labels = file["images"], (file["labels"] - 1).astype(np.uint8)
        writer, test = file["writer"], file["test"]
    writers = rng.permutation(np.unique(writer[~test]))
    back = np.isin(writer, writers[: round(len(writers) * _KEPT_BACK)]) & ~test
    learnt = np.flatnonzero(~test & ~back)
    strokes = PenStrokes(folder / "unipen_strokes.npz")
    redrawn = [strokes.drawn(learnt, rng) for _ in range(drawings)]
    synthetic, synthetic_test = SyntheticLetters().load(lambda done, total, what: None)
    nist_images, nist_labels = _nist(folder)
    chance = np.random.default_rng(_SEED).random(len(nist_labels))
    share = chance < (0.8 if with_nist else 0.0)
    train_images = [images[learnt], *redrawn, synthetic.images]
    train_labels = [*[labels[learnt]] * (1 + drawings), synthetic.labels]
    train_images += [nist_images[share]] * _NIST_TIMES
    train_labels += [nist_labels[share]] * _NIST_TIMES
    rest = "NIST, the rest of it" if with_nist else "NIST, never seen"
    name = "UNIPEN, redrawn strokes, synthetic letters" + (", NIST SD 19" if with_nist else "")
    return Letters(
        _set(name, np.concatenate(train_images), np.concatenate(train_labels)),
        _set("writers kept back", images[back], labels[back]),
        {
            "UNIPEN, other writers": _set("UNIPEN test", images[test], labels[test]),
            rest: _set("NIST", nist_images[~share], nist_labels[~share]),
            "synthetic, other fonts": synthetic_test,
        },
    )


def _nist(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    with np.load(folder / "nist_sd19_subset.npz", allow_pickle=False) as file:
        images, char = file["images"], file["char"]
    place = (char | 0x20) - ord("a")
    letter = char >= ord("A")
    return images[letter], place[letter].astype(np.uint8)


def _set(name: str, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Dataset:
    return Dataset.from_images(name, images, labels, LETTERS)


def trained(
    key: str, folder: Path, with_nist: bool, course: tuple[Phase, ...]
) -> tuple[Trainer, Letters, int]:
    """A run of the chapter after all its phases, its letters, and how many it has met.

    Its weights are the mean of where the last two phases ended (Izmailov et al. 2018,
    arXiv:1803.05407). A chapter that does not redraw its pictures has the first phase only.
    """
    found = chapter(key)
    redraws = "elastic" in found.defaults()
    theta: NDArray[np.float32] | None = None
    ends: list[NDArray[np.float32]] = []
    met = 0
    for number, phase in enumerate(course if redraws else course[:1]):
        letters = gathered(folder, with_nist, phase.drawings)
        how = {knob: str(value) for knob, value in phase.how.items()} if redraws else {}
        knobs = found.parsed(
            {
                "optimizer": "adam", "lr": str(phase.rate), "schedule": phase.schedule,
                "schedule_epochs": str(phase.epochs), "ema": "1000", "validate_every": "2000",
                "seed": str(_SEED + number), **how,
            }
        )  # fmt: skip
        data = Split(letters.train, letters.kept_back)
        run = Trainer(replace(found.task, data=partial(_given, data)), knobs)
        run.begin_at(theta)
        _go_through(run, knobs, phase.epochs)
        with run.ema.in_place():
            theta = run.arena.theta.copy()
        ends.append(theta)
        met += run.samples
    run.arena.theta[:] = np.mean(ends[-2:], axis=0)
    run.ema.reset()
    return run, letters, met


def _given(data: Split, knobs: Knobs) -> Split:
    return data


def _go_through(run: Trainer, knobs: Knobs, epochs: int) -> None:
    began = time.perf_counter()
    for step in fit(run, lambda: knobs):
        if step.evaluation is not None:
            seconds = time.perf_counter() - began
            right = step.evaluation.metrics["accuracy"]
            print(f"{seconds:5.0f} s  epoch {step.epoch:5.2f}  {right:.2%}", flush=True)
        if step.epoch >= epochs:
            return


def probabilities(run: Trainer, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 26), a few hundred at a time."""
    parts = np.split(images, range(500, len(images), 500))
    return np.concatenate([run.task.predict_proba(run.model, part) for part in parts])


def best_temperature(p: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """By what log-probabilities are divided so that they are as sure as they are right.

    Guo et al. 2017, arXiv:1706.04599.
    """
    scores = np.log(np.maximum(p, 1e-12))

    def surprise(heat: float) -> float:
        cooled = scores / heat
        cooled -= cooled.max(axis=1, keepdims=True)
        own = cooled[np.arange(len(labels)), labels]
        return float(np.mean(np.log(np.exp(cooled).sum(axis=1)) - own))

    return float(min(_HEAT, key=surprise))


def cool(run: Trainer, temperature: float) -> None:
    """Have the last layer say log-probabilities divided by the temperature."""
    *_, weight, bias = run.model.parameters()
    weight.data /= np.float32(temperature)
    bias.data /= np.float32(temperature)


def main() -> None:
    """Train, tell, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--chapter", default="reading")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--quick", action="store_true", help="one phase only")
    parser.add_argument("--without-nist", action="store_true")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    ComputeSettings(threads=2).apply()
    began = time.perf_counter()
    run, letters, met = trained(
        options.chapter,
        options.data,
        not options.without_nist,
        phases(options.epochs, options.quick),
    )
    card: dict[str, str | float] = {
        "data": letters.train.name,
        "seconds": round(time.perf_counter() - began),
        "samples": met,
        "seed": _SEED,
    }
    back = letters.kept_back
    card["cooled by"] = best_temperature(probabilities(run, back.images), back.labels)
    cool(run, float(card["cooled by"]))
    for name, test in letters.tests.items():
        best = np.argsort(-probabilities(run, test.images), axis=1)[:, :2]
        hits = best == test.labels[:, None]
        card[f"{name}: top-1"] = round(float(hits[:, 0].mean()), 4)
        card[f"{name}: top-2"] = round(float(hits.any(axis=1).mean()), 4)
        looks = average_over_shifts(test.images, partial(probabilities, run), 1)
        right = float(np.mean(looks.argmax(axis=1) == test.labels))
        card[f"{name}: with second looks"] = round(right, 4)
    print(json.dumps(card, indent=1))
    if options.save is not None:
        found = chapter(options.chapter)
        save_weights(
            options.save, run.arena.layout, run.arena.theta, found.key, found.task.encoding,
            LETTERS, card,
        )  # fmt: skip


if __name__ == "__main__":
    main()
