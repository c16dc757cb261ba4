"""Two reports side by side: what was gained, what was lost, what broke, and whether the ruler is still the same."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mlops_scan.errors import InvalidFile, Unreadable
from mlops_scan.evidence import Strength
from mlops_scan.repository.files import read_bytes

_LARGEST = 64 * 1024 * 1024
_VERDICTS = ("unmet", "asked", "partly", "met")  # from the worst up; what is asked is at least not denied


class Ladder(NamedTuple):
    """How far one model was climbed: the stage (None where nothing was applicable), the verdicts, and the model's digest."""

    stage: int | None
    verdicts: Mapping[str, str]
    ruler: str


class Snapshot(NamedTuple):
    """What one JSON report says, as far as it can be compared. Faults are rule, path, message and confidence."""

    commit: str
    complete: bool
    ruler: str
    ladders: Mapping[str, Ladder]
    practices: Mapping[str, Strength]
    tools: frozenset[str]
    faults: frozenset[tuple[str, str, str, str]]


class Change(NamedTuple):
    """One difference. `better` is None for what is neither better nor worse; `is_wire`: a gate may fail on it."""

    kind: str
    id: str
    before: str
    after: str
    better: bool | None
    is_wire: bool = False


class Changes(NamedTuple):
    """All differences from one commit to another. `rulers`: what of us changed in between, and not of the repository."""

    before: str
    after: str
    rulers: tuple[str, ...]
    all: tuple[Change, ...]

    @property
    def regressions(self) -> tuple[Change, ...]:
        """What got worse in the repository itself; nothing where the ruler changed, since that may be the reason."""
        return () if self.rulers else tuple(each for each in self.all if each.is_wire and each.better is False)


def load(path: Path) -> Snapshot:
    """An earlier JSON report. Raises `InvalidFile` for what is none."""
    try:
        return snapshot(json.loads(read_bytes(path.resolve(), _LARGEST)))
    except Unreadable as failure:
        raise InvalidFile(path, failure.reason) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidFile(path, "is not a JSON report of mlops-scan") from None


def snapshot(data: Mapping[str, Any]) -> Snapshot:
    """What a report says, from its JSON. Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` for what is none."""
    if data["version"] != 1:
        raise ValueError("another version of the contract")
    active = (each for each in data["faults"] if not each.get("suppressed"))
    return Snapshot(
        str(data.get("repository", {}).get("commit", "")),
        bool(data["complete"]),
        str(data.get("tool", {}).get("ruler", "")),
        {str(each["id"]): _ladder(each) for each in data["models"]},
        {str(each["id"]): Strength[each["strength"].upper()] for each in data["practices"]},
        frozenset(str(each["id"]) for each in data["tools"]),
        frozenset(
            (str(each["rule"]), str(each["path"]), str(each["message"]), str(each.get("confidence", "")))
            for each in active
        ),
    )


def _ladder(model: Mapping[str, Any]) -> Ladder:
    stage = model["stage"]
    if stage is not None and not isinstance(stage, int):
        raise TypeError("a stage is a number")
    verdicts = {str(each["id"]): str(each["verdict"]) for each in model["criteria"]}
    if not set(verdicts.values()) <= set(_VERDICTS):
        raise ValueError("an unknown verdict")
    return Ladder(stage, verdicts, str(model.get("ruler", "")))


def compare(before: Snapshot, after: Snapshot) -> Changes:
    """The differences, what got worse first."""
    found = (*_stages(before, after), *_criteria(before, after), *_practices(before, after), *_rest(before, after))
    order = {False: 0, True: 1, None: 2}
    return Changes(
        before.commit,
        after.commit,
        tuple(_rulers(before, after)),
        tuple(sorted(found, key=lambda each: order[each.better])),
    )


def _rulers(before: Snapshot, after: Snapshot) -> Iterator[str]:
    if before.ruler != after.ruler:
        yield "detectors"
    for name, ladder in after.ladders.items():
        if name in before.ladders and before.ladders[name].ruler != ladder.ruler:
            yield f"model {name}"


def _stages(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    if before.complete != after.complete:
        yield Change("scan", "complete", _word(before.complete), _word(after.complete), after.complete, is_wire=True)
    for name, ladder in after.ladders.items():
        old = before.ladders.get(name)
        if old and old.stage != ladder.stage:
            better = (-1 if ladder.stage is None else ladder.stage) > (-1 if old.stage is None else old.stage)
            yield Change("stage", name, _number(old.stage), _number(ladder.stage), better, is_wire=True)


def _criteria(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for name, ladder in after.ladders.items():
        old = before.ladders[name].verdicts if name in before.ladders else {}
        for criterion, verdict in ladder.verdicts.items():
            if old.get(criterion, verdict) != verdict:
                better = _VERDICTS.index(verdict) > _VERDICTS.index(old[criterion])
                yield Change("criterion", criterion, old[criterion], verdict, better, is_wire=True)


def _practices(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """A practice that something started and that nothing starts any more has lost a wire."""
    for name in sorted({*before.practices, *after.practices}):
        old, new = before.practices.get(name), after.practices.get(name)
        if old != new:
            was_wired = old is not None and old >= Strength.WIRED
            yield Change("practice", name, _strength(old), _strength(new), (new or 0) > (old or 0), was_wired)


def _rest(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    yield from (
        Change("fault", rule, "", f"{path}: {said}", False, sure == "high")
        for rule, path, said, sure in sorted(after.faults - before.faults)
    )
    yield from (
        Change("fault", rule, f"{path}: {said}", "", True)
        for rule, path, said, _ in sorted(before.faults - after.faults)
    )
    yield from (Change("tool", name, "", "found", None) for name in sorted(after.tools - before.tools))
    yield from (Change("tool", name, "found", "", None) for name in sorted(before.tools - after.tools))  # fmt: skip


def _word(complete: bool) -> str:
    return "complete" if complete else "incomplete"


def _number(stage: int | None) -> str:
    return "not applicable" if stage is None else str(stage)


def _strength(strength: Strength | None) -> str:
    return "not shown" if strength is None else str(strength)
