"""Kubernetes manifests: every object as a resource and a unit, with its settings, containers and schedule.

Templates of Helm charts are read too, as far as they are YAML without what the templates would fill in.
"""

import re
from collections.abc import Iterator
from typing import TypeGuard

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.kubernetes.pods import containers
from mlops_scan.facts.lines import lined
from mlops_scan.facts.source import Source, reads

_OBJECT = re.compile(r"^[ \t-]*apiVersion[ \t]*:|[\"']apiVersion[\"'][ \t]*:", re.MULTILINE)
_KIND = re.compile(r"^kind:[ \t]*(\w*)", re.MULTILINE)
_NAME = re.compile(r"^  name:[ \t]*(\S+)", re.MULTILINE)
_DEFINITION = "CustomResourceDefinition"
#: The groups of kinds that everybody has, for templates that choose the version.
_GROUPS = {
    "Deployment": "apps", "StatefulSet": "apps", "DaemonSet": "apps", "Job": "batch", "CronJob": "batch",
    "Ingress": "networking.k8s.io", "NetworkPolicy": "networking.k8s.io", "HorizontalPodAutoscaler": "autoscaling",
    "PodDisruptionBudget": "policy", "Role": "rbac.authorization.k8s.io", "RoleBinding": "rbac.authorization.k8s.io",
}  # fmt: skip
#: `Config` is what kubectl logs in with.
_WITHOUT_FIELDS = {"Secret", "SealedSecret", "ConfigMap", "Config", _DEFINITION}
_NO_SETTINGS = {"apiVersion", "kind", "metadata", "status", "data", "stringData", "binaryData", "rules"}
#: What stands in facts of its own, or would bring values of environment variables in.
_SKIPPED = frozenset(("env", "command", "args", "script"))
#: Their schedules, commands and steps are those of a pipeline, and read as such elsewhere.
_WORKFLOWS = {"Workflow", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate"}


@reads("*.yml", "*.yaml", "*.json")
def manifests(source: Source) -> Iterator[Item]:
    """A `resource` named `group/Kind` (`core/Service`) and a unit `service:Kind/name` for each object.

    The object model: https://kubernetes.io/docs/concepts/overview/working-with-objects/
    """
    if "kind" not in source.text or not _OBJECT.search(source.text):
        return
    if set(_KIND.findall(source.text)) == {_DEFINITION}:
        yield from _definitions(source)
        return
    for document in _documents(source):
        for found in _objects(document):
            yield from _object(found)


def _documents(source: Source) -> list[trees.Node]:
    """The documents without templates: `name: {{ .Values.name }}` is valid YAML too, but a mapping of a mapping."""
    if "{{" in source.text:
        return trees.parse_yaml(trees.without_templates(source.text))
    return source.documents


def _definitions(source: Source) -> Iterator[Fact]:
    """A file of custom resource definitions only: schemas of ten thousand lines are not worth parsing."""
    names = ((line, found[1]) for line, found in lined(_NAME.finditer(source.text)))
    line, name = next(names, (1, ""))
    yield Fact("resource", f"apiextensions.k8s.io/{_DEFINITION}", line, name)


def _objects(document: trees.Node) -> Iterator[trees.Mapping]:
    """The object of a document, or the objects of a list."""
    if trees.as_text(trees.at(document, "kind")).endswith("List") and trees.at(document, "items") is not None:
        yield from (item for item in trees.as_list(trees.at(document, "items")) if _is_object(item))
    elif _is_object(document):
        yield document


def _is_object(node: trees.Node) -> TypeGuard[trees.Mapping]:
    """Whether a mapping has the two keys of an object. A kustomization has them too, and describes no object."""
    kind, version = trees.as_text(trees.at(node, "kind")), trees.as_text(trees.at(node, "apiVersion"))
    return bool(kind and version) and not version.startswith("kustomize.config.k8s.io/") and kind.isidentifier()


def _object(node: trees.Mapping) -> Iterator[Item]:
    kind = trees.as_text(trees.at(node, "kind"))
    name = trees.as_text(trees.at(node, "metadata", "name")) or trees.as_text(
        trees.at(node, "metadata", "generateName")
    )
    unit = Unit("service", f"{kind}/{name}", node.line_of("kind"))
    yield unit
    yield Fact("resource", f"{_group(node, kind)}/{kind}", node.line_of("kind"), name, unit.id)
    if kind == "ConfigMap":
        yield from _configuration(node, unit.id)
    if kind in _WITHOUT_FIELDS:
        return
    yield from _settings(node, kind, unit.id)
    spec = trees.at(node, "spec")
    yield from containers(node, unit.id, commands=kind not in _WORKFLOWS)
    yield from fields.addresses(spec, unit.id)
    yield from _deployed(spec, unit.id)
    yield from _schedule(trees.as_mapping(spec), unit, kind)


def _group(node: trees.Mapping, kind: str) -> str:
    """The group of `group/version`. The core group has no name, and a template may hide it."""
    version = trees.as_text(trees.at(node, "apiVersion"))
    if "TEMPLATE" in version or "{{" in version:
        return _GROUPS.get(kind, "core")
    return version.rpartition("/")[0] or "core"


def _settings(node: trees.Mapping, kind: str, unit: str) -> Iterator[Fact]:
    """The settings as `Kind.spec.a.b`, with the annotations, which switch things on and off as well."""
    kept = trees.Mapping(node.line)
    kept.update((key, value) for key, value in node.items() if key not in _NO_SETTINGS)
    yield from fields.fields(kept, kind, unit, _SKIPPED)
    for key in ("namespace", "annotations"):
        yield from fields.fields(trees.at(node, "metadata", key), f"{kind}.metadata.{key}", unit)


def _configuration(node: trees.Mapping, unit: str) -> Iterator[Fact]:
    """What a ConfigMap gives to programs: its short values may become environment variables."""
    for name, value in trees.as_mapping(trees.at(node, "data")).items():
        if name.replace("_", "A").isalnum() and name.isupper() and trees.as_text(value):
            yield fields.variable(name, trees.as_text(value), name.line, unit)
    yield from fields.addresses(trees.at(node, "data"), unit)


def _deployed(spec: trees.Node | None, unit: str) -> Iterator[Fact]:
    """The folders of a Git repository (in the value: this one or another) that a GitOps object deploys."""
    sources = [trees.at(spec, "source"), *trees.as_list(trees.at(spec, "sources"))]
    for found in (each for each in sources if isinstance(each, trees.Mapping)):
        path, address = trees.at(found, "path"), trees.as_text(trees.at(found, "repoURL"))
        if isinstance(path, trees.Scalar) and address:
            yield Fact("includes", path.removeprefix("./"), path.line, fields.without_credentials(address), unit)
    path, kind = trees.at(spec, "path"), trees.as_text(trees.at(spec, "sourceRef", "kind"))
    if isinstance(path, trees.Scalar) and kind == "GitRepository":
        yield Fact(
            "includes", path.removeprefix("./"), path.line, trees.as_text(trees.at(spec, "sourceRef", "name")), unit
        )


def _schedule(spec: trees.Mapping, unit: Unit, kind: str) -> Iterator[Item]:
    """What starts the object by the clock, and whether somebody has stopped it."""
    plans = [] if kind in _WORKFLOWS else _plans(spec)
    off = trees.as_text(trees.at(spec, "suspend")).lower() == "true"
    for off_unit in (unit.id, f"trigger:schedule {unit.name}")[: 1 + bool(plans)] if off else ():
        yield Fact("switched-off", "suspend: true", spec.line_of("suspend"), unit=off_unit)
    if not plans:
        return
    trigger = Unit("trigger", f"schedule {unit.name}", plans[0].line)
    yield trigger
    for plan in plans:
        yield Fact("trigger", "schedule", plan.line, plan[:200], trigger.id)
    yield Fact("starts", f"#{unit.id}", plans[0].line, unit=trigger.id)


def _plans(spec: trees.Mapping) -> list[trees.Scalar]:
    """The cron expressions of CronJob and its kind, and of Kubeflow's ScheduledWorkflow."""
    cron = trees.at(spec, "trigger", "cronSchedule", "cron")
    return [*fields.texts(trees.at(spec, "schedule")), *fields.texts(trees.at(spec, "schedules")), *fields.texts(cron)]
