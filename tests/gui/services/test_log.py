"""lab.log is bounded and private, and counts what comes again."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from hellodl_gui.services.log import LabLog


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    handler = LabLog(str(tmp_path / "lab.log"), most=4_000)
    logger = logging.Logger("test")
    logger.addHandler(handler)
    yield logger
    handler.close()


def _fail(logger: logging.Logger, number: int) -> None:
    try:
        raise KeyError(number)
    except KeyError:
        logger.exception("it broke")


def test_a_traceback_that_comes_again_is_counted(tmp_path: Path, log: logging.Logger) -> None:
    for number in range(250):
        _fail(log, number)
        log.warning("something else")
    text = (tmp_path / "lab.log").read_text()
    assert text.count("Traceback") == 1
    assert text.count("something else") == 3
    assert "[100 times by now]" in text


def test_the_log_and_the_one_before_are_bounded(tmp_path: Path, log: logging.Logger) -> None:
    for number in range(1_000):
        log.warning("warning %d", number)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"lab.log", "lab.log.1"}
    assert max(sizes.values()) <= 4_000
    assert "warning 999" in (tmp_path / "lab.log").read_text()


def test_nobody_else_may_read_it(tmp_path: Path, log: logging.Logger) -> None:
    for number in range(1_000):
        log.warning("warning %d", number)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_full_disk_is_no_traceback(
    log: logging.Logger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: str) -> int:
        raise OSError(28, "No space left on device")

    (handler,) = log.handlers
    assert isinstance(handler, LabLog)
    monkeypatch.setattr(handler.stream, "write", full, raising=False)
    _fail(log, 1)
    assert capsys.readouterr().err == ""
