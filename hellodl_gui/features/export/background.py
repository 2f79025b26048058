"""Background of an exported image: the screen's, white, or transparent."""

from enum import Enum


class Background(Enum):
    """The theme a picture is drawn in (empty: the one that is on), and whether its ground is left
    out.
    """

    SCREEN = ("", False)
    WHITE = ("light", False)
    CLEAR = ("light", True)
    CLEAR_FOR_DARK = ("dark", True)

    @property
    def theme(self) -> str:
        """The theme's name, empty for the one that is on."""
        return self.value[0]

    @property
    def clear(self) -> bool:
        """Whether what lies behind shines through."""
        return self.value[1]
