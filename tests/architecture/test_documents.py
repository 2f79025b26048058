"""What the documents name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PATH = re.compile(r"`((?:core|hellodl_gui|resources|tests|docs)/[\w./<>]*)`")


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_in_a_document_exists(name: str) -> None:
    paths = _PATH.findall((ROOT / name).read_text(encoding="utf-8"))
    assert len(paths) > 3
    concrete = (path.split("<")[0] for path in paths)
    assert not [path for path in concrete if not (ROOT / path).exists()]
