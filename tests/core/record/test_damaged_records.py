"""Records from strangers: whatever a column holds, a sentence says so and the list goes on."""

import json
import os
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.cli.tables import as_objects, as_table
from core.errors import LabError, RecordError
from core.record import rows as reading
from core.record.columns import COLUMNS, KEYS, MOST_ROWS
from core.record.lineage import Lineage
from core.record.reader import RunFile, list_runs, summarise_record
from tests.core.record.mutants import columns, mutants, record


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("honest"))


def read_all(path: Path) -> None:
    """Everything that there is to ask of a record."""
    with Lineage(path) as film:
        own, last = film.own, film.last_step
        film.curves(), film.evaluations(), film.events(), film.knob_changes(), own.pages()
        film.seek(last), film.evaluation(last), own.checkpoint(last), film.knobs_at(last)
        own.layers(), own.page_reading("a page", last)
        for slot in own.about.layout.specs:
            own.traces(slot.name)
        for knob in own.about.knobs.values():
            knob.text(knob.default)


def test_every_column_of_every_table_has_its_bounds() -> None:
    assert {(t, c) for t, known in COLUMNS.items() for c in known} == set(columns())
    assert set(KEYS) == set(COLUMNS)


@pytest.mark.slow
def test_odd_values_are_refused_in_a_sentence_and_never_spoil_the_list(
    honest: Path, tmp_path: Path
) -> None:
    read_all(honest)
    refused = 0
    found = list(mutants(honest, tmp_path))
    for path in found:
        try:
            read_all(path)
        except LabError as error:
            refused += 1
            assert path.name in str(error)
    assert refused > len(found) // 2
    (tmp_path / honest.name).write_bytes(honest.read_bytes())
    assert honest.name in as_table(tmp_path)
    listed = as_objects(tmp_path)
    assert len(json.dumps(listed, allow_nan=False)) and len(listed) == len(found) + 1
    (ours,) = [run for run in listed if run["file"].endswith(honest.name)]
    assert ours["problem"] is None and ours["steps"] == 25


