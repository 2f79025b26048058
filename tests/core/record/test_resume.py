"""Training again up to a moment gives the same run, without looking at the test set again."""

from pathlib import Path

import pytest

from core.record import recorder as recording
from core.record.reader import RunFile
from core.record.resume import ReplayTrainer, ResumableRun
from core.training.metrics import Evaluation
from core.training.trainer import Trainer
from tests.core.record.runs import Recorded, chapter_of, digest, knobs_of, small_task, steps_of

CASES = {
    "adam": ({}, 0),
    "plateau": ({"schedule": "plateau", "lr": 0.02}, 0),
    "early stop": ({}, 8),
    "averages": ({}, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_relived_is_the_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_ADVANCE", -1.0)  # nothing but the beginning is affordable
    monkeypatch.setattr(recording, "_MIN_REPLAY", 10**9)
    values, least_looks = CASES[name]
    case = name if name != "plateau" else "adam"
    chapter = chapter_of(case)
    turned = {key: chapter.parsed({key: str(value)})[key] for key, value in values.items()}
    film = Recorded(tmp_path, case, knobs_of(case).with_values(**turned))
    film.train(70)
    film.recorder.close()
    looks = _count_looks(monkeypatch)
    with RunFile(film.path) as read:
        assert read.checkpoints.tolist() == [0]
        run = ResumableRun(read, chapter.defaults()).relive(
            small_task(case), steps_of(case), 70,
            lambda engine, threads: None, lambda: None, lambda step, until: None,
        )  # fmt: skip
    assert digest(run) == digest(film.run) and run.test_losses == film.run.test_losses
    assert len(looks) >= least_looks if least_looks else not looks
    assert isinstance(run, ReplayTrainer) and not run.looks
    run.evaluate(film.knobs)
    assert looks, "from then on it looks for itself"


def _count_looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    looks: list[int] = []
    look = Trainer._evaluate

    def counted(run: Trainer, *given: object) -> Evaluation:
        looks.append(run.step)
        return look(run, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Trainer, "_evaluate", counted)
    return looks
