"""Qt message handler: to the log; before there is a window also to the terminal, with advice."""

import ctypes
import logging
import os

from core.io.safe_output import say

_LOG = logging.getLogger("hellodl")
_WITHOUT = "Without a window: “hellodl shots FOLDER”, “hellodl train digits”, “hellodl read PAGE”."
_CURE = (
    "“python3 lab.py”, in the lab's folder, can install what is missing, or says how to. "
    f"{_WITHOUT}"
)


class QtMessages:
    """To be given to `qInstallMessageHandler`.

    Attributes: `standing`, to be set once the application stands.
    """

    def __init__(self) -> None:
        self.standing = False
        self._early: list[str] = []

    def __call__(self, kind: object, context: object, text: str) -> None:
        """Hear one message."""
        from PySide6.QtCore import QtMsgType

        if "plugin does not support" in text:  # the offscreen screen cannot do everything
            return
        _LOG.warning("Qt: %s", text)
        if not self.standing:
            self._early.append(text)
        if kind is QtMsgType.QtFatalMsg:  # Qt ends the process now, and would say nothing
            say(f"hellodl: {self._reason(text)}", aside=True)
            os._exit(2)

    def _reason(self, text: str) -> str:
        if self.standing:
            return f"Qt cannot go on: {text}"
        screen = os.environ.get("DISPLAY", "")
        if any("could not connect to display" in said for said in self._early):
            return (
                f"the screen “{screen}”, which the variable DISPLAY names, cannot be reached. "
                "Over ssh, use “ssh -X”; after sudo or su, or in a container, the screen "
                f"belongs to a different user. {_WITHOUT}"
            )
        said = " ".join(dict.fromkeys([*self._early, *_missing_libraries()]))
        return f"Qt cannot open a window here. {said} {_CURE}"


def unloadable(error: ImportError) -> str:
    """Why Qt itself cannot be loaded."""
    return f"Qt cannot be loaded ({error}). {_CURE}"


def _missing_libraries() -> list[str]:
    """What the loader says about the plugin for X11, which Qt keeps to itself."""
    from PySide6.QtCore import QLibraryInfo

    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)
    try:
        ctypes.CDLL(f"{folder}/platforms/libqxcb.so")
    except OSError as error:
        return [f"{error}."]
    return []
