"""Fetching large files: resumed after a break, checked, and in place only when complete.

A download grows in `NAME.part`; `NAME.part.tag` keeps the server's mark of the version (its ETag),
so that two versions are never glued together (RFC 9110, Range and If-Range). Proxies are taken from
the environment as urllib does.
"""

import hashlib
import http.client
import logging
import os
import re
import shutil
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from core.errors import DataError
from core.io.progress import Progress, no_progress, raise_if_cancelled
from core.io.remote_file import RemoteFile
from core.io.safe_open import as_lab_error, open_regular
from core.translation import tr

_LOG = logging.getLogger(__name__)
_CHUNK = 256 * 1024
_SPARE = 64 * 2**20
_TAG_LIMIT = 512
_WORTH_ANOTHER_TRY = {408, 425, 429, 500, 502, 503, 504}
_AGENT = "hellodl-lab"


@dataclass(frozen=True)
class RetryPolicy:
    """Seconds without a byte before a connection counts as dead; attempts without progress; and
    the pause before the second of them, which doubles each time (seconds)."""

    timeout: float = 20.0
    tries: int = 5
    pause: float = 1.0


class _Broken(Exception):
    """This attempt failed; another may not. Says why."""


class _Stale(Exception):
    """What is here so far is of no use: begin again. Says why."""


def download(
    remote: RemoteFile,
    folder: Path,
    progress: Progress = no_progress,
    cancel: Event | None = None,
    patience: RetryPolicy = RetryPolicy(),
) -> Path:
    """The file in `folder`, fetched unless it is there already, and whole.

    Raises DataError with what to do about it, and Cancelled. In both cases what has come so far
    stays and the next call goes on from there; a file that turned out damaged does not stay.
    """
    cancel = cancel or Event()
    there = remote.here(folder)
    if there is not None:
        if _is_whole(there, remote, progress, cancel):
            return there
        _LOG.warning("%s was damaged and is fetched again.", there)
    return _Download(remote, folder, progress, cancel, patience).run()


def _is_whole(path: Path, remote: RemoteFile, progress: Progress, cancel: Event) -> bool:
    """Whether its checksum is right. Raises Cancelled, and DataError where it cannot be read."""
    digest = hashlib.sha256()
    done = 0
    unreadable = "{path} cannot be read ({strerror}). Allow it to be read."
    with as_lab_error(path, unreadable), open_regular(path) as file:
        while chunk := file.read(4 * _CHUNK):
            raise_if_cancelled(cancel)
            digest.update(chunk)
            done += len(chunk)
            progress(done, remote.size, tr("Checking {name}").format(name=remote.name))
    return digest.hexdigest() == remote.sha256


