"""The options of `hellodl film`: the three films that the chapters are known by."""

import argparse
from pathlib import Path

from core.translation import tr

THEMES = ("dark", "light", "contrast")


def add_films(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command `film` with its three."""
    film = commands.add_parser("film", help=tr("make one of the films that the chapters show"))
    films = film.add_subparsers(dest="film", metavar="FILM", required=True)

    weights = films.add_parser(
        "weights",
        help=tr("the weights of “3 or 7?” while they are learnt, sample by sample"),
        allow_abbrev=False,
    )
    _add_common(weights, seconds=8.9, fps=10, size="600x340")
    weights.epilog = tr("Every setting of the chapter is an option: --lr 0.1 --first 4 --second 9")

    descents = films.add_parser(
        "descents",
        help=tr("balls stepping down two hills, plain and with a little momentum"),
        description=tr(
            "Two films: the first hill in OUT, the second in OUT with “-2” in its name."
        ),
        allow_abbrev=False,
    )
    _add_common(descents, seconds=6.6, fps=None, size="600x400")
    descents.add_argument("--steps", type=int, default=19, help=tr("steps downhill (default: 19)"))

    reading = films.add_parser(
        "reading",
        help=tr("a page whose characters turn from red to green while a network learns"),
        allow_abbrev=False,
    )
    _add_common(reading, seconds=5.0, fps=30, size="1280x720")
    reading.add_argument(
        "--page", type=Path, metavar="PHOTO", help=tr("a JPEG or PNG (default: the sample page)")
    )
    reading.add_argument(
        "--chapter", help=tr("whose network learns (default: digits or letters, as fits the page)")
    )
    reading.add_argument(
        "--steps",
        type=int,
        default=1000,
        help=tr("number of mini-batches to train (default: 1000)"),
    )
    reading.add_argument(
        "--train-for",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help=tr("longest training time in seconds (default: 120)"),
    )
    reading.epilog = tr("Every setting of the chapter is an option: --optimizer sgd --seed 2")


def _add_common(
    parser: argparse.ArgumentParser, seconds: float, fps: int | None, size: str
) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help=tr("the film: .gif or .mp4"))
    parser.add_argument(
        "--seconds",
        type=float,
        default=seconds,
        help=tr("its length (default: {seconds:g})").format(seconds=seconds),
    )
    parser.add_argument(
        "--fps",
        type=int,
        default=fps,
        help=tr("frames per second") + (tr(" (default: {fps})").format(fps=fps) if fps else ""),
    )
    parser.add_argument(
        "--size", default=size, help=tr("in pixels (default: {size})").format(size=size)
    )
    parser.add_argument("--theme", default="dark", choices=THEMES)
