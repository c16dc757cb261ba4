"""The whole trip: a path comes in, an assessment goes out."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mlops_scan import faults
from mlops_scan.assess import Assessment, Showing, Tool, applicability, climb, profile, weighed
from mlops_scan.attestation import Attestation, valid
from mlops_scan.catalogue import ruler
from mlops_scan.clean import discreet
from mlops_scan.detection import detect
from mlops_scan.detector import Detector
from mlops_scan.errors import GivenUp, Unreadable
from mlops_scan.evidence import Node, Place, Reading, Warning
from mlops_scan.graph import EvidenceGraph
from mlops_scan.inventory import inventory
from mlops_scan.lifecycle import Lifecycle, lifecycle
from mlops_scan.lineage import lineage
from mlops_scan.maturity import Model
from mlops_scan.patience import TooSlow, limited
from mlops_scan.practices import compose
from mlops_scan.reading import Memory, Progress, read
from mlops_scan.repository import READ, Repository, Scope, open_repository
from mlops_scan.trail import trail
from mlops_scan.vocabulary import vocabulary
from mlops_scan.wiring import stale
from mlops_scan.wiring.link import link
from mlops_scan.wiring.locks import Content, with_digests

SECONDS_OF_ALL = 1_800.0
_LARGEST_HASHED = 50_000_000


class Ground(NamedTuple):
    """What a scan judges: a repository as it was read, and what it is measured with. It can be judged again, changed."""

    repository: Repository
    readings: tuple[Reading, ...]
    warnings: tuple[Warning, ...]
    models: tuple[Model, ...]
    detectors: tuple[Detector, ...]
    suppressions: tuple[faults.Suppression, ...] = ()
    attested: tuple[Attestation, ...] = ()
    scope: Scope = Scope()


class _ScanTooSlow(TooSlow):
    """All of a scan took too long."""


@contextmanager
def _bounded() -> Iterator[None]:
    """End what takes longer than a whole scan may. Raises `GivenUp`."""
    try:
        with limited(SECONDS_OF_ALL, _ScanTooSlow):
            yield
    except _ScanTooSlow:
        raise GivenUp(f"the scan was given up: it took more than {SECONDS_OF_ALL:,.0f} seconds") from None


def scan(
    root: Path,
    models: Iterable[Model],
    detectors: Iterable[Detector],
    scope: Scope,
    progress: Progress = iter,
    suppressions: Iterable[faults.Suppression] = (),
    attested: Iterable[Attestation] = (),
    memory: Memory | None = None,
) -> Assessment:
    """Read the repository, link it, detect, ask and judge. Raises `ScanError` where there is nothing to scan."""
    return first_scan(root, models, detectors, scope, progress, suppressions, attested, memory)[0]


@_bounded()
def first_scan(
    root: Path,
    models: Iterable[Model],
    detectors: Iterable[Detector],
    scope: Scope,
    progress: Progress = iter,
    suppressions: Iterable[faults.Suppression] = (),
    attested: Iterable[Attestation] = (),
    memory: Memory | None = None,
) -> tuple[Assessment, Repository]:
    """As `scan`, with the repository, which knows what was looked at."""
    with _without_collector():
        ground = gather(root, models, detectors, scope, progress, suppressions, attested, memory)
        return judged(ground)[0], ground.repository


@contextmanager
def _without_collector() -> Iterator[None]:
    """What is read is kept to the end, and lies in no circles: to look through it for garbage takes a sixth of a scan."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_bounded()
def gather(
    root: Path,
    models: Iterable[Model],
    detectors: Iterable[Detector],
    scope: Scope,
    progress: Progress = iter,
    suppressions: Iterable[faults.Suppression] = (),
    attested: Iterable[Attestation] = (),
    memory: Memory | None = None,
) -> Ground:
    """Read the repository, each file at most once. Raises `ScanError` where there is nothing to scan."""
    repository = open_repository(root, scope)
    warnings = list(repository.warnings)
    readings = tuple(with_digests(list(read(repository, warnings, progress, memory)), _content_of(repository)))
    return Ground(
        repository, readings, tuple(warnings), tuple(models), tuple(detectors), tuple(suppressions), tuple(attested), scope
    )  # fmt: skip


