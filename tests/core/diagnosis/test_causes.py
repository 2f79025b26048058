"""Every cause is named by what shows it, and not where something like it is harmless."""

from dataclasses import replace

import numpy as np
import pytest

from core.diagnosis.diagnose import diagnose
from tests.core.diagnosis.evidence import GUESS, named, run, units

STUCK = {"losses": (GUESS, 2.3), "accuracy": 0.11}
DEAD = units(dead=(0.97, 1.0))


def test_a_run_that_fares_well_gets_no_hint() -> None:
    assert named(run()) == []


# -- dead units: what killed them -----------------------------------------------------------------


def dead_now(**more: object) -> dict[str, object]:
    return {**STUCK, "dead_units": DEAD, "gradients": (1.0, 1e-7), "ratio": 1e-8, **more}


def test_dead_units_are_never_taken_for_a_rate_too_low() -> None:
    found = named(run(**dead_now(lr=0.048)))
    assert found[0] == "dead-units" and "rate-low" not in found


def test_a_rate_from_before_is_named_as_what_killed_units() -> None:
    evidence = run(**dead_now(lr=0.048))
    evidence.curves["lr"][100:200] = 0.4
    hint = diagnose(replace(evidence, since=200))[0]
    assert hint.key == "dead-units" and "0.4" in hint.sentence
    assert hint.fix is not None and hint.fix.restart and "lr" not in hint.fix.values


def test_units_killed_by_the_rate_as_it_is_are_its_fault() -> None:
    hint = diagnose(run(**dead_now(lr=0.5)))[0]
    assert hint.key == "rate-high" and any("output 0" in fact.text for fact in hint.facts)


def test_units_killed_by_decay_are_its_fault() -> None:
    evidence = run(**dead_now(weight_decay=0.2, weights=(1.0, 0.01)))
    assert named(evidence) == ["decay-strong"]


def test_units_dead_before_the_first_mini_batch_are_the_fault_of_the_start() -> None:
    evidence = run(**dead_now(dead_units_at_start=units(dead=(1.0, 0.0))))
    assert evidence.start is not None
    evidence.layout.views(evidence.start)["1.bias"][...] = -3
    hint = diagnose(evidence)[0]
    assert hint.key == "start-biased" and hint.fix is not None and hint.fix.redraw


def test_dead_units_of_unknown_cause_are_named_last() -> None:
    hint = diagnose(run(dead_units=units(dead=(0.6, 0.1)), losses=(GUESS, 0.9), accuracy=0.7))[0]
    assert hint.key == "dead-units" and hint.confidence < 0.7


# -- the start ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "key"), [(0.01, "start-narrow"), (0.0, "start-equal"), (30.0, "start-wide")]
)
def test_weights_out_of_proportion_at_the_start_come_first(factor: float, key: str) -> None:
    evidence = run(**STUCK)
    assert evidence.start is not None
    hint = diagnose(replace(evidence, start=evidence.start * np.float32(factor)))[0]
    assert hint.key == key and hint.fix is not None and hint.fix.redraw


def test_weights_a_little_wider_than_usual_are_not_blamed() -> None:
    evidence = run(**STUCK)
    assert evidence.start is not None
    assert "start-wide" not in named(replace(evidence, start=evidence.start * np.float32(2.5)))


def test_a_last_layer_of_zeros_is_harmless() -> None:
    evidence = run()
    assert evidence.start is not None
    evidence.layout.views(evidence.start)["5.weight"][...] = 0
    assert named(evidence) == []


# -- data -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", [
    {"mean": 33.0, "std": 78.0, "rms": 85.0}, {"mean": 0.0005, "std": 0.001, "rms": 0.001},
    {"mean": 20.0, "std": 0.3, "rms": 20.0},
])  # fmt: skip
def test_inputs_out_of_scale_are_named_and_normalised(facts: dict[str, float]) -> None:
    hint = diagnose(run(**STUCK, data=facts))[0]
    assert hint.key == "inputs-scale"
    assert hint.fix is not None and hint.fix.normalise and hint.fix.by_hand


def test_large_inputs_that_are_learnt_from_are_not_blamed() -> None:
    assert named(run(accuracy=0.98, data={"mean": 33.0, "std": 78.0, "rms": 85.0})) == []


