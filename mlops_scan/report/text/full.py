"""Everything behind the first screen: every criterion with its chains, every practice, fault, tool and warning."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from mlops_scan.assess import Assessment, Climb, Judgement, Tool
from mlops_scan.clean import clean, masked
from mlops_scan.evidence import Place
from mlops_scan.lineage import Lineage
from mlops_scan.proof import Proof
from mlops_scan.report import Look
from mlops_scan.report.parts import advice, standing
from mlops_scan.report.text import pieces
from mlops_scan.vocabulary import vocabulary

_LEGEND = (
    "declared: a dependency and nothing more; configured: set up or called; wired: a trigger, a documented command or a "
    "deployment reaches it; exercised: it left a trace."
)


def parts(assessment: Assessment, look: Look) -> Iterator[RenderableType]:
    """The parts of the report, from the answer down."""
    yield pieces.head(assessment)
    if assessment.applicable:
        climbs = pieces.ordered(assessment, look.model)
        yield from (pieces.standing(climb) for climb in climbs)
        yield from pieces.section("Profile", _profile(assessment))
        yield from pieces.section("Next", _steps(climbs[0], assessment))
        for climb in climbs:
            yield from _criteria(climb, assessment)
        yield from pieces.section("Lineage", _lineage(assessment.lineage))
        broken = sum(not fault.suppressed for fault in assessment.faults)
        yield from pieces.section(f"Broken wires ({broken})", map(pieces.fault, assessment.faults))
    yield from pieces.section("Since the baseline", pieces.changes(assessment, None))
    yield from pieces.section(f"Tools ({len(assessment.tools)})", _tools(assessment.tools))
    yield from pieces.section("Practices", _practices(assessment))
    yield from pieces.section("Left out", _left_out(assessment))
    if assessment.tools:
        yield Text(f"\n{_LEGEND}", style="dim")


def _profile(assessment: Assessment) -> Iterator[RenderableType]:
    model = next((climb.model for climb in assessment.climbs if climb.model.profile), None)
    if model:
        top = model.stages[-1].number
        table = Table.grid(padding=(0, 2))
        for name, stage in assessment.capabilities:
            bar = Text("#" * stage + "." * (top - stage), style="green")
            table.add_row(vocabulary().capabilities[name], bar, f"{stage} of {top}")
        yield table


def _lineage(lineage: Lineage) -> Iterator[RenderableType]:
    """The stations of the way back from the served model, and where it ends too early."""
    table = Table.grid(padding=(0, 2))
    for step in lineage.chain:
        table.add_row(step.name, f"{clean(str(step.place))} ({step.strength})")
    if table.row_count:
        yield table
    if lineage.missing:
        yield Text(f"missing: {lineage.missing}: {lineage.reason}")


def _steps(climb: Climb, assessment: Assessment) -> Iterator[RenderableType]:
    """What is missing for the next stage: the criteria that hold it back, and the cheapest step for each."""
    yield Text(standing.wanted(climb))
    if climb.next is None:
        return
    table = pieces.table(3)
    for judgement in climb.holding_back:
        steps = Text("\n".join(map(str, advice.steps(judgement, assessment))))
        table.add_row(pieces.verdict(judgement.verdict), judgement.criterion.id, steps)
    yield table


def _criteria(climb: Climb, assessment: Assessment) -> Iterator[RenderableType]:
    """Every criterion with its verdict and proofs."""
    judgements = {each.criterion.id: each for each in climb.judgements}
    for stage in climb.model.stages:
        table = pieces.table(4)
        for judgement in (judgements[criterion.id] for criterion in stage.criteria):
            row = pieces.verdict(judgement.verdict), judgement.criterion.id, judgement.criterion.question
            table.add_row(*row, _proofs(judgement, assessment))
        yield from pieces.section(f"{stage.number} {stage.name}", [table])


def _proofs(judgement: Judgement, assessment: Assessment) -> Text:
    """The proofs of a verdict, each behind the practice that it shows, what is missing, and what people say."""
    showings = sorted(judgement.shown, key=lambda showing: showing.proofs[0].order)
    lines = [f"{showing.practice}: {_chain(showing.proofs[0], assessment)}" for showing in showings]
    if lacks := advice.lacks(judgement):
        lines.append(f"missing: {lacks}")
    if said := judgement.attested:
        who = f"{clean(said.by)}, until {said.until.isoformat()}"
        link = f" {clean(masked(said.link))}" if said.link else ""
        lines.append(f"attested: {said.answer}, by {who}: {clean(masked(said.why))}{link}")
    return Text("\n".join(lines))


def _chain(proof: Proof, assessment: Assessment) -> str:
    name = next((tool.name for tool in assessment.tools if tool.id == proof.tool), "")
    return f"{' -> '.join(map(pieces.place, proof.path))} ({f'{name}, ' if name else ''}{proof.strength})"


def _tools(tools: Iterable[Tool]) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for tool in sorted(tools, key=lambda tool: (-tool.strength, tool.id)):
        places = dict.fromkeys(pieces.place(one.place) for one in tool.evidence)
        table.add_row(tool.name, str(tool.strength), Text("\n".join(places), overflow="fold"))
    if table.row_count:
        yield table


def _practices(assessment: Assessment) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for showing in assessment.practices:
        chain = Text(_chain(showing.proofs[0], assessment), overflow="fold")
        table.add_row(showing.practice, str(showing.strength), chain)
    if table.row_count:
        yield table


def _left_out(assessment: Assessment) -> Iterator[RenderableType]:
    if assessment.left_out:
        counts = ", ".join(f"{count} {name}" for name, count in assessment.left_out)
        yield Text(f"files that prove nothing or were not read: {counts}")
    if assessment.elsewhere:
        yield Text(f"references that lead elsewhere, and were not judged: {len(assessment.elsewhere)}")
    for each in assessment.elsewhere:
        at = pieces.place(Place(each.source.path, each.fact.line))
        yield Text(f"  {at} {each.fact.kind} {clean(masked(each.fact.name))}", overflow="fold")
    for warning in assessment.warnings:
        yield Text(f"{pieces.place(warning.place)}: {clean(warning.message)}", style="yellow")
