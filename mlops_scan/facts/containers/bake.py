"""Files that say which images are built together: Docker's bake files and Skaffold's configuration."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.fields import texts, variable
from mlops_scan.facts.infrastructure import hcl
from mlops_scan.facts.source import Source, reads

_MOST_PARENTS = 10
Target = Mapping[str, list[trees.Scalar]]


@reads("docker-bake.hcl", "docker-bake*.hcl")
def bake(source: Source) -> Iterator[Item]:
    """The targets, and the groups that name several of them: https://docs.docker.com/build/bake/reference/."""
    found: dict[str, dict[str, dict[str, list[trees.Scalar]]]] = defaultdict(lambda: defaultdict(dict))
    lines: dict[tuple[str, str], int] = {}
    for each in hcl.settings(source.text):
        if len(each.blocks) == 1 and len(each.blocks[0]) == 2:
            kind, name = each.blocks[0]
            lines.setdefault((kind, name), each.line)
            found[kind][name].setdefault(each.name, []).append(trees.Scalar(each.value, each.line))
    for name, settings in found["variable"].items():
        yield from (variable(name, value, value.line) for value in settings.get("default", ())[:1])
    yield from _targets(found["target"], found["group"], lines)


@reads("docker-bake.json", "docker-bake*.json")
def bake_json(source: Source) -> Iterator[Item]:
    """The same as JSON."""
    for document in source.documents:
        body = {kind: trees.as_mapping(trees.at(document, kind)) for kind in ("target", "group")}
        lines = {(kind, str(name)): name.line for kind, named in body.items() for name in named}
        yield from _targets(_settings(body["target"]), _settings(body["group"]), lines)


def _settings(named: trees.Mapping) -> dict[str, Target]:
    """The settings of each target or group, as lists of scalars."""
    return {
        str(name): {str(key): list(_scalars(value)) for key, value in trees.as_mapping(target).items()}
        for name, target in named.items()
    }


def _scalars(node: trees.Node) -> Iterator[trees.Scalar]:
    yield from [node] if isinstance(node, trees.Scalar) else texts(node)


def _targets(
    targets: Mapping[str, Target], groups: Mapping[str, Target], lines: Mapping[tuple[str, str], int]
) -> Iterator[Item]:
    for name, target in targets.items():
        unit = Unit("target", name, lines["target", name])
        yield unit
        context, dockerfile = (_inherited(key, target, targets) for key in ("context", "dockerfile"))
        path = posixpath.join(context or ".", dockerfile) if dockerfile else context or "."
        for tag in target.get("tags") or [trees.Scalar("", unit.line or 1)]:
            if "://" not in path:
                yield Fact("builds", f"./{path.removeprefix('./')}", unit.line, tag, unit.id)
    for name, group in groups.items():
        unit = Unit("target", name, lines["group", name])
        yield unit
        for wanted in group.get("targets", ()):
            yield Fact("starts", f"#target:{wanted}", wanted.line, unit=unit.id)


def _inherited(key: str, target: Target, targets: Mapping[str, Target]) -> str:
    """The setting of a target, or of the first of those that it inherits from."""
    for _ in range(_MOST_PARENTS):
        if target.get(key):
            return target[key][0]
        parents = target.get("inherits", ())
        if not parents or parents[0] not in targets:
            break
        target = targets[parents[0]]
    return ""


@reads("skaffold.yaml", "skaffold.yml", "skaffold*.yaml")
def skaffold(source: Source) -> Iterator[Fact]:
    """The artifacts, and the manifests and charts that are deployed: https://skaffold.dev/docs/references/yaml/."""
    for document in source.documents:
        for artifact in map(trees.as_mapping, trees.as_list(trees.at(document, "build", "artifacts"))):
            context = trees.as_text(trees.at(artifact, "context")) or "."
            dockerfile = trees.as_text(trees.at(artifact, "docker", "dockerfile"))
            path = posixpath.join(context, dockerfile) if dockerfile else context
            image = trees.as_text(trees.at(artifact, "image"))
            yield Fact("builds", f"./{path.removeprefix('./')}", artifact.line_of("image"), image)
        for keys in (("manifests", "rawYaml"), ("deploy", "kubectl", "manifests"), ("deploy", "kustomize", "paths")):
            yield from (
                Fact("includes", f"./{path.removeprefix('./')}", path.line) for path in texts(trees.at(document, *keys))
            )
        for release in trees.as_list(trees.at(document, "deploy", "helm", "releases")):
            if path := trees.as_text(trees.at(release, "chartPath")):
                yield Fact("includes", f"./{path.removeprefix('./')}/Chart.yaml", release.line)
