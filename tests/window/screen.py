"""A real X screen with a window manager, a pointer and a keyboard, for one test or many."""

import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import lab

TOOLS = ("Xvfb", "openbox", "xdotool")
_PATIENCE = 30.0  # seconds


def what_is_missing() -> str:
    """Why no screen can be had here; nothing where one can."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    absent += [library for library in lab.libraries("xcb") if not lab.loads(library)]
    return f"a real screen needs {', '.join(absent)}" if absent else ""


class Screen:
    """Attributes: `display`, its number as in DISPLAY; `width`, `height` in device pixels.

    To be used in a `with` statement.
    """

    def __init__(self, width: int = 1366, height: int = 768) -> None:
        self.width, self.height = width, height
        self.display = ""
        self._end = ExitStack()

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        size = f"{self.width}x{self.height}x24"
        command = [
            "Xvfb",
            "-displayfd",
            str(writing),
            "-screen",
            "0",
            size,
            "-nolisten",
            "tcp",
            "-noreset",
        ]
        with self._end as end:
            self._start(command, end, pass_fds=(writing,))
            os.close(writing)
            with os.fdopen(reading) as answer:  # comes once the screen is up, or is empty
                self.display = f":{answer.readline().strip()}"
            assert self.display != ":", "Xvfb gave no screen"
            self._start(["openbox"], end, env=self.environment())
            patience = time.monotonic() + _PATIENCE
            while self._tool("get_num_desktops").returncode:  # only a window manager knows
                assert time.monotonic() < patience, "openbox does not answer"
                time.sleep(0.02)
            self._end = end.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.close()

    def environment(self) -> dict[str, str]:
        """Variables of a process that uses this screen."""
        without = ("WAYLAND_DISPLAY", "QT_SCALE_FACTOR", "QT_QPA_PLATFORMTHEME", "XAUTHORITY")
        kept = {key: value for key, value in os.environ.items() if key not in without}
        return kept | {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def tool(self, *words: object) -> str:
        """What xdotool says."""
        done = self._tool(*words)
        assert done.returncode == 0, f"xdotool {words}: {done.stderr}"
        return done.stdout.strip()

    def _tool(self, *words: object) -> subprocess.CompletedProcess[str]:
        command = ["xdotool", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, env=self.environment())

    @staticmethod
    def _start(command: list[str], end: ExitStack, **options: object) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, **quiet, **options)  # type: ignore[call-overload]
        end.callback(process.wait)
        end.callback(process.terminate)


def homes(folder: Path) -> dict[str, str]:
    """Variables that give a process a home of its own in `folder`."""
    places = {
        "HOME": folder,
        "XDG_CONFIG_HOME": folder / "config",
        "XDG_CACHE_HOME": folder / "cache",
        "XDG_DATA_HOME": folder / "data",
        "HELLODL_HOME": folder / "lab",
    }
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    return {key: str(place) for key, place in places.items()}
