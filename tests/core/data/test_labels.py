"""Labels as a person types them."""

import pytest

from core.data.labels import parse_labels

BOTH = ("A", "B", "a", "b", "7", "?", "big dog")


@pytest.mark.parametrize(
    ("text", "classes", "meant"),
    [
        ("", BOTH, ([], "")),
        ("a", BOTH, ([2], "")),
        ("A", BOTH, ([0], "")),
        (" a, B 7 ", BOTH, ([2, 1, 4], "")),
        ("H", ("g", "h"), ([1], "")),
        ("big dog", BOTH, ([6], "")),
        ("a x b", BOTH, ([], "x")),
    ],
)
def test_what_was_typed_is_what_is_meant(
    text: str, classes: tuple[str, ...], meant: tuple[list[int], str]
) -> None:
    assert parse_labels(text, classes) == meant
