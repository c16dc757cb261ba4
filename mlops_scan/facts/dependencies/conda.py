"""Conda environments: written by hand, or exported from what happened to be installed."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.dependencies import requirement
from mlops_scan.facts.dependencies.requirements import of_line
from mlops_scan.facts.ini import Line
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Scalar, as_list, as_mapping, as_text, at

_SPECIFICATION = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9_][\w.-]*)\s*(.*)$")
_BUILD = re.compile(r"[\w.-]+=[^=\s]+=[^=\s]+$")
_TOP_LEVEL = re.compile(r"^[\"']?dependencies[\"']?\s*:", re.MULTILINE)
_INTERPRETERS = {"python": "project.requires-python", "r-base": "project.requires-r", "pip": ""}
_SMALLEST_EXPORT = 30


@reads("*.yml", "*.yaml")
def environment(source: Source) -> Iterator[Fact]:
    """environment.yml under any name, told by its content: a list of `dependencies` beside channels, pip or Python.

    What `conda env export` wrote (build strings, or a prefix and many exact versions) becomes `pin`s.
    """
    if not _TOP_LEVEL.search(source.text):
        return
    document = as_mapping(next(iter(source.documents), None))
    items = as_list(at(document, "dependencies"))
    conda = [item for item in items if isinstance(item, Scalar)]
    pip = [line for item in items for line in as_list(at(item, "pip")) if isinstance(line, Scalar)]
    if not _is_environment(document, conda, bool(pip)):
        return
    exported = _is_exported(document, conda)
    facts = [fact for item in conda for fact in _specification(item)]
    facts += [fact for line in pip for fact in of_line(Line(line, line.line))]
    for fact in facts:
        yield fact._replace(kind="pin") if exported and fact.kind == "dependency" else fact
    for channel in as_list(at(document, "channels")):
        yield Fact("field", "conda.channels", channel.line, as_text(channel))


def _is_environment(document: Mapping, conda: list[Scalar], pip: bool) -> bool:
    interpreter = any(re.match(r"(python|pip|r-base)\b(?!-)", item) for item in conda)
    return pip or interpreter or (bool(conda) and ("channels" in document or "build_dependencies" in document))


def _is_exported(document: Mapping, conda: list[Scalar]) -> bool:
    if sum(bool(_BUILD.match(item)) for item in conda) * 2 > len(conda):
        return True
    exact = sum("=" in item for item in conda)
    return "prefix" in document and len(conda) > _SMALLEST_EXPORT and exact >= 0.9 * len(conda)


def _specification(item: Scalar) -> Iterator[Fact]:
    """A match specification: `channel::name version build`, with `=`, `==` or a blank before the version."""
    if item.startswith("-"):  # a python_env.yaml lists arguments of pip
        yield from of_line(Line(item, item.line))
        return
    found = _SPECIFICATION.match(item) if len(item) < 1000 else None
    if not found:
        return
    name, value = found[1], _constraint(found[2])
    if name in _INTERPRETERS:
        if _INTERPRETERS[name] and value:
            yield Fact("field", _INTERPRETERS[name], item.line, value)
    elif name.startswith("r-"):
        yield Fact("dependency", f"r:{name[2:]}", item.line, value)
    else:
        yield from requirement.package(name, value, item.line)


def _constraint(text: str) -> str:
    """The version alone, without a build. `=1.2.3` is exact enough to be `==1.2.3`; `=1.2` is any 1.2.x and stays."""
    text = re.sub(r"\[.*?\]|\s", " ", text).strip()
    if found := re.match(r"=?\s*(\d[\w.+]*)(?:[=\s]\S*)?$", text):
        return f"=={found[1]}" if found[1].count(".") >= 2 else f"={found[1]}"
    return text
