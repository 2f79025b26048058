"""Broken runs are named rightly, by numbers that can be looked up, with knobs that there are."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from core import diagnosis
from core.chapters.registry import chapter
from core.diagnosis.diagnose import diagnose
from core.diagnosis.evidence import lost_numbers
from core.diagnosis.typical_values import higher_rate, lower_rate, typical_rate
from core.kernels.engine import use_engine
from core.record.models import RunEvent
from tests.benchmarks.hints import CASES, KEYS, broken, examine
from tests.benchmarks.hints_causes import CAUSES

PANELS = {"curves", "health", "histograms", "data", "confusion", "augmentation"}
KNOWN = CASES + CAUSES
QUICK = ("sgd, rate 2", "sgd, rate 0.0001", "one neuron, rate 0.00001", "begun with equal weights",
         "a hundred digits, 12 times", "sorted by class", "begun at zero",
         "stopped at 50 %")  # fmt: skip


@pytest.mark.parametrize("name", QUICK)
def test_what_is_broken_is_named(tmp_path: Path, name: str) -> None:
    case = next(case for case in KNOWN if case.name == name)
    with use_engine("fast"):
        evidence, _ = broken(case, tmp_path)
    hints = diagnose(evidence)
    assert hints[0].key in case.right
    knobs = chapter(case.chapter).defaults()
    for hint in hints:
        assert 0 < hint.confidence <= 1 and hint.sentence.endswith((".", "?"))
        assert hint.facts and {fact.panel for fact in hint.facts} <= PANELS
        if hint.fix is not None:
            knobs.with_values(**hint.fix.values)  # raises for a knob or value there is not
            live = all(knobs.knobs[key].live for key in hint.fix.values)
            assert live or hint.fix.restart


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "momentum, rate 0.2",
        "sigmoids, rate 10",
        "begun 30 × too wide",
        "one digit at a time",
        "sigmoids, rate 2",
        "half of the labels wrong",
        "three rare digits",
        "decayed in an epoch",
    ],
)
def test_the_cure_lowers_the_test_loss(tmp_path: Path, name: str) -> None:
    with use_engine("fast"):
        result = examine(next(case for case in KNOWN if case.name == name), tmp_path)
    assert result.named and result.helped


def test_a_run_that_broke_names_the_place(tmp_path: Path) -> None:
    with use_engine("fast"):
        evidence, _ = broken(CASES[0], tmp_path)
    place = {"what": "linear in 3", "made": "5 × NaN among 640 numbers", "step": 1234}
    hints = diagnose(replace(evidence, failure="It broke.", anomaly=place))
    assert [hint.key for hint in hints] == ["lost-numbers"]
    assert "in 3" in hints[0].sentence and hints[0].fix is not None and hints[0].fix.restart
    assert "1,234" in hints[0].facts[0].text


def test_a_record_of_former_days_says_in_words_where_it_broke() -> None:
    sentence = (
        "Training ran away: linear in 3 at mini-batch 1234 made 5 × NaN among 640 numbers. It was "
        "given (64, 128) from 0 to 1e+38, mean 3."
    )
    place = {"what": "linear in 3", "made": "5 × NaN among 640 numbers", "step": 1234}
    assert lost_numbers([], sentence) == place
    assert lost_numbers([], "Training ran away.") == {} and lost_numbers([], "Broken.") is None
    event = RunEvent(9, "anomaly", json.dumps({**place, "step": 9}))
    assert lost_numbers([event], "Broken.") == {**place, "step": 9}
    assert lost_numbers([RunEvent(9, "anomaly", "[")], "Broken.") == {}


def test_nothing_is_said_before_there_is_enough_to_judge_by(tmp_path: Path) -> None:
    """Also after a knob was turned: what came before was another run's fault."""
    with use_engine("fast"):
        evidence, _ = broken(CASES[0], tmp_path)
    turned = replace(evidence, since=evidence.step - 20, dead_units=())
    assert diagnose(turned) == ()


def test_rates_to_try_follow_the_optimiser() -> None:
    knobs = chapter("digits").defaults()
    assert typical_rate(knobs) == 0.05
    adam = knobs.with_values(optimizer=knobs.knobs["optimizer"].parse("adam"))
    assert (adam["lr"], typical_rate(adam), lower_rate(adam)) == (0.05, 0.001, 0.001)
    assert lower_rate(knobs) == pytest.approx(0.005)
    assert higher_rate(knobs.with_values(lr=1e-5)) == 0.05


def test_every_hint_and_every_cause_is_listed_for_whoever_writes_cases() -> None:
    rules = Path(diagnosis.__file__).parent
    named = {key for file in rules.rglob("*.py") for key in re.findall(
        r'hint\((?:\s*draft,)?\s*"([a-z-]+)"', file.read_text(encoding="utf-8"))}  # fmt: skip
    assert named | {"rate-high"} == set(KEYS)
    assert {key for case in KNOWN for key in case.right} <= set(KEYS)
