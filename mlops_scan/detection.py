"""What the facts mean: every fact is looked up among the signals of all detectors, and becomes evidence of practices."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from mlops_scan.detector import Detector
from mlops_scan.evidence import Evidence, Fact, Place, Reading, Warning
from mlops_scan.library import Supported, is_published, offered, own_packages
from mlops_scan.matching import Index
from mlops_scan.vocabulary import vocabulary


def detect(
    readings: Sequence[Reading], detectors: Iterable[Detector], warnings: list[Warning] | None = None
) -> list[Evidence]:
    """All evidence, in the order of the readings. A detector of code that fails adds a warning and costs only itself.

    A repository that provides the package of a tool is that tool: its own name proves nothing in it. One that publishes a
    package offers tools to its users, which it need not use. A fact counts where the role of its path may prove the
    practice.
    """
    own = own_packages(readings)
    used = [each for each in detectors if not each.packages & own]
    index = _index(tuple(used))
    coded = [each for each in used if each.code]
    evidence: list[Evidence] = []
    for reading in readings:
        evidence += _from_data(reading, index)
        for each in coded:
            evidence += _from_code(reading, each, warnings if warnings is not None else [])
    if not is_published(readings):
        return list(dict.fromkeys(evidence))
    plugs = offered(readings, used)
    users = Supported(readings)
    return [one for one in dict.fromkeys(evidence) if one.tool not in plugs or not users(one)]


@lru_cache(maxsize=2)
def _index(used: tuple[Detector, ...]) -> Index:
    """The same detectors look at a repository again and again where a plan is made for it."""
    return Index(used)


def _from_data(reading: Reading, index: Index) -> Iterator[Evidence]:
    for fact in reading.facts:
        for tool, signal in index(fact):
            if _may_prove(reading.role, signal.practice):
                yield Evidence(tool.id, signal.practice, _place(reading, fact), fact, signal.trace)


def _from_code(reading: Reading, tool: Detector, warnings: list[Warning]) -> list[Evidence]:
    if tool.code is None:
        return []
    try:
        shown = list(tool.code(reading))
    except Exception as failure:  # anybody's code: it must not cost the others
        message = f"the detector {tool.id} failed here ({type(failure).__name__})"
        warnings.append(Warning(Place(reading.path), message, lost=True))
        return []
    return [
        Evidence(tool.id, each.practice, _place(reading, each.fact), each.fact, each.trace)
        for each in shown
        if _may_prove(reading.role, each.practice)
    ]


def _place(reading: Reading, fact: Fact) -> Place:
    return Place(reading.path, fact.line)


def _may_prove(role: str, practice: str) -> bool:
    known = vocabulary().practices.get(practice)
    return known is not None and role in known.roles
