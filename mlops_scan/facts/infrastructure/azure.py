"""Azure's templates: resources and modules of Bicep and of ARM's JSON.

The formats: https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax and
https://learn.microsoft.com/azure/azure-resource-manager/bicep/file
"""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.source import Source, reads

_LINE = re.compile(r"\s*(resource|module)\s+(\w+)\s+'([^'\n]{1,300})'\s*(existing\b)?")
_SETTING = re.compile(r"\s*(\w+)\s*:\s*(?:'([^'\n$]*)'|(true|false|\d+))\s*(?://.*)?")
_STRING_OR_COMMENT = re.compile(r"'''(?:.*?'''|.*\Z)|'(?:[^'\\\n]++|\\.)*+'?|//[^\n]*|/\*(?:.*?\*/|.*\Z)", re.DOTALL)
_ARM_TYPE = re.compile(r"[A-Za-z]+\.[\w.]+(?:/[\w-]+)+")
_SKIPPED = frozenset(("resources", "apiVersion", "dependsOn", "template", "type", "name"))
_MOST_RESOURCES = 1000


@reads("*.bicep")
def bicep(source: Source) -> Iterator[Item]:
    """`resource x 'Microsoft.X/y@version'` as a unit with its plain settings; modules as `includes`.

    What already exists and is only referred to gets the prefix `data.`, as Terraform names it.
    """
    kind, unit = "", ""
    for number, line in enumerate(_without_comments(source.text).split("\n"), 1):
        if found := _LINE.match(line):
            kind, unit = "", ""
            if found[1] == "module":
                yield _module(found[3], number)
                continue
            kind = found[3].partition("@")[0]
            yield from _resource(kind, found[2], number, bool(found[4]))
            unit = Unit("service", found[2]).id
        elif kind and len(line) < 500 and (setting := _SETTING.fullmatch(line)):
            yield fields.field(kind, setting[1], setting[2] or setting[3] or "", unit, number)
        elif line.startswith("}"):
            kind, unit = "", ""


def _without_comments(text: str) -> str:
    def blank(found: re.Match[str]) -> str:
        short = found[0].startswith("'") and not found[0].startswith("'''")
        return found[0] if short else "''" * found[0].startswith("'") + "\n" * found[0].count("\n")

    return _STRING_OR_COMMENT.sub(blank, text)


def _module(path: str, line: int) -> Fact:
    """A module in a file is included; one from a registry (`br:`, `ts:`) is a dependency."""
    if ":" in path:
        name, _, version = path.rpartition(":")
        return Fact("dependency", f"bicep:{name}", line, version)
    return Fact("includes", path if path.startswith(".") else f"./{path}", line)


def _resource(kind: str, name: str, line: int, existing: bool) -> Iterator[Item]:
    unit = Unit("service", name, line)
    yield unit
    yield Fact("resource", f"data.{kind}" if existing else kind, line, name, unit.id)


@reads("*.json")
def arm(source: Source) -> Iterator[Item]:
    """The resources of a deployment template, nested ones under the names of those around them."""
    if "deploymentTemplate.json" not in source.text and "DeploymentTemplate.json" not in source.text:
        return
    for document in source.documents:
        if "eploymentTemplate.json" in trees.as_text(trees.at(document, "$schema")):
            yield from _resources(document)


def _resources(document: trees.Node) -> Iterator[Item]:
    waiting = [("", entry) for entry in _entries(trees.at(document, "resources"))]
    for _ in range(_MOST_RESOURCES):
        if not waiting:
            return
        around, entry = waiting.pop(0)
        kind = trees.at(entry, "type")
        if not isinstance(kind, trees.Scalar):
            continue
        name = trees.as_text(trees.at(entry, "name"))
        full = kind if _ARM_TYPE.fullmatch(kind[:200]) else f"{around}/{kind}"
        unit = Unit("service", f"{full} {name}"[:200], kind.line)
        yield unit
        yield Fact("resource", full, kind.line, name[:200], unit.id)
        yield from fields.fields(entry, full, unit.id, _SKIPPED)
        waiting += [(full, below) for below in _entries(trees.at(entry, "resources"))]
        waiting += [("", below) for below in _entries(trees.at(entry, "properties", "template", "resources"))]


def _entries(node: trees.Node | None) -> list[trees.Node]:
    """Resources as a list, or by symbolic names as newer templates have them."""
    return list(node.values()) if isinstance(node, trees.Mapping) else trees.as_list(node)
