"""Parsing of typed class labels."""


def parse_labels(text: str, classes: tuple[str, ...]) -> tuple[list[int], str]:
    """Which classes a text such as “a”, “a b 7” or “a, b” means, and the first word that is none.

    Capitals count only where both kinds exist. No text means no class at all.
    """
    text = text.strip()
    if text in classes:
        return [classes.index(text)], ""
    wanted: list[int] = []
    for word in text.replace(",", " ").split():
        same = [label for label, name in enumerate(classes) if name == word] or [
            label for label, name in enumerate(classes) if name.casefold() == word.casefold()
        ]
        if not same:
            return [], word
        wanted += same
    return wanted, ""
