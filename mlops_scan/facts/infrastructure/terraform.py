"""Terraform and OpenTofu: resources, modules, providers and the settings of each.

The language: https://developer.hashicorp.com/terraform/language
"""

from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, shell, trees
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.infrastructure import hcl
from mlops_scan.facts.source import Source, reads

_IMAGES = {"image", "image_uri", "image_url", "container_image", "docker_image"}
_SCHEDULES = {"schedule", "schedule_expression", "cron_schedule"}
_ENVIRONMENTS = {"environment", "environment_variables", "env_variables", "env_vars", "env", "variables"}
_MOST_SETTINGS = 10_000
_BESIDE = ("./", "../", "${path.module}/")
_OFF = {("state", "DISABLED"), ("is_enabled", "false"), ("paused", "true"), ("count", "0")}


@reads("*.tf", "*.tofu", "terragrunt.hcl")
def terraform(source: Source) -> Iterator[Item]:
    """Each resource as `resource` and as a unit with its settings `TYPE.attribute`; data sources as `data.TYPE`."""
    yield from _facts(hcl.settings(source.text))


@reads("*.tf.json", "*.tofu.json")
def terraform_json(source: Source) -> Iterator[Item]:
    """The same in JSON: https://developer.hashicorp.com/terraform/language/syntax/json."""
    for document in source.documents:
        yield from _facts(_of_json(trees.as_mapping(document)))


def _of_json(root: trees.Mapping) -> Iterator[hcl.Setting]:
    """Labels stand as keys, and blocks that may come more than once as lists."""
    labels = {"resource": 2, "data": 2, "module": 1, "provider": 1, "variable": 1, "output": 1}
    for kind, body in root.items():
        bodies: list[tuple[hcl.Block, trees.Node]] = [((kind,), body)]
        for _ in range(labels.get(kind, 0)):
            bodies = [
                ((*label, key), below)
                for label, inner in bodies
                for entry in trees.as_list(inner)
                for key, below in trees.as_mapping(entry).items()
            ]
        for label, inner in bodies:
            yield hcl.Setting((label,), "", "", inner.line)
            for path, leaf in trees.leaves(inner):
                yield hcl.Setting((label,), path, leaf, leaf.line)


def _facts(found: Iterator[hcl.Setting]) -> Iterator[Item]:
    settings = list(islice(found, _MOST_SETTINGS))
    for setting in settings:
        kind, *labels = setting.blocks[0] or ("",)
        opens = not setting.name and len(setting.blocks) == 1
        if kind in ("resource", "data") and len(labels) == 2:
            yield from _opened(setting.line, kind, labels[0], labels[1]) if opens else ()
            yield from _attribute(setting, kind, labels[0], _unit(kind, labels))
        elif kind == "module" and setting.name == "source":
            yield from _module(setting, settings)
        elif kind == "provider" and labels and opens:
            yield Fact("section", f"provider.{labels[0]}", setting.line)
        elif kind == "terraform":
            yield from _own(setting)


def _unit(kind: str, labels: list[str]) -> Unit:
    prefix = "data." if kind == "data" else ""
    return Unit("service", f"{prefix}{labels[0]}.{labels[1]}")


def _opened(line: int, kind: str, type_: str, name: str) -> Iterator[Item]:
    unit = _unit(kind, [type_, name])._replace(line=line)
    yield unit
    yield Fact("resource", type_ if kind == "resource" else f"data.{type_}", line, name, unit.id)


