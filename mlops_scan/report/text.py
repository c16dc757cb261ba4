"""The report for a person at a terminal: where we stand, why, and what to do next."""

import io
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mlops_scan.assess import Assessment, Climb, Judgement, Showing, Tool, Verdict
from mlops_scan.evidence import Place
from mlops_scan.faults import Fault
from mlops_scan.graph import Proof
from mlops_scan.maturity import Stage
from mlops_scan.report import Look
from mlops_scan.report.clean import clean, masked
from mlops_scan.vocabulary import vocabulary

_STYLE = {Verdict.MET: "green", Verdict.PARTLY: "yellow", Verdict.UNMET: "red", Verdict.ASKED: "cyan"}
_MARK = {Verdict.MET: "+", Verdict.PARTLY: "~", Verdict.UNMET: "-", Verdict.ASKED: "?"}
_MOST_STEPS = 5
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
        yield from (
            _standing(climb, climb is chosen)
            for climb in (chosen, *(each for each in assessment.climbs if each is not chosen))
        )
        if assessment.capabilities:
            yield from _section(
                "Profile",
                [_profile(assessment, max(stage.number for stage in assessment.climb("stages").model.stages))],
            )
        yield from _section("Next", _steps(chosen, assessment))
        yield from (
            part for climb in assessment.climbs if climb is chosen or look.verbose for part in _criteria(climb, look)
        )
        count = sum(not fault.suppressed for fault in assessment.faults)
        yield from _section(f"Faults ({count})", _faults(assessment.faults, look.verbose))
    yield from _section(
        f"Tools ({len(assessment.tools)})", [_tools(assessment.tools, look.verbose)] if assessment.tools else []
    )
    if look.verbose:
        yield from _section("Practices", [_practices(assessment.practices)])
    yield from _section("Left out", list(_left_out(assessment, look)))


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
        head.append("\nThe scan is incomplete: see what was left out, below. It passes no gate.", style="bold red")
    return head


def _standing(climb: Climb, chosen: bool) -> Text:
    names = {stage.number: stage.name for stage in climb.model.stages}
    kind = "Stage" if climb.model.id == "stages" else "Level" if climb.model.id == "levels" else clean(climb.model.name)
    line = Text.assemble((f"{kind} {climb.stage}", "bold green" if chosen else "bold"), f" of {max(names)} is proven")
    if name := names.get(climb.stage):
        line.append(f" ({name})")
    if climb.possible > climb.stage:
        line.append(f"; {climb.possible} is possible, if what no file can show is so")
    return line


def _profile(assessment: Assessment, top: int) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, stage in assessment.capabilities:
        table.add_row(
            vocabulary().capabilities[name],
            Text("#" * stage + "." * (top - stage), style="green"),
            f"stage {stage} of {top}",
        )
    return table


def _steps(climb: Climb, assessment: Assessment) -> Iterator[RenderableType]:
    """What is missing for the next stage: the criteria that hold it back, and the cheapest step for each."""
    if climb.next is None:
        yield Text("Every stage of this model holds.")
        return
    yield Text(f"For stage {climb.next.number} ({climb.next.name}), {_quorum(climb.next)} must hold:")
    table = Table.grid(padding=(0, 2))
    for judgement in climb.holding_back[:_MOST_STEPS]:
        table.add_row(
            _verdict(judgement.verdict), judgement.criterion.id, Text("\n".join(_advice(judgement, assessment)))
        )
    yield table


def _quorum(stage: Stage) -> str:
    words = {"half": "half of its", "most": "most of its", "nearly all": "all, or nearly all, of its"}
    return f"{words.get(stage.quorum, 'all')} {len(stage.criteria)} criteria"


