"""The board: what one process shows, another reads whole."""

import errno
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from core.errors import ResourceError
from core.runtime import board as board_module
from core.runtime.board import _SHM_FOLDER, RING_ROWS, SharedBoard, remove_abandoned_boards
from core.training.metrics import StepMetrics, step_columns

PARAMETERS = 50_000


@pytest.fixture
def board() -> Iterator[SharedBoard]:
    board = SharedBoard.create(PARAMETERS, np.array([0.1, 3.0]), ("accuracy",))
    yield board
    board.close()


def step(number: int) -> StepMetrics:
    return StepMetrics(number, number / 10, number * 64, 1 / number, {"accuracy": 0.5}, 0.1, 2.0)


def write_equal_knobs(name: str, count: int) -> None:
    """Both knobs the same number, again and again."""
    board = SharedBoard.attach(name)
    for number in range(1, count + 1):
        board.set_knobs(np.full(2, number, np.float64))
    board.close()


def publish_patterns(name: str, count: int) -> None:
    """Weights that are all the same number, gradients that are its negative."""
    board = SharedBoard.attach(name)
    for number in range(1, count + 1):
        theta = np.full(PARAMETERS, number, np.float32)
        board.publish(number, theta, -theta)
    board.close()


def test_a_snapshot_is_of_one_moment_while_another_process_writes(board: SharedBoard) -> None:
    writer = multiprocessing.get_context("spawn").Process(
        target=publish_patterns, args=(board.name, 3000)
    )
    writer.start()
    seen = set()
    while writer.is_alive() or not seen:
        snapshot = board.snapshot()
        if snapshot is not None:
            number, theta, grad = snapshot
            assert (theta == number).all() and (grad == -number).all()
            seen.add(number)
    writer.join()
    assert len(seen) > 2
    last = board.snapshot()
    assert last is not None and last[0] == 3000


def test_version_grows_with_every_publication(board: SharedBoard) -> None:
    zeros = np.zeros(PARAMETERS, np.float32)
    versions = []
    for number in range(3):
        board.publish(number, zeros, zeros)
        versions.append(board.version())
    assert versions == sorted(set(versions))


def test_knobs_are_read_as_they_are_turned(board: SharedBoard) -> None:
    reader = SharedBoard.attach(board.name)
    assert reader.read_knobs().tolist() == [0.1, 3.0]
    board.set_knob(1, 7.5)
    assert reader.read_knobs().tolist() == [0.1, 7.5]
    reader.close()


def test_knobs_that_are_set_together_are_read_together(board: SharedBoard) -> None:
    board.set_knobs(np.zeros(2))
    last, seen = 20_000, set()
    writer = multiprocessing.get_context("spawn").Process(
        target=write_equal_knobs, args=(board.name, last)
    )
    writer.start()
    while writer.is_alive() or last not in seen:
        one, two = board.read_knobs()
        assert one == two
        seen.add(int(one))
    writer.join()
    assert len(seen) > 2


def test_knobs_of_a_window_that_died_amid_setting_them_stay_as_they_were(
    board: SharedBoard,
) -> None:
    reader = SharedBoard.attach(board.name)
    board._header[board_module._HEADER.index("turned")] += 1
    board._knobs[0] = 9.0
    assert reader.read_knobs().tolist() == [0.1, 3.0]
    reader.close()


@pytest.mark.parametrize("metrics", [(), ("mae",), ("bits", "r²", "accuracy")])
def test_creator_and_attacher_agree_on_the_columns_of_any_task(metrics: tuple[str, ...]) -> None:
    board = SharedBoard.create(10, np.array([1.0]), metrics)
    writer = SharedBoard.attach(board.name)
    assert writer.columns == board.columns == step_columns(metrics)
    measured = {"mae": 0.25, "bits": 1.5}
    writer.record(StepMetrics(7, 0.5, 64, 2.0, measured, 0.1, 3.0), 4.0)
    row = dict(zip(board.columns, board.new_rows()[0], strict=True))
    for key in metrics:
        np.testing.assert_equal(row.pop(key), measured.get(key, np.nan))
    assert row == {
        "step": 7, "epoch": 0.5, "samples": 64, "loss": 2.0, "lr": 0.1, "gradient": 3.0,
        "seconds": 4.0,
    }  # fmt: skip
    writer.close()
    board.close()


def test_every_step_arrives_once_and_in_order(board: SharedBoard) -> None:
    for number in (1, 2, 3):
        board.record(step(number), 0.1 * number)
    assert board.new_rows()[:, 0].tolist() == [1, 2, 3]
    board.record(step(4), 0.4)
    rows = board.new_rows()
    assert rows[:, 0].tolist() == [4] and rows[0, 2] == 256
    assert not len(board.new_rows())


def test_a_reader_that_was_away_too_long_gets_the_newest(board: SharedBoard) -> None:
    for number in range(1, RING_ROWS + 100):
        board.record(step(number), 0.0)
    numbers = board.new_rows()[:, 0]
    assert numbers[-1] == RING_ROWS + 99
    assert np.array_equal(np.diff(numbers), np.ones(len(numbers) - 1))


def test_closing_twice_is_safe_and_leaves_nothing(board: SharedBoard) -> None:
    name = board.name
    board.close()
    board.close()
    with pytest.raises(FileNotFoundError):
        SharedBoard.attach(name)


def test_before_anything_was_shown_there_is_nothing_to_see(board: SharedBoard) -> None:
    assert board.snapshot() is None
    ones = np.ones(PARAMETERS, np.float32)
    board.publish(1, ones, ones)
    shown = board.snapshot()
    assert shown is not None and shown[1][0] == 1


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="memory cannot be reserved here")
def test_too_little_shared_memory_is_a_sentence_with_the_size_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = set(_SHM_FOLDER.glob("*"))
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(ResourceError, match=r"needs [0-9]+ MB of shared memory.*No space left"):
        SharedBoard.create(1_000_000, np.zeros(2))
    assert set(_SHM_FOLDER.glob("*")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /dev/shm")
def test_all_of_a_board_is_there_before_it_is_used(board: SharedBoard) -> None:
    info = (_SHM_FOLDER / board.name).stat()
    assert info.st_blocks * 512 >= info.st_size


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /dev/shm")
def test_the_board_of_a_killed_lab_is_removed_and_that_of_a_living_one_stays(
    board: SharedBoard,
) -> None:
    code = (
        "import os, signal, numpy as np; from core.runtime.board import SharedBoard;"
        "print(SharedBoard.create(100, np.zeros(2)).name, flush=True);"
        "os.killpg(0, signal.SIGKILL)"  # and with it whoever would have cleaned up
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        start_new_session=True,
    )
    left = _SHM_FOLDER / done.stdout.strip()
    assert left.is_file()
    remove_abandoned_boards()
    assert not left.exists()
    assert (_SHM_FOLDER / board.name).is_file()
