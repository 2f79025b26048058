"""What a knob takes, and the sentence it says otherwise."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chapters.registry import chapters
from core.errors import KnobError
from core.knobs import Knob, Knobs

RATE = Knob("lr", "Learning rate", 0.1, 1e-6, 10.0, "log")
BATCH = Knob("batch_size", "Mini-batch", 64, 1, 1024, "log", unit="samples", integer=True)
WAY = Knob.choice("way", "Way", ("sgd", "adam"), "adam")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0, -0.1, 10.001])
def test_numbers_out_of_range_are_refused_with_the_range(value: float) -> None:
    with pytest.raises(KnobError, match=r"^Learning rate cannot be .*number from 10⁻⁶ to 10\.$"):
        RATE.coerce(value)


@pytest.mark.parametrize("text", ["0", "-1", "11", "1e300"])
def test_typed_numbers_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(KnobError, match="Learning rate cannot be"):
        RATE.parse(text)


@pytest.mark.parametrize(
    "text", ["", " ", "fast", "nan", "-inf", "1,2,3", "1e", "0x10", "--", "1 2", "½"]
)
def test_what_is_no_number_is_quoted(text: str) -> None:
    with pytest.raises(KnobError, match=r"is not a number\. Choose a number from"):
        RATE.parse(text)


def test_typed_numbers_may_have_room_powers_and_a_decimal_comma() -> None:
    assert RATE.parse("  1e-3 ") == 0.001
    assert RATE.parse("0,01") == 0.01
    assert RATE.parse("1,028") == 1.028  # 1,028 lies outside
    assert BATCH.parse("1,024") == 1024
    assert RATE.parse("10") == 10.0


def test_whole_numbers_are_rounded_and_say_their_unit() -> None:
    assert BATCH.parse("63.6") == 64.0
    assert BATCH.text(63.6) == "64"
    with pytest.raises(KnobError, match="from 1 to 1,024 samples"):
        BATCH.parse("2000")


@given(st.floats())
def test_any_number_is_kept_or_refused(value: float) -> None:
    for knob in (RATE, BATCH, WAY):
        try:
            kept = knob.coerce(value)
        except KnobError:
            assert not knob.low <= value <= knob.high
        else:
            assert knob.low <= kept <= knob.high
            assert abs(kept - value) <= (0.5 if knob.integer else 0)


def test_a_choice_is_taken_by_name_or_place() -> None:
    assert WAY.default == 1.0
    assert WAY.parse("sgd") == 0.0
    assert WAY.parse(" adam ") == 1.0
    assert WAY.parse("1") == 1.0
    assert WAY.text(0.0) == "sgd"
    assert not WAY.live


@pytest.mark.parametrize("text", ["rmsprop", "2", "-1", "nan", ""])
def test_a_choice_nobody_offers_lists_those_there_are(text: str) -> None:
    with pytest.raises(KnobError, match=r"Choose one of: sgd, adam\."):
        WAY.parse(text)


def test_digits_as_choices_are_taken_by_name() -> None:
    digit = Knob.choice("digit", "Digit", ("7", "3"), "3")
    assert digit.parse("7") == 0.0


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_a_logarithmic_knob_needs_a_positive_range(low: float) -> None:
    with pytest.raises(KnobError, match="range above zero"):
        Knob("lr", "Learning rate", 0.1, low, 1.0, "log")


def test_a_default_out_of_range_is_refused() -> None:
    with pytest.raises(KnobError, match="cannot be 2"):
        Knob("lr", "Learning rate", 2.0, 0.0, 1.0)


def test_knobs_change_without_changing_those_in_use() -> None:
    before = Knobs((RATE, WAY))
    after = before.with_values(lr=0.5, way=0.0)
    assert dict(before) == {"lr": 0.1, "way": 1.0}
    assert dict(after) == {"lr": 0.5, "way": 0.0}
    assert after.name_of("way") == "sgd"
    assert len(after) == 2


def test_an_unknown_knob_is_named_with_those_there_are() -> None:
    with pytest.raises(KnobError, match=r"no setting “speed”.*has: lr, way\."):
        Knobs((RATE, WAY)).with_values(speed=1.0)


def test_one_bad_value_changes_nothing() -> None:
    knobs = Knobs((RATE, WAY))
    with pytest.raises(KnobError):
        knobs.with_values(way=0.0, lr=math.nan)
    assert dict(knobs) == {"lr": 0.1, "way": 1.0}


@pytest.mark.parametrize(
    "knob", [k for c in chapters() for k in c.knobs], ids=lambda knob: knob.key
)
def test_what_a_knob_shows_it_takes_back(knob: Knob) -> None:
    assert knob.help
    for value in (knob.low, knob.default, knob.high):
        assert knob.parse(knob.text(value)) == pytest.approx(value, rel=1e-3)
        assert knob.typed(value).isascii()
        assert knob.parse(knob.typed(value)) == pytest.approx(value, rel=1e-3)


def test_a_small_value_is_written_for_people_and_typed_in_ascii() -> None:
    assert RATE.text(2e-5) == "2·10⁻⁵"
    assert RATE.typed(2e-5) == "2e-05"
    assert BATCH.text(1024) == "1,024"
    assert BATCH.typed(1024) == "1024"
