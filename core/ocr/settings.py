"""What a person can set about finding characters on a page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageSettings:
    """Knobs of the page.

    `sensitivity` 0..1: how faint a mark may be and still count as ink. `min_size`: the smallest
    character, as a share of the page's typical character height. `split`: cut touching characters.
    """

    sensitivity: float = 0.5
    min_size: float = 0.3
    split: bool = True