def _advice(judgement: Judgement, assessment: Assessment) -> list[str]:
    practices = vocabulary().practices
    shown = {each.practice: each for each in assessment.practices}
    steps = []
    for need in judgement.missing:
        known = next((shown[name] for name in need.practices if name in shown), None)
        if known:
            steps.append(
                f"{known.practice} is only {known.strength} and must be {need.strength} ({_place(known.proofs[0].path[-1])})."
            )
        else:
            steps.append(practices[need.practices[0]].step)
    return list(dict.fromkeys(steps)) or ["A person must answer this: no file can show it."]


def _criteria(climb: Climb, look: Look) -> Iterator[RenderableType]:
    judgements = {each.criterion.id: each for each in climb.judgements}
    for stage in climb.model.stages:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=3)
        table.add_column(ratio=2, overflow="fold")
        for criterion in stage.criteria:
            judgement = judgements[criterion.id]
            table.add_row(
                _verdict(judgement.verdict), criterion.id, criterion.question, _proof(judgement, look.verbose)
            )
        title = f"{stage.number} {stage.name}: {stage.meaning} ({_quorum(stage)})"
        yield from _section(title, [table])


def _verdict(verdict: Verdict) -> Text:
    return Text(f"{_MARK[verdict]} {verdict}", style=_STYLE[verdict])


def _proof(judgement: Judgement, verbose: bool) -> Text:
    proofs = sorted((showing.proofs[0] for showing in judgement.shown), key=lambda proof: proof.order)
    if not proofs:
        return Text("nothing found", style="dim")
    return Text("\n".join(_chain(proof, verbose) for proof in (proofs if verbose else proofs[:1])))


def _chain(proof: Proof, verbose: bool) -> str:
    places = [_place(place) for place in (proof.path if verbose else proof.path[-1:])]
    by = f"{proof.tool}, " if proof.tool else ""
    return f"{' -> '.join(places)} ({by}{proof.strength})"


def _place(place: Place) -> str:
    return clean(str(place))


def _faults(faults: Sequence[Fault], verbose: bool) -> Iterator[RenderableType]:
    """The costliest faults, then those that somebody accepts, with the reason."""
    active = [fault for fault in faults if not fault.suppressed]
    shown = [*active[: None if verbose else _MOST_FAULTS], *(fault for fault in faults if fault.suppressed)]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for fault in shown:
        accepted = f" (suppressed: {clean(masked(fault.suppressed))})" if fault.suppressed else ""
        text = f"{_place(fault.place)}: {clean(masked(fault.message))}{accepted}"
        table.add_row(fault.rule, Text(text, style="dim" if accepted else "", overflow="fold"))
    if shown:
        yield table
    if len(faults) > len(shown):
        yield Text(f"and {len(faults) - len(shown)} more (--verbose)")


def _tools(tools: Iterable[Tool], verbose: bool) -> Table:
    table = Table.grid(padding=(0, 2))
    for tool in sorted(tools, key=lambda tool: (-tool.strength, tool.id)):
        shown = tool.evidence if verbose else tool.evidence[:1]
        places = dict.fromkeys(_place(one.place) for one in shown)
        table.add_row(tool.name, str(tool.strength), Text("\n".join(places), overflow="fold"))
    return table


def _practices(practices: Iterable[Showing]) -> Table:
    table = Table.grid(padding=(0, 2))
    for showing in practices:
        table.add_row(
            showing.practice, str(showing.strength), Text(_chain(showing.proofs[0], verbose=True), overflow="fold")
        )
    return table


def _left_out(assessment: Assessment, look: Look) -> Iterator[RenderableType]:
    if assessment.left_out:
        counts = ", ".join(f"{count} {name}" for name, count in assessment.left_out)
        yield Text(f"files that prove nothing or were not read: {counts}")
    shown = assessment.warnings if look.verbose else assessment.warnings[:_MOST_WARNINGS]
    yield from (Text(f"{_place(warning.place)}: {clean(warning.message)}", style="yellow") for warning in shown)
    if len(assessment.warnings) > len(shown):
        yield Text(f"and {len(assessment.warnings) - len(shown)} more warnings (--verbose)")
