"""What the page shows: the assessment, put in order and cut to a size that a reader and a browser can bear."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from mlops_scan.assess import Assessment, Climb, Judgement, Showing, Verdict
from mlops_scan.evidence import Place, Strength
from mlops_scan.maturity import Need, Rung, Stage
from mlops_scan.proof import Proof
from mlops_scan.report import Look
from mlops_scan.report.html import lists, radar, wiring
from mlops_scan.report.parts.advice import Action, Step, actions, steps
from mlops_scan.trail import Stop
from mlops_scan.vocabulary import Practice, vocabulary

_MOST_STOPS = 10
_MOST_PROOFS = 3
_QUORUM = {"half": "half of", "most": "most of", "nearly all": "all, or nearly all, of"}
_KIND = {"stages": "Stage", "levels": "Level"}


class Station(NamedTuple):
    """A place on the way of a proof, and what stands there; or, without a place, how many were left out."""

    kind: str
    name: str
    place: Place | None = None


class Chain(NamedTuple):
    """A proof as its stations."""

    practice: str
    strength: Strength
    tool: str
    stations: tuple[Station, ...]


class Part(NamedTuple):
    """A need of a criterion: what would do, and the strongest of it that is there."""

    need: Need
    best: Showing | None
    enough: bool


class Row(NamedTuple):
    """A criterion with everything that there is to say of it."""

    anchor: str
    judgement: Judgement
    parts: tuple[Part, ...]
    lack: Part | None  #: the first need that is not met
    chains: tuple[Chain, ...]
    steps: tuple[Step, ...]
    picture: wiring.Picture


class Tread(NamedTuple):
    """A stage on the ladder. `state` is `proven`, `here`, `attested`, `possible`, `next` or empty."""

    stage: Stage
    state: str
    met: int
    quorum: str
    rows: tuple[Row, ...]


class Ladder(NamedTuple):
    """A climb, and what the next stage asks for."""

    climb: Climb
    kind: str
    top: int
    stage: Stage | None
    treads: tuple[Tread, ...]
    next: Tread | None
    actions: tuple[Action, ...]
    asked: tuple[Row, ...]  #: the questions that only people can answer, and that nobody has answered


class Area(NamedTuple):
    """A capability area: the stage that it has reached by itself, and what the next one asks for."""

    name: str
    stage: int
    parts: tuple[Part, ...]


class Shown(NamedTuple):
    """A practice that the repository shows."""

    practice: Practice
    showing: Showing
    chains: tuple[Chain, ...]
    more: int
    picture: wiring.Picture


class Capability(NamedTuple):
    """The practices of one capability: those that are shown, and those that are not."""

    name: str
    shown: tuple[Shown, ...]
    unseen: tuple[Practice, ...]


class Target(NamedTuple):
    """The stage that a gate wants, and whether it is reached by what counts: `proven` or `attested`."""

    stage: int
    counts: str
    reached: bool


class View(NamedTuple):
    """Everything on the page."""

    assessment: Assessment
    ladders: tuple[Ladder, ...]  #: the chosen model first; none where nothing is applicable
    areas: tuple[Area, ...]
    top: int
    radar: Markup
    capabilities: tuple[Capability, ...]
    lists: lists.Lists
    target: Target | None


def view(assessment: Assessment, look: Look) -> View:
    """The view of an assessment, with the model that the look asks for first."""
    known = wiring.wires(assessment)
    first = [each for each in assessment.climbs if each.model.id == look.model]
    climbs = [*first, *(each for each in assessment.climbs if each not in first)] if assessment.applicable else []
    measured = next((climb.model for climb in climbs if climb.model.profile), None)
    top = measured.stages[-1].number if measured else 0
    areas = tuple(_areas(assessment, measured.profile)) if measured else ()
    drawn = radar.draw([(area.name, area.stage) for area in areas], top)
    return View(
        assessment,
        tuple(_ladder(climb, assessment, known) for climb in climbs),
        areas,
        top,
        Markup(drawn),  # noqa: S704 - our own SVG, whose texts are cleaned and escaped
        tuple(_capabilities(assessment, known)),
        lists.lists(assessment),
        _target(climbs[0], look) if climbs and look.target is not None else None,
    )


def _target(climb: Climb, look: Look) -> Target:
    stage = look.target or 0
    return Target(stage, look.counts, (climb.attested if look.counts == "attested" else climb.stage) >= stage)


def anchor(*parts: object) -> str:
    """A name that may stand behind `#` in an address."""
    return re.sub(r"[^\w.-]", "-", "-".join(map(str, parts)))


def _ladder(climb: Climb, assessment: Assessment, known: wiring.Wires) -> Ladder:
    rows = {each.criterion.id: _row(climb, each, assessment, known) for each in climb.judgements}
    treads = tuple(_tread(climb, stage, rows) for stage in climb.model.stages)
    return Ladder(
        climb,
        _KIND.get(climb.model.id, "Stage"),
        climb.model.stages[-1].number,
        next((stage for stage in climb.model.stages if stage.number == climb.stage), None),
        treads,
        next((tread for tread in treads if tread.stage is climb.next), None),
        tuple(actions(climb.holding_back, assessment)),
        tuple(row for row in rows.values() if row.judgement.verdict is Verdict.ASKED and not row.judgement.attested),
    )


def _tread(climb: Climb, stage: Stage, rows: Mapping[str, Row]) -> Tread:
    own = tuple(rows[criterion.id] for criterion in stage.criteria)
    met = sum(row.judgement.verdict is Verdict.MET for row in own)
    return Tread(stage, _state(climb, stage), met, _quorum(stage), own)


def _state(climb: Climb, stage: Stage) -> str:
    if stage is climb.next:
        return "next"
    if stage.number <= climb.stage:
        return "here" if stage.number == climb.stage else "proven"
    if stage.number <= climb.attested:
        return "attested"
    return "possible" if stage.number <= climb.possible else ""


def _quorum(stage: Stage) -> str:
    if len(stage.criteria) == 1:
        return "the one criterion, at least in part" if stage.quorum == "half" else "the one criterion"
    return f"{_QUORUM.get(stage.quorum, 'all of')} the {len(stage.criteria)} criteria"


def _row(climb: Climb, judgement: Judgement, assessment: Assessment, known: wiring.Wires) -> Row:
    ordered = sorted(judgement.shown, key=lambda showing: showing.proofs[0].order)
    judgement = judgement._replace(shown=tuple(ordered))
    practices = {each.practice: each for each in assessment.practices}
    parts = tuple(_part(need, practices) for need in judgement.criterion.needs)
    return Row(
        anchor(climb.model.id, judgement.criterion.id),
        judgement,
        parts,
        next((part for part in parts if not part.enough), None),
        tuple(_chain(showing.practice, showing.proofs[0], known) for showing in ordered),
        () if judgement.verdict is Verdict.MET else steps(judgement, assessment),
        wiring.of_judgement(judgement, known),
    )


def _part(need: Need, practices: Mapping[str, Showing]) -> Part:
    found = [practices[name] for name in need.practices if name in practices]
    best = max(found, key=lambda showing: showing.strength, default=None)
    return Part(need, best, best is not None and best.strength >= need.strength)


def _areas(assessment: Assessment, rungs: Iterable[Rung]) -> Iterator[Area]:
    practices = {each.practice: each for each in assessment.practices}
    above = {(rung.capability, rung.stage): rung.needs for rung in rungs}
    for name, stage in assessment.capabilities:
        parts = tuple(_part(need, practices) for need in above.get((name, stage + 1), ()))
        yield Area(vocabulary().capabilities[name], stage, parts)


def _capabilities(assessment: Assessment, known: wiring.Wires) -> Iterator[Capability]:
    showings = {each.practice: each for each in assessment.practices}
    for id_, name in vocabulary().capabilities.items():
        own = [each for each in assessment.vocabulary.values() if each.capability == id_]
        shown = tuple(_shown(each, showings[each.id], known) for each in own if each.id in showings)
        yield Capability(name, shown, tuple(each for each in own if each.id not in showings))


def _shown(practice: Practice, showing: Showing, known: wiring.Wires) -> Shown:
    chains = tuple(_chain(practice.id, proof, known) for proof in showing.proofs[:_MOST_PROOFS])
    more = len(showing.proofs) - len(chains)
    return Shown(practice, showing, chains, more, wiring.of_showing(showing, known))


def _chain(practice: str, proof: Proof, known: wiring.Wires) -> Chain:
    stations = [_station(place, known) for place in _ends(proof.path)]
    if len(proof.path) > len(stations):
        amid = Station("", f"{len(proof.path) - len(stations)} more places")
        stations.insert(len(stations) // 2, amid)
    return Chain(practice, proof.strength, known.tools.get(proof.tool, ""), tuple(stations))


def _ends(path: Sequence[Place]) -> Sequence[Place]:
    half = _MOST_STOPS // 2
    return path if len(path) <= _MOST_STOPS else [*path[:half], *path[-half:]]


def _station(place: Place, known: wiring.Wires) -> Station:
    return Station(*wiring.label(known.stops.get(place, Stop(place))), place)
