"""Where the panels stand as plain words: any file may bring them, and Qt's own bytes crash Qt.

Those also crash it when they are given to a maximised window before it is shown.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QMainWindow, QTabBar

from hellodl_gui.app.dock import Dock
from hellodl_gui.app.docks import Docks

_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_FURTHEST = 20_000  # pixels
_SLACK = 8  # pixels that two panels may overlap and still stand side by side


@dataclass(frozen=True)
class TabGroup:
    """Panels behind one another, in the order of their tabs, and the place that they share.

    `front`: the one of them that is seen. `floats`: one panel in a window of its own, somewhere on
    the screen.
    """

    keys: tuple[str, ...]
    x: int
    y: int
    w: int
    h: int
    floats: bool = False
    front: str = ""


def describe(window: QMainWindow, docks: Docks) -> bytes:
    """How the panels stand: JSON, [[keys], x, y, w, h] for every place; and last true for a window
    of its own, or the key of the panel in front where that is not the first.
    """
    docks.give_back()
    bars = sorted(window.findChildren(QTabBar), key=QTabBar.isVisible)
    bar = max((bar.height() for bar in bars if bar.isVisible()), default=0)
    order = {bar.tabText(place): place for bar in bars for place in range(bar.count())}
    seen: set[Dock] = set()
    places: list[list[Any]] = []
    for dock in docks.by_key.values():
        if dock.isHidden() or dock in seen:
            continue
        if dock.isFloating():
            at = dock.geometry()
            places.append([[dock.key], at.x(), at.y(), at.width(), at.height(), True])
            continue
        tabs = [it for it in window.tabifiedDockWidgets(dock) if isinstance(it, Dock)]
        group = [dock, *(tab for tab in tabs if not tab.isHidden())]
        seen.update(group)
        front = next((it for it in group if not it.visibleRegion().isEmpty()), dock)
        group.sort(key=lambda it: order.get(it.windowTitle(), 0))
        keys = [it.key for it in group]
        at = front.geometry().adjusted(0, -bar if len(group) > 1 else 0, 0, 0)
        last = [front.key] if front is not group[0] else []
        places.append([keys, at.x(), at.y(), at.width(), at.height(), *last])
    return json.dumps(places).encode()


def restore(window: QMainWindow, docks: Docks, words: bytes) -> bool:
    """The panels as described; False, and nothing moved, where that is no such description."""
    every = _parsed(words, docks)
    groups = [group for group in every if not group.floats]
    if not groups:
        return False
    docks.give_back()
    window.setUpdatesEnabled(False)
    try:
        docks.clear()
        first = docks.by_key[groups[0].keys[0]]
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, first)
        _place(window, docks, groups, groups[0])
        for group in groups:
            first, *others = (docks.by_key[key] for key in group.keys)
            for dock in others:
                window.tabifyDockWidget(first, dock)
            front = docks.by_key[group.front] if group.front in group.keys else first
            for dock in (first, *others):
                dock.show()
            docks.bring_to_front(front)
        docks.share(lambda: _share(window, docks, groups))
    finally:
        window.setUpdatesEnabled(True)
    for group in every:
        if group.floats:
            at = QRect(group.x, group.y, group.w, group.h)
            docks.float_at(docks.by_key[group.keys[0]], at)
    return True


def _share(window: QMainWindow, docks: Docks, groups: Sequence[TabGroup]) -> None:
    """The room as it was shared, as much larger or smaller as the window is now."""
    fronts = [docks.by_key[group.keys[0]] for group in groups]
    left, right = min(g.x for g in groups), max(g.x + g.w for g in groups)
    top, bottom = min(g.y for g in groups), max(g.y + g.h for g in groups)
    room = docks.room()
    wide, high = room.width() / max(right - left, 1), room.height() / max(bottom - top, 1)
    window.resizeDocks(fronts, [max(round(g.w * wide), 1) for g in groups], _ACROSS)
    window.resizeDocks(fronts, [max(round(g.h * high), 1) for g in groups], _DOWN)


def _parsed(words: bytes, docks: Docks) -> list[TabGroup]:
    """The groups of a description, without panels that are no more; none where it is damaged."""
    try:
        found: Any = json.loads(words.decode())
        groups = [_group(row, docks) for row in found]
    except (ValueError, TypeError, RecursionError):
        return []
    keys = [key for group in groups for key in group.keys]
    if len(keys) != len(set(keys)):
        return []
    return [group for group in groups if group.keys]


def _group(row: Any, docks: Docks) -> TabGroup:
    names, *sides = row
    floats = sides[4:] == [True]
    front = sides.pop() if floats or (len(sides) == 5 and isinstance(sides[4], str)) else ""
    fit = all(type(side) is int and abs(side) <= _FURTHEST for side in sides)
    if not fit or len(sides) != 4 or not isinstance(names, list):
        raise ValueError("no place for panels")
    x, y, w, h = sides
    keys = tuple(name for name in names if name in docks.by_key)
    return TabGroup(
        keys[:1] if floats else keys, x, y, max(w, 1), max(h, 1), floats, "" if floats else front
    )


def _place(window: QMainWindow, docks: Docks, groups: Sequence[TabGroup], rooted: TabGroup) -> None:
    """Split the room of `rooted`, the only one placed yet, until all groups have theirs."""
    if len(groups) == 1:
        return
    near, far, along = _cut(groups)
    mine, other = (near, far) if rooted in near else (far, near)
    guest = other[0]
    host, new = docks.by_key[rooted.keys[0]], docks.by_key[guest.keys[0]]
    window.splitDockWidget(host, new, along)
    if mine is far:  # Qt puts the newcomer behind: let them change places
        window.splitDockWidget(new, host, along)
    _place(window, docks, mine, rooted)
    _place(window, docks, other, guest)


def _cut(groups: Sequence[TabGroup]) -> tuple[list[TabGroup], list[TabGroup], Qt.Orientation]:
    """A straight line between two halves: left and right, or above and below."""
    for along in (_ACROSS, _DOWN):

        def low(group: TabGroup, along: Qt.Orientation = along) -> int:
            return group.x if along is _ACROSS else group.y

        def high(group: TabGroup, along: Qt.Orientation = along) -> int:
            return group.x + group.w if along is _ACROSS else group.y + group.h

        ordered = sorted(groups, key=low)
        for count in range(1, len(ordered)):
            near, far = ordered[:count], ordered[count:]
            if max(map(high, near)) <= min(map(low, far)) + _SLACK:
                return near, far, along
    return list(groups[:1]), list(groups[1:]), _ACROSS
