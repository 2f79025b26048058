"""Downloads from a server that breaks off, lies, stalls and sends garbage."""

import hashlib
import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import NamedTuple

import numpy as np
import pytest

from core.errors import DataError
from core.io import download as download_module
from core.io.download import RetryPolicy, download
from core.io.progress import Cancelled, no_progress
from core.io.remote_file import RemoteFile
from tests.core.data.server import (
    Behaviour,
    Script,
    breaks_off,
    fixed,
    ignores_range,
    served,
    stalls,
    whole,
)

_CONTENT = np.random.default_rng(0).bytes(700_000)
_HURRY = RetryPolicy(timeout=0.3, tries=3, pause=0)


class Fetched(NamedTuple):
    path: Path | None
    error: str
    script: Script


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def _remote(url: str = "http://127.0.0.1:9/file.bin", content: bytes = _CONTENT) -> RemoteFile:
    return RemoteFile(url, "file.bin", len(content), hashlib.sha256(content).hexdigest())


def _fetch(folder: Path, *behaviours: Behaviour, content: bytes = _CONTENT) -> Fetched:
    script = Script(content, *behaviours)
    with served(script) as url:
        try:
            return Fetched(download(_remote(url), folder, patience=_HURRY), "", script)
        except DataError as error:
            return Fetched(None, str(error), script)


def _is_whole(fetched: Fetched) -> bool:
    assert fetched.path is not None, fetched.error
    beside = [path.name for path in fetched.path.parent.iterdir()]
    return beside == ["file.bin"] and fetched.path.read_bytes() == _CONTENT


