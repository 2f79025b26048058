"""Every panel can be shared, in each of its states, and the lab lives on."""

import csv
from pathlib import Path

import pytest
from PIL import Image

from tests.window.driven import Driven
from tests.window.screen import Screen

# A panel, and what a person clicks in it before sharing it: a tile enlarged, a cell selected, …
STATES = (
    ("weights", "place(find('weights', 'KernelAtlas'), 0.2, 0.2)"),
    ("confusion", "place(find('confusion', 'ConfusionMatrix'), 0.5, 0.6)"),
    ("samples", "place(docks['samples'].panel, 0.2, 0.6)"),
    ("maps", "place(find('maps', 'LayerOutputsView'), 0.1, 0.3)"),
    ("zoom", "place(docks['zoom'].panel, 0.4, 0.3)"),
)


def share(lab: Driven, panel: str, folder: Path) -> None:
    for name in lab.ask(f"share({panel!r}, {str(folder)!r})"):
        path = Path(name)
        lab.until(f"Path({name!r}).exists() and Path({name!r}).stat().st_size > 0")
        if path.suffix == ".png":
            with Image.open(path) as image:
                extremes = image.convert("RGB").getextrema()
                assert any(low != high for low, high in extremes), f"{panel} is blank"
        elif path.suffix == ".svg":
            assert "</svg>" in path.read_text()
        else:
            rows = list(csv.reader(path.read_text().splitlines()))
            assert len(rows) > 1 and len({len(row) for row in rows}) == 1, panel


@pytest.mark.slow
def test_every_panel_is_shared_in_each_of_its_states(screen: Screen, tmp_path: Path) -> None:
    plain, clicked = tmp_path / "plain", tmp_path / "clicked"
    plain.mkdir()
    clicked.mkdir()
    with Driven(screen, tmp_path) as lab:
        lab.until_ready()
        lab.key("space")
        lab.until("state.timeline.step > 60 and state.timeline.evaluation is not None")
        lab.key("space")
        lab.until_ready()
        for panel, place in STATES:
            lab.ask(f"window.docks.show({panel!r})")
            lab.until(f"docks[{panel!r}].panel.isVisible() and not state.probes.pending")
            lab.click(place)
            lab.until(f"window.docks.current is docks[{panel!r}]")
            share(lab, panel, clicked)
        for panel in lab.ask("list(docks)"):
            lab.ask(f"window.docks.show({panel!r})")
            lab.until(f"docks[{panel!r}].panel.isVisible()")
            share(lab, panel, plain)
        wrong = [said for said in lab.ask("messages()") if "unexpected" in said]
        assert not wrong
        step = lab.ask("state.timeline.step")
        lab.key("ctrl+Right")
        lab.until(f"state.timeline.step > {step}")
        lab.quit()
