"""The only judge: verdicts on criteria, the stage that they earn, and whether the question applies at all."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from mlops_scan.attestation import Attestation
from mlops_scan.changes import Changes
from mlops_scan.evidence import Evidence, Loose, Place, Strength, Warning
from mlops_scan.faults import Fault
from mlops_scan.graph import EvidenceGraph
from mlops_scan.inventory import Asset
from mlops_scan.library import is_published
from mlops_scan.lineage import Lineage
from mlops_scan.maturity import Criterion, Model, Need, Stage
from mlops_scan.proof import Proof
from mlops_scan.trail import Trail
from mlops_scan.vocabulary import Practice, vocabulary


class Verdict(StrEnum):
    """What can be said of a criterion. `ASKED`: no file could show it, so a person must."""

    MET = "met"
    PARTLY = "partly"
    UNMET = "unmet"
    ASKED = "asked"


_POINTS = {Verdict.MET: 1.0, Verdict.PARTLY: 0.5, Verdict.UNMET: 0.0, Verdict.ASKED: 0.0}
_ENOUGH: dict[str, Callable[[Sequence[float]], bool]] = {
    "half": lambda points: sum(points) >= len(points) / 2,
    "most": lambda points: sum(points) > len(points) / 2,
    "nearly all": lambda points: sum(points) >= len(points) - 1 and 0 not in points,
    "all": lambda points: sum(points) == len(points),
}


class Showing(NamedTuple):
    """A practice as this repository shows it: its strength, and the proofs, strongest first."""

    practice: str
    proofs: tuple[Proof, ...]

    @property
    def strength(self) -> Strength:
        """The strength of the strongest proof."""
        return self.proofs[0].strength


class Judgement(NamedTuple):
    """A criterion and its verdict, what it rests on, what is missing for more, and what people say of it."""

    criterion: Criterion
    verdict: Verdict
    shown: tuple[Showing, ...]
    missing: tuple[Need, ...]
    attested: Attestation | None = None


Points = Callable[[Judgement], float]


class Climb(NamedTuple):
    """How far a repository has come on one model.

    `stage` is proven by files alone. `attested` counts what people answer as well, and `possible` is the stage if
    everything asked that nobody has answered were answered yes.
    """

    model: Model
    stage: int
    attested: int
    possible: int
    judgements: tuple[Judgement, ...]

    @property
    def next(self) -> Stage | None:
        """The lowest stage that does not hold yet, whose criteria keep the repository where it is."""
        return next((stage for stage in self.model.stages if not _holds(stage, self.judgements, _proven)), None)

    @property
    def holding_back(self) -> tuple[Judgement, ...]:
        """The criteria that are missing for the next stage."""
        wanted = {criterion.id for criterion in self.next.criteria} if self.next else set()
        return tuple(
            each for each in self.judgements if each.criterion.id in wanted and each.verdict is not Verdict.MET
        )


class Tool(NamedTuple):
    """A tool that left evidence."""

    id: str
    name: str
    strength: Strength
    evidence: tuple[Evidence, ...]


class Assessment(NamedTuple):
    """All that a scan has to say. A report renders it and adds nothing."""

    repository: str
    commit: str
    applicable: bool
    reason: str
    complete: bool
    files: int
    read: int
    left_out: tuple[tuple[str, int], ...]
    tools: tuple[Tool, ...]
    practices: tuple[Showing, ...]
    climbs: tuple[Climb, ...]
    faults: tuple[Fault, ...]
    elsewhere: tuple[Loose, ...]
    capabilities: tuple[tuple[str, int], ...]
    warnings: tuple[Warning, ...]
    lineage: Lineage = Lineage()  #: from the served model back to its data and code
    trail: Trail = Trail()  #: what stands at the places of the first proof of each practice, and what joins them

    ruler: str = ""  #: a digest of the detectors that ship with mlops-scan
    assets: tuple[Asset, ...] = ()  #: the models and data sets that have a name here
    changes: Changes | None = None  #: since an earlier report, where one was given

    @property
    def vocabulary(self) -> dict[str, Practice]:
        """The practices, and those that the models bring along."""
        own = {route.practice.id: route.practice for climb in self.climbs for route in climb.model.routes}
        return {**vocabulary().practices, **own}

    def climb(self, model: str) -> Climb:
        """The climb on one model, by its id."""
        return next(each for each in self.climbs if each.model.id == model)


def weighed(proofs: Iterable[Proof], cut: Set[Place]) -> tuple[Proof, ...]:
    """The proofs, strongest first, after those whose chain leads over a broken wire have lost the wire."""
    found = (
        proof._replace(strength=Strength.CONFIGURED)
        if proof.strength is Strength.WIRED and not cut.isdisjoint(proof.path)
        else proof
        for proof in proofs
    )
    return tuple(sorted(found, key=lambda proof: proof.order))


def judge(criterion: Criterion, practices: dict[str, Showing]) -> Judgement:
    """The verdict on a criterion.

    Each need counts 1 where a practice shows it strongly enough and 1/2 where one shows it less strongly (a dependency
    that nothing uses shows nothing). All of them make `met`, half of them `partly`.
    """
    shown = tuple(practices[name] for need in criterion.needs for name in need.practices if name in practices)
    points = [_points(need, practices) for need in criterion.needs]
    missing = tuple(need for need, point in zip(criterion.needs, points, strict=True) if point < 1)
    share = sum(points) / len(points) if points else 0.0
    if points and not missing:
        verdict = Verdict.MET
    elif share >= 0.5:
        verdict = Verdict.PARTLY
    else:
        verdict = Verdict.ASKED if criterion.asked else Verdict.UNMET
    return Judgement(criterion, verdict, tuple(dict.fromkeys(shown)), missing)


def _points(need: Need, practices: dict[str, Showing]) -> float:
    best = max((practices[name].strength for name in need.practices if name in practices), default=0)
    if best >= need.strength:
        return 1.0
    return 0.5 if best >= Strength.CONFIGURED else 0.0


def climb(
    model: Model, practices: dict[str, Showing], attested: Mapping[str, Attestation] = MappingProxyType({})
) -> Climb:
    """Judge every criterion of a model, and climb until the first stage that does not hold."""
    judgements = tuple(
        judge(criterion, practices)._replace(attested=attested.get(criterion.id)) for criterion in model.criteria
    )
    stage, said, possible = (_reached(model, judgements, points) for points in (_proven, _attested, _possible))
    return Climb(model, stage, said, possible, judgements)


def _reached(model: Model, judgements: Iterable[Judgement], points: Points) -> int:
    reached = model.floor
    for stage in model.stages:
        if not _holds(stage, judgements, points):
            break
        reached = stage.number
    return reached


def _holds(stage: Stage, judgements: Iterable[Judgement], points: Points) -> bool:
    own = {criterion.id for criterion in stage.criteria}
    return _ENOUGH[stage.quorum]([points(each) for each in judgements if each.criterion.id in own])


def _proven(judgement: Judgement) -> float:
    """What the files alone are worth."""
    return _POINTS[judgement.verdict]


def _attested(judgement: Judgement) -> float:
    """What the files and the people are worth: an answer adds to what is proven, and takes nothing away."""
    return max(_proven(judgement), judgement.attested.points if judgement.attested else 0.0)


def _possible(judgement: Judgement) -> float:
    """What it would be worth if every open question were answered yes."""
    is_open = judgement.verdict is Verdict.ASKED and judgement.attested is None
    return 1.0 if is_open else _attested(judgement)


def profile(model: Model, practices: dict[str, Showing]) -> tuple[tuple[str, int], ...]:
    """The stage that each capability area of a model has reached by itself."""
    reached: dict[str, int] = {}
    for rung in model.profile:
        stands = all(_points(need, practices) == 1.0 for need in rung.needs)
        reached.setdefault(rung.capability, 0)
        if stands and reached[rung.capability] == rung.stage - 1:
            reached[rung.capability] = rung.stage
    order = [name for name in vocabulary().capabilities if name in reached]
    return tuple((name, reached[name]) for name in order)


#: What shows that there is a model of this repository's own, and not only a program or a library for others' models.
_OF_A_MODEL = (
    "model-trained",
    "model-exposed",
    "model-served",
    "model-registered",
    "run-tracked",
    "feature-stored",
)


def applicability(graph: EvidenceGraph, practices: dict[str, Showing]) -> tuple[bool, str]:
    """Whether the repository holds machine learning of its own to judge, and why (or why not)."""
    strongest = max((practices[name].strength for name in _OF_A_MODEL if name in practices), default=0)
    if strongest < Strength.CONFIGURED:
        return False, "no model is trained or served here"
    if is_published(list(graph.readings.values())):
        return False, "this repository publishes a library or tool; the models are its users'"
    return True, ""
