"""Markdown for a comment on a pull request and for the summary of a CI step; also readable as plain text."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from mlops_scan import __version__
from mlops_scan.assess import Assessment, Climb, Judgement, Tool, Verdict
from mlops_scan.changes import Change
from mlops_scan.clean import clean, masked
from mlops_scan.evidence import Place, Warning
from mlops_scan.faults import Fault
from mlops_scan.report import Look
from mlops_scan.report.parts import advice
from mlops_scan.report.parts.gate import sentence
from mlops_scan.report.parts.markup import code, plain, prose
from mlops_scan.report.parts.standing import chosen, kind, stage_of, standing, top, wanted
from mlops_scan.vocabulary import vocabulary

#: By this line a bot finds its own comment again, to write it anew instead of adding another.
MARKER = "<!-- mlops-scan -->"
#: A comment on GitHub may have 65,536 characters. These are bytes of UTF-8, which are never fewer.
_ROOM = 64_000
_MARK = {Verdict.MET: "✅", Verdict.PARTLY: "🟡", Verdict.UNMET: "❌", Verdict.ASKED: "❔"}


class _Section(NamedTuple):
    """What stands before the rows, the things that get a row each as long as there is room, and what stands behind."""

    head: str
    things: Sequence[Any] = ()
    row: Callable[[Any], str] = str
    foot: str = ""


def render(assessment: Assessment, look: Look) -> str:
    """The answer first, what to do next, then everything behind it, folded."""
    return "".join(_fitted([each for each in _sections(assessment, look) if each.head]))


def _fitted(sections: list[_Section]) -> Iterator[str]:
    """The sections, with as many of their rows as there is room for."""
    more = "\n_and {} more_\n"
    room = _ROOM - sum(_size(each.head) + _size(each.foot) + len(more) + 9 for each in sections)
    for section in sections:
        yield section.head
        for number, thing in enumerate(section.things):
            row = section.row(thing)
            if _size(row) > room:
                yield more.format(len(section.things) - number)
                break
            room -= _size(row)
            yield row
        yield section.foot


def _size(text: str) -> int:
    return len(text.encode("utf-8"))


def _sections(assessment: Assessment, look: Look) -> Iterator[_Section]:
    climb = chosen(assessment, look)
    yield _Section("".join(_head(assessment, climb, look)))
    yield _changes(assessment)
    if assessment.applicable:
        yield _next(climb, assessment)
        active = [each for each in assessment.faults if not each.suppressed]
        accepted = [each for each in assessment.faults if each.suppressed]
        title = f"\n### Broken wires ({len(active)})\n\n" if active else ""
        yield _Section(title, active, _fault)
        yield _folded(f"Accepted faults ({len(accepted)})", accepted, _fault)
        others = [each for each in assessment.climbs if each is not climb]
        yield from (_criteria(each, look.verbose) for each in (climb, *others))
        yield _capabilities(assessment)
    table = "| tool | strength | first seen |\n|---|---|---|\n"
    yield _folded(f"Tools ({len(assessment.tools)})", assessment.tools, _tool, table)
    yield _folded(f"Warnings ({len(assessment.warnings)})", assessment.warnings, _warning)
    yield _Section("".join(_foot(assessment)))


def _head(assessment: Assessment, climb: Climb, look: Look) -> Iterator[str]:
    said = standing(assessment, look)
    yield f"{MARKER}\n## MLOps maturity: {said.words}\n\n"
    if not assessment.applicable:
        yield f"There is no stage to give: {plain(clean(assessment.reason))}.\n"
    elif stage := stage_of(climb, climb.stage):
        yield f"**{plain(clean(stage.name))}.** {plain(clean(stage.meaning, 500))}\n"
    if not assessment.complete:
        yield "\n**The scan is incomplete and passes no gate:** something that might matter could not be read (see the warnings).\n"
    if assessment.applicable and climb.attested > climb.stage:
        yield f"\n{kind(climb).capitalize()} {climb.attested} is attested, with what people answer.\n"
    if assessment.applicable and climb.possible > climb.attested:
        asked = [each for each in climb.judgements if each.verdict is Verdict.ASKED and each.attested is None]
        named = ", ".join(plain(clean(each.criterion.id)) for each in asked)
        yield f"\n{kind(climb).capitalize()} {climb.possible} of {top(climb)} is possible, if the answer to what no file can show is yes: {named}.\n"


def _changes(assessment: Assessment) -> _Section:
    """What is different since the baseline."""
    found = assessment.changes
    if found is None:
        return _Section("")
    rulers = ", ".join(plain(clean(each)) for each in found.rulers)
    warned = (
        f"What is asked changed as well ({rulers}): differences may be no change of the repository.\n\n"
        if rulers
        else ""
    )
    nothing = "" if found.all else "Nothing changed.\n"
    return _Section(f"\n### Since the baseline\n\n{warned}{nothing}", found.all, _change)


def _change(change: Change) -> str:
    mark = {True: "better", False: "**worse**", None: "other"}[change.better]
    return f"- {mark}: {plain(sentence(change))}\n"


def _next(climb: Climb, assessment: Assessment) -> _Section:
    held = climb.holding_back
    table = "\n\n| | criterion | to do |\n|---|---|---|\n" if held else "\n"
    return _Section(f"\n### Next\n\n{plain(wanted(climb))}{table}", held, lambda each: _step(each, assessment))


def _step(judgement: Judgement, assessment: Assessment) -> str:
    steps = "<br>".join(prose(str(step)) for step in advice.steps(judgement, assessment))
    return f"| {_verdict(judgement)} | {_question(judgement)} | {steps} |\n"


def _verdict(judgement: Judgement) -> str:
    said = f", people say {judgement.attested.answer}" if judgement.attested else ""
    return f"{_MARK[judgement.verdict]} {judgement.verdict}{said}"


def _question(judgement: Judgement) -> str:
    return f"**{plain(clean(judgement.criterion.id))}** {plain(clean(judgement.criterion.question))}"


def _fault(fault: Fault) -> str:
    accepted = f" _Accepted:_ {plain(clean(masked(fault.suppressed)))}" if fault.suppressed else ""
    return f"- **{fault.rule}** {_place(fault.place)}: {prose(clean(masked(fault.message), 500))}{accepted}\n"


def _folded(title: str, things: Sequence[Any], row: Callable[[Any], str], head: str = "") -> _Section:
    """A section that opens on demand; none where there is nothing in it."""
    opening = f"\n<details><summary>{title}</summary>\n\n{head}" if things else ""
    return _Section(opening, things, row, "\n</details>\n")


def _criteria(climb: Climb, verbose: bool) -> _Section:
    title = f"All criteria of {plain(clean(climb.model.name))}: {kind(climb)} {climb.stage} of {top(climb)}"
    table = "| | criterion | shown by |\n|---|---|---|\n"
    return _folded(title, climb.judgements, lambda each: _criterion(each, verbose), table)


def _criterion(judgement: Judgement, verbose: bool) -> str:
    """A row with the end of each proof, or with the whole chain."""
    paths = {each.practice: each.proofs[0].path for each in judgement.shown}
    chains = {name: path if verbose else path[-1:] for name, path in paths.items()}
    shown = "<br>".join(f"{plain(clean(name))}: {' → '.join(map(_place, chain))}" for name, chain in chains.items())
    return f"| {_verdict(judgement)} | {_question(judgement)} | {shown} |\n"


def _place(place: Place) -> str:
    return code(clean(str(place), 4096))


def _capabilities(assessment: Assessment) -> _Section:
    highest = max((top(climb) for climb in assessment.climbs if climb.model.profile), default=0)
    names = vocabulary().capabilities
    table = "| capability | stage |\n|---|---|\n"
    return _folded(
        "Profile", assessment.capabilities, lambda each: f"| {names[each[0]]} | {each[1]} of {highest} |\n", table
    )


def _tool(tool: Tool) -> str:
    return f"| {plain(clean(tool.name))} | {tool.strength} | {_place(tool.evidence[0].place)} |\n"


def _warning(warning: Warning) -> str:
    return f"- {_place(warning.place)}: {plain(clean(warning.message))}\n"


def _foot(assessment: Assessment) -> Iterator[str]:
    at = f" at {assessment.commit[:12]}" if assessment.commit else ""
    left = "".join(f", {count} {plain(clean(name))}" for name, count in assessment.left_out)
    yield f"\nmlops-scan {__version__} read {assessment.read} of {assessment.files} files{at}"
    yield f" (left out: {left.removeprefix(', ')}).\n" if left else ".\n"
