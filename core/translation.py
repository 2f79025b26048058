"""Translation: the one function through which every text for a person goes, over gettext."""

from gettext import NullTranslations

_catalog = NullTranslations()


def tr(text: str) -> str:
    """The text in the language of the lab; itself where there is no translation."""
    return _catalog.gettext(text) if text else ""


def tr_count(one: str, many: str, count: int) -> str:
    """The text for one or for many things, with `{n}` replaced by their number."""
    return _catalog.ngettext(one, many, count).format(n=count)


def use_catalog(catalog: NullTranslations) -> None:
    """Translate with this catalog from here on, in the whole process."""
    global _catalog
    _catalog = catalog