@_bounded()
def judged(ground: Ground) -> tuple[Assessment, Lifecycle]:
    """Link what was read, detect, ask and judge; with the assessment comes the graph that it was asked of."""
    warnings = list(ground.warnings)
    life = _wired(ground.repository, ground.readings, ground.detectors, warnings)._replace(attested=ground.attested)
    names = {each.id: each.name for each in ground.detectors if each.is_tool}
    warnings.extend(faults.stray(life))
    broken = tuple(faults.find(life, ground.suppressions))
    return _assess(ground.repository, life, ground.models, names, warnings, broken=broken), life


@_bounded()
def wire(
    root: Path, detectors: Iterable[Detector], scope: Scope, progress: Progress = iter
) -> tuple[Repository, Lifecycle, list[Warning]]:
    """Read the repository, link it and detect: all that there is before anything is judged. Raises `ScanError`."""
    ground = gather(root, (), detectors, scope, progress)
    warnings = list(ground.warnings)
    return ground.repository, _wired(ground.repository, ground.readings, ground.detectors, warnings), warnings


def _wired(
    repository: Repository, readings: tuple[Reading, ...], detectors: tuple[Detector, ...], warnings: list[Warning]
) -> Lifecycle:
    wiring, locks = link(readings, repository.stands), stale.compare(readings)
    evidence = tuple(stale.believed(detect(readings, detectors, warnings), locks))
    graph = EvidenceGraph(readings, [*wiring.links, *stale.links(locks)], evidence)
    return lifecycle(graph, wiring.loose)._replace(stale=tuple(each for lock in locks for each in lock.stale))


def _content_of(repository: Repository) -> Content:
    def content(path: str) -> bytes | None:
        try:
            return repository.content(path, _LARGEST_HASHED)
        except Unreadable:
            return None

    return content


def _assess(
    repository: Repository,
    life: Lifecycle,
    models: tuple[Model, ...],
    names: dict[str, str],
    warnings: list[Warning],
    *,
    broken: tuple[faults.Fault, ...],
) -> Assessment:
    routes = [route for model in models for route in model.routes]
    graph, composed = life.graph, compose(life, routes)
    cut = {fault.place for fault in broken if fault.confidence is faults.Confidence.HIGH and not fault.suppressed}
    proofs = {name: composed.get(name) or graph.proofs(name) for name in (*vocabulary().practices, *composed)}
    practices = {name: Showing(name, weighed(shown, cut)) for name, shown in proofs.items() if shown}
    applicable, reason = applicability(graph, practices)
    tools = (
        Tool(tool, names[tool], graph.strength_of(found[0]), tuple(found))
        for tool, found in graph.tools.items()
        if tool in names
    )
    return Assessment(
        ruler=ruler(),
        repository=repository.root.name,
        commit=repository.history.commit if repository.history else "",
        applicable=applicable,
        reason=reason,
        complete=not any(warning.lost for warning in warnings),
        files=len(repository.files),
        read=sum(file.role in READ for file in repository.files),
        left_out=tuple(sorted((name, count) for name, count in repository.left_out.items() if count)),
        tools=discreet(tuple(tools), Place),
        practices=tuple(practices.values()),
        climbs=tuple(climb(model, practices, valid(life.attested)) for model in models),
        faults=discreet(broken, Place),
        elsewhere=discreet(tuple(each for each in life.loose if each.elsewhere), Node),
        capabilities=next((profile(model, practices) for model in models if model.profile), ()),
        warnings=tuple(sorted(set(warnings), key=lambda each: (each.place.path, each.place.line or 0, each.message))),
        assets=discreet(inventory(graph.readings.values()), Place),
        lineage=discreet(lineage(life), Place),
        trail=discreet(trail(graph, [showing.proofs[0].path for showing in practices.values()]), Place),
    )
