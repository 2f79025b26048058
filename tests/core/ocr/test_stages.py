"""Every stage is a picture, and only what depends on a changed setting is done anew."""

from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import KnobError, PageError
from core.ocr.page import Page
from core.ocr.settings import SETTINGS, PageSettings
from core.ocr.stages import STAGES, draw
from tests.core.ocr.pages import SAMPLE


@pytest.fixture(scope="module")
def page() -> Page:
    return Page.open(SAMPLE)


def test_every_stage_is_a_picture_of_the_whole_page(page: Page) -> None:
    for stage in STAGES:
        picture = draw(stage.key, page, longest=200)
        assert picture.shape == (150, 200, 3) and picture.dtype == np.uint8
        assert np.ptp(picture) > 100, f"{stage.key} shows nothing"
    with pytest.raises(PageError, match=r"no stage “sky”.*grey, flat"):
        draw("sky", page)


def test_an_empty_page_has_pictures_too(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "white.png"), np.full((60, 90, 3), 250, np.uint8))
    empty = Page.open(tmp_path / "white.png")
    for stage in STAGES:
        assert draw(stage.key, empty).shape == (60, 90, 3)


def test_every_setting_is_a_knob_of_exactly_one_stage() -> None:
    shown = [setting.key for kind in STAGES for setting in kind.settings]
    assert sorted(shown) == sorted(f.name for f in fields(PageSettings))
    for knob in SETTINGS:
        assert knob.help and knob.default == float(getattr(PageSettings(), knob.key))


def test_settings_change_by_name_and_keep_their_kind() -> None:
    usual = PageSettings()
    assert usual.changed("split", 0.0) == replace(usual, split=False)
    assert usual.changed("paper", 2.0).paper == 2
    for key, value, words in [
        ("sensitivity", 1.5, "Sensitivity cannot be 1.5. Choose a number from 0 to 1"),
        ("join", float("nan"), "cannot be NaN"),
        ("zoom", 1.0, "no setting “zoom”"),
    ]:
        with pytest.raises(KnobError, match=words):
            usual.changed(key, value)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("shifts", 1, {"flat", "ink", "writing", "strokes", "lines"}),
        ("min_size", 0.9, {"flat", "ink", "writing", "strokes"}),
        ("join", 0.0, {"flat", "ink", "writing"}),
        ("rules", 0, {"flat", "ink"}),
        ("sensitivity", 0.2, {"flat"}),
        ("mark", 0.2, set()),
    ],
)
def test_only_what_follows_a_changed_setting_is_done_anew(
    page: Page, key: str, value: float, kept: set[str]
) -> None:
    again = page.found_again(page.settings.changed(key, value))
    same = {
        name
        for name in ("flat", "ink", "writing", "strokes", "lines")
        if getattr(again, name) is getattr(page, name)
    }
    assert kept <= same
    assert "flat" in same or key == "mark"
    fresh = Page.open(SAMPLE, again.settings)
    assert fresh.lines == again.lines, "found again is found as if from the start"
