"""Translation: the one function through which every text for a person goes, over gettext."""

import re
from gettext import NullTranslations

_catalog = NullTranslations()

_KEPT = re.compile(r"(\{[^{}]*\}|<[^<>]*>|&[a-z#0-9]+;|%[a-z%])", re.IGNORECASE)
_ACCENTS = str.maketrans("aceinouyACEINOUY", "áçéíñóúýÁÇÉÍÑÓÚÝ")
_LONGER = 0.35


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


class PseudoLanguage(NullTranslations):
    """A language for tests: in brackets, with accents, 35 % longer; fields and tags stay."""

    def gettext(self, message: str) -> str:
        """The message as this language has it."""
        parts = _KEPT.split(message)
        parts[::2] = [part.translate(_ACCENTS) for part in parts[::2]]
        letters = sum(map(len, parts[::2]))
        return "[" + "".join(parts) + "~" * round(letters * _LONGER) + "]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The same for one or for many."""
        return self.gettext(msgid1 if n == 1 else msgid2)
