"""Calibration: errors as by hand, and thresholds that leave out exactly what is less sure."""

import numpy as np
import pytest

from core.inspect.calibration import CoverageCurve, reliability_diagram

RNG = np.random.default_rng(2)


def test_the_error_is_the_gap_between_sure_and_right_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55], np.float32)
    right = np.array([True, False, True, True])
    found = reliability_diagram(confidence, right)
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 2]
    assert found.accuracy[9] == 0.5 and found.accuracy[5] == 1
    assert found.error == pytest.approx((0.45 + 0.45) / 2)
    assert found.overconfidence == pytest.approx(0.75 - 0.75, abs=1e-6)


def test_probabilities_that_are_true_have_no_error() -> None:
    confidence = RNG.uniform(0.1, 1, 200_000).astype(np.float32)
    found = reliability_diagram(confidence, RNG.random(len(confidence)) < confidence)
    assert found.error < 0.01 and abs(found.overconfidence) < 0.01


def test_a_threshold_leaves_out_what_is_less_sure() -> None:
    confidence = np.array([0.9, 0.9, 0.8, 0.6, 0.5], np.float32)
    right = np.array([True, True, False, True, False])
    coverage = CoverageCurve(confidence, right)
    kept = coverage.at(0.8)
    assert (kept.answered, kept.wrong, kept.total) == (3, 1, 5)
    assert coverage.at(0).answered == 5 and coverage.at(0.99).accuracy == 1
    best = coverage.for_accuracy(0.75)
    assert best is not None and best.answered == 4
    assert coverage.for_accuracy(1.0) == coverage.at(float(confidence[0]))
    assert coverage.for_coverage(0.2).answered == 2, "those equally sure come together"


def test_nothing_and_not_a_number_are_no_harm() -> None:
    nothing = np.empty(0, np.float32), np.empty(0, bool)
    assert reliability_diagram(*nothing).error == 0
    assert CoverageCurve(*nothing).at(0.5).coverage == 0
    assert CoverageCurve(*nothing).for_accuracy(0.5) is None
    broken = np.full(3, np.nan, np.float32), np.zeros(3, bool)
    assert np.isfinite(reliability_diagram(*broken).error)
