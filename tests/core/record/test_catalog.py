"""What is said of runs survives; a damaged or hostile file of it is a sentence and no harm."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import RecordError
from core.record import library as module
from core.record.library import Annotation, Catalog


def test_what_was_said_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    catalog = Catalog(path)
    assert catalog["a"] == Annotation() and not path.exists()
    said = Annotation(("fast", "Ärger"), "the spike\nat 300", 4, shown=False)
    catalog.put("a", said)
    catalog.put_all(
        {"b": Annotation().with_tag(" good  one ").with_tag("good one"), "c": Annotation()}
    )
    again = Catalog(path)
    assert again.problem == "" and again["a"] == said and again["b"].tags == ("good one",)
    assert again.tags == ("fast", "good one", "Ärger")
    assert set(json.loads(path.read_text("utf-8"))["runs"]) == {"a", "b"}
    assert [p.name for p in tmp_path.glob("[!.]*")] == ["runs.json"]


def test_two_windows_do_not_undo_each_other(tmp_path: Path) -> None:
    one, two = Catalog(tmp_path / "runs.json"), Catalog(tmp_path / "runs.json")
    one.put("a", Annotation(note="first"))
    two.put("b", Annotation(note="second"))
    one.refresh()
    assert one["a"].note == "first" and one["b"].note == "second"


def test_two_windows_may_remark_on_the_same_run(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    one, two = Catalog(path), Catalog(path)
    one.put("a", Annotation(("red", "old"), "a note"))
    two.refresh()
    one.put("a", replace(one["a"], tags=("red",), note="a better note"))
    two.put("a", replace(two["a"].with_tag("blue"), colour=3))
    assert Catalog(path)["a"] == Annotation(("red", "blue"), "a better note", 3)


@pytest.mark.parametrize("content", [
    b"", b"\x00\xff\xfe", b"[]", b'{"format": "other"}', b"[" * 100_000, b'{"format": "hellodl ru',
    b'{"format": "hellodl runs", "version": 2, "runs": {}}',
    b'{"format": "hellodl runs", "version": 1, "runs": [1]}',
])  # fmt: skip
def test_a_damaged_file_is_a_sentence_and_kept(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    path.write_bytes(content)
    catalog = Catalog(path)
    assert "runs.json" in catalog.problem and catalog["a"] == Annotation()
    catalog.put("a", Annotation(note="new"))
    assert catalog.problem == "" and Catalog(path)["a"].note == "new"
    assert path.with_suffix(".damaged.json").read_bytes() == content


def test_what_is_wrong_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    wrong: list[object] = [
        None, [], {"tags": "fast"}, {"tags": [1]}, {"note": 3}, {"colour": True}, {"colour": 1.5},
        {"colour": -1}, {"colour": 1e400}, {"shown": "no"},
    ]  # fmt: skip
    runs = {f"wrong {i}": said for i, said in enumerate(wrong)}
    runs |= {"x" * 70: {}, "good": {"note": "kept", "tags": ["  "], "more": 1}}
    content = {"format": "hellodl runs", "version": 1, "runs": runs}
    path.write_text(json.dumps(content))
    catalog = Catalog(path)
    assert (
        catalog["good"] == Annotation(note="kept") and "11 of the tags and notes" in catalog.problem
    )
    assert all(catalog[key] == Annotation() for key in runs if key != "good")


def test_what_is_no_file_is_a_sentence_at_once(tmp_path: Path) -> None:
    folder, pipe = tmp_path / "folder.json", tmp_path / "pipe.json"
    folder.mkdir()
    strange = [folder]
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        strange.append(pipe)
    for path in strange:
        assert "cannot be read" in Catalog(path).problem


def test_what_is_too_much_is_cut_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog(tmp_path / "runs.json")
    catalog.put("a", Annotation(tuple(map(str, range(99))), "x" * 99_999 + "\ud800"))
    assert len(catalog["a"].tags) == 32 and len(catalog["a"].note) == 20_000
    monkeypatch.setattr(module, "_MOST_RUNS", 1)
    with pytest.raises(RecordError, match="more than 1 runs"):
        catalog.put("b", Annotation(note="one too many"))
    assert Catalog(tmp_path / "runs.json")["b"] == Annotation()


def test_a_disk_that_refuses_is_a_sentence_and_what_was_said_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog(tmp_path / "runs.json")
    catalog.put("a", Annotation(note="old"))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_atomic", refuse)
    with pytest.raises(RecordError, match="No space left"):
        catalog.put("a", Annotation(note="new"))
    assert catalog["a"].note == "old"
