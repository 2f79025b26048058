"""Entry point `hellodl`: the window, or a command; imports only what that needs."""

import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

_NEEDS_QT = ("open", "shots", "replay", "film")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    multiprocessing.freeze_support()
    from core.io.safe_output import prepare

    prepare()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and _is_file(words[0]):
        words = ["open", *words]
    if words and words[0] not in _NEEDS_QT:
        import logging

        from core.cli.main import main as run_command

        logging.basicConfig(format="hellodl: %(message)s", level=logging.WARNING)
        return run_command(words)
    from hellodl_gui.application import main as run_window

    return run_window(words)


def _is_file(word: str) -> bool:
    """Whether it is no command but the name of something to open, as when a file is dropped on the
    lab's icon.
    """
    path = Path(word)
    return not word.startswith("-") and bool(path.suffix or path.is_file())


if __name__ == "__main__":
    sys.exit(main())
