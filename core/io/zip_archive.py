"""Opening a zip archive that may be anything: never unpacked to disk, its list of files bounded."""

import io
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.errors import DataError
from core.io.safe_open import as_lab_error, open_regular
from core.translation import tr

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_TAIL = 22 + 65_535 + 20 + 56  # the end record, its comment, and zip64's two records before it
_LIST_LIMIT = 2**20
# The ways of packing that zipfile unpacks no further than it was asked to.
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, read in place. Raises DataError for what is no zip archive."""
    try:
        with as_lab_error(path), open_regular(path) as file:
            _check_list(path, file)
            with zipfile.ZipFile(file) as archive:
                yield archive
    except (zipfile.BadZipFile, struct.error, ValueError, EOFError) as error:
        raise DataError(
            tr(
                "{name} is no whole zip archive ({error}). Fetch it again, or choose another."
            ).format(name=path.name, error=error)
        ) from error
    except NotImplementedError as error:
        raise DataError(
            tr("{name} is packed in an unusual way ({error}). Pack it as zip.").format(
                name=path.name, error=error
            )
        ) from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise DataError(
            tr("{name} is locked ({error}). Choose one without a password.").format(
                name=path.name, error=error
            )
        ) from error


def open_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """The file called `name` in whatever folder of the archive. Raises DataError."""
    for info in archive.infolist():
        if info.filename.rpartition("/")[2] == name:
            if info.compress_type not in _BOUNDED:
                raise NotImplementedError(
                    tr("{name} by method {compress_type}").format(
                        name=name, compress_type=info.compress_type
                    )
                )
            return archive.open(info)
    raise DataError(
        tr("{file} does not contain {name}. Is it the right archive? Choose another.").format(
            file=Path(archive.filename or tr("The archive")).name, name=name
        )
    )


def _check_list(path: Path, file: IO[bytes]) -> None:
    """Refuse an archive whose list of files alone would fill the memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        return  # zipfile will say what is wrong
    (length,) = struct.unpack_from("<I", tail, at + 12)
    if length == 0xFFFF_FFFF:
        at = tail.rfind(_END_64, 0, at)
        if at >= 0 and at + 48 <= len(tail):
            (length,) = struct.unpack_from("<Q", tail, at + 40)
    if length > _LIST_LIMIT:
        raise DataError(
            tr("{name} lists far more files than a data set has. Choose another archive.").format(
                name=path.name
            )
        )
