"""A recorded run as a short Python script that trains it again to the last digit."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.errors import RecordError
from core.knobs import Knobs
from core.record.file_checks import as_record_error
from core.record.lineage import Lineage
from core.record.models import RunInfo
from core.record.reader import RunFile
from core.record.resume import ResumableRun
from core.record.schema import RESUMED
from core.share.import_lab import THINNED
from core.share.lab import is_seed_weights
from core.share.weights_hash import losses_sha256, weights_sha256
from core.translation import tr

_WIDTH = 100
_LONGEST_NAME = 120
_UNSAID = "fast", 1  # what a Replay computes with unless told otherwise


@dataclass(frozen=True)
class Script:
    """`text` is the script; it trains up to and with mini-batch `step`.

    `required_records` are the names of records that it restores states from.
    """

    text: str
    step: int
    required_records: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """One file's share of a run: what happened after step `begin`, up to and with `end`.

    It began with the knobs at `beginning`. `state` is what the file has at `begin`; `reached` what
    it has at `end`, if anything. `resumed`: after its parent's process had ended.
    """

    file: str
    about: RunInfo
    beginning: Knobs
    begin: int
    end: int
    losses: NDArray[np.float64]
    changes: list[tuple[int, str, float]]
    computing: list[tuple[int, str, int]]
    lessons: list[int]
    resumed: bool
    state: Mapping[str, Any]
    reached: Mapping[str, Any] | None


@dataclass(frozen=True)
class _Line:
    """Something to do once mini-batch `after` is over."""

    after: int
    rank: int
    text: str


def export_script(path: Path, until: int | None = None) -> Script:
    """The run in a file as a script, to its end or up to the mini-batch at or before `until`.

    A fork begins with its parents' parts while their files lie beside it, otherwise with the state
    that its own record keeps. So does what no numbers can say: weights from a file, and lessons.
    Raises RecordError when the file cannot be read, or knows no such step.
    """
    parts = _parts(path, until)
    first = parts[0]
    declared = chapter(first.about.chapter)
    required_records = []
    lines = []
    if not _seeded(first):
        required_records.append(first.file)
        lines.append(_Line(first.begin, 0, f"run.restore({first.file!r}, {first.begin})"
                           f"  # {_why_restored(first)}"))  # fmt: skip
    values = dict(first.beginning)
    used, ended = _UNSAID, first.begin
    for part in parts:
        if part.resumed and part is not first:
            required_records.append(part.file)
            lines += [
                _Line(part.begin, 0, f"run.train({ended})"),
                _Line(part.begin, 0, f"run.restore({part.file!r}, {part.begin})"
                                     "  # its process had ended: from the weights last seen"),
            ]  # fmt: skip
        elif part is not first:
            lines.append(_Line(part.begin, 0, f"# from here on as in {part.file!r}, a fork"))
        for after, engine, threads in part.computing:
            if (engine, threads) != used:
                used = engine, threads
                text = f"run.compute({after + 1}, {engine!r}, threads={threads})"
                lines.append(_Line(after, 2, text))
        for step in part.lessons:
            required_records.append(part.file)
            lines.append(_Line(step, 1, f"run.train({step})"))
            lines.append(_Line(step, 1, f"run.restore({part.file!r}, {step})"
                               "  # a lesson: it cannot be given again from numbers"))  # fmt: skip
        lines += _turns(part, values, declared)
        ended = part.end
    return Script(
        _written(parts, declared, lines), parts[-1].end, tuple(dict.fromkeys(required_records))
    )


def _parts(path: Path, until: int | None) -> list[_Part]:
    """The run's share and those of its ancestors, the oldest first."""
    with Lineage(path) as film:
        first = film.first_step
        wanted = film.last_step if until is None else min(until, film.last_step)
        if wanted < first:
            raise RecordError(
                tr(
                    "{name} begins at step {first:,}; step {wanted:,} is before that. Choose "
                    "a later one, or the run that this one branched off from."
                ).format(name=path.name, first=first, wanted=wanted)
            )
        files = [
            (file, int(min(end, wanted)))
            for file, end in film.parts
            if file.about.first_step < wanted or file.about.first_step == first
        ]
        if len({file.about.chapter for file, _ in files}) > 1:
            raise RecordError(
                tr("{name} and the run it branched off from are of two chapters.").format(
                    name=path.name
                )
            )
        return [_part(file, end) for file, end in files]


def _part(film: RunFile, wanted: int) -> _Part:
    about, path = film.about, film.path
    past = ResumableRun(film, chapter(about.chapter).defaults())
    begin = _first_state(film, wanted)
    steps = film.curves()["step"]
    inside = (steps > begin) & (steps <= wanted)
    end = int(steps[inside][-1]) if inside.any() else begin
    with as_record_error(path.name):
        beginning = past.knobs(begin)
        computing = [
            (event.step, str(used["engine"]), int(used["threads"]))
            for event in film.events()
            if event.kind == "computing" and event.step < max(end, begin + 1)
            for used in [json.loads(event.text)]
        ]
    return _Part(
        file=path.name,
        about=about,
        beginning=beginning,
        begin=begin,
        end=end,
        losses=film.curves()["loss"][inside].copy(),
        changes=[(c.step, c.key, c.value) for c in film.knob_changes() if begin < c.step <= end],
        computing=computing,
        lessons=[
            event.step
            for event in film.events()
            if event.kind in ("lesson", "unlearnt") and begin < event.step <= end
        ],
        resumed=any(event.text == RESUMED for event in film.events()),
        state=film.checkpoint(begin),
        reached=film.checkpoint(end) if end in film.checkpoints else None,
    )


