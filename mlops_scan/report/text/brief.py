"""The first screen: where we stand, why not higher, and what to do now, in under 40 lines."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from mlops_scan.assess import Assessment, Climb
from mlops_scan.clean import clean
from mlops_scan.evidence import Strength
from mlops_scan.report import Look
from mlops_scan.report.parts import advice, standing
from mlops_scan.report.text import pieces
from mlops_scan.vocabulary import vocabulary

_MOST_ACCEPTED = 1
_MOST_CHANGES = 5
_MOST_WARNINGS = 2
_MOST_TOOLS = 8


class Room(NamedTuple):
    """How much of what can be long fits on the screen."""

    steps: int
    faults: int


#: From the most that is shown down: where lines are short, less of the less important fills them.
ROOMS = (Room(4, 3), Room(3, 2), Room(2, 2), Room(2, 1), Room(1, 1))


def parts(assessment: Assessment, look: Look, room: Room = ROOMS[0]) -> Iterator[RenderableType]:
    """The parts of the report, from the answer down."""
    yield pieces.head(assessment)
    if assessment.applicable:
        chosen, *others = pieces.ordered(assessment, look.model)
        yield from (pieces.standing(climb) for climb in (chosen, *others))
        yield from pieces.section("Ladder", [_ladder(chosen), _profile(assessment)])
        yield from pieces.section("Next", _steps(chosen, assessment, room.steps))
        yield from _faults(assessment, room.faults)
    if assessment.changes is not None:
        yield from pieces.section(_since(assessment), pieces.changes(assessment, _MOST_CHANGES))
    yield from pieces.section(f"Tools ({len(assessment.tools)})", _tools(assessment))
    yield from pieces.section("Left out", _left_out(assessment))
    if assessment.applicable:
        first = next((each.criterion.id for each in pieces.ordered(assessment, look.model)[0].holding_back), "S1.1")
        yield Text(
            f"\nEvery proof: --verbose. One of them: mlops-scan explain {first} PATH",
            style="dim",
        )


def _ladder(climb: Climb) -> Table:
    """A line for each stage: the verdict of each of its criteria, as a mark, and whether the stage holds."""
    judgements = {each.criterion.id: each for each in climb.judgements}
    grid = Table.grid(padding=(0, 2))
    for stage in climb.model.stages:
        own = [judgements[criterion.id].verdict for criterion in stage.criteria]
        marks = Text(" ").join(Text(pieces.MARK[each], style=pieces.STYLE[each]) for each in own)
        met = sum(each == "met" for each in own)
        holds = "holds" if stage.number <= climb.stage and stage is not climb.next else ""
        holds = "next" if stage is climb.next else holds
        grid.add_row(str(stage.number), stage.name, marks, f"{met} of {len(own)} met", holds)
    return grid


def _profile(assessment: Assessment) -> Text:
    names = vocabulary().capabilities
    top = next((climb.model.stages[-1].number for climb in assessment.climbs if climb.model.profile), 0)
    areas = ", ".join(f"{names[name]} {stage}" for name, stage in assessment.capabilities)
    return Text(f"+ met  ~ partly  - unmet  ? for a person to answer\nBy area, of {top}: {areas}.", style="dim")


def _steps(climb: Climb, assessment: Assessment, most: int) -> Iterator[RenderableType]:
    yield Text(standing.wanted(climb))
    if climb.next is None:
        return
    held = sorted(climb.holding_back, key=lambda each: each.verdict != "partly")
    table = pieces.table(3)
    said: dict[str, str] = {}
    for judgement in held[:most]:
        name, step = judgement.criterion.id, str(advice.steps(judgement, assessment)[0])
        known = said.setdefault(step, name)
        table.add_row(pieces.verdict(judgement.verdict), name, Text(step if known == name else f"as for {known}"))
    yield table
    if len(held) > most:
        rest = ", ".join(f"{each.criterion.id} {each.verdict}" for each in held[most:])
        yield Text(f"and {rest}")


def _faults(assessment: Assessment, most: int) -> Iterator[RenderableType]:
    """The costliest broken wires, and what somebody accepts, with the reason: it stays visible."""
    accepted = [fault for fault in assessment.faults if fault.suppressed]
    active = [fault for fault in assessment.faults if not fault.suppressed]
    lines: list[RenderableType] = [pieces.fault(each) for each in (*active[:most], *accepted[:_MOST_ACCEPTED])]
    rest = [(len(active) - most, "more"), (len(accepted) - _MOST_ACCEPTED, "more suppressed")]
    more = [f"{count} {what}" for count, what in rest if count > 0]
    content = [*lines, *([Text(f"and {', '.join(more)}")] if more else [])]
    yield from pieces.section(f"Broken wires ({len(active)})", content)


def _since(assessment: Assessment) -> str:
    before = assessment.changes.before[:12] if assessment.changes else ""
    return f"Since {clean(before)}" if before else "Since the baseline"


def _tools(assessment: Assessment) -> Iterator[RenderableType]:
    """The names, strongest first; what is only declared is marked as such."""
    tools = sorted(assessment.tools, key=lambda tool: (-tool.strength, tool.id))
    names = [f"{tool.name}{' (declared)' if tool.strength is Strength.DECLARED else ''}" for tool in tools]
    if names:
        rest = f" and {len(names) - _MOST_TOOLS} more" if len(names) > _MOST_TOOLS else ""
        yield Text(f"{', '.join(names[:_MOST_TOOLS])}{rest}")


def _left_out(assessment: Assessment) -> Iterator[RenderableType]:
    if assessment.left_out:
        yield Text(f"files: {', '.join(f'{count} {name}' for name, count in assessment.left_out)}")
    lost = sorted(assessment.warnings, key=lambda warning: not warning.lost)
    for warning in lost[:_MOST_WARNINGS]:
        yield Text(f"{pieces.place(warning.place)}: {clean(warning.message)}", style="yellow", overflow="fold")
    if len(lost) > _MOST_WARNINGS:
        yield Text(f"and {len(lost) - _MOST_WARNINGS} more warnings")
