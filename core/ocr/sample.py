"""The sample pages that come with the lab."""

from collections.abc import Sequence
from pathlib import Path

from core.paths import resource


def sample_page(classes: Sequence[str]) -> Path:
    """The page of letters for a network that reads letters, the page of digits otherwise."""
    letters = any(name.isalpha() for name in classes)
    return resource("pages/letters.jpg" if letters else "pages/digits.jpg")
