"""What both text reports are made of: sections, verdicts, where we stand, changes."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mlops_scan.assess import Assessment, Climb, Verdict
from mlops_scan.clean import clean, masked
from mlops_scan.evidence import Place
from mlops_scan.faults import Fault
from mlops_scan.report.parts.gate import differences

STYLE = {Verdict.MET: "green", Verdict.PARTLY: "yellow", Verdict.UNMET: "red", Verdict.ASKED: "cyan"}
MARK = {Verdict.MET: "+", Verdict.PARTLY: "~", Verdict.UNMET: "-", Verdict.ASKED: "?"}
_KIND = {"stages": "Stage", "levels": "Level"}


def section(title: str, content: Iterable[RenderableType]) -> Iterator[RenderableType]:
    """A title with its content below it, and nothing at all where there is no content."""
    parts = list(content)
    if parts:
        yield Text(f"\n{title}", style="bold")
        yield Padding(Group(*parts), (0, 0, 0, 2))


def head(assessment: Assessment) -> Text:
    """Which repository this is, and what limits the answer."""
    commit = f" at {assessment.commit[:12]}" if assessment.commit else ""
    name = (clean(assessment.repository), "bold")
    line = Text.assemble(name, f"{commit}: {assessment.read} of {assessment.files} files read")
    if not assessment.applicable:
        line.append(f"\nNot applicable: {assessment.reason}. There is no stage to give.", style="bold")
    if not assessment.complete:
        line.append("\nThe scan is incomplete (see what was left out, below) and passes no gate.", style="bold red")
    return line


def ordered(assessment: Assessment, model: str) -> list[Climb]:
    """The climbs, that on the chosen model first."""
    chosen = [each for each in assessment.climbs if each.model.id == model]
    return [*chosen, *(each for each in assessment.climbs if each not in chosen)]


def standing(climb: Climb) -> Text:
    """The stage that is proven, the one that is attested, and the one that is possible."""
    stages = {stage.number: stage for stage in climb.model.stages}
    kind = _KIND.get(climb.model.id, clean(climb.model.name))
    line = Text.assemble((f"{kind} {climb.stage}", "bold green"), f" of {max(stages)} is proven")
    if stage := stages.get(climb.stage):
        line.append(f": {stage.name}. {stage.meaning}")
    if climb.attested > climb.stage:
        said = [each.criterion.id for each in climb.judgements if each.attested and each.verdict is not Verdict.MET]
        line.append(f"\n{kind} {climb.attested} is attested, with what people answer: {', '.join(said)}.")
    if climb.possible > climb.attested:
        asked = [
            each.criterion.id for each in climb.judgements if each.verdict is Verdict.ASKED and each.attested is None
        ]
        line.append(
            f"\n{kind} {climb.possible} is possible, if the answer to what no file can show is yes: {', '.join(asked)}."
        )
    return line


def table(columns: int) -> Table:
    """A table whose columns stand under those of every other: verdict, id, text, and proof if there is one."""
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(width=8, no_wrap=True)
    grid.add_column(width=5, no_wrap=True)
    grid.add_column(ratio=4)
    if columns > 3:
        grid.add_column(ratio=5, overflow="fold")
    return grid


def verdict(each: Verdict) -> Text:
    """A verdict with its mark, so that colour adds nothing that is not there."""
    return Text(f"{MARK[each]} {each}", style=STYLE[each])


def place(each: Place) -> str:
    """A place as `path:line`, harmless."""
    return clean(str(each))


def fault(each: Fault) -> Text:
    """A broken wire in one sentence, or why somebody accepts it."""
    if each.suppressed:
        reason = f"suppressed: {clean(masked(each.suppressed))}"
        return Text(f"{each.rule} {place(each.place)}: {reason}", style="dim", overflow="fold")
    said = f" {place(each.place)}: {clean(masked(each.message))}"
    return Text.assemble((each.rule, "red"), said, overflow="fold")


def changes(assessment: Assessment, most: int | None) -> Iterator[RenderableType]:
    """What is different since the baseline, worse first."""
    found = assessment.changes
    if found is None:
        return
    lines = differences(found)
    yield from (Text(line, overflow="fold") for line in lines[:most])
    if most is not None and len(lines) > most:
        yield Text(f"and {len(lines) - most} more (--verbose)")
