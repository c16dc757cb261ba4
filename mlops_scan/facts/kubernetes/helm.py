"""Helm: charts with what they depend on, the values that choose their images, and Helmfiles."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.kubernetes.pods import containers
from mlops_scan.facts.source import Source, reads

_CHART_VERSION = re.compile(r"v[12]")


@reads("Chart.yaml", "Chart.yml")
def chart(source: Source) -> Iterator[Fact]:
    """Name and version of a chart, its files as `includes`, and what it depends on as `helm:NAME`.

    The format: https://helm.sh/docs/topics/charts/
    """
    root = trees.as_mapping(source.documents[0] if source.documents else None)
    version = trees.as_text(trees.at(root, "apiVersion")) or "v1"
    if not _CHART_VERSION.fullmatch(version) or not {"name", "version"} <= root.keys():
        return
    for key in ("name", "version", "appVersion", "type"):
        if key in root:
            yield from fields.fields(trees.at(root, key), f"Chart.{key}")
    if trees.as_text(trees.at(root, "type")) != "library":
        yield Fact("includes", "./templates", root.line)
        yield Fact("includes", "./values.yaml", root.line)
    yield from _dependencies(root)


@reads("requirements.yaml", "requirements.yml")
def requirements(source: Source) -> Iterator[Fact]:
    """The dependencies of a chart of Helm 2; other files of this name have no such list."""
    if "repository" in source.text:
        for document in source.documents:
            yield from _dependencies(trees.as_mapping(document))


def _dependencies(root: trees.Mapping) -> Iterator[Fact]:
    for entry in trees.as_list(trees.at(root, "dependencies")):
        name, version = trees.as_text(trees.at(entry, "name")), trees.as_text(trees.at(entry, "version"))
        repository = trees.as_text(trees.at(entry, "repository"))
        if repository.startswith("file://"):
            yield Fact("includes", repository.removeprefix("file://"), entry.line)
        elif name:
            yield Fact("dependency", f"helm:{name}", entry.line, version)


@reads("values*.yaml", "values*.yml", "*-values.yaml", "*-values.yml", "*_values.yaml", "*.values.yaml")
def values(source: Source) -> Iterator[Fact]:
    """The images and variables that values of a chart choose, and what they switch on and off (`values.a.enabled`)."""
    for document in source.documents:
        if not isinstance(document, trees.Mapping) or "apiVersion" in document:
            continue
        yield from containers(document, "", commands=False)
        switches = [(path, leaf) for path, leaf in trees.leaves(document) if path.endswith((".enabled", ".create"))]
        for path, leaf in switches[: fields.MOST_FIELDS]:
            yield fields.field("values", path, leaf)


@reads("helmfile.yaml", "helmfile.yml", "helmfile.yaml.gotmpl", "helmfile.d/*.yaml", "helmfile.d/*.yml")
def helmfile(source: Source) -> Iterator[Item]:
    """Each release as a unit with its chart and its values: https://helmfile.readthedocs.io/."""
    for document in source.documents:
        for path in (*fields.texts(trees.at(document, "bases")), *fields.texts(trees.at(document, "helmfiles"))):
            yield Fact("includes", _beside(path), path.line)
        for release in trees.as_list(trees.at(document, "releases")):
            name, source_chart = trees.as_text(trees.at(release, "name")), trees.at(release, "chart")
            if isinstance(source_chart, trees.Scalar) and name:
                unit = Unit("service", name, release.line)
                yield unit
                yield from _release(trees.as_mapping(release), source_chart, unit.id)


def _release(release: trees.Mapping, chart: trees.Scalar, unit: str) -> Iterator[Fact]:
    if chart.startswith("."):
        yield Fact("includes", chart, chart.line, unit=unit)
    else:
        version = trees.as_text(trees.at(release, "version"))
        yield Fact("dependency", f"helm:{chart.rpartition('/')[2]}", chart.line, version, unit)
    for path in (*fields.texts(trees.at(release, "values")), *fields.texts(trees.at(release, "valuesFiles"))):
        yield Fact("includes", _beside(path), path.line, unit=unit)
    for key in ("installed", "condition"):
        if trees.as_text(trees.at(release, key)).lower() == "false":
            yield Fact("switched-off", f"{key}: false", release.line_of(key), unit=unit)


def _beside(path: str) -> str:
    """A path relative to the file; addresses and absolute paths stay as they are."""
    return path if "://" in path or path.startswith(("/", ".")) else f"./{path}"
