"""A pseudo-language: shows what text escapes the translation, and what has no room for it."""

import re
from gettext import NullTranslations

_KEPT = re.compile(r"(\{[^{}]*\}|<[^<>]*>|&[a-z#0-9]+;|%[a-z%])", re.IGNORECASE)
_ACCENTS = str.maketrans("aceinouyACEINOUY", "áçéíñóúýÁÇÉÍÑÓÚÝ")
_LONGER = 0.35


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
