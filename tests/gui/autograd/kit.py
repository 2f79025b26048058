"""Hands for the Autograd panel: clicks, typing, and what boxes say."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hellodl_gui.features.autograd.panel import AutogradPanel

LEFT = Qt.MouseButton.LeftButton


def click(panel: AutogradPanel, node: int, twice: bool = False) -> None:
    port, at = panel.view.viewport(), panel.view.place_of(node)
    QTest.mouseClick(port, LEFT, pos=at)
    if twice:
        QTest.mouseDClick(port, LEFT, pos=at)


def lines(panel: AutogradPanel, label: str) -> list[str]:
    places = panel.formula.run.seen.places
    node = next(place.id for place in places if place.label == label)
    look = panel.view.boxes[node].look
    return [text for text, _ in look.lines]


def sums_on_edges(panel: AutogradPanel) -> list[str]:
    return [wire.look.text for wire in panel.view.wires if wire.look.text]


def type_formula(panel: AutogradPanel, text: str) -> None:
    panel.formula.line.selectAll()
    QTest.keyClicks(panel.formula.line, text)