def test_a_file_arrives_and_is_not_fetched_twice(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    folder = tmp_path / "new" / "folder"
    script = Script(_CONTENT)
    with served(script) as url:
        remote = _remote(url)
        path = download(remote, folder, lambda done, total, _: told.append((done, total)))
        assert path.read_bytes() == _CONTENT
        assert download(remote, folder) == path
    assert script.ranges == [None]
    assert told[-1] == (len(_CONTENT), len(_CONTENT))
    assert all(0 < done <= total == len(_CONTENT) for done, total in told)


def test_a_kept_file_that_was_damaged_is_fetched_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = bytearray(_CONTENT)
    content[len(content) // 2] ^= 1
    (tmp_path / "file.bin").write_bytes(content)
    assert _is_whole(_fetch(tmp_path))
    assert ["file.bin" in record.message for record in caplog.records] == [True]


def test_after_a_break_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    fetched = _fetch(tmp_path, breaks_off(300_000), breaks_off(200_000), whole)
    assert _is_whole(fetched)
    assert fetched.script.ranges == [None, "bytes=300000-", "bytes=500000-"]
    assert fetched.script.if_ranges == [None, '"one"', '"one"']


def test_another_day_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first = _fetch(tmp_path, breaks_off(300_000), breaks_off(0))
    assert "300,000 bytes of 700,000 bytes are here and stay" in first.error
    assert _remote().started(tmp_path) == 300_000
    again = _fetch(tmp_path, whole)
    assert _is_whole(again)
    assert again.script.ranges == ["bytes=300000-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(tmp_path: Path) -> None:
    _fetch(tmp_path, breaks_off(300_000), breaks_off(0))
    (tmp_path / "file.bin.part.tag").write_text('"two"')
    fetched = _fetch(tmp_path, whole)
    assert _is_whole(fetched)
    assert fetched.script.if_ranges == ['"two"']


@pytest.mark.parametrize("tag", [b"", b"\xff\xfe", b"a\nb", b"x" * 5000])
def test_a_damaged_tag_is_not_sent(tmp_path: Path, tag: bytes) -> None:
    (tmp_path / "file.bin.part").write_bytes(_CONTENT[:1000])
    (tmp_path / "file.bin.part.tag").write_bytes(tag)
    fetched = _fetch(tmp_path, whole)
    assert _is_whole(fetched)
    assert fetched.script.if_ranges == [None]


def test_a_server_without_ranges_sends_all_again(tmp_path: Path) -> None:
    assert _is_whole(_fetch(tmp_path, breaks_off(300_000), ignores_range))


def test_a_weak_mark_of_the_version_is_not_relied_on(tmp_path: Path) -> None:
    weak = fixed(200, _CONTENT[:5], ETag='W/"x"', Content_Length=len(_CONTENT))
    fetched = _fetch(tmp_path, weak, whole)
    assert _is_whole(fetched)
    assert fetched.script.if_ranges == [None, None]


def test_a_part_of_another_place_is_not_glued_on(tmp_path: Path) -> None:
    size = len(_CONTENT)
    elsewhere = fixed(206, _CONTENT[9:], Content_Range=f"bytes 9-{size - 1}/{size}")
    nonsense = fixed(206, _CONTENT[9:], Content_Range="bytes 9")
    for wrong in (elsewhere, nonsense):
        assert _is_whole(_fetch(tmp_path, breaks_off(300_000), wrong, whole))
        (tmp_path / "file.bin").unlink()


def test_a_refused_part_begins_again(tmp_path: Path) -> None:
    assert _is_whole(_fetch(tmp_path, breaks_off(300_000), fixed(416), whole))


def test_a_damaged_part_begins_again(tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(b"x" * 1000)
    fetched = _fetch(tmp_path, whole)
    assert _is_whole(fetched)
    assert fetched.script.ranges == ["bytes=1000-", None]


def test_a_part_longer_than_the_file_begins_again(tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(bytes(len(_CONTENT) + 1))
    assert _is_whole(_fetch(tmp_path, whole))


def test_a_complete_part_is_only_checked(tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(_CONTENT)
    fetched = _fetch(tmp_path, fixed(500))
    assert _is_whole(fetched)
    assert fetched.script.ranges == []


def test_a_stalled_connection_is_given_up_and_resumed(tmp_path: Path) -> None:
    fetched = _fetch(tmp_path, stalls(300_000), whole)
    assert _is_whole(fetched)
    assert fetched.script.ranges == [None, "bytes=300000-"]


def test_a_server_that_always_stalls_is_named(tmp_path: Path) -> None:
    fetched = _fetch(tmp_path, stalls(0))
    assert "no more data arrives" in fetched.error
    assert len(fetched.script.ranges) == 3


def test_a_tired_server_is_asked_again(tmp_path: Path) -> None:
    assert _is_whole(_fetch(tmp_path, fixed(503), fixed(429), whole))


def test_redirects_are_followed_with_the_part_asked_for(tmp_path: Path) -> None:
    fetched = _fetch(tmp_path, breaks_off(300_000), fixed(302, Location="/there"), whole)
    assert _is_whole(fetched)
    assert fetched.script.paths[-1] == "/there"
    assert fetched.script.ranges[-1] == "bytes=300000-"


_REFUSALS: dict[str, tuple[Behaviour, str]] = {
    "not found": (fixed(404), "404 Not Found"),
    "forbidden": (fixed(403), "403 Forbidden"),
    "web page": (fixed(200, b"<html>log in</html>", Content_Type="text/html"), "log in first"),
    "web page of the right size": (
        fixed(200, _CONTENT, Content_Type="Text/HTML; charset=utf-8"), "web page",
    ),
    "too short by its own account": (fixed(200, b"x" * 10), "offers 10 bytes"),
    "too long by its own account": (fixed(200, _CONTENT + b"x"), "offers 700,001 bytes"),
    "promises more than it sends": (
        fixed(200, b"x" * 10, Content_Length=len(_CONTENT)), "the connection ended",
    ),
    "endless": (fixed(200, _CONTENT * 3, Content_Length=None), "more than the file has"),
    "garbage of the right size": (fixed(200, bytes(len(_CONTENT))), "checksum"),
    "nothing": (fixed(200, b"", Content_Length=None), "the connection ended"),
    "length that is none": (fixed(200, b"x", Content_Length="many"), "the connection ended"),
    "redirects in a circle": (fixed(302, Location="/file.bin"), "infinite loop"),
    "redirects to a file": (fixed(302, Location="file:///etc/passwd"), "302"),
    "redirects to nonsense": (fixed(302, Location="http://[::1"), "could not be fetched"),
    "always tired": (fixed(503), "503 Service Unavailable"),
    "other file": (
        fixed(206, b"x", Content_Range=f"bytes 0-0/{10**17}"), "could not be fetched",
    ),
    "no status": (lambda request, _: request.wfile.write(b"\0" * 99), "could not be fetched"),
    "nothing at all": (lambda request, _: None, "could not be fetched"),
    "broken chunks": (
        lambda request, _: request.wfile.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxx"
        ) and None,
        "could not be fetched",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", _REFUSALS)
def test_each_refusal_is_a_sentence(tmp_path: Path, fault: str) -> None:
    behaviour, words = _REFUSALS[fault]
    tracemalloc.start()
    fetched = _fetch(tmp_path, behaviour)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fetched.path is None
    assert words in fetched.error
    assert "file.bin" in fetched.error
    assert any(verb in fetched.error for verb in ("Open", "Try again", "try again", "try another"))
    assert not (tmp_path / "file.bin").exists()
    assert peak < 20 * 2**20


def test_garbage_does_not_stay(tmp_path: Path) -> None:
    _fetch(tmp_path, fixed(200, bytes(len(_CONTENT))))
    assert not list(tmp_path.iterdir())


def test_nobody_there_is_a_sentence(tmp_path: Path) -> None:
    with served(Script(b"")) as url:
        pass
    with pytest.raises(DataError, match="refused"):
        download(_remote(url), tmp_path, patience=_HURRY)


def test_cancelling_keeps_what_has_come(tmp_path: Path) -> None:
    cancel = Event()

    def enough(done: int, total: int, what: str) -> None:
        if done > 200_000:
            cancel.set()

    with served(Script(_CONTENT)) as url, pytest.raises(Cancelled):
        download(_remote(url), tmp_path, enough, cancel)
    assert not (tmp_path / "file.bin").exists()
    assert 200_000 < _remote().started(tmp_path) < len(_CONTENT)
    assert _is_whole(_fetch(tmp_path, whole))


def test_cancelling_ends_the_wait_between_attempts(tmp_path: Path) -> None:
    cancel = Event()

    def tired(request: object, script: Script) -> None:
        cancel.set()

    with served(Script(_CONTENT, tired)) as url, pytest.raises(Cancelled):
        download(_remote(url), tmp_path, no_progress, cancel, RetryPolicy(pause=3600))


def test_a_full_disk_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10 * 2**20)
    monkeypatch.setattr(download_module.shutil, "disk_usage", lambda _: usage)
    fetched = _fetch(tmp_path, whole)
    assert "has 10 MB free; file.bin needs 65 MB. Make room" in fetched.error
    assert fetched.script.ranges == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be written .*Make room or allow writing"):
        download(_remote(), tmp_path / "file" / "folder", patience=_HURRY)


def test_a_part_that_is_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").mkdir()
    fetched = _fetch(tmp_path, whole)
    assert "cannot be written" in fetched.error


def test_it_goes_through_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(_CONTENT)
    with served(script) as url:
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("http_proxy", url.removesuffix("/file.bin"))
        remote = replace(_remote(), url="http://nowhere.invalid/file.bin")
        assert download(remote, tmp_path, patience=_HURRY).read_bytes() == _CONTENT
    assert script.paths == ["http://nowhere.invalid/file.bin"]


def test_a_remote_knows_what_is_here(tmp_path: Path) -> None:
    remote = _remote()
    path = tmp_path / "file.bin"
    assert remote.here(tmp_path) is None
    path.write_bytes(bytes(3))
    assert remote.here(tmp_path) is None
    path.write_bytes(_CONTENT)
    assert remote.here(tmp_path) == path
    assert remote.host == "127.0.0.1"
