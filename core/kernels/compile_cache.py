"""The cache of compiled kernels: what is damaged in it is thrown away and compiled again.

numba keeps an index (.nbi) and machine code (.nbc) for each function, reads both with pickle and
believes what it finds: an empty file ends every later start. Here each file of ours ends with a
seal, a checksum of its content and name that is compared before anything is unpickled. Where the
folder cannot be written to, kernels are compiled anew at each start, and the log says why.
"""

import hashlib
import io
import logging
import pickle
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from numba import config
from numba.core import caching

from core.errors import LabError
from core.io.safe_open import read_regular
from core.paths import cache_dir
from core.translation import tr

_LOG = logging.getLogger(__name__)
_OURS = Path(__file__).resolve().parent
_SEAL = 32
_THEIRS = caching.IndexDataCacheFile
_MOST = 256 * 2**20
_folders: set[str] = set()
_said: set[str] = set()


def keep_kernels() -> None:
    """Have numba keep this package's functions here, sealed; others' are none of our business."""
    if KernelLocator not in caching.CacheImpl._locator_classes:
        caching.CacheImpl._locator_classes.insert(0, KernelLocator)
        # Where numba makes those of a function.
        caching.IndexDataCacheFile = _files  # type: ignore[assignment, misc]


def kernel_folder() -> Path:
    """Where they lie: NUMBA_CACHE_DIR where that is set, or a folder in the lab's cache."""
    named: str = config.CACHE_DIR  # type: ignore[attr-defined]
    return Path(named) if named else cache_dir("numba")


def forget_kernels() -> None:
    """Throw all of them away, as after a crash that they may have caused."""
    with suppress(LabError):
        for folder in kernel_folder().glob("*_*"):
            for path in folder.glob("*.nb[ic]"):
                _throw_away(path)


class KernelLocator(caching._SourceFileBackedLocatorMixin, caching._CacheLocator):
    """Finds a folder for every function of this package, also where none can be written to."""

    def __init__(self, py_func: Any, py_file: str) -> None:
        self._py_file = py_file
        self._lineno = py_func.__code__.co_firstlineno
        try:
            folder = kernel_folder()
        except LabError as error:
            _say_once(tr("{error} Code is compiled again at each start.").format(error=error))
            folder = Path("no folder for compiled code")
        self._folder = str(folder / self.get_suitable_cache_subpath(py_file))
        _folders.add(self._folder)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Self | None:
        """One for a function of ours, None for others."""
        return cls(py_func, py_file) if Path(py_file).is_relative_to(_OURS) else None

    def get_cache_path(self) -> str:
        """The folder, perhaps not there yet."""
        return self._folder

    def ensure_cache_path(self) -> None:
        """It is made when the first file is written."""


class SealedFiles(_THEIRS):
    """Index and data of one function. What cannot be read or written is as if it were not there."""

    def _load_index(self) -> dict[Any, str]:
        content = self._genuine(self._index_name)
        if content is None:
            return {}
        stream = io.BytesIO(content)
        if pickle.load(stream) != self._version:
            return {}
        stamp, overloads = pickle.load(stream)
        return overloads if stamp == self._source_stamp else {}

    def _load_data(self, name: str) -> Any:
        content = self._genuine(name)
        return None if content is None else pickle.loads(content)

    def _save_index(self, overloads: dict[Any, str]) -> None:
        version = pickle.dumps(self._version, protocol=-1)
        self._write(self._index_name, version + self._dump((self._source_stamp, overloads)))

    def _save_data(self, name: str, data: Any) -> None:
        self._write(name, self._dump(data))

    def _genuine(self, name: str) -> bytes | None:
        """A file's content without its seal; None where there is none that fits."""
        path = Path(self._cache_path, name)
        try:
            content = read_regular(path, _MOST)
        except FileNotFoundError:
            return None
        except OSError as error:
            _say_once(
                tr("Compiled code cannot be read from {parent} ({strerror}).").format(
                    parent=path.parent.parent, strerror=error.strerror
                )
            )
            _throw_away(path)
            return None
        content, seal = content[:-_SEAL], content[-_SEAL:]
        if seal == _seal(name, content):
            return content
        _say_once(
            tr(
                "Compiled code in {parent} was damaged, or kept by an older version, and is "
                "compiled again."
            ).format(parent=path.parent.parent)
        )
        _throw_away(path)
        return None

    def _write(self, name: str, content: bytes) -> None:
        path = Path(self._cache_path, name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._open_for_write(str(path)) as file:
                file.write(content + _seal(name, content))
        except OSError as error:
            _say_once(
                tr(
                    "Compiled code cannot be kept in {parent} ({strerror}), so each start "
                    "compiles it again. Allow writing there, or make room on the disk."
                ).format(parent=path.parent.parent, strerror=error.strerror)
            )


def _files(cache_path: str, filename_base: str, source_stamp: Any) -> Any:
    kind = SealedFiles if cache_path in _folders else _THEIRS
    return kind(cache_path, filename_base, source_stamp)


def _seal(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\0" + content).digest()


def _throw_away(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


def _say_once(sentence: str) -> None:
    if sentence not in _said:
        _said.add(sentence)
        _LOG.warning("%s", sentence)
