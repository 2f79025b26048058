"""Whatever is printed passes through core/output.py."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_ELSEWHERE = {
    Path("core/io/safe_output.py"),
    Path("core/share/replay.py"),  # what a person's own script says
    Path("core/data/sources/synthetic.py"),  # numbers, from process to process
}


def _prints(source: Path) -> bool:
    calls = (node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)


def test_nobody_else_prints() -> None:
    sources = [path for part in ("core", "hellodl_gui") for path in (ROOT / part).rglob("*.py")]
    assert len(sources) > 100
    found = {path.relative_to(ROOT) for path in sources if _prints(path)}
    assert found <= _ELSEWHERE, (
        f"use core.io.safe_output.say: {sorted(map(str, found - _ELSEWHERE))}"
    )
