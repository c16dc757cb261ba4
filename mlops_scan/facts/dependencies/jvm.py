"""Java, Scala and Kotlin builds by a light scan: pom.xml, build.sbt, build.gradle. Names are `maven:GROUP:ARTIFACT`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.evidence import Fact
from mlops_scan.facts.lines import lined
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import as_mapping, as_text, at

_TAG = re.compile(r"<(/?)([A-Za-z][\w.:-]*)(\s[^<>]*)?>|(<!--)|(-->)")
_DEEPEST = 50
_LONGEST_LINE = 1_000
_NOT_DIRECT = {"dependencyManagement", "plugin", "exclusions"}
_SBT = re.compile(r'"([\w.-]+)"\s*%{1,3}\s*"([\w.-]+)"(?:\s*%\s*"([^"]*)")?')
_GRADLE = re.compile(r"""\s*[A-Za-z]\w*\s*\(?\s*(?:platform\()?["']([\w.-]+):([\w.-]+)(?::([^"':@]*))?["':@]""")
_GRADLE_MAP = re.compile(
    r"""\s*\w+\s*\(?\s*group\s*[:=]\s*["']([\w.-]+)["'],\s*name\s*[:=]\s*["']([\w.-]+)["'](?:,\s*version\s*[:=]\s*["']([^"']*))?"""
)


class _Element(NamedTuple):
    path: tuple[str, ...]
    text: str
    line: int


@reads("pom.xml")
def maven(source: Source) -> Iterator[Fact]:
    """The direct dependencies of a Maven project; what `dependencyManagement` and plug-ins list is left out."""
    own: dict[tuple[str, ...], _Element] = {}
    start, parts = 1, dict[str, str]()
    for element in _elements(source.text):
        own.setdefault(element.path, element)
        *around, parent, tag = ("", "", *element.path)
        if tag == "dependency" and not _NOT_DIRECT.intersection(element.path):
            yield from _artifact(parts, start)
            start, parts = element.line, {}
        elif parent == "dependency" and not _NOT_DIRECT.intersection(around):
            parts[tag] = element.text
    yield from _artifact(parts, start)
    group = own.get(("project", "groupId")) or own.get(("project", "parent", "groupId"))
    artifact = own.get(("project", "artifactId"))
    if group and artifact:
        yield Fact("package", f"maven:{group.text}:{artifact.text}", artifact.line)


def _elements(text: str) -> Iterator[_Element]:
    """The elements of an XML text in order, with their paths; nothing is expanded, and depth is bounded."""
    stack: list[str] = []
    comment = False
    for line, found in lined(_TAG.finditer(text)):
        closing, tag, attributes, opens, closes = found.groups()
        if opens or closes:
            comment = bool(opens)
        elif comment:
            continue
        elif closing:
            stack = stack[:-1]
        elif len(stack) >= _DEEPEST:
            return
        else:
            yield _Element((*stack, tag), text[found.end() : text.find("<", found.end())].strip(), line)
            if not (attributes or "").endswith("/"):
                stack.append(tag)


def _artifact(parts: dict[str, str], line: int) -> Iterator[Fact]:
    if "groupId" in parts and "artifactId" in parts:
        yield _library(parts["groupId"], parts["artifactId"], parts.get("version"), line)


def _library(group: str, artifact: str, version: str | None, line: int) -> Fact:
    """One fact; a version that is a variable is left out."""
    exact = bool(version and re.match(r"\d[\w.-]*$", version))
    return Fact("dependency", f"maven:{group}:{artifact}", line, f"=={version}" if exact else "")


@reads("*.sbt", "*.gradle", "*.gradle.kts")
def build_script(source: Source) -> Iterator[Fact]:
    """The libraries of an sbt or Gradle build, as far as they stand there in the usual way."""
    patterns = (_SBT,) if source.name.endswith(".sbt") else (_GRADLE, _GRADLE_MAP)
    for number, line in enumerate(source.lines, 1):
        line = re.sub(r"(?:^|\s)//.*", "", line[:_LONGEST_LINE])
        for pattern in patterns:
            for found in pattern.finditer(line) if pattern is _SBT else filter(None, [pattern.match(line)]):
                yield _library(found[1], found[2], found[3], number)


@reads("libs.versions.toml")
def version_catalog(source: Source) -> Iterator[Fact]:
    """Gradle's catalogue of libraries."""
    for key, node in as_mapping(at(source.toml, "libraries")).items():
        module = (
            as_text(node) or as_text(at(node, "module")) or f"{as_text(at(node, 'group'))}:{as_text(at(node, 'name'))}"
        )
        group, _, rest = module.partition(":")
        artifact, _, version = rest.partition(":")
        if group and artifact:
            yield _library(group, artifact, version or as_text(at(node, "version")), key.line)