def test_blank_pictures_are_named() -> None:
    blank = {"mean": 0.0, "std": 0.0, "rms": 0.0, "blank": 1.0, "agreement": 0.1}
    assert named(run(**STUCK, data=blank)) == ["inputs-constant"]


def test_samples_sorted_by_class_are_named_and_shuffled() -> None:
    hint = diagnose(run(losses=(GUESS, 0.01), accuracy=0.1, learning=1.0, data={"repeats": 1.0}))[0]
    assert hint.key == "samples-ordered" and hint.fix is not None and hint.fix.shuffle


def test_frequent_classes_in_a_row_are_no_order() -> None:
    often = {"repeats": 0.75, "repeats_shuffled": 0.75, "agreement_by_chance": 0.75}
    assert "samples-ordered" not in named(run(accuracy=0.9, data=often))


def test_labels_at_odds_with_their_pictures_are_named() -> None:
    half = diagnose(run(losses=(GUESS, 1.6), accuracy=0.9, learning=0.5, data={"agreement": 0.3}))
    assert half[0].key == "labels-wrong" and half[0].fix is not None and half[0].fix.edit
    none = diagnose(run(**STUCK, data={"agreement": 0.1, "test_agreement": 0.1}))
    assert none[0].key == "labels-wrong" and none[0].fix is None, "nothing can be learnt from it"


def test_hard_pictures_are_not_taken_for_wrong_labels() -> None:
    hard = {"agreement": 0.55, "within_test": 0.57, "test_agreement": 0.5}
    assert named(run(data=hard)) == []


def test_a_test_set_of_another_kind_is_named() -> None:
    assert named(run(accuracy=0.2, learning=0.95, data={"test_agreement": 0.1}))[0] == (
        "test-differs"
    )


def test_rare_classes_are_named_also_where_one_class_is_most_of_all() -> None:
    counts = np.full(10, 100)
    counts[1] = 6000
    confusion = np.zeros((10, 10), np.int64)
    confusion[:, 1] = 100
    evidence = replace(run(losses=(GUESS, 0.3), accuracy=0.1), counts=counts, confusion=confusion)
    hint = diagnose(evidence)[0]
    assert hint.key == "imbalance" and hint.fix is not None and hint.fix.balance


def test_rare_classes_that_are_read_well_are_not_named() -> None:
    counts = np.full(10, 6000)
    counts[3] = 500
    assert named(replace(run(), counts=counts)) == []


# -- settings that hold training back -------------------------------------------------------------


def test_decay_is_named_only_where_it_is_strong() -> None:
    slow = {"losses": (GUESS, 1.5), "accuracy": 0.6, "weights": (1.0, 0.4)}
    assert named(run(**slow, weight_decay=0.1))[0] == "decay-strong"
    assert named(run(**slow, l1=0.005))[0] == "decay-strong"
    assert "decay-strong" not in named(run(**slow, weight_decay=0.0005))
    assert named(run(weight_decay=0.0005)) == []


@pytest.mark.parametrize(("share", "expected"), [(0.9, ["dropout-strong"]), (0.3, [])])
def test_dropout_is_named_only_where_it_is_strong(share: float, expected: list[str]) -> None:
    differ = {"dropout": 1.9, "plain": 1.0, "dropped": share}
    evidence = run("inspection", losses=(3.2, 1.9), accuracy=0.7, learning=0.4, dropout=share,
                   dead_units=(), dead_units_at_start=(), loss_differences=differ)  # fmt: skip
    assert named(evidence) == expected


def test_clipping_is_named_by_what_is_left_of_gradients() -> None:
    stuck = {**STUCK, "ratio": 1e-5, "optimizer": "sgd", "lr": 0.1, "clip_norm": 0.001}
    evidence = run(**stuck)
    evidence.curves["gradient"][:] = 100  # before they were cut
    assert named(evidence) == ["clip-strong"]
    assert "clip-strong" not in named(run(**{**stuck, "clip_norm": 10}))


def test_a_warm_up_that_is_far_from_over_is_named() -> None:
    slow = {"losses": (GUESS, 2.2), "accuracy": 0.3}
    evidence = run(**slow, warmup=2000)
    evidence.curves["lr"][:] = np.linspace(0, 0.015, len(evidence.curves["lr"]))
    assert named(evidence) == ["warmup-long"]


