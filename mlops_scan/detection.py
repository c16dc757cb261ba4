"""What the facts mean: every fact is looked up among the signals of all detectors, and becomes evidence of practices."""

from collections.abc import Iterable, Iterator, Sequence

from mlops_scan.detector import Detector
from mlops_scan.evidence import Evidence, Fact, Place, Reading
from mlops_scan.library import is_of_code, is_published, offered, own_packages
from mlops_scan.matching import Index
from mlops_scan.vocabulary import vocabulary


def detect(readings: Sequence[Reading], detectors: Iterable[Detector]) -> list[Evidence]:
    """All evidence, in the order of the readings.

    A repository that provides the package of a tool is that tool: its own name proves nothing in it. One that publishes a
    package offers tools to its users, which it need not use. A fact counts where the role of its path may prove the
    practice.
    """
    own = own_packages(readings)
    used = [each for each in detectors if not each.packages & own]
    index = Index(used)
    coded = [each for each in used if each.code]
    evidence: list[Evidence] = []
    for reading in readings:
        evidence += _from_data(reading, index)
        for each in coded:
            evidence += _from_code(reading, each)
    plugs = offered(readings, used) if is_published(readings) else frozenset()
    return [one for one in dict.fromkeys(evidence) if one.tool not in plugs or not is_of_code(one.fact)]


def _from_data(reading: Reading, index: Index) -> Iterator[Evidence]:
    for fact in reading.facts:
        for tool, signal in index(fact):
            if _may_prove(reading.role, signal.practice):
                yield Evidence(tool.id, signal.practice, _place(reading, fact), fact, signal.trace)


def _from_code(reading: Reading, tool: Detector) -> Iterator[Evidence]:
    if tool.code is None:
        return
    for shown in tool.code(reading):
        if _may_prove(reading.role, shown.practice):
            yield Evidence(tool.id, shown.practice, _place(reading, shown.fact), shown.fact, shown.trace)


def _place(reading: Reading, fact: Fact) -> Place:
    return Place(reading.path, fact.line)


def _may_prove(role: str, practice: str) -> bool:
    known = vocabulary().practices.get(practice)
    return known is not None and role in known.roles