def spoil(honest: Path, folder: Path, statement: str, *values: object) -> Path:
    path = folder / "spoilt.sqlite3"
    path.write_bytes(honest.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA ignore_check_constraints = ON")
        file.execute(statement, values)
    return path


@pytest.mark.parametrize("started", [1e300, 1e18, -5.0, 4e10])
def test_a_time_that_no_calendar_has_makes_one_run_damaged(
    honest: Path, tmp_path: Path, started: float
) -> None:
    spoil(honest, tmp_path, "UPDATE run SET started = ?", started)
    (summary,) = list_runs(tmp_path)
    assert "“started”" in summary.problem and "damaged" in summary.problem


@pytest.mark.parametrize("part", ["parent_run", "parent_file", "parent_step"])
def test_a_parent_named_in_part_is_refused(honest: Path, tmp_path: Path, part: str) -> None:
    path = spoil(honest, tmp_path, f"UPDATE run SET {part} = NULL")
    assert "only in part" in summarise_record(path).problem


@pytest.mark.parametrize("file", ["../a", "a/b", "..", "/etc/passwd"])
def test_a_parent_in_another_folder_is_refused(honest: Path, tmp_path: Path, file: str) -> None:
    path = spoil(honest, tmp_path, "UPDATE run SET parent_file = ?", file)
    assert "another folder" in summarise_record(path).problem


def test_a_choice_that_a_setting_has_not_is_refused(honest: Path, tmp_path: Path) -> None:
    change = "UPDATE knobs SET high = 99, value = 98 WHERE choices <> '[]'"
    assert summarise_record(spoil(honest, tmp_path, change)).problem


@pytest.mark.parametrize(("key", "value"), [("optimizer", 98.0), ("nothing", 1.0), ("lr", 1e12)])
def test_a_turn_that_no_knob_allows_is_refused(
    honest: Path, tmp_path: Path, key: str, value: float
) -> None:
    turn = "INSERT INTO knob_changes VALUES (900, 3, ?, ?)"
    with pytest.raises(RecordError):
        RunFile(spoil(honest, tmp_path, turn, key, value))


def test_a_pipe_in_the_folder_does_not_hang_the_list(honest: Path, tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes in folders here")
    (tmp_path / honest.name).write_bytes(honest.read_bytes())
    os.mkfifo(tmp_path / "pipe.sqlite3")
    good, bad = list_runs(tmp_path)
    assert not good.problem and "pipe" in bad.problem


def share_pages(path: Path, table: str) -> None:
    """Let every child of a table's root be its first one, so that rows come again and again."""
    with closing(sqlite3.connect(path)) as file:
        ((root,),) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
        ((size,),) = file.execute("PRAGMA page_size")
    raw = bytearray(path.read_bytes())
    begin = (root - 1) * size
    assert raw[begin] == 5, "an inner page"
    count = int.from_bytes(raw[begin + 3 : begin + 5], "big")
    at = begin + int.from_bytes(raw[begin + 12 : begin + 14], "big")
    child = raw[at : at + 4]
    for number in range(count):
        place = begin + 12 + 2 * number
        cell = begin + int.from_bytes(raw[place : place + 2], "big")
        raw[cell : cell + 4] = child
    raw[begin + 8 : begin + 12] = child
    path.write_bytes(raw)


def test_rows_that_come_twice_are_refused(honest: Path, tmp_path: Path) -> None:
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO {} SELECT {} FROM n"
    )
    for table, values in (
        ("events", "i, i, 'epoch', 'x'"),
        ("steps", "i, 1.0, i, 1.0, 0.1, 1.0, 1.0"),
        ("knob_changes", "i, i, 'lr', 0.1"),
    ):
        path = spoil(honest, tmp_path, many.format(table, values))
        share_pages(path, table)
        with pytest.raises(RecordError, match="same row twice"):
            read_all(path)


def test_more_events_than_a_run_has_are_refused(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunFile(honest) as film:
        count = len(film.events())
    monkeypatch.setitem(MOST_ROWS, "events", count - 1)
    with pytest.raises(RecordError, match="more than"):
        RunFile(honest)


def test_work_is_bounded_by_the_size_of_the_file(
    honest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LEAST_WORK", 0)
    monkeypatch.setattr(reading, "_WORK_A_BYTE", 0)
    monkeypatch.setattr(reading, "_LOOK_EVERY", 10)
    with pytest.raises(RecordError, match="interrupted"):
        RunFile(honest)


def test_weights_that_claim_more_than_they_hold_are_not_unpacked(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = zlib.compress(bytes(2**20), 9)
    with RunFile(honest) as film:
        layout = film.about.layout
    vast = {"slots": [], "size": 2**19, "trained": layout.num_params}
    path = spoil(honest, tmp_path, "UPDATE run SET layout = ?", json.dumps(vast))
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("UPDATE snapshots SET theta = ?", (bomb,))
    with RunFile(path) as film, pytest.raises(RecordError, match="claim more"):
        film.seek(0)


def test_too_little_memory_is_a_sentence(honest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MemoryError

    with RunFile(honest) as film:
        monkeypatch.setattr("core.record.reader.unpack_weights", refuse)
        with pytest.raises(RecordError, match="more memory"):
            film.seek(0)


def test_a_parent_with_another_network_is_no_parent(honest: Path, tmp_path: Path) -> None:
    parent = tmp_path / "gone.sqlite3"
    parent.write_bytes(honest.read_bytes())
    with closing(sqlite3.connect(parent, isolation_level=None)) as file:
        file.execute("UPDATE run SET run_id = 'feed', layout = ?",
                     ('{"slots": [], "size": 64, "trained": 64}',))  # fmt: skip
    child = tmp_path / "child.sqlite3"
    child.write_bytes(honest.read_bytes())
    with Lineage(child) as film:
        assert len(film.parts) == 1 and np.isfinite(film.seek(0).theta).all()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_a_pipe_beside_a_record_does_not_hang_the_list(
    honest: Path, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / "odd.sqlite3"
    path.write_bytes(honest.read_bytes())
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"PRAGMA journal_mode = {'DELETE' if ending == '-journal' else 'WAL'}")
    Path(f"{path}{ending}").unlink(missing_ok=True)
    os.mkfifo(f"{path}{ending}")
    assert "a device or a pipe" in summarise_record(path).problem
