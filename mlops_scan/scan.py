"""The whole trip: a path comes in, an assessment goes out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mlops_scan import faults
from mlops_scan.assess import Assessment, Showing, Tool, applicability, climb, profile, weighed
from mlops_scan.attestation import Attestation, valid
from mlops_scan.cache import Memory
from mlops_scan.catalogue import ruler
from mlops_scan.clean import discreet, masked_parts
from mlops_scan.collector import paused
from mlops_scan.detection import detect
from mlops_scan.detector import Detector
from mlops_scan.errors import GivenUp, Unreadable
from mlops_scan.evidence import Loose, Node, Place, Reading, Warning
from mlops_scan.graph import EvidenceGraph
from mlops_scan.inventory import inventory
from mlops_scan.lifecycle import Lifecycle, lifecycle
from mlops_scan.lineage import lineage
from mlops_scan.maturity import Model
from mlops_scan.patience import TooSlow, limited
from mlops_scan.practices import compose
from mlops_scan.reading import Progress, read
from mlops_scan.readings import sparing
from mlops_scan.repository import READ, Repository, Scope, open_repository
from mlops_scan.stopwatch import Stopwatch, during
from mlops_scan.trail import trail
from mlops_scan.vocabulary import vocabulary
from mlops_scan.wiring import stale
from mlops_scan.wiring.link import link, too_many
from mlops_scan.wiring.locks import Content, with_digests

SECONDS_OF_ALL = 1_800.0
_LARGEST_HASHED = 50_000_000


class Inquiry(NamedTuple):
    """What a scan is asked: the models that judge, the detectors and paths that count, what is accepted, what people say."""

    models: tuple[Model, ...]
    detectors: tuple[Detector, ...]
    scope: Scope = Scope()
    suppressions: tuple[faults.Suppression, ...] = ()
    attested: tuple[Attestation, ...] = ()


class Ground(NamedTuple):
    """What a scan judges: a repository as it was read, and what it is asked. It can be judged again, changed."""

    repository: Repository
    readings: tuple[Reading, ...]
    warnings: tuple[Warning, ...]
    inquiry: Inquiry


class _ScanTooSlow(TooSlow):
    """All of a scan took too long."""


@contextmanager
def _bounded() -> Iterator[None]:
    """End what takes longer, or more memory, than a whole scan may. Raises `GivenUp`."""
    try:
        with limited(SECONDS_OF_ALL, _ScanTooSlow):
            yield
    except _ScanTooSlow:
        raise GivenUp(f"the scan was given up: it took more than {SECONDS_OF_ALL:,.0f} seconds") from None
    except MemoryError:
        raise GivenUp("the scan was given up: there is not enough memory for it") from None


def scan(root: Path, inquiry: Inquiry) -> Assessment:
    """Read the repository, link it, detect, ask and judge. Raises `ScanError` where there is nothing to scan."""
    return judged(gather(root, inquiry))[0]


@_bounded()
def gather(
    root: Path,
    inquiry: Inquiry,
    progress: Progress = iter,
    memory: Memory | None = None,
    watch: Stopwatch | None = None,
) -> Ground:
    """Read the repository, each file at most once. Raises `ScanError` where there is nothing to scan."""
    with paused():
        with during(watch, "listing"):
            repository = open_repository(root, inquiry.scope)
        warnings = list(repository.warnings)
        with during(watch, "reading"):
            found = list(sparing(read(repository, warnings, progress, memory, watch)))
            readings = tuple(with_digests(found, _content_of(repository)))
    return Ground(repository, readings, tuple(warnings), inquiry)


@_bounded()
def judged(ground: Ground, watch: Stopwatch | None = None) -> tuple[Assessment, Lifecycle]:
    """Link what was read, detect, ask and judge; with the assessment comes the graph that it was asked of."""
    with paused():
        warnings = list(ground.warnings)
        life = wired(ground, warnings, watch)
        with during(watch, "judge"):
            warnings.extend(faults.stray(life))
            broken = tuple(faults.find(life, ground.inquiry.suppressions))
            return _assess(ground, life, broken, warnings), life


def wired(ground: Ground, warnings: list[Warning], watch: Stopwatch | None = None) -> Lifecycle:
    """Link what was read, and detect: all that there is before anything is judged. Detectors that fail add warnings."""
    readings = ground.readings
    with during(watch, "link"):
        wiring, locks = link(readings, ground.repository.stands), stale.compare(readings)
    roles = {each.path: each.role for each in readings}
    warnings.extend(Warning(Place(path), too_many(), lost=roles[path] == "product") for path in wiring.cut)
    with during(watch, "detect"):
        evidence = tuple(stale.believed(detect(readings, ground.inquiry.detectors, warnings), locks))
    with during(watch, "link"):
        graph = EvidenceGraph(readings, [*wiring.links, *stale.links(locks)], evidence)
    old = tuple(each for lock in locks for each in lock.stale)
    with during(watch, "judge"):
        life = lifecycle(graph, wiring.loose)
        return life._replace(stale=old, attested=discreet(ground.inquiry.attested, Place))


def _quoted(loose: Loose) -> Loose:
    """A reference as a report may quote it."""
    source = loose.source._replace(unit=masked_parts(loose.source.unit))
    return discreet(loose._replace(source=source), Node)


def _content_of(repository: Repository) -> Content:
    def content(path: str) -> bytes | None:
        try:
            return repository.content(path, _LARGEST_HASHED)
        except Unreadable:
            return None

    return content


def _assess(ground: Ground, life: Lifecycle, broken: tuple[faults.Fault, ...], warnings: list[Warning]) -> Assessment:
    repository, models = ground.repository, ground.inquiry.models
    names = {each.id: each.name for each in ground.inquiry.detectors if each.is_tool}
    routes = [route for model in models for route in model.routes]
    graph, composed = life.graph, compose(life, routes)
    cut = {fault.place for fault in broken if fault.confidence is faults.Confidence.HIGH and not fault.suppressed}
    proofs = {name: composed.get(name) or graph.proofs(name) for name in (*vocabulary().practices, *composed)}
    practices = {name: Showing(name, weighed(shown, cut)) for name, shown in proofs.items() if shown}
    applicable, reason = applicability(graph, practices)
    way_back = life.once(lineage)
    warnings.extend(Warning(Place("."), why, lost=True) for why in graph.given_up)
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
        elsewhere=tuple(_quoted(each) for each in life.loose if each.elsewhere),
        capabilities=next((profile(model, practices) for model in models if model.profile), ()),
        warnings=tuple(sorted(set(warnings), key=lambda each: (each.place.path, each.place.line or 0, each.message))),
        assets=discreet(inventory(graph.readings.values()), Place),
        lineage=discreet(way_back, Place),
        trail=discreet(trail(graph, [showing.proofs[0].path for showing in practices.values()]), Place),
    )