def _own(setting: hcl.Setting) -> Iterator[Fact]:
    """What a configuration says of Terraform itself: where its state is kept, and its providers."""
    inner = setting.blocks[1] if len(setting.blocks) > 1 else ("",)
    path = setting.name.split(".")
    if inner[0] in ("backend", "cloud") and not setting.name:
        yield Fact("section", ".".join(inner), setting.line)
    elif inner[0] == "required_providers" and path[-1] == "source":
        yield Fact("section", f"provider.{path[0]}", setting.line)
    elif path[0] == "required_providers" and path[-1] == "source":  # as JSON has it
        yield Fact("section", f"provider.{path[1]}", setting.line)
    elif path[0] == "backend" and len(path) > 1:
        yield Fact("section", f"backend.{path[1]}", setting.line)
    elif path == ["source"] and len(setting.blocks) == 1:  # Terragrunt
        yield Fact("includes", setting.value.replace("//", "/"), setting.line)


def _module(setting: hcl.Setting, settings: list[hcl.Setting]) -> Iterator[Fact]:
    """A module in a folder is included; one from a registry is a dependency."""
    if setting.value.startswith("."):
        yield Fact("includes", setting.value, setting.line)
    elif setting.value:
        same = (each for each in settings if each.blocks == setting.blocks and each.name == "version")
        name = fields.without_credentials(setting.value)
        yield Fact("dependency", f"terraform:{name}", setting.line, next((each.value for each in same), ""))


def _attribute(setting: hcl.Setting, kind: str, type_: str, unit: Unit) -> Iterator[Item]:
    inner = [block[0] for block in setting.blocks[1:] if block]
    path = [*inner, *setting.name.split(".")]
    if not setting.name:
        return
    last = path[-1]
    if not _ENVIRONMENTS.isdisjoint(path[:-1]) and last not in ("source", "type"):
        yield from _variable(setting, path, unit.id)
        return
    if "\n" not in setting.value:
        yield fields.field(type_, ".".join(path), setting.value, unit.id, setting.line)
    if setting.value.startswith(_BESIDE) and "\n" not in setting.value:
        beside = setting.value.replace("${path.module}/", "./", 1).removeprefix("./")
        beside = beside if beside.startswith("../") else f"./{beside}"
        yield Fact("includes" if last == "chart" else "reads", beside, setting.line, unit=unit.id)
    elif last == "chart" and type_ == "helm_release" and setting.value:
        yield Fact("dependency", f"helm:{setting.value.rpartition('/')[2]}", setting.line, unit=unit.id)
    if last in _IMAGES and kind == "resource":
        yield from image(setting.value, setting.line, unit.id)
    if last in _SCHEDULES and kind == "resource" and setting.value:
        yield from _scheduled(setting, unit)
    if (setting.name, setting.value) in _OFF and not inner:
        yield Fact("switched-off", f"{setting.name} = {setting.value}", setting.line, unit=unit.id)
    if (inner[-1:] == ["provisioner"] and last in ("command", "inline")) or last in ("user_data", "startup_script"):
        yield from _commands(setting, unit.id)


def _variable(setting: hcl.Setting, path: list[str], unit: str) -> Iterator[Fact]:
    """`variables = { A = "x" }`, or a block or map with `name` and `value`, of which only the name is sure."""
    if path[-1] == "name":
        yield Fact("env", setting.value, setting.line, unit=unit)
    elif path[-1] not in ("value", "value_from", "valueFrom", "secret", "version"):
        yield fields.variable(path[-1], setting.value, setting.line, unit)


def _scheduled(setting: hcl.Setting, unit: Unit) -> Iterator[Item]:
    trigger = Unit("trigger", f"schedule {unit.name}", setting.line)
    yield trigger
    yield Fact("trigger", "schedule", setting.line, setting.value[:200], trigger.id)
    yield Fact("starts", f"#{unit.id}", setting.line, unit=trigger.id)


def _commands(setting: hcl.Setting, unit: str) -> Iterator[Fact]:
    """A provisioner's command, or the start script of a machine, if it is one for a shell."""
    first = setting.value.lstrip().partition("\n")[0]
    if first.startswith("#!") and not first.endswith("sh"):
        return
    several = "\n" in setting.value
    yield from shell.run(setting.value, setting.line + several, unit, one_line=not several)
