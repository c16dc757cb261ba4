"""Scans a tree whole, in every format, and says in what the result cannot be true."""

import csv
import io
import json
import re
import shutil
import traceback
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
from hostile.sinks import harmful

from fuzz.mutants import Tree
from mlops_scan import roadmap
from mlops_scan.assess import Assessment
from mlops_scan.cache import Memory
from mlops_scan.catalogue import load
from mlops_scan.clean import clean
from mlops_scan.drawing import FORMATS as DRAWINGS
from mlops_scan.drawing import draw
from mlops_scan.evidence import Evidence
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.maturity import builtin
from mlops_scan.network import conclude, wiring
from mlops_scan.report import Look, render
from mlops_scan.repository import files
from mlops_scan.scan import Ground, Inquiry, gather, judged

_LOST = ("is binary, where a text should stand, and was not read",)  # what a file of text may lose
_COMMAND = re.compile(r"::(error|warning|notice) (file=[^:,]*,line=\d+,)?title=[^:,]+::")
_DOORS = (".", ".git")  # places that are no files: the tree, and what Git knows


class Scanned(NamedTuple):
    """A scan of a tree that lies in a folder."""

    tree: Tree
    ground: Ground
    assessment: Assessment
    life: Lifecycle


@cache
def inquiry() -> Inquiry:
    """Everything built in."""
    return Inquiry(tuple(builtin().values()), load())


