"""Numbers as people read and type them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formatting import (
    format_count,
    format_duration,
    format_fixed,
    format_number,
    format_percent,
    format_size,
    parse_number,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (0.5, "0.5"), (-0.5, "−0.5"), (0.030999, "0.031"),
        (1028, "1,028"), (65536.0, "65,536"), (19526.52, "19,530"), (1048.6, "1,049"),
        (-40458379264.0, "−4.046·10¹⁰"), (2e-5, "2·10⁻⁵"), (1e-5, "10⁻⁵"), (-1e-5, "−10⁻⁵"),
        (1e6, "10⁶"), (0.0001, "0.0001"), (9.9999e-5, "0.0001"), (0.1 + 0.2, "0.3"),
        (4.9e13, "4.9·10¹³"), (5e-324, "4.941·10⁻³²⁴"), (math.nan, "NaN"), (-math.inf, "−∞"),
    ],
)  # fmt: skip
def test_numbers_have_four_significant_digits_and_no_e(value: float, text: str) -> None:
    assert format_number(value) == text


@given(st.floats() | st.integers(-(10**12), 10**12))
def test_no_number_is_written_with_a_hyphen_an_e_or_as_minus_zero(value: float) -> None:
    texts = [
        format_number(value),
        format_number(value, 3, signed=True, zeros=True),
        format_fixed(value, 2),
        format_fixed(value, 3, signed=True),
        format_percent(value),
        format_duration(value),
    ]
    for text in texts:
        assert "-" not in text
        assert "e" not in text
        assert "--" not in text.replace("−", "-")
        digits = text.strip("+−%ns hmiµd")
        assert not (text.startswith("−") and digits and set(digits) <= set("0."))


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_what_is_written_can_be_typed_again(value: float) -> None:
    assert parse_number(format_number(value, 9)) == pytest.approx(value, rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("count", [0, 999, 1000, 1028, -1028, 123456789])
def test_counts_keep_all_digits(count: int) -> None:
    assert format_count(count) == f"{count:,}".replace("-", "−")


def test_numbers_that_change_often_keep_their_digits() -> None:
    assert format_number(0.35, 3, zeros=True) == "0.350"
    assert format_number(12, 3, zeros=True) == "12.0"
    assert format_number(1e-7, 3, zeros=True) == "1.00·10⁻⁷"
    assert format_number(0.35, signed=True) == "+0.35"


def test_fixed_decimals_never_show_minus_zero_or_a_long_number() -> None:
    assert format_fixed(-0.0001, 3, signed=True) == "0.000"
    assert format_fixed(-0.674, 3, signed=True) == "−0.674"
    assert format_fixed(-40458379264, 3) == "−4.046·10¹⁰"


def test_shares_are_percentages() -> None:
    assert format_percent(0.97204, 2) == "97.20%"
    assert format_percent(-0.8828, 1, signed=True) == "−88.3%"
    assert format_percent(-0.00001) == "0.0%"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.24, "240 ms"), (12.53, "12.5 s"), (59.97, "1 min"), (200, "3 min 20 s"), (3599.7, "1 h"),
        (7500, "2 h 5 min"), (90000, "1 d 1 h"), (2e-6, "2 µs"), (0.0, "0.0 s"), (-5, "−5.0 s"),
    ],
)  # fmt: skip
def test_durations_have_the_unit_that_fits(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_sizes_have_the_unit_that_fits() -> None:
    sizes = [812, 1000, 12345, 999_600, 3.2e9]
    assert [format_size(size) for size in sizes] == [
        "812 bytes", "1 kB", "12.3 kB", "1 MB", "3.2 GB",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0,01", 0.01), (",5", 0.5), ("5,", 5.0), ("0,028", 0.028), ("12,3456", 12.3456),
        ("1,028", 1028.0), ("1.028", 1.028), ("1,028.5", 1028.5), ("1.028,5", 1028.5),
        ("1,000,000", 1e6), ("1.000.000", 1e6), ("1 028", 1028.0), ("1\u00a0028,5", 1028.5),
        ("1\u202f028", 1028.0), ("1'028", 1028.0), ("1’028", 1028.0), (" 2e-5 ", 2e-5),
        ("2E5", 2e5), ("2·10⁻⁵", 2e-5), ("10⁻⁵", 1e-5), ("−10⁻⁵", -1e-5), ("2 × 10^-5", 2e-5),
        ("−3", -3.0), ("– 3", -3.0), ("+5", 5.0), ("25%", 0.25), ("25 %", 0.25), ("１２", 12.0),
        ("-0", 0.0),
    ],
)  # fmt: skip
def test_numbers_are_understood_as_people_type_them(text: str, value: float) -> None:
    assert parse_number(text) == pytest.approx(value)


def test_a_comma_before_three_digits_means_what_fits_the_range() -> None:
    assert parse_number("1,028", 0, 2) == 1.028
    assert parse_number("1,028", 0, 5000) == 1028
    assert parse_number("1,028", 0, 1) == 1028  # neither fits: as this program writes it


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", "-", ".", ",", "e5", "1 02", "1,00,000", "1,2,3", "1..2", "1.2.3", "--3",
        "0x10", "nan", "inf", "½", "1e", "1 2", "5 apples", "1e400", "9" * 200, "0,000,001", "%",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"(is not a number|too large a number|too long)"):
        parse_number(text)


@given(st.text(max_size=100))
def test_whatever_is_typed_is_a_finite_number_or_refused(text: str) -> None:
    try:
        assert math.isfinite(parse_number(text))
    except ValueError as error:
        assert str(error).endswith(".")
