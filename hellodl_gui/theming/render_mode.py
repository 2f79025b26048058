"""Render mode: widgets that paint themselves differently into an image than on the screen."""

from contextlib import AbstractContextManager

CONTENT = "content"
"""A property: this widget and what is in it are what the view is about, even if one can turn it."""
TOOL = "tool"
"""A property: this widget is there to work the view with, although it is no control of Qt's."""


class Rendered:
    """A widget that is to know when it is painted into a picture; a base class beside Qt's.

    It is a class to inherit from, not a protocol: a protocol is met by any attribute of that name.
    """

    def rendered(self, scale: float) -> AbstractContextManager[None]:
        """Meanwhile it is painted for a picture with `scale` pixels to one on the screen."""
        raise NotImplementedError
