"""Sets the lab up and starts it. Needs nothing but Python 3.11 or newer.

    python3 lab.py                 the window
    python3 lab.py test            the whole test suite
    python3 lab.py train digits    any command of the lab; --help lists them

The first start makes `.venv` beside this file and installs the lab into it with tested versions;
later starts go straight on. On Linux it also looks for the system libraries that Qt needs.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
OLDEST = (3, 11)
SETUP_FILES = ("pyproject.toml", "constraints.txt")

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
FONTS = ("fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
WITHOUT_QT = ("chapters", "train", "read")


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def main(arguments: Sequence[str]) -> int:
    """Set up what is missing, then hand over; the exit code."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        print(f"HelloDL Lab needs Python 3.11 or newer; this is {found}.", file=sys.stderr)
        return 1
    testing = arguments[:1] == ["test"]
    try:
        install(("dev",) if testing else ())
        if sys.platform == "linux" and arguments[:1] not in [[word] for word in WITHOUT_QT]:
            provide_libraries()
    except SetupError as error:
        print(f"lab.py: {error}", file=sys.stderr)
        return 1
    if testing:
        return run_tests(arguments[1:])
    if not arguments and not has_screen():
        print(
            "lab.py: there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set). For a "
            "tour without one: python3 lab.py shots FOLDER saves pictures of every chapter and "
            "panel. train, read and chapters need no screen either.",
            file=sys.stderr,
        )
        return 2
    return hand_over([str(venv_python()), "-m", "hellodl_gui", *arguments])


def venv_python() -> Path:
    """The interpreter inside the environment."""
    if os.name == "nt":
        return VENV / "Scripts" / "python.exe"
    return VENV / "bin" / "python"


def install(extras: Sequence[str]) -> None:
    """Make the environment and install the lab into it, unless that was done already."""
    stamp = VENV / f"installed{''.join('-' + extra for extra in extras)}.txt"
    wanted = fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and venv_python().exists():
        return
    if not venv_python().exists():
        say("Making an environment in .venv …")
        make_environment()
    say("Installing the lab (about 400 MB the first time) …")
    target = f"{HERE}[{','.join(extras)}]" if extras else str(HERE)
    run_pip("install", "--quiet", "-c", str(HERE / "constraints.txt"), "--editable", target)
    for old in VENV.glob("installed*.txt"):
        if old.read_text(encoding="utf-8") != wanted:
            old.unlink()
    stamp.write_text(wanted, encoding="utf-8")  # last, so that an interrupted install is redone


def fingerprint() -> str:
    """Changes when what is to be installed changes."""
    digest = hashlib.sha256(str(HERE).encode())
    for name in SETUP_FILES:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def make_environment() -> None:
    """`python -m venv`, with Debian's missing piece provided where that is possible."""
    command = [sys.executable, "-m", "venv", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if "ensurepip" in done.stdout + done.stderr and shutil.which("apt-get"):
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        apt_install([package])
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return
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


def has_screen() -> bool:
    """Whether a window could be seen."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def missing_libraries() -> list[tuple[str, str, str]]:
    """Packages (Debian's, Fedora's, Arch's name) of libraries that Qt would not find."""
    needed = dict(ALWAYS)
    if os.environ.get("DISPLAY"):
        needed |= WITH_X11
    missing = [packages for library, packages in needed.items() if not loads(library)]
    if not has_fonts():
        missing.append(FONTS)
    return list(dict.fromkeys(missing))


def loads(library: str) -> bool:
    """Whether the loader finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_fonts() -> bool:
    """Whether any font is installed: without one every letter is an empty box."""
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(
        path.suffix.lower() in (".ttf", ".otf", ".ttc")
        for folder in folders
        for path in folder.rglob("*")
    )


def provide_libraries() -> None:
    """Install Qt's system libraries where that is allowed, otherwise say how."""
    missing = missing_libraries()
    if not missing:
        return
    if shutil.which("apt-get"):
        apt_install([names[0] for names in missing])
        return
    for tool, column in (("dnf install", 1), ("pacman -S", 2)):
        if shutil.which(tool.split()[0]):
            packages = " ".join(dict.fromkeys(names[column] for names in missing))
            raise SetupError(f"Qt needs system libraries. Run: sudo {tool} {packages}")
    names = ", ".join(names[0] for names in missing)
    raise SetupError(f"Qt needs system libraries that Debian calls {names}. Please install them.")


def apt_install(packages: list[str]) -> None:
    """apt-get as root; otherwise an error with the command to run."""
    command = f"apt-get update && apt-get install -y {' '.join(packages)}"
    if os.geteuid() != 0:
        raise SetupError(f"some system packages are missing. Run: sudo sh -c '{command}'")
    say(f"Installing system packages: {' '.join(packages)} …")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(["apt-get", *words], capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise SetupError(f"apt-get {words[0]} failed:\n{done.stderr.strip()}\nTry: {command}")


def run_tests(arguments: Sequence[str]) -> int:
    """The whole suite, without a screen."""
    environment = os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    command = [str(venv_python()), "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=HERE, env=environment).returncode


def hand_over(command: list[str]) -> int:
    """Become the lab where the system allows it."""
    sys.stdout.flush()
    if os.name == "nt":
        return subprocess.run(command).returncode
    os.execv(command[0], command)


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
