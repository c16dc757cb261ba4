"""Broken wires for tests: a small repository as a dictionary of files, and what the rules say of it."""

from textwrap import dedent

from mlops_scan import facts
from mlops_scan.catalogue import load
from mlops_scan.detection import detect
from mlops_scan.evidence import Fact, Reading
from mlops_scan.facts.source import Source
from mlops_scan.faults import Broken, Rule
from mlops_scan.graph import EvidenceGraph
from mlops_scan.lifecycle import Lifecycle, lifecycle
from mlops_scan.repository import READ, Roles
from mlops_scan.wiring.link import link


def readings_of(files: dict[str, str]) -> list[Reading]:
    """What the readers see in the files. Texts may be indented and begin with an empty line."""
    roles = Roles(files)
    found = []
    for path, content in files.items():
        role, text = roles(path), dedent(content).lstrip("\n")
        read, units, _ = facts.read(Source(path, text)) if role in READ and facts.claimed(path) else ([], [], [])
        found.append(Reading(path, role, (Fact("file", path), *read), tuple(units)))
    return found


def life_of(files: dict[str, str]) -> Lifecycle:
    """The life of the models of such a repository, with the evidence of all detectors."""
    readings = readings_of(files)
    wiring = link(readings)
    return lifecycle(EvidenceGraph(readings, wiring.links, detect(readings, load())), wiring.loose)


def broken(rule: Rule, files: dict[str, str]) -> list[Broken]:
    """What one rule finds in such a repository."""
    return list(rule.find(life_of(files)))


def places(rule: Rule, files: dict[str, str]) -> list[str]:
    """Where one rule finds something: `path:line`."""
    return [str(each.place) for each in broken(rule, files)]
