"""The options of `race` and `sweep`, the commands that train many runs at once."""

import argparse
from pathlib import Path
from typing import TypeAlias

from core.translation import tr

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_searches(commands: Commands) -> None:
    """The commands that train many runs at once."""
    for command in (_add_race(commands), _add_sweep(commands)):
        command.add_argument("chapter", help=tr("its key, for example digits"))
        command.add_argument(
            "--steps",
            type=int,
            help=tr("largest number of mini-batches per run (default: to its goal)"),
        )
        command.add_argument(
            "--workers", type=int, help=tr("number of parallel processes (default: one per core)")
        )
        command.add_argument("--json", action="store_true", help=tr("one object on stdout"))
        command.epilog = tr("Every setting of the chapter is an option: --optimizer sgd --epochs 3")


def _add_race(commands: Commands) -> argparse.ArgumentParser:
    race = commands.add_parser(
        "race",
        help=tr("train several settings side by side, each with several seeds"),
        allow_abbrev=False,
    )
    race.add_argument(
        "--set",
        dest="settings",
        action="append",
        nargs="+",
        required=True,
        metavar="NAME=VALUE",
        help=tr(
            "one set of settings; repeat the option for more: --set lr=0.1 --set lr=1 optimizer=sgd"
        ),
    )
    race.add_argument(
        "--seeds", help=tr("train each with these seeds, 1,2,3 or 1..3 (default: the chapter's)")
    )
    return race


def _add_sweep(commands: Commands) -> argparse.ArgumentParser:
    sweep = commands.add_parser(
        "sweep", help=tr("search for good settings, on all cores"), allow_abbrev=False
    )
    sweep.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="NAME=LOW..HIGH",
        help=tr("a setting to vary, or NAME=VALUE,VALUE; repeat the option for more"),
    )
    sweep.add_argument("--name", help=tr("name of the study; the same name continues it"))
    sweep.add_argument(
        "--trials", type=int, help=tr("number of runs (default: the whole grid, or 20)")
    )
    sweep.add_argument(
        "--method",
        default="tpe",
        metavar="METHOD",
        help=tr("“tpe”, where results so far promise most (default), “random” or “grid”"),
    )
    sweep.add_argument(
        "--goal",
        default="loss",
        help=tr("the test set's “loss” (default) or a metric of the chapter, as “accuracy”"),
    )
    sweep.add_argument(
        "--pruning",
        default="median",
        help=tr(
            "stop hopeless runs early: those worse than the “median” (default), all but the "
            "best third (“halving”), or “none”"
        ),
    )
    sweep.add_argument(
        "--folder", type=Path, help=tr("folder of the study's file, for machines that share it")
    )
    return sweep
