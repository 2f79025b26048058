"""Small studies of the learning chapter."""

from pathlib import Path

from core.chapters.registry import chapter
from core.search.search_space import SearchDimension, parse_dimension
from core.search.study import Study
from tests.core.search.races import planned_study, terms

KNOBS = chapter("learning").defaults()
BASE = {"stop_at": 1.0}
RATES = parse_dimension(KNOBS, "lr=0.001..1")


def small_study(  # type: ignore[no-untyped-def]
    folder: Path, *varied: SearchDimension, steps: int | None = 60, key: str = "learning", **others
) -> Study:
    given = {"base": BASE, "workers": 1, "folder": folder, "method": "random", **others}
    given |= {"varied": varied or [RATES], "name": "first", "options": terms(folder, steps)}
    return planned_study(key, **given)
