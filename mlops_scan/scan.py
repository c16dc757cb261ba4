"""The whole trip: a path comes in, an assessment goes out."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mlops_scan import facts, faults
from mlops_scan.assess import Assessment, Showing, Tool, applicability, climb, profile, weighed
from mlops_scan.detection import detect
from mlops_scan.detector import Detector
from mlops_scan.errors import TooLarge, Unreadable
from mlops_scan.evidence import Fact, Place, Reading, Warning
from mlops_scan.facts.source import Source
from mlops_scan.graph import EvidenceGraph
from mlops_scan.lifecycle import Lifecycle, lifecycle
from mlops_scan.maturity import Model
from mlops_scan.practices import compose
from mlops_scan.repository import READ, File, History, Repository, Scope, is_lfs_pointer, open_repository
from mlops_scan.vocabulary import vocabulary
from mlops_scan.wiring.link import link

#: A file of these speaks of what runs, however large it is; what is too large in others is data and no claim.
_TELLING = (".py", ".R", ".r", ".sh", ".tf", "Dockerfile", "Makefile", "Jenkinsfile", "dvc.yaml", ".gitlab-ci.yml")

Progress = Callable[[Iterable[File]], Iterable[File]]


def scan(
    root: Path,
    models: Iterable[Model],
    detectors: Iterable[Detector],
    scope: Scope,
    progress: Progress = iter,
    suppressions: Iterable[faults.Suppression] = (),
) -> Assessment:
    """Read the repository, link it, detect, ask and judge. Raises `ScanError` where there is nothing to scan."""
    detectors = tuple(detectors)
    repository, life, warnings = wire(root, detectors, scope, progress)
    names = {each.id: each.name for each in detectors if each.is_tool}
    warnings.extend(faults.stray(life))
    broken = tuple(faults.find(life, suppressions))
    return _assess(repository, life, tuple(models), names, warnings, broken=broken)


def wire(
    root: Path, detectors: Iterable[Detector], scope: Scope, progress: Progress = iter
) -> tuple[Repository, Lifecycle, list[Warning]]:
    """Read the repository, link it and detect: all that there is before anything is judged. Raises `ScanError`."""
    repository = open_repository(root, scope)
    warnings = list(repository.warnings)
    readings = list(read(repository, warnings, progress))
    wiring = link(readings, repository.stands)
    graph = EvidenceGraph(readings, wiring.links, detect(readings, detectors, warnings))
    return repository, lifecycle(graph, wiring.loose), warnings


def read(repository: Repository, warnings: list[Warning], progress: Progress = iter) -> Iterator[Reading]:
    """The facts of every file, each read at most once; what cannot be read is added to the warnings."""
    if repository.history and repository.history.commit:
        yield _history(repository.history)
    for path, role in progress(repository.files):
        own = [Fact("file", path)]
        if role not in READ or not facts.claimed(path):
            yield Reading(path, role, tuple(own))
            continue
        try:
            text = repository.text(path)
        except Unreadable as failure:
            is_data = isinstance(failure, TooLarge) and not path.endswith(_TELLING)
            warnings.append(Warning(Place(path), failure.reason, lost=role == "product" and not is_data))
            text = None
        if text is None or is_lfs_pointer(text):
            yield Reading(path, role, (*own, Fact("lfs", path, 1)) if text else tuple(own))
            continue
        found, units, problems = facts.read(Source(path, text))
        warnings.extend(problems)
        yield Reading(path, role, (*own, *found), tuple(units))


def _history(history: History) -> Reading:
    """What Git knows, as facts of a file of its own."""
    numbers = {
        "commits": history.commits, "authors": history.authors, "merges": history.merges, "tags": history.tags,
        "pull_requests": history.pull_requests, "days": history.days, **{f"bot {name}": count for name, count in history.bots},
    }  # fmt: skip
    return Reading(".git", "product", tuple(Fact("history", name, None, str(count)) for name, count in numbers.items()))


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
        repository=repository.root.name,
        commit=repository.history.commit if repository.history else "",
        applicable=applicable,
        reason=reason,
        complete=not any(warning.lost for warning in warnings),
        files=len(repository.files),
        read=sum(file.role in READ for file in repository.files),
        left_out=tuple(sorted((name, count) for name, count in repository.left_out.items() if count)),
        tools=tuple(tools),
        practices=tuple(practices.values()),
        climbs=tuple(climb(model, practices) for model in models),
        faults=broken,
        elsewhere=tuple(each for each in life.loose if each.elsewhere),
        capabilities=next((profile(model, practices) for model in models if model.profile), ()),
        warnings=tuple(sorted(set(warnings), key=lambda each: (each.place.path, each.place.line or 0, each.message))),
    )
