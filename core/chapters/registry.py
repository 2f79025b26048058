"""Finds the chapters: every module of this package that declares a `CHAPTER`."""

import importlib
import pkgutil
from functools import cache

import core.chapters
from core.chapters.chapter import Chapter
from core.errors import LabError
from core.translation import tr


@cache
def chapters() -> tuple[Chapter, ...]:
    """All chapters in the order of the course."""
    names = (module.name for module in pkgutil.iter_modules(core.chapters.__path__))
    modules = (importlib.import_module(f"core.chapters.{name}") for name in names)
    found = [module.CHAPTER for module in modules if hasattr(module, "CHAPTER")]
    return tuple(sorted(found, key=lambda chapter: (chapter.number, chapter.title)))


def chapter(key: str) -> Chapter:
    """The chapter called `key`. Raises LabError naming those that exist."""
    for candidate in chapters():
        if candidate.key == key:
            return candidate
    known = ", ".join(candidate.key for candidate in chapters())
    raise LabError(
        tr("There is no chapter “{key}”. The chapters are: {known}.").format(key=key, known=known)
    )