def test_a_schedule_is_named_that_ended_too_soon_but_not_one_that_did_its_work() -> None:
    for accuracy, expected in ((0.5, ["rate-decayed"]), (0.96, [])):
        losses = (GUESS, 1.5) if accuracy < 0.9 else (GUESS, 0.1)
        evidence = run(losses=losses, accuracy=accuracy, schedule="cosine", ratio=1e-5)
        evidence.curves["lr"][:] = np.geomspace(0.05, 5e-6, len(evidence.curves["lr"]))
        assert named(evidence) == expected


def test_averaging_is_named_where_the_newest_weights_read_better() -> None:
    assert named(run(ema=5000, loss_differences={"newest": 0.2, "averaged": 0.9})) == [
        "averaging-slow"
    ]
    assert named(run(ema=5000)) == []


def test_momentum_is_named_where_it_makes_steps_long() -> None:
    wild = {"losses": (GUESS, 2.31), "accuracy": 0.11, "ratio": 0.05}
    assert named(run(**wild, momentum=0.99))[0] == "momentum-high"
    assert named(run(**wild, lr=0.5))[0] == "rate-high"


def test_many_samples_per_step_are_named_where_steps_are_few() -> None:
    few = {"losses": (GUESS, 1.4), "accuracy": 0.7, "count": 80, "accumulate": 64}
    assert named(run(**few)) == ["batch-large"]
    assert named(run(accumulate=4, count=300)) == []


def test_an_early_stop_is_named_where_little_was_learnt() -> None:
    stopped = run(losses=(GUESS, 1.5), accuracy=0.5, patience=1)
    assert "stopped-early" in named(replace(stopped, finished=True))
    assert named(replace(run(accuracy=0.96, patience=5), finished=True)) == []


# -- gradients ------------------------------------------------------------------------------------


def test_a_last_layer_of_saturated_sigmoids_is_named() -> None:
    """Also where the hidden ones are not, and no gradient is left."""
    flat = units("Sigmoid", (0.64, 0.3, 1.0))
    evidence = run("one-by-one", losses=(3.4, 3.4), accuracy=0.1135, gradients=(1.0, 1e-7),
                   dead_units=flat, dead_units_at_start=units("Sigmoid", (0, 0, 0)))  # fmt: skip
    hints = diagnose(evidence)
    assert hints[0].key == "saturated" and "layer 5" in hints[0].sentence
    assert any("gradient is" in fact.text for fact in hints[0].facts)


def test_a_last_layer_near_its_ends_because_it_is_right_is_not_named() -> None:
    flat = units("Sigmoid", (0.1, 0.1, 1.0))
    right = run(
        "one-by-one", losses=(3.4, 0.2), accuracy=0.94, dead_units=flat, dead_units_at_start=flat
    )
    assert named(right) == []


def test_no_gradient_at_chance_is_said_where_nothing_explains_it() -> None:
    evidence = run(**STUCK, gradients=(1.0, 1e-9), ratio=1e-9)
    assert named(evidence) == ["no-gradient"]


def test_a_rate_too_low_is_named_while_there_is_a_gradient() -> None:
    slow = {"losses": (GUESS, 2.28), "accuracy": 0.2, "ratio": 1e-6, "lr": 1e-5}
    hint = diagnose(run(**slow, gradients=(1.0, 1.0)))[0]
    assert hint.key == "rate-low" and "improves, but too slowly" in hint.sentence
    assert "rate-low" not in named(run(**slow, gradients=(1.0, 1e-6)))


def test_a_network_too_narrow_is_named() -> None:
    evidence = run("autograd", hidden=1, mistake="cross-entropy", losses=(0.69, 0.5), accuracy=0.7,
                   dead_units=(), dead_units_at_start=())  # fmt: skip
    assert named(replace(evidence, classes=("3", "7"))) == ["underfitting"]


def test_a_small_batch_with_a_small_rate_is_no_fault() -> None:
    few = {"batch_size": 1, "optimizer": "sgd", "losses": (GUESS, 0.6), "accuracy": 0.75}
    noisy = np.abs(np.random.default_rng(0).normal(1, 1.5, 600))
    for rate, expected in ((0.1, ["batch-small"]), (0.005, [])):
        evidence = run(**few, lr=rate)
        evidence.curves["loss"][:] *= noisy
        assert named(evidence) == expected
