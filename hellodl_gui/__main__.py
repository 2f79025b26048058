"""`hellodl`: the window, or a command. Loads nothing before it knows which."""

import multiprocessing
import sys
from collections.abc import Sequence

_NEEDS_QT = ("open", "shots", "replay", "film")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    multiprocessing.freeze_support()
    from core.output import prepare

    prepare()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] not in _NEEDS_QT:
        import logging

        from core.cli import main as run_command

        logging.basicConfig(format="hellodl: %(message)s", level=logging.WARNING)
        return run_command(words)
    from hellodl_gui.app import main as run_window

    return run_window(words)


if __name__ == "__main__":
    sys.exit(main())
