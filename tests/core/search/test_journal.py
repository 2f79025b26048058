"""The journal of a study: claims of live and gone processes, torn lines, files that are none."""

import json
from pathlib import Path

import pytest

from core.search.journal import Journal, StudyError, TrialTakenOver
from core.search.plan import StudyPlan
from core.search.search_space import parse_dimension
from tests.core.search.studies import KNOBS, small_study


def test_what_was_begun_by_a_process_that_is_gone_is_begun_again_but_not_for_ever(
    tmp_path: Path,
) -> None:
    plan = small_study(tmp_path, trials=1).plan
    for _ in range(3):
        gone = Journal(plan)
        claim = gone.claim()
        assert claim is not None and claim.number == 0
        assert Journal(plan).claim() is None, "it is alive"
        assert gone._presence is not None
        gone._presence._lock.release()  # as the system does when a process ends
    journal = Journal(plan)
    assert journal.claim() is None
    assert [trial.state for trial in journal.survey()] == ["failed"]
    with pytest.raises(TrialTakenOver):
        claim.report(1, 0.5)


class _Clock:
    """A monotonic clock, and one on the wall that is set as somebody likes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.ahead = 0.0
        monkeypatch.setattr("core.search.liveness.time.monotonic", lambda: self.now)
        monkeypatch.setattr("core.search.liveness.time.time", lambda: 1.7e9 + self.now + self.ahead)
        monkeypatch.setattr("core.search.liveness.platform.node", lambda: "here")


def test_a_clock_that_is_wrong_by_minutes_takes_no_live_run_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock(monkeypatch)
    plan = small_study(tmp_path, trials=1).plan
    claim = Journal(plan).claim()
    assert claim is not None
    monkeypatch.setattr("core.search.liveness.platform.node", lambda: "elsewhere")
    other = Journal(plan)
    for clock.ahead in (600.0, -600.0, 1e6):
        assert other.claim() is None
    for _ in range(5):  # it gives signs of life, and hours go by
        clock.now += 50.0
        claim.live()
        assert other.claim() is None
    clock.now += 50.0
    assert other.claim() is None, "not yet"
    clock.now += 20.0
    again = other.claim()
    assert again is not None and again.values == claim.values


def _torn(plan: StudyPlan, cut: int) -> None:
    Journal(plan).claim()
    raw = plan.path.read_bytes()
    plan.path.write_bytes(raw[: len(raw) - cut])


@pytest.mark.parametrize("cut", [2, 9, 30])
def test_a_last_line_that_was_cut_off_is_named_and_dropped_before_more_is_written(
    tmp_path: Path, cut: int
) -> None:
    plan = small_study(tmp_path, trials=2).plan
    _torn(plan, cut)
    journal = Journal(plan)
    (told,) = journal.dropped
    assert "was cut off" in told and "op_code" in told and "first.study" in told
    assert journal.claim() is not None
    for line in plan.path.read_text().splitlines():
        assert isinstance(json.loads(line), dict)
    assert Journal(plan).dropped == []


def test_a_last_line_that_lacks_only_its_end_is_kept(tmp_path: Path) -> None:
    plan = small_study(tmp_path, trials=2).plan
    _torn(plan, 1)
    before = plan.path.read_bytes()
    journal = Journal(plan)
    assert journal.dropped == [] and plan.path.read_bytes().startswith(before + b"\n")


def test_a_line_cut_off_while_others_take_part_is_dropped_too(tmp_path: Path) -> None:
    plan = small_study(tmp_path, trials=3).plan
    journal = Journal(plan)
    with plan.path.open("ab") as file:
        file.write(b'{"op_code":6,"worker')
    assert journal.claim() is not None
    assert len(journal.dropped) == 1 and len(Journal(plan).survey()) == 3


def test_slots_added_twice_at_once_are_trained_once(tmp_path: Path) -> None:
    plan = small_study(tmp_path, trials=5).plan
    one = Journal(plan)
    for number in range(5):
        one._enqueue(number, 1, {})
    other = Journal(plan)
    claims = [claim for _ in range(5) for journal in (one, other) if (claim := journal.claim())]
    assert [claim.number for claim in claims] == list(range(5))
    assert len(one.survey()) == 5


def _damage(path: Path) -> str:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:10], *lines[2:]]) + "\n")
    return "is damaged, or no study"


def _foreign(path: Path) -> str:
    path.write_text(json.dumps({"a": 1}) + "\n")
    return "is damaged, or no study"


def _folder(path: Path) -> str:
    path.unlink()
    path.mkdir()
    return "it is a folder"


@pytest.mark.parametrize("spoil", [_damage, _foreign, _folder])
def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    plan = small_study(tmp_path, trials=2).plan
    Journal(plan)
    told = spoil(plan.path)
    with pytest.raises(StudyError, match=told):
        Journal(plan)


def test_another_search_of_the_same_name_is_refused(tmp_path: Path) -> None:
    Journal(small_study(tmp_path).plan)
    other = small_study(tmp_path, parse_dimension(KNOBS, "lr=0.01..1"), steps=70).plan
    with pytest.raises(StudyError, match="its varied, steps differ"):
        Journal(other)