def _first_state(film: RunFile, wanted: int) -> int:
    """The step that the record can be trained from: its first, but for one out of a lab file."""
    first = film.about.first_step
    if first not in film.checkpoints:
        first = int(film.checkpoints[0]) if len(film.checkpoints) else wanted + 1
    if first > wanted:
        raise RecordError(
            tr(
                "Nothing trains {name} again up to step {wanted:,}: the lab file that it came "
                "from kept no earlier state than its last. Choose a later step."
            ).format(name=film.path.name, wanted=wanted)
        )
    return first


def _seeded(part: _Part) -> bool:
    """Whether a run began as its knobs and seed say, to the last bit of its weights."""
    theta = part.state.get("theta")
    if part.begin or not isinstance(theta, np.ndarray):
        return False
    return is_seed_weights(part.about.chapter, part.beginning, theta)


def _why_restored(part: _Part) -> str:
    if part.about.parent is not None:
        return f"a fork, and {part.about.parent.file!r} is not beside it"
    if part.begin:
        return "nothing is recorded of what was before"
    return "it began with weights that no seed gives"


def _turns(part: _Part, values: dict[str, float], declared: Chapter) -> Iterator[_Line]:
    """What is turned in this part; `values` are the knobs before it, and after it afterwards."""
    turned: dict[int, dict[str, float]] = {part.begin + 1: dict(part.beginning)}
    for step, key, value in part.changes:
        turned.setdefault(step, {})[key] = value
    for step in sorted(turned):
        with as_record_error(part.file):
            knobs = declared.defaults().with_values(**turned[step])
        new = {key: knobs[key] for key in turned[step] if knobs[key] != values[key]}
        values.update(new)
        if new:
            yield _Line(step - 1, 3, f"run.turn({step}, {', '.join(_arguments(knobs, new))})")


def _arguments(knobs: Knobs, values: Mapping[str, float]) -> Iterator[str]:
    """`lr=0.03, optimizer="adam"`: whole numbers and names as a person writes them."""
    for key, value in values.items():
        knob = knobs.knobs[key]
        if knob.choices:
            said = json.dumps(knob.typed(value))
        else:
            said = str(int(value)) if value == int(value) else repr(value)
        yield f"{key}={said}"


def _in_lines(arguments: Iterable[str]) -> str:
    """As many to a line as fit, four spaces in."""
    lines = [""]
    for argument in arguments:
        if lines[-1] and len(lines[-1]) + len(argument) + 2 > _WIDTH - 4:
            lines.append("")
        lines[-1] += f" {argument}," if lines[-1] else f"{argument},"
    return "".join(f"    {line}\n" for line in lines)


def _plain(text: str) -> str:
    """A name from a file so that it can stand between quotes."""
    fit = "".join(c if c.isprintable() and c not in '"\\' else "_" for c in text)
    return fit[:_LONGEST_NAME]


def _written(parts: list[_Part], declared: Chapter, lines: Iterable[_Line]) -> str:
    first, last = parts[0], parts[-1]
    data = _plain(first.about.versions.get("data", ""))
    after = f" from mini-batch {first.begin + 1:,} on" if first.begin else ""
    about = (
        f"{declared.title}: {last.end - first.begin:,} mini-batches{after} on “{data}”, as they "
        f"were recorded in “{_plain(last.file)}”.",
        "Prints every loss, then SHA-256 of all losses and of the weights. On the same kind of "
        "machine they are the recorded ones bit for bit. Needs nothing but the lab.",
    )
    opening = "\n\n".join(textwrap.fill(part, _WIDTH - 3) for part in about)
    settings = _in_lines(_arguments(first.beginning, first.beginning))
    happened = [line.text for line in sorted(lines, key=lambda line: (line.after, line.rank))]
    losses = losses_sha256(np.concatenate([part.losses for part in parts]))
    expected = []
    if all(part.about.versions.get("curve") != THINNED for part in parts):
        expected.append(f'losses="{losses}"')
    if last.reached is not None and isinstance(last.reached.get("theta"), np.ndarray):
        expected.append(f'theta="{weights_sha256(last.reached["theta"])}"')
    return "\n".join(
        [
            f'"""{opening}\n"""',
            "",
            "from core.share.replay import Replay",
            "",
            f'run = Replay(\n    "{declared.key}",\n{settings})',
            *happened,
            f"run.train({last.end})",
            "run.report(  # as recorded",
            *(f"    {one}," for one in expected),
            ")",
            "",
        ]
    )
