"""What a reviewer should look at: broken wires, and the criteria that hold the next stage back, each at a place."""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from mlops_scan.assess import Assessment, Climb, Judgement
from mlops_scan.clean import clean, masked
from mlops_scan.evidence import Place
from mlops_scan.faults import Fault, rules
from mlops_scan.proof import Proof
from mlops_scan.report.parts import advice
from mlops_scan.report.parts.standing import kind

#: The path under which a proof names the history of the repository; no reader of a report can open it.
_HISTORY = ".git"
_LONGEST = 1000
_MOST_RELATED = 5


class Severity(IntEnum):
    """How loudly a finding is said."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


class Finding(NamedTuple):
    """One thing to look at. The texts are harmless for every format; the paths of the places are as they are.

    `identity` is what stays the same while lines move and wording changes. `proof` leads from an entry point to the
    place; `related` are other places, each with the practice that is shown there, and `relation` says what they are.
    """

    rule: str
    title: str
    message: str
    place: Place
    severity: Severity
    identity: str
    suppressed: str = ""
    proof: tuple[Place, ...] = ()
    related: tuple[tuple[Place, str], ...] = ()
    relation: str = "Rests on it"


def findings(assessment: Assessment, climb: Climb) -> tuple[Finding, ...]:
    """The broken wires, the costliest first, then the criteria that hold back; nothing where no stage is to be given."""
    if not assessment.applicable:
        return ()
    return (*_faults(assessment), *_gaps(assessment, climb))


def _faults(assessment: Assessment) -> Iterator[Finding]:
    """A fault is said no louder than it is sure, and no louder than it costs."""
    known = {rule.id: rule for rule in rules()}
    for fault in assessment.faults:
        proofs = list(_resting(fault, assessment))
        yield Finding(
            rule=fault.rule,
            title=fault.rule.replace("-", " ").capitalize(),
            message=_sentence(clean(masked(fault.message), _LONGEST)),
            place=fault.place,
            severity=Severity(min(known[fault.rule].costs, fault.confidence)),
            identity=f"{fault.place.path}\0{fault.message}",
            suppressed=clean(masked(fault.suppressed)),
            proof=next((proof.path for _, proof in proofs if fault.place in proof.path and len(proof.path) > 1), ()),
            related=tuple(_ends(proofs, fault.place)),
        )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def _resting(fault: Fault, assessment: Assessment) -> Iterator[tuple[str, Proof]]:
    """The practices that rest on a broken wire, each with its strongest proof that leads over that file."""
    for each in assessment.practices:
        over = (proof for proof in each.proofs if any(place.path == fault.place.path for place in proof.path))
        if each.practice in fault.rests and (proof := next(over, None)):
            yield each.practice, proof


def _gaps(assessment: Assessment, climb: Climb) -> Iterator[Finding]:
    """What is missing has no line of its own: it is said where the nearest proof stands."""
    for judgement in climb.holding_back:
        shown = [(each.practice, each.proofs[0]) for each in judgement.shown]
        near = [*shown, *_neighbours(judgement, assessment)]
        place = next((place for _, proof in near for place in reversed(proof.path) if place.path != _HISTORY), None)
        if place is None or climb.next is None:
            continue
        name = clean(judgement.criterion.id, 100)
        question = clean(judgement.criterion.question, _LONGEST)
        lacks = advice.lacks(judgement)
        yield Finding(
            rule=name,
            title=f"{name} holds back {kind(climb)} {climb.next.number} ({clean(climb.next.name)})",
            message=f"{question} {judgement.verdict.capitalize()}.{f' Missing: {lacks}.' if lacks else ''} "
            + " ".join(map(str, advice.steps(judgement, assessment))),
            place=place,
            severity=Severity.NOTE,
            identity=climb.model.id,
            proof=next((proof.path for _, proof in shown if len(proof.path) > 1 and place in proof.path), ()),
            related=tuple(_ends(shown, place)),
            relation="Shown so far",
        )


def _neighbours(judgement: Judgement, assessment: Assessment) -> Iterator[tuple[str, Proof]]:
    """Practices of the same capability as those that are missing, then all others, the strongest proofs first."""
    known = assessment.vocabulary
    wanted = {known[name].capability for need in judgement.missing for name in need.practices}
    practices = sorted(assessment.practices, key=lambda each: each.proofs[0].order)
    near = [each for each in practices if known[each.practice].capability in wanted]
    return ((each.practice, each.proofs[0]) for each in (*near, *practices))


def _ends(proofs: Iterable[tuple[str, Proof]], without: Place) -> Iterator[tuple[Place, str]]:
    """Where practices are shown, each place once."""
    ends: dict[Place, str] = {}
    for practice, proof in proofs:
        place = proof.path[-1]
        if place != without and place.path != _HISTORY and len(ends) < _MOST_RELATED:
            ends.setdefault(place, clean(practice))
    yield from ends.items()
