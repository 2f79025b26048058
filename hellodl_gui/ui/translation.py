"""Translation of texts outside of QObjects."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication


def translator(context: str) -> Callable[[str], str]:
    """The function `tr` of a context, as `QObject.tr` is that of a class."""
    return lambda text: QCoreApplication.translate(context, text)
