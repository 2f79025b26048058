"""Sets the lab up and starts it. Needs nothing but Python 3.11 or newer.

    python3 lab.py                 the window
    python3 lab.py test            the whole test suite
    python3 lab.py train digits    any command of the lab; --help lists them

The first start makes `.venv` beside this file and installs the lab into it with tested versions;
later starts go straight on. On Linux it also looks for the system libraries that Qt needs.
"""

from __future__ import annotations  # so that an older Python reaches the sentence about its age

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
STAMP = VENV / "installed.txt"
OLDEST = (3, 11)
SETUP_FILES = ("pyproject.toml", "constraints.txt")
NEEDS_QT = ("open", "shots", "replay", "film", "test")  # and no word at all: the window

# What Qt loads, and the packages that hold it on Debian, Fedora and Arch.
ALWAYS = {
    "libEGL.so.1": ("libegl1", "mesa-libEGL", "libglvnd"),
    "libGL.so.1": ("libgl1", "mesa-libGL", "libglvnd"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
}
WITH_X11 = {
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": (
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
    ),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
}
WITH_WAYLAND = {
    "libwayland-client.so.0": ("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
}
# Debian keeps back what `python -m venv` needs.
VENV_PACKAGE = (f"python{sys.version_info[0]}.{sys.version_info[1]}-venv", "python3", "python")
FONTS = ("fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
# Package manager: the column of its names above, and how it installs.
MANAGERS = {
    "apt-get": (0, "apt-get update && apt-get install -y"),
    "dnf": (1, "dnf install"),
    "pacman": (2, "pacman -S"),
}


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def main(arguments: Sequence[str]) -> int:
    """Set up what is missing, then hand over; the exit code."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        return stop(f"HelloDL Lab needs Python 3.11 or newer; this is Python {found}.")
    word = arguments[0] if arguments else ""
    platform = qt_platform(os.environ, testing=word == "test")
    try:
        # First of all, so that one command names whatever the system lacks.
        if sys.platform == "linux" and (not arguments or word in NEEDS_QT):
            provide_libraries(platform)
        install(("dev",) if word == "test" else ())
        if word == "test":
            return run_tests(arguments[1:], platform)
    except SetupError as error:
        return stop(str(error))
    except KeyboardInterrupt:
        return stop("stopped. The same command goes on from here.", 130)
    except OSError as error:
        return stop(f"{error}. {HERE} must hold the whole lab, be writable and have room.")
    if not arguments and platform == "offscreen" and not os.environ.get("QT_QPA_PLATFORM"):
        return stop(
            "there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set). For a tour "
            "without one: python3 lab.py shots FOLDER saves pictures of every chapter and panel. "
            "train, read and chapters need no screen either.",
            2,
        )
    return hand_over([str(venv_python()), "-m", "hellodl_gui", *arguments])


def qt_platform(environment: Mapping[str, str], testing: bool = False) -> str:
    """Which of Qt's platforms will be used: what the user asks for, what the desktop offers."""
    if environment.get("QT_QPA_PLATFORM"):
        return environment["QT_QPA_PLATFORM"]
    if testing:
        return "offscreen"
    if sys.platform != "linux":
        return "native"
    if environment.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "xcb" if environment.get("DISPLAY") else "offscreen"


def venv_python() -> Path:
    """The interpreter inside the environment."""
    if os.name == "nt":
        return VENV / "Scripts" / "python.exe"
    return VENV / "bin" / "python"


def install(extras: Sequence[str]) -> None:
    """Make the environment and install the lab into it, unless that was done already."""
    wanted = fingerprint()
    done = STAMP.read_text(errors="replace").split() if STAMP.exists() else []
    if done[:1] == [wanted] and set(extras) <= set(done[1:]) and venv_python().exists():
        return
    STAMP.unlink(missing_ok=True)
    if not has_pip():
        say("Making an environment in .venv …")
        make_environment()
    say("Installing the lab; the first time this takes some minutes and 0.7 GB of disk …")
    extras = sorted({*extras, *done[1:]})
    target = f"{HERE}[{','.join(extras)}]" if extras else str(HERE)
    run_pip("install", "--quiet", "-c", str(HERE / "constraints.txt"), "--editable", target)
    STAMP.write_text("\n".join([wanted, *extras]))  # last: an interrupted install is redone


def fingerprint() -> str:
    """Changes when what is to be installed changes."""
    digest = hashlib.sha256(str(HERE).encode())
    for name in SETUP_FILES:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def has_pip() -> bool:
    """Whether the environment is whole: its interpreter starts and finds pip."""
    if not venv_python().exists():
        return False
    command = [str(venv_python()), "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True).returncode == 0


def make_environment() -> None:
    """`python -m venv`, with Debian's missing piece provided where that is possible."""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and "ensurepip" in done.stdout + done.stderr and shutil.which("apt-get"):
        apt_install([VENV_PACKAGE[0]])
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(
            f"no environment could be made in {VENV}:\n{(done.stdout + done.stderr).strip()}\n"
            "Is the folder writable, and is Python's venv module installed?"
        )


def run_pip(*words: str) -> None:
    """pip in the environment; its output only when it fails."""
    done = subprocess.run(
        [str(venv_python()), "-m", "pip", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise SetupError(
            f"pip could not install the lab:\n{(done.stdout + done.stderr).strip()[-3000:]}\n"
            "Is there a network connection and a gigabyte of disk? Run the same command again."
        )


def libraries(platform: str) -> dict[str, tuple[str, str, str]]:
    """What Qt loads on this platform of its own, and the packages that hold it."""
    if platform.startswith("xcb"):
        return ALWAYS | WITH_X11
    if platform.startswith("wayland"):
        return ALWAYS | WITH_WAYLAND
    return ALWAYS


def loads(library: str) -> bool:
    """Whether the loader finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def can_have_environment() -> bool:
    """Whether there is one, or Python brings what makes one."""
    return venv_python().exists() or importlib.util.find_spec("ensurepip") is not None


def has_fonts() -> bool:
    """Whether any font is installed: without one every letter is an empty box."""
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(
        path.suffix.lower() in (".ttf", ".otf", ".ttc")
        for folder in folders
        for path in folder.rglob("*")
    )


def provide_libraries(platform: str) -> None:
    """Install Qt's system libraries, a font, and what an environment is made with where that is
    allowed, otherwise say how.
    """
    needed = libraries(platform)
    missing = [needed[library] for library in needed if not loads(library)]
    if not can_have_environment():
        missing.append(VENV_PACKAGE)
    fonts = [] if has_fonts() else [FONTS]
    if not missing and not fonts:
        return
    manager = next((name for name in MANAGERS if shutil.which(name)), None)
    if manager == "apt-get" and is_root():
        apt_install([names[0] for names in missing + fonts])
        return
    advice = how_to_install(manager, missing + fonts)
    if missing:
        raise SetupError(f"some system packages are not here that the lab needs. {advice}")
    say(f"No font was found; letters may show as boxes. {advice}")


def how_to_install(manager: str | None, missing: Iterable[tuple[str, str, str]]) -> str:
    """A sentence with the command that installs these packages."""
    if manager is None:
        names = ", ".join(names[0] for names in missing)
        return f"Debian calls their packages {names}. Please install yours."
    column, command = MANAGERS[manager]
    command += "".join(f" {name}" for name in dict.fromkeys(names[column] for names in missing))
    if is_root():
        return f"Run: {command}"
    return f"Run: sudo sh -c '{command}'" if "&&" in command else f"Run: sudo {command}"


def is_root() -> bool:
    """Whether system packages may be installed."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages: list[str]) -> None:
    """apt-get as root. Raises SetupError with the command to run where it cannot."""
    advice = how_to_install("apt-get", [(name, "", "") for name in packages])
    if not is_root():
        raise SetupError(f"some system packages are missing. {advice}")
    say(f"Installing system packages: {' '.join(packages)} …")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(["apt-get", *words], capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise SetupError(f"apt-get {words[0]} failed:\n{done.stderr.strip()}\n{advice}")


def run_tests(arguments: Sequence[str], platform: str) -> int:
    """The whole suite on all cores, without a screen unless one was asked for.

    Given later, options count more: `-n 0` runs the tests in one process.
    """
    spread = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    command = [str(venv_python()), "-m", "pytest", *spread, *arguments]
    environment = os.environ | {"QT_QPA_PLATFORM": platform}
    return subprocess.run(command, cwd=HERE, env=environment).returncode


def hand_over(command: list[str]) -> int:
    """Become the lab where the system allows it."""
    if os.name == "nt":
        return subprocess.run(command).returncode
    os.execv(command[0], command)


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


def stop(why: str, code: int = 1) -> int:
    """Say why the lab does not start; the exit code."""
    say(f"lab.py: {why}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
