"""A lab at a real screen, seen and operated from outside as a person does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.window.screen import Screen, homes

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0  # seconds: a sign comes long before, also where others use the machine


class Driven:
    """Attributes: `home`, the folder of all its files; `screen`.

    To be used in a `with` statement, which kills what has not been quit.
    """

    def __init__(
        self,
        screen: Screen,
        home: Path,
        *arguments: str,
        scale: float | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home, self.screen = home, screen
        surroundings = screen.environment() | homes(home) | {"PYTHONPATH": str(ROOT)}
        if scale is not None:
            surroundings["QT_SCALE_FACTOR"] = str(scale)
        ours, theirs = socket.socketpair()
        self._errors = home / "stderr.txt"
        command = [sys.executable, "-m", "tests.window.drive", str(theirs.fileno()), *arguments]
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                command, cwd=home, env=surroundings | dict(environment or {}),
                stdout=errors, stderr=errors, pass_fds=(theirs.fileno(),),
            )  # fmt: skip
        theirs.close()
        self._link = ours
        self._lines = ours.makefile("rw")

    def __enter__(self) -> Self:
        """Once its window is in sight."""
        ours = self._link
        ours.settimeout(PATIENCE)
        self.until("window.isVisible() and window.windowHandle().isExposed()")
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._link.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    # -- seeing -------------------------------------------------------------------------------

    def ask(self, expression: str) -> Any:
        """The value of an expression inside the lab (see drive.py for the names it knows)."""
        try:
            self._lines.write(" ".join(expression.split()) + "\n")
            self._lines.flush()
            line = self._lines.readline()
        except (OSError, ValueError) as error:
            raise AssertionError(f"no answer: {error}. {self.last_words()}") from error
        assert line, f"the lab is gone. {self.last_words()}"
        answer = json.loads(line)
        assert "error" not in answer, f"{expression}: {answer['error']}"
        return answer["value"]

    def until(self, expression: str, patience: float = PATIENCE) -> Any:
        """Wait until an expression is true; its value."""
        end = time.monotonic() + patience
        while not (value := self.ask(expression)):
            assert time.monotonic() < end, f"never true: {expression}. {self.last_words()}"
            time.sleep(0.02)
        return value

    def until_ready(self) -> None:
        """Wait until the training process answers and the first weights are there."""
        self.until(
            "state.training.status.name in ('IDLE', 'FINISHED') "
            "and state.timeline.weights is not None",
            240,
        )

    def last_words(self) -> str:
        """What it wrote to the terminal and into its log, and its exit code."""
        log = self.home / "lab" / "config" / "lab.log"
        said = self._errors.read_text(errors="replace")[-3000:]
        logged = log.read_text(errors="replace")[-3000:] if log.exists() else ""
        return f"exit code {self._process.poll()}, terminal: {said!r}, log: {logged!r}"

    @property
    def terminal(self) -> str:
        """All that stands on the terminal."""
        return self._errors.read_text(errors="replace")

    # -- acting -------------------------------------------------------------------------------

    def at(self, place: str) -> tuple[int, int]:
        """A place on the screen: an expression for a point [x, y] or for a widget."""
        x, y = self.ask(f"it if isinstance(it := ({place}), list) else place(it)")
        return x, y

    def point(self, place: str) -> None:
        """Move the pointer there."""
        self.screen.tool("mousemove", "--sync", *self.at(place))

    def click(self, place: str, button: int = 1, times: int = 1) -> None:
        """Click there. What follows from it is to be waited for."""
        x, y = self.at(place)
        again = ("--repeat", times, "--delay", 60) if times > 1 else ()
        self.screen.tool("mousemove", x, y, "click", *again, button)

    def drag(self, start: str, dx: int, dy: int) -> None:
        """Press at a place, move by so many device pixels, let go."""
        x, y = self.at(start)
        move = ("mousemove", "--sync")
        self.screen.tool(
            *move, x, y, "mousedown", 1, *move, x + dx // 2, y + dy // 2,
            *move, x + dx, y + dy, "mouseup", 1,
        )  # fmt: skip

    def key(self, *keys: str) -> None:
        """Press keys one after the other, each as “ctrl+shift+o”."""
        self.screen.tool("key", "--delay", 30, *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self.screen.tool("type", "--delay", 30, text)

    def choose(self, *entries: str) -> None:
        """Click through the menus."""
        for entry in entries:
            quoted = repr(entry)
            self.until(
                f"any(a.text().replace('&', '') == {quoted} for a in ("
                "QApplication.activePopupWidget() or window.menuBar()).actions())"
            )
            self.click(f"entry({quoted})")

    def quit(self) -> None:
        """Ctrl+Q; it has to end, and end well."""
        self.key("ctrl+q")
        assert self.wait() == 0, self.last_words()

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a failing computer would."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
