"""The report for a person at a terminal: where we stand, why, and what to do next."""

import io
from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mlops_scan.assess import Assessment, Climb, Judgement, Tool, Verdict
from mlops_scan.evidence import Place, Strength
from mlops_scan.maturity import Need, Stage
from mlops_scan.proof import Proof
from mlops_scan.report import Look
from mlops_scan.report.clean import clean, masked
from mlops_scan.vocabulary import vocabulary

_STYLE = {Verdict.MET: "green", Verdict.PARTLY: "yellow", Verdict.UNMET: "red", Verdict.ASKED: "cyan"}
_MARK = {Verdict.MET: "+", Verdict.PARTLY: "~", Verdict.UNMET: "-", Verdict.ASKED: "?"}
_QUORUM = {"half": "half of", "most": "most of", "nearly all": "all, or nearly all, of"}
_KIND = {"stages": "Stage", "levels": "Level"}
_LEGEND = (
    "declared: a dependency and nothing more; configured: set up or called; wired: a trigger, a documented command or a "
    "deployment reaches it; exercised: it left a trace."
)
_MOST_STEPS = 6
_MOST_FAULTS = 10
_MOST_WARNINGS = 10


def render(assessment: Assessment, look: Look) -> str:
    """The report as text, with colour where the look wants it."""
    console = Console(
        file=io.StringIO(), width=look.width, force_terminal=look.color, no_color=not look.color, color_system="standard" if look.color else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    console.print(Group(*_parts(assessment, look)))
    output: io.StringIO = console.file  # type: ignore[assignment]
    return "\n".join(line.rstrip() for line in output.getvalue().split("\n"))


def _parts(assessment: Assessment, look: Look) -> Iterator[RenderableType]:
    yield _head(assessment)
    if assessment.applicable:
        chosen = next((each for each in assessment.climbs if each.model.id == look.model), assessment.climbs[0])
        others = [each for each in assessment.climbs if each is not chosen]
        yield from (_standing(climb) for climb in (chosen, *others))
        yield from _section("Profile", _profile(assessment))
        yield from _section("Next", _steps(chosen, assessment))
        for climb in (chosen, *others) if look.verbose else (chosen,):
            yield from _criteria(climb, assessment, look)
        broken = sum(not fault.suppressed for fault in assessment.faults)
        yield from _section(f"Broken wires ({broken})", _faults(assessment, look.verbose))
    yield from _section(f"Tools ({len(assessment.tools)})", _tools(assessment.tools, look.verbose))
    if look.verbose:
        yield from _section("Practices", _practices(assessment))
    yield from _section("Left out", _left_out(assessment, look))
    if assessment.tools:
        yield Text(f"\n{_LEGEND}", style="dim")


def _section(title: str, content: Iterable[RenderableType]) -> Iterator[RenderableType]:
    parts = list(content)
    if parts:
        yield Text(f"\n{title}", style="bold")
        yield Padding(Group(*parts), (0, 0, 0, 2))


def _head(assessment: Assessment) -> Text:
    commit = f" at {assessment.commit[:12]}" if assessment.commit else ""
    head = Text.assemble(
        (clean(assessment.repository), "bold"), f"{commit}: {assessment.read} of {assessment.files} files read"
    )
    if not assessment.applicable:
        head.append(f"\nNot applicable: {assessment.reason}. There is no stage to give.", style="bold")
    if not assessment.complete:
        head.append("\nThe scan is incomplete (see what was left out, below) and passes no gate.", style="bold red")
    return head


def _standing(climb: Climb) -> Text:
    stages = {stage.number: stage for stage in climb.model.stages}
    kind = _KIND.get(climb.model.id, clean(climb.model.name))
    line = Text.assemble((f"{kind} {climb.stage}", "bold green"), f" of {max(stages)} is proven")
    if stage := stages.get(climb.stage):
        line.append(f": {stage.name}. {stage.meaning}")
    if climb.possible > climb.stage:
        asked = [each.criterion.id for each in climb.judgements if each.verdict is Verdict.ASKED]
        line.append(
            f"\n{kind} {climb.possible} is possible, if the answer to what no file can show is yes: {', '.join(asked)}."
        )
    return line


def _profile(assessment: Assessment) -> Iterator[RenderableType]:
    model = next((climb.model for climb in assessment.climbs if climb.model.profile), None)
    if model:
        top = model.stages[-1].number
        table = Table.grid(padding=(0, 2))
        for name, stage in assessment.capabilities:
            bar = Text("#" * stage + "." * (top - stage), style="green")
            table.add_row(vocabulary().capabilities[name], bar, f"{stage} of {top}")
        yield table


def _steps(climb: Climb, assessment: Assessment) -> Iterator[RenderableType]:
    """What is missing for the next stage: the criteria that hold it back, and the cheapest step for each."""
    stage = climb.next
    if stage is None:
        yield Text("Every stage of this model holds.")
        return
    if stage.number <= climb.stage:
        yield Text(
            f"Before anything above it can count, {_quorum(stage)} of stage {stage.number} ({stage.name}) must hold:"
        )
    else:
        yield Text(f"For stage {stage.number} ({stage.name}), {_quorum(stage)} must hold:")
    table = _table(4)
    for judgement in climb.holding_back[:_MOST_STEPS]:
        table.add_row(
            _verdict(judgement.verdict), judgement.criterion.id, Text("\n".join(_advice(judgement, assessment)))
        )
    yield table


def _quorum(stage: Stage) -> str:
    if len(stage.criteria) == 1:
        return "the one criterion, at least partly," if stage.quorum == "half" else "the one criterion"
    return f"{_QUORUM.get(stage.quorum, 'all')} the {len(stage.criteria)} criteria"


def _advice(judgement: Judgement, assessment: Assessment) -> list[str]:
    practices = assessment.vocabulary
    shown = {each.practice: each for each in assessment.practices}
    steps = []
    for need in judgement.missing:
        known = next((shown[name] for name in need.practices if name in shown), None)
        if known is None or known.strength < Strength.CONFIGURED:
            steps.append(practices[need.practices[0]].step)
        else:
            place = _place(known.proofs[0].path[-1])
            steps.append(f"{known.practice}: {place} is {known.strength}; {_lacks(need.strength)}.")
    return list(dict.fromkeys(steps)) or ["A person must answer this: no file can show it."]


def _lacks(wanted: Strength) -> str:
    if wanted is Strength.EXERCISED:
        return "no run of it has left a trace"
    return "no trigger, documented command or deployment reaches it whole"


def _criteria(climb: Climb, assessment: Assessment, look: Look) -> Iterator[RenderableType]:
    """Every criterion with its verdict; above the next stage, what is not met is only named."""
    judgements = {each.criterion.id: each for each in climb.judgements}
    horizon = climb.next.number if climb.next else climb.stage
    for stage in climb.model.stages:
        own = [judgements[criterion.id] for criterion in stage.criteria]
        full = look.verbose or stage.number <= max(horizon, climb.stage + 1)
        listed = [each for each in own if full or each.verdict in (Verdict.MET, Verdict.PARTLY)]
        table = _table(5)
        for judgement in listed:
            table.add_row(
                _verdict(judgement.verdict),
                judgement.criterion.id,
                judgement.criterion.question,
                _proofs(judgement, assessment, look),
            )
        rest = [f"{each.criterion.id} {each.verdict}" for each in own if each not in listed]
        parts: list[RenderableType] = [table] if listed else []
        yield from _section(
            f"{stage.number} {stage.name}", [*parts, *([Text(", ".join(rest), style="dim")] if rest else [])]
        )


def _table(columns: int) -> Table:
    """A table whose columns stand under those of every other: verdict, id, text, and proof if there is one."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(width=8, no_wrap=True)
    table.add_column(width=5, no_wrap=True)
    table.add_column(ratio=4)
    if columns > 4:
        table.add_column(ratio=5, overflow="fold")
    return table


def _verdict(verdict: Verdict) -> Text:
    return Text(f"{_MARK[verdict]} {verdict}", style=_STYLE[verdict])


def _proofs(judgement: Judgement, assessment: Assessment, look: Look) -> Text:
    """The proofs of a verdict, each behind the practice that it shows, and what is missing."""
    showings = sorted(judgement.shown, key=lambda showing: showing.proofs[0].order)
    shown = showings if look.verbose else showings[:1]
    lines = [f"{showing.practice}: {_chain(showing.proofs[0], assessment, look.verbose)}" for showing in shown]
    if judgement.verdict is not Verdict.MET and judgement.missing:
        lines.append(f"missing: {'; '.join(_need(need) for need in judgement.missing)}")
    return Text("\n".join(lines))


def _need(need: Need) -> str:
    return f"{' or '.join(need.practices)}{'' if need.strength is Strength.CONFIGURED else f', {need.strength}'}"


def _chain(proof: Proof, assessment: Assessment, verbose: bool) -> str:
    places = [_place(place) for place in (proof.path if verbose else proof.path[-1:])]
    name = next((tool.name for tool in assessment.tools if tool.id == proof.tool), "")
    return f"{' -> '.join(places)} ({f'{name}, ' if name else ''}{proof.strength})"


def _place(place: Place) -> str:
    return clean(str(place))


def _faults(assessment: Assessment, verbose: bool) -> Iterator[RenderableType]:
    """The costliest faults, then those that somebody accepts, with the reason."""
    active = [fault for fault in assessment.faults if not fault.suppressed]
    shown = active if verbose else active[:_MOST_FAULTS]
    for fault in shown:
        yield Text.assemble(
            (fault.rule, "red"), f" {_place(fault.place)}: {clean(masked(fault.message))}", overflow="fold"
        )
    if len(active) > len(shown):
        yield Text(f"and {len(active) - len(shown)} more (--verbose)")
    for fault in (fault for fault in assessment.faults if fault.suppressed):
        reason = f"suppressed: {clean(masked(fault.suppressed))}"
        yield Text(f"{fault.rule} {_place(fault.place)}: {reason}", style="dim", overflow="fold")


def _tools(tools: Iterable[Tool], verbose: bool) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for tool in sorted(tools, key=lambda tool: (-tool.strength, tool.id)):
        shown = tool.evidence if verbose else tool.evidence[:1]
        places = dict.fromkeys(_place(one.place) for one in shown)
        table.add_row(tool.name, str(tool.strength), Text("\n".join(places), overflow="fold"))
    if table.row_count:
        yield table


def _practices(assessment: Assessment) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for showing in assessment.practices:
        table.add_row(
            showing.practice, str(showing.strength), Text(_chain(showing.proofs[0], assessment, True), overflow="fold")
        )
    if table.row_count:
        yield table


def _left_out(assessment: Assessment, look: Look) -> Iterator[RenderableType]:
    if assessment.left_out:
        counts = ", ".join(f"{count} {name}" for name, count in assessment.left_out)
        yield Text(f"files that prove nothing or were not read: {counts}")
    if assessment.elsewhere:
        yield Text(f"references that lead elsewhere, and were not judged: {len(assessment.elsewhere)}")
    for each in assessment.elsewhere if look.verbose else ():
        place = _place(Place(each.source.path, each.fact.line))
        yield Text(f"  {place} {each.fact.kind} {clean(masked(each.fact.name))}", overflow="fold")
    shown = assessment.warnings if look.verbose else assessment.warnings[:_MOST_WARNINGS]
    yield from (Text(f"{_place(warning.place)}: {clean(warning.message)}", style="yellow") for warning in shown)
    if len(assessment.warnings) > len(shown):
        yield Text(f"and {len(assessment.warnings) - len(shown)} more warnings (--verbose)")