class _Download:
    def __init__(
        self,
        remote: RemoteFile,
        folder: Path,
        progress: Progress,
        cancel: Event,
        patience: RetryPolicy,
    ) -> None:
        self._remote = remote
        self._folder = folder
        self._part = remote.part(folder)
        self._tag = self._part.with_name(f"{self._part.name}.tag")
        self._progress = progress
        self._cancel = cancel
        self._patience = patience

    def run(self) -> Path:
        unwritten = (
            "{path} cannot be written ({strerror}). Make room or allow writing there; the download "
            "then goes on where it stopped."
        )
        with as_lab_error(self._part, unwritten):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._check_room()
            if not self._fetch_checked() and not self._fetch_checked():
                raise DataError(
                    tr(
                        "{name} from {host} arrives changed (its checksum is wrong, twice). "
                        "Something on the way alters it: try another network, or fetch {url} "
                        "with a browser and choose that file."
                    ).format(name=self._remote.name, host=self._remote.host, url=self._remote.url)
                )
            target = self._folder / self._remote.name
            os.replace(self._part, target)
            self._tag.unlink(missing_ok=True)
        return target

    def _check_room(self) -> None:
        free = shutil.disk_usage(self._folder).free
        needed = self._remote.size - self._remote.started(self._folder) + _SPARE
        if free < needed:
            raise DataError(
                tr(
                    "{folder} has {free} free; {name} needs {needed}. Make room on the disk "
                    "and try again."
                ).format(
                    folder=self._folder, free=_mb(free), name=self._remote.name, needed=_mb(needed)
                )
            )

    def _fetch_checked(self) -> bool:
        """Whether the part is now the file it should be; a wrong one is removed."""
        self._fetch()
        if _is_whole(self._part, self._remote, self._progress, self._cancel):
            return True
        self._forget()
        return False

    def _fetch(self) -> None:
        """All bytes, in as many attempts as it takes; only attempts that bring nothing count."""
        failures = restarts = 0
        while (before := self._size()) != self._remote.size:
            raise_if_cancelled(self._cancel)
            why = ""
            try:
                self._attempt(before)
                continue
            except _Stale as stale:
                self._forget()
                restarts += 1
                why = str(stale)
            except _Broken as broken:
                why = str(broken)
            failures = 0 if self._size() > before else failures + 1
            if failures >= self._patience.tries or restarts >= self._patience.tries:
                raise DataError(self._given_up(why))
            if failures and self._cancel.wait(self._patience.pause * 2 ** (failures - 1)):
                raise_if_cancelled(self._cancel)

    def _attempt(self, have: int) -> None:
        """One connection. Raises _Broken, _Stale, or DataError where no further try would help."""
        request = urllib.request.Request(
            self._remote.url, headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"}
        )
        if have:
            request.add_header("Range", f"bytes={have}-")
            if tag := self._known_tag():
                request.add_header("If-Range", tag)
        with self._answer(request) as answer:
            start = self._start_of(answer, have)
            self._keep_tag(answer)
            self._receive(answer, start)

    def _answer(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        try:
            # A new opener, because urllib's own keeps the proxies of its first call.
            opener = urllib.request.build_opener()
            answer: http.client.HTTPResponse = opener.open(request, timeout=self._patience.timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error) from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise DataError(
                    tr(
                        "{host} does not prove who it is ({verify_message}). Check this "
                        "computer's date, or whether your network intercepts connections."
                    ).format(host=self._remote.host, verify_message=error.reason.verify_message)
                ) from error
            raise _Broken(_reason(error.reason)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _Broken(_reason(error)) from error  # ValueError: a redirect to nonsense
        return answer

    def _start_of(self, answer: http.client.HTTPResponse, have: int) -> int:
        """The first byte that this answer brings."""
        start, length = 0, answer.headers.get("Content-Length", "")
        if answer.status == 206:
            match = re.fullmatch(
                r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", answer.headers.get("Content-Range", "")
            )
            if match is None or int(match[1]) != have:
                raise _Stale(tr("the server continues at the wrong place"))
            if match[2] not in ("*", str(self._remote.size)):
                raise _Stale(tr("the server's file has {size} bytes").format(size=match[2]))
            start = have
        if "html" in answer.headers.get("Content-Type", "").lower():
            raise DataError(
                tr(
                    "{host} sends a web page instead of {name}: perhaps your network wants "
                    "you to log in first. Open {url} in a browser to see."
                ).format(host=self._remote.host, name=self._remote.name, url=self._remote.url)
            )
        known = length.isdecimal() and len(length) < 19  # not where a server writes nonsense
        if known and start + int(length) != self._remote.size:
            raise DataError(
                tr(
                    "{host} offers {start:,} bytes as {name}, which has {size:,}. Try again "
                    "later, or fetch it elsewhere and choose that file."
                ).format(
                    host=self._remote.host,
                    start=start + int(length),
                    name=self._remote.name,
                    size=self._remote.size,
                )
            )
        return start

    def _receive(self, answer: http.client.HTTPResponse, start: int) -> None:
        """Write what comes, never more than the file's size."""
        done = start
        with self._part.open("ab" if start else "wb") as file:
            while done <= self._remote.size:
                raise_if_cancelled(self._cancel)
                try:
                    chunk = answer.read1(_CHUNK)  # at least a byte; nothing at the end
                except (OSError, http.client.HTTPException, ValueError) as error:
                    raise _Broken(_reason(error)) from error  # ValueError: lengths not in numbers
                if not chunk:
                    break
                done += len(chunk)
                if done <= self._remote.size:
                    file.write(chunk)
                    self._progress(
                        done,
                        self._remote.size,
                        tr("Fetching {name}").format(name=self._remote.name),
                    )
        if done > self._remote.size:
            raise _Stale(tr("the server sends more than the file has"))
        if done < self._remote.size:
            raise _Broken(tr("the connection ended after {done}").format(done=_mb(done)))

    def _refused(self, error: urllib.error.HTTPError) -> Exception:
        if error.code == 416:
            return _Stale(tr("the server knows no such part of the file"))
        if error.code in _WORTH_ANOTHER_TRY:
            return _Broken(
                tr("the server answers {code} {reason}").format(
                    code=error.code, reason=error.reason
                )
            )
        return DataError(
            tr(
                "{host} does not give {name}: {code} {reason}. Open {url} in a browser; if it "
                "loads there, choose that file here."
            ).format(
                host=self._remote.host,
                name=self._remote.name,
                code=error.code,
                reason=error.reason,
                url=self._remote.url,
            )
        )

    def _size(self) -> int:
        """Bytes that can be kept; a part longer than the file is none."""
        try:
            size = self._part.stat().st_size
        except FileNotFoundError:
            return 0
        if size > self._remote.size or not self._part.is_file():
            self._forget()  # a device or a pipe could never be written to its end
            return 0
        return size

    def _known_tag(self) -> str:
        try:
            tag = self._tag.read_text(encoding="ascii")
        except (OSError, ValueError):
            return ""
        return tag if len(tag) <= _TAG_LIMIT and tag.isprintable() else ""

    def _keep_tag(self, answer: http.client.HTTPResponse) -> None:
        """Only a strong ETag says “the same bytes”; else the date, which If-Range takes as well."""
        tag = answer.headers.get("ETag", "")
        if not tag or tag.startswith("W/"):
            tag = answer.headers.get("Last-Modified", "")
        if tag.isascii() and len(tag) <= _TAG_LIMIT:
            self._tag.write_text(tag, encoding="ascii")

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def _given_up(self, why: str) -> str:
        have = self._size()
        kept = (
            tr(" {have} of {size} are here and stay.").format(
                have=_mb(have), size=_mb(self._remote.size)
            )
            if have
            else ""
        )
        return tr(
            "{name} could not be fetched from {host}: {why}.{kept} Check the connection "
            "and try again, or fetch {url} with a browser and choose that file."
        ).format(
            name=self._remote.name, host=self._remote.host, why=why, kept=kept, url=self._remote.url
        )


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return tr("no more data arrives")
    strerror = getattr(error, "strerror", None)
    return str(strerror or error or type(error).__name__).rstrip(".")


def _mb(size: int) -> str:
    return (
        tr("{size:,.0f} MB").format(size=size / 2**20)
        if size >= 2**20
        else tr("{size:,} bytes").format(size=size)
    )
