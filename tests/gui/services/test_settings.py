"""What the lab remembers: whole, or the defaults; a full disk is a sentence."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from core.errors import LabError
from hellodl_gui.services.settings import Settings


def at(path: Path) -> Settings:
    return Settings(QSettings(str(path), QSettings.Format.IniFormat))


def test_what_is_saved_is_there_again(tmp_path: Path) -> None:
    settings = at(tmp_path / "s.ini")
    settings.theme, settings.chapter = "light", "learning"
    settings.layout = "docks"
    settings.save()
    again = at(tmp_path / "s.ini")
    assert (again.theme, again.chapter) == ("light", "learning")
    assert again.layout == "docks"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe garbage [[[\n", b"[General]\ntheme=@Variant(x"]
)
def test_a_damaged_file_gives_the_defaults(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.ini").write_bytes(content)
    settings = at(tmp_path / "s.ini")
    assert settings.chapter == "" and settings.layout == ""


def test_a_layout_of_another_version_is_left_aside(tmp_path: Path) -> None:
    (tmp_path / "s.ini").write_text("[General]\nversion=999\nlayout=@ByteArray(old)\ntheme=light\n")
    settings = at(tmp_path / "s.ini")
    assert settings.layout == "" and settings.theme == "light"


def test_a_disk_that_refuses_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("a file where a folder should be")
    settings = at(tmp_path / "no-folder" / "s.ini")
    with pytest.raises(LabError, match="could not be saved"):
        settings.save()


def test_two_windows_keep_each_others_settings_and_recent_pages(tmp_path: Path) -> None:
    first = at(tmp_path / "s.ini")
    first.recent_pages = ("old",)
    first.save()
    one, two = at(tmp_path / "s.ini"), at(tmp_path / "s.ini")
    one.recent_pages, one.theme = ("one", "old"), "light"
    two.recent_pages, two.chapter = ("two", "old"), "digits"
    one.save()
    two.save()
    both = at(tmp_path / "s.ini")
    assert (both.theme, both.chapter) == ("light", "digits")
    assert both.recent_pages == ("two", "old", "one")


def test_a_page_that_was_forgotten_stays_forgotten(tmp_path: Path) -> None:
    settings = at(tmp_path / "s.ini")
    settings.recent_pages = ("a", "b")
    settings.save()
    settings.recent_pages = ("b",)
    settings.save()
    assert at(tmp_path / "s.ini").recent_pages == ("b",)