def laid(tree: Tree, root: Path) -> Path:
    """The tree on the disk, instead of what was there."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for path, content in tree.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return root


def problems(tree: Tree, root: Path, memory: Memory, shown: Iterable[str] = (), *, deep: bool = False) -> list[str]:
    """All in which a scan of the tree does not keep what is promised, and the formats that are shown besides JSON.

    With `deep` also what takes longer to find out.
    """
    try:
        laid(tree, root)
        ground = gather(root, inquiry(), memory=memory)
        found = Scanned(tree, ground, *judged(ground))
        return [
            *_of_scan(found),
            *_of_reports(found, ("json", *shown)),
            *_again(found, root, memory, deep),
            *(_deep(found, root) if deep else ()),
        ]
    except Exception:
        return [traceback.format_exc(limit=-6)]


def _again(found: Scanned, root: Path, memory: Memory, deep: bool) -> Iterator[str]:
    """A second scan says the same: one that remembers, and one that does not."""
    anew = gather(root, inquiry())
    if anew.readings != found.ground.readings or anew.warnings != found.ground.warnings:
        yield "read twice, and not the same was found"
    if deep:
        remembered = gather(root, inquiry(), memory=memory)
        if remembered.readings != anew.readings or remembered.warnings != anew.warnings:
            yield "what is remembered is not what was read"
        if judged(anew)[0] != found.assessment:
            yield "judged twice, and not the same came of it"


def _of_scan(found: Scanned) -> Iterator[str]:
    """What cannot be true of an assessment."""
    assessment = found.assessment
    for each in assessment.warnings:
        if each.lost and each.message not in _LOST:
            yield f"something was lost: {each}"
        if each.message != clean(each.message, 10**6):
            yield f"not one plain line: {each}"
    if assessment.complete == any(each.lost for each in assessment.warnings):
        yield "complete and lost, or neither"
    for climb in assessment.climbs:
        numbers = {0, *(stage.number for stage in climb.model.stages)}
        if not {climb.stage, climb.possible} <= numbers or climb.possible < climb.stage:
            yield f"no such stage: {climb.stage}, possible {climb.possible}"
    if not all(0 <= stage <= 5 for _, stage in assessment.capabilities):
        yield f"no such stage of a capability: {assessment.capabilities}"
    for reading in found.ground.readings:
        for fact in reading.facts:
            yield from _of_place(found.tree, reading.path, fact.line)


def _of_place(tree: Tree, path: str, line: int | None) -> Iterator[str]:
    """Whether a place that is cited is there."""
    if path in _DOORS:
        return
    if path not in tree:
        yield f"no such file: {path}"
    elif line is not None and not 1 <= line <= _lines(tree[path]):
        yield f"no such line: {path}:{line} of {_lines(tree[path])}"


def _lines(content: bytes) -> int:
    return (files.decode(content) or "").count("\n") + 1


def _of_reports(found: Scanned, shown: Iterable[str]) -> Iterator[str]:
    """What is wrong in the reports."""
    for name in dict.fromkeys(shown):
        text = render(name, found.assessment, Look(verbose=True))
        for problem in harmful(name, text):
            if name != "github" or "CI command" not in problem:
                yield f"{name}: {problem}"
        yield from (f"{name}: {problem}" for problem in _CHECKS.get(name, lambda *_: ())(text, found))


def _json(text: str, found: Scanned) -> Iterator[str]:
    data = json.loads(text)
    for error in _schema().iter_errors(data):
        yield f"{error.json_path}: {error.message[:200]}"
    if data["complete"] != found.assessment.complete:
        yield "not as complete as the scan"
    cleaned = {clean(path): content for path, content in found.tree.items()}
    for each in _mappings(data):
        if isinstance(each.get("path"), str):
            yield from _of_place(cleaned, each["path"], each.get("line"))


def _sarif(text: str, found: Scanned) -> Iterator[str]:
    there = {clean(path): content for path, content in found.tree.items()} | found.tree
    for each in _mappings(json.loads(text)):
        location = each.get("physicalLocation")
        if location and "uriBaseId" in location["artifactLocation"]:
            path = unquote(location["artifactLocation"]["uri"], errors="surrogateescape")
            yield from _of_place(there, path.rstrip("/") or ".", location.get("region", {}).get("startLine"))


def _parsed(text: str, _found: Scanned) -> Iterator[str]:
    json.loads(text)
    yield from ()


def _xml(text: str, _found: Scanned) -> Iterator[str]:
    ElementTree.fromstring(text)
    yield from ()


def _csv(text: str, _found: Scanned) -> Iterator[str]:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if len({len(row) for row in rows}) != 1:
        yield "rows of different lengths"
    yield from (
        f"a formula: {cell}" for row in rows for cell in row if cell[:1] in ("=", "+", "@") or re.match(r"-\D", cell)
    )


def _github(text: str, _found: Scanned) -> Iterator[str]:
    lines = (line for line in text.split("\n") if line.lstrip().startswith("::"))
    yield from (f"another command than ours: {line}" for line in lines if not _COMMAND.match(line))


_CHECKS = {
    "json": _json, "sarif": _sarif, "gitlab": _parsed, "cyclonedx": _parsed, "shields": _parsed, "junit": _xml, "badge": _xml, "csv": _csv, "github": _github,
}  # fmt: skip


@cache
def _schema() -> Any:
    schema = json.loads(resources.files("mlops_scan.report").joinpath("schema.json").read_text())
    return jsonschema.validators.validator_for(schema)(schema)


def _mappings(data: Any) -> Iterator[dict[str, Any]]:
    waiting = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _deep(found: Scanned, root: Path) -> Iterator[str]:
    """What the other commands make of it, and what becomes of the rest when a file is not there."""
    graph = wiring(found.life)
    conclude(graph, found.life, found.assessment, found.assessment.climb("stages"))
    for name in DRAWINGS:
        yield from (
            f"graph {name}: {problem}"
            for problem in harmful({"json": "data"}.get(name, name), draw(graph, found.life, name))
        )
    if found.assessment.applicable:
        plan = roadmap.plan(found.ground, "stages", None, 3)
        texts = {
            "text": roadmap.as_text(plan, 100),
            "checklist": roadmap.as_checklist(plan),
            "json": roadmap.as_json(plan),
        }
        yield from (
            f"roadmap {name}: {problem}"
            for name, text in texts.items()
            for problem in harmful(f"{name} of a plan", text)
        )
    yield from _without_a_file(found, root)


def _without_a_file(found: Scanned, root: Path) -> Iterator[str]:
    """Each file speaks for itself: where one is gone, nothing new is found in those that keep their role."""
    gone = sorted(found.tree)[len(found.tree) // 2 :][:1]
    if not gone:
        return
    tree = {path: content for path, content in found.tree.items() if path not in gone}
    ground = gather(laid(tree, root), inquiry())
    before = {each.path: each for each in found.ground.readings}
    for reading in ground.readings:
        old = before[reading.path]
        if reading.role == old.role and not set(reading.facts) <= set(old.facts):
            yield f"without {gone[0]} there is more in {reading.path}: {[*set(reading.facts) - set(old.facts)][:2]}"
    owns = any(fact.kind == "package" for path in gone for fact in before[path].facts)
    if not owns and all(reading.role == before[reading.path].role for reading in ground.readings):
        more = _claims(judged(ground)[0]) - _claims(found.assessment)
        yield from (f"without {gone[0]} there is new evidence: {each}" for each in sorted(map(str, more))[:2])


def _claims(assessment: Assessment) -> set[Evidence]:
    """The evidence, without that of locks: these are believed where nothing is there that they contradict."""
    every = (each for tool in assessment.tools for each in tool.evidence)
    return {each for each in every if not each.trace and not each.place.path.endswith(".lock")}
