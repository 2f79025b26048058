"""The same lab without a window: `hellodl chapters`, `train`, `race`, `sweep`, `runs`, `read`."""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.film_options import add_films
from core.cli.search_options import add_searches
from core.errors import LabError, one_line
from core.io.safe_output import OutputClosed, prepare, say, say_json
from core.translation import tr

if TYPE_CHECKING:  # the terminal answers before numpy is there
    from core.training.metrics import MetricSet

EXIT_WRONG, EXIT_UNREAD = 2, 1
_PROGRESS_EVERY = 0.5
_REINSTALL = (
    "Install again what the lab needs, in its folder: "
    "python -m pip install --force-reinstall -c constraints.txt ."
)


def parser() -> argparse.ArgumentParser:
    """All commands and their options. `open`, `film`, `replay`, `shots` and none at all belong to
    the window.
    """
    top = argparse.ArgumentParser(
        prog="hellodl",
        description=tr("A laboratory for deep learning. Without a command: the window."),
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    listing = commands.add_parser(
        "chapters", help=tr("list the chapters, their settings and experiments")
    )
    listing.add_argument("--json", action="store_true", help=tr("one JSON array on stdout"))

    train = commands.add_parser("train", help=tr("train a chapter's network"))
    train.add_argument("chapter", help=tr("its key, for example digits"))
    train.add_argument("--experiment", help=tr("start from the settings of a named experiment"))
    train.add_argument(
        "--load",
        type=Path,
        help=tr(
            "begin with the weights in this file: safetensors, or PyTorch's .pt of a state dict"
        ),
    )
    train.add_argument("--save", type=Path, help=tr("write the weights to this safetensors file"))
    train.add_argument(
        "--json", action="store_true", help=tr("the last line on stdout is one object")
    )
    train.add_argument(
        "--engine",
        default="fast",
        metavar="ENGINE",
        help=tr("compute with “fast”, compiled code, or “reference”, readable numpy"),
    )
    train.add_argument(
        "--threads", type=int, default=1, help=tr("number of CPU cores, 1 or 2 (default: 1)")
    )
    train.add_argument(
        "--record", action="store_true", help=tr("record the run, so that the window can show it")
    )
    train.epilog = tr("Every setting of the chapter is an option: --lr 0.1 --epochs 3 --seed 1")

    add_searches(commands)

    runs = commands.add_parser("runs", help=tr("list the recorded runs, the newest first"))
    runs.add_argument("--json", action="store_true", help=tr("one JSON array on stdout"))

    read = commands.add_parser("read", help=tr("read the characters on a photographed page"))
    read.add_argument("page", type=Path, help=tr("a JPEG or PNG"))
    read.add_argument(
        "--chapter",
        default="reading",
        help=tr("whose network reads: “reading” letters (default), “digit-kernels” digits"),
    )
    read.add_argument(
        "--weights", type=Path, help=tr("its weights; default: the trained ones shipped")
    )
    read.add_argument("--json", action="store_true", help=tr("text, lines and boxes as one object"))

    opening = commands.add_parser(
        "open", help=tr("the window, with a lab, a photo or a page project")
    )
    opening.add_argument("lab", type=Path, metavar="FILE", help=tr(".hdllab, .hdlpage or a photo"))

    replay = commands.add_parser("replay", help=tr("make a film of a recorded run"))
    replay.add_argument("run", type=Path, metavar="FILE", help=tr("the record of the run"))
    replay.add_argument(
        "--export", type=Path, required=True, metavar="FILM", help=tr("the film: .mp4 or .gif")
    )
    replay.add_argument(
        "--view", help=tr("a single panel, for example curves; default: the whole window")
    )
    replay.add_argument("--seconds", type=float, default=10.0, help=tr("its length (default: 10)"))
    replay.add_argument("--fps", type=int, default=30, help=tr("frames per second (default: 30)"))
    replay.add_argument(
        "--even", action="store_true", help=tr("the same time for every mini-batch")
    )
    replay.add_argument("--theme", default="dark", choices=("dark", "light", "contrast"))
    replay.add_argument("--size", default="1280x800", help=tr("in pixels, for example 1920x1080"))

    add_films(commands)

    shots = commands.add_parser("shots", help=tr("save pictures of the window and of every panel"))
    shots.add_argument("folder", type=Path, help=tr("where the PNG files go"))
    shots.add_argument("--theme", default="dark", choices=("dark", "light", "contrast"))
    shots.add_argument(
        "--size", default="1280x800", help=tr("of the window, for example 1920x1080")
    )
    return top


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. What is wrong comes as one sentence on stderr."""
    prepare()
    options, rest = parser().parse_known_args(arguments)
    try:
        match options.command:
            case "chapters":
                refuse(rest)
                list_chapters(options.json)
            case "train":
                train(options, rest)
            case "race" | "sweep":
                train_many(options, rest)
            case "runs":
                refuse(rest)
                list_runs(options.json)
            case "read":
                refuse(rest)
                read(options)
        return 0
    except LabError as error:
        say(f"hellodl: {error}", aside=True)
        return EXIT_UNREAD if isinstance(error, OutputClosed) else EXIT_WRONG
    except ImportError as error:
        say(
            tr("hellodl: a library does not load: {error}. {reinstall}").format(
                error=one_line(str(error)), reinstall=tr(_REINSTALL)
            ),
            aside=True,
        )
        return EXIT_WRONG
    except KeyboardInterrupt:
        say(tr("hellodl: stopped."), aside=True)
        return 130


def refuse(rest: Sequence[str]) -> None:
    """Raises LabError for options nobody knows."""
    if rest:
        raise LabError(
            tr("“{rest}” is not understood. See: hellodl --help").format(rest=" ".join(rest))
        )


def knob_texts(rest: Sequence[str]) -> dict[str, str]:
    """`--lr 0.1 --batch-size=32` as {"lr": "0.1", "batch_size": "32"}. Raises LabError."""
    texts: dict[str, str] = {}
    words = list(rest)
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            raise LabError(
                tr("“{word}” is not understood: settings are given as --name value.").format(
                    word=word
                )
            )
        name, given, value = word[2:].partition("=")
        if not given:
            if not words:
                raise LabError(tr("--{name} needs a value.").format(name=name))
            value = words.pop(0)
        texts[name.replace("-", "_")] = value
    return texts


def list_chapters(as_json: bool) -> None:
    """Print every chapter with its knobs and experiments."""
    from core.chapters.registry import chapters

    if as_json:
        listing = [
            {
                "key": chapter.key,
                "number": chapter.number,
                "title": chapter.title,
                "tagline": chapter.tagline,
                "knobs": {knob.key: knob.typed(knob.default) for knob in chapter.knobs},
                "experiments": [experiment.title for experiment in chapter.experiments],
            }
            for chapter in chapters()
        ]
        say_json(listing)
        return
    for chapter in chapters():
        say(f"{chapter.key:16} {chapter.number:2}  {tr(chapter.title)}: {tr(chapter.tagline)}")
        say(
            "   {:12} ".format(tr("knobs"))
            + "  ".join(f"{k.key}={k.text(k.default)}" for k in chapter.knobs)
        )
        say(
            "   {:12} ".format(tr("experiments"))
            + ", ".join(tr(e.title) for e in chapter.experiments)
        )


def train(options: argparse.Namespace, rest: Sequence[str]) -> None:
    """Train until the chapter's goal; progress goes to stderr, the result to stdout."""
    from core.runtime.compute import limit_threads

    limit_threads(1)
    from core.chapters.chapter import Chapter
    from core.chapters.registry import chapter as find
    from core.chapters.shared.predictor import read_trained
    from core.cli.tables import measured
    from core.runtime.compute import ComputeSettings
    from core.runtime.headless import RecordOptions, train_headless
    from core.share.weights_hash import weights_sha256
    from core.training.metrics import LOSS

    computing = ComputeSettings(options.engine, options.threads)
    chapter: Chapter = find(options.chapter)
    texts = knob_texts(rest)
    if options.experiment:
        texts = chapter.experiment(options.experiment).texts() | texts
    knobs = chapter.parsed(texts)
    begin = None
    if options.load is not None:
        begin, said, _ = read_trained(chapter, knobs, options.load)
        say_aside(
            tr("Weights of “{title}” loaded: {name}. {said}")
            .format(title=tr(chapter.title), name=options.load.name, said=said)
            .rstrip()
        )
    recording = RecordOptions(warn=say_aside) if options.record else None
    watch = Progress(chapter.task.measured_by())
    outcome = train_headless(chapter, knobs, watch, computing, begin, recording)
    if options.save is not None:
        outcome.save(options.save)
    result = outcome.summary() | {"theta": weights_sha256(outcome.run.arena.theta)}
    if options.json:
        say_json(result)
    else:
        found = outcome.evaluation.metrics
        known = (metric for metric in chapter.task.metrics() if metric.key in found)
        told = [f"{tr(metric.name)} {measured(metric, found[metric.key])}" for metric in known]
        say(
            tr(
                "{title}: on the test set {found}; {seconds:.1f} s, "
                "{samples_per_second:,.0f} samples/s"
            ).format(
                title=tr(chapter.title),
                found=", ".join([*told, f"{tr(LOSS.name)} {measured(LOSS, result['loss'])}"]),
                seconds=result["seconds"],
                samples_per_second=result["samples_per_second"],
            )
        )


def say_aside(sentence: str) -> None:
    """What a person should know, though it stops nothing."""
    say(f"hellodl: {sentence}", aside=True)


class Progress:
    """A line on stderr twice a second at most; unless `calm` at every look at the test set too.

    It tells of the loss and of these `metrics`.
    """

    def __init__(self, metrics: "MetricSet", calm: bool = False) -> None:
        self._metrics = metrics
        self._calm = calm
        self._next = 0.0

    def __call__(
        self, epoch: float, loss: float, metrics: Mapping[str, float], validated: bool
    ) -> None:
        """Say where training is."""
        now = time.perf_counter()
        if (validated and not self._calm) or now >= self._next:
            self._next = now + _PROGRESS_EVERY
            from core.cli.tables import spoken

            what = tr("test set") if validated else tr("training")
            words = tr("epoch {epoch:6.3f}   {what:8}   loss {loss:.4f}   {found}")
            found = spoken(self._metrics.all, metrics)
            say(words.format(epoch=epoch, what=what, loss=loss, found=found).rstrip(), aside=True)


def train_many(options: argparse.Namespace, rest: Sequence[str]) -> None:
    """Race settings, or search among them; progress goes to stderr, the result to stdout."""
    from core.cli import search

    command = search.race if options.command == "race" else search.sweep
    text, found = command(options, knob_texts(rest))
    say_json(found) if options.json else say(text)


def list_runs(as_json: bool) -> None:
    """Print every recorded run; of one that cannot be read, why."""
    from core.cli.tables import as_objects, as_table

    say_json(as_objects()) if as_json else say(as_table())


def read(options: argparse.Namespace) -> None:
    """Find the characters on a page and read them."""
    from core.runtime.compute import limit_threads

    limit_threads(1)
    from core.chapters.registry import chapter
    from core.chapters.shared.predictor import open_predictor
    from core.ocr.export import as_dict
    from core.ocr.oversegmentation import oversegment
    from core.ocr.page import Page
    from core.ocr.reading import read_boxes

    reader = open_predictor(chapter(options.chapter), options.weights)
    page = oversegment(Page.open(options.page), reader.classify, reader.glyphs, shifts=1)
    for note in page.photo.notes:
        say(f"{options.page.name}: {note}.", aside=True)
    boxes = page.boxes
    rects = [box.rect for box in boxes]
    readings = read_boxes(page, rects, reader.classify, reader.classes, reader.glyphs, shifts=1)
    result = as_dict(page.photo, boxes, readings)
    say_json(result) if options.json else say(result["text"])
