"""A server on this machine that behaves as badly as it is told to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[[BaseHTTPRequestHandler, "Script"], None]


class Script:
    """What the server does, request by request; the last behaviour is repeated.

    Attributes: `content`, `etag`; `ranges`, the Range headers of all requests so far; `over`, set
    when the test ends.
    """

    def __init__(self, content: bytes, *behaviours: Behaviour, etag: str = '"one"') -> None:
        self.content = content
        self.etag = etag
        self.paths: list[str] = []
        self.ranges: list[str | None] = []
        self.if_ranges: list[str | None] = []
        self.over = threading.Event()
        self._behaviours = list(behaviours) or [whole]

    def next(self, request: BaseHTTPRequestHandler) -> Behaviour:
        self.paths.append(request.path)
        self.ranges.append(request.headers["Range"])
        self.if_ranges.append(request.headers["If-Range"])
        return self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]


@contextmanager
def served(script: Script) -> Iterator[str]:
    """The address of a server that follows the script."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.close_connection = True
            with suppress(OSError):  # the client went away
                script.next(self)(self, script)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/file.bin"
    finally:
        script.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer(
    request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str | int | None
) -> None:
    """Send all of this; a header of None is left out."""
    request.send_response(status)
    defaults: dict[str, str | int | None] = {
        "Content_Length": len(body), "Content_Type": "application/zip",
    }  # fmt: skip
    for name, value in (defaults | headers).items():
        if value is not None:
            request.send_header(name.replace("_", "-"), str(value))
    request.end_headers()
    request.wfile.write(body)


def whole(request: BaseHTTPRequestHandler, script: Script) -> None:
    """As a good server: parts where asked for, if it is still the same file."""
    start = _start(request, script)
    size = len(script.content)
    if start:
        span = f"bytes {start}-{size - 1}/{size}"
        answer(request, 206, script.content[start:], ETag=script.etag, Content_Range=span)
    else:
        answer(request, 200, script.content, ETag=script.etag)


def breaks_off(after: int) -> Behaviour:
    """Promises everything and hangs up after so many bytes."""

    def behave(request: BaseHTTPRequestHandler, script: Script) -> None:
        start, size = _start(request, script), len(script.content)
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(size - start))
        request.send_header("ETag", script.etag)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        request.end_headers()
        request.wfile.write(script.content[start : start + after])

    return behave


def stalls(after: int) -> Behaviour:
    """Sends some bytes and then nothing, until the test is over."""

    def behave(request: BaseHTTPRequestHandler, script: Script) -> None:
        breaks_off(after)(request, script)
        request.wfile.flush()
        script.over.wait(10)

    return behave


def ignores_range(request: BaseHTTPRequestHandler, script: Script) -> None:
    """The whole file whatever is asked."""
    answer(request, 200, script.content, ETag=script.etag)


def fixed(status: int, body: bytes = b"", **headers: str | int | None) -> Behaviour:
    """Always the same answer."""
    return lambda request, script: answer(request, status, body, **headers)


def _start(request: BaseHTTPRequestHandler, script: Script) -> int:
    wanted, tag = request.headers["Range"], request.headers["If-Range"]
    if wanted is None or (tag is not None and tag != script.etag):
        return 0
    return int(wanted.removeprefix("bytes=").removesuffix("-"))
