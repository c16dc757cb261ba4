"""Small manifests of platforms: Pulumi, CDK, App Engine, Render, and task definitions of ECS."""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, shell, trees
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.containers.processes import words_started
from mlops_scan.facts.infrastructure.events import Event, triggers
from mlops_scan.facts.source import Source, reads


@reads("Pulumi.yaml", "Pulumi.yml")
def pulumi(source: Source) -> Iterator[Item]:
    """A project, and the resources of one that is written in YAML: https://www.pulumi.com/docs/iac/languages-sdks/yaml/."""
    for document in source.documents:
        runtime = trees.at(document, "runtime", "name") or trees.at(document, "runtime")
        if isinstance(runtime, trees.Scalar):
            yield Fact("section", "pulumi", runtime.line, runtime)
        for name, body in trees.as_mapping(trees.at(document, "resources")).items():
            if kind := trees.as_text(trees.at(body, "type")):
                unit = Unit("service", name, name.line)
                yield unit
                yield Fact("resource", kind, name.line, name, unit.id)
                yield from fields.fields(trees.at(body, "properties"), kind, unit.id)


@reads("cdk.json")
def cdk(source: Source) -> Iterator[Fact]:
    """The command that makes the templates: https://docs.aws.amazon.com/cdk/v2/guide/cli.html."""
    for document in source.documents:
        for command in fields.texts(trees.at(document, "app")):
            yield Fact("section", "cdk", command.line)
            folder = source.path.rpartition("/")[0]
            yield from shell.run(command, command.line, folder=folder, one_line=True)


@reads("app.yaml", "app.yml", "*.app.yaml", "app.*.yaml", "app-*.yaml")
def app_engine(source: Source) -> Iterator[Item]:
    """A service of App Engine: https://cloud.google.com/appengine/docs/standard/reference/app-yaml."""
    root = trees.as_mapping(source.documents[0] if source.documents else None)
    own = {"entrypoint", "handlers", "env", "instance_class", "automatic_scaling", "manual_scaling", "basic_scaling"}
    if not trees.as_text(trees.at(root, "runtime")) or own.isdisjoint(root):
        return
    unit = Unit("service", trees.as_text(trees.at(root, "service")) or "default", root.line)
    yield unit
    yield Fact("resource", "appengine/Service", root.line, unit.name, unit.id)
    for key in ("runtime", "resources", *sorted(own - {"entrypoint", "handlers"})):
        yield from fields.fields(trees.at(root, key), f"app.yaml.{key}", unit.id)
    for command in fields.texts(trees.at(root, "entrypoint")):
        yield from shell.run(command, command.line, unit.id, source.path.rpartition("/")[0], one_line=True)
    for name, value in trees.as_mapping(trees.at(root, "env_variables")).items():
        yield fields.variable(name, trees.as_text(value), name.line, unit.id)


@reads("cron.yaml", "cron.yml")
def app_engine_cron(source: Source) -> Iterator[Item]:
    """Scheduled calls: https://cloud.google.com/appengine/docs/standard/scheduling-jobs-with-cron-yaml."""
    for document in source.documents:
        for entry in trees.as_list(trees.at(document, "cron")):
            url, plan = trees.as_text(trees.at(entry, "url")), trees.at(entry, "schedule")
            if url and isinstance(plan, trees.Scalar):
                unit = Unit("task", trees.as_text(trees.at(entry, "description")) or url, entry.line)
                yield unit
                yield Fact("uri", url, trees.as_mapping(entry).line_of("url"), unit=unit.id)
                yield from triggers(unit, [Event("schedule", plan, plan.line)], [unit.id])


@reads("render.yaml", "render.yml")
def render(source: Source) -> Iterator[Item]:
    """The services of a blueprint: https://render.com/docs/blueprint-spec."""
    for document in source.documents:
        for entry in trees.as_list(trees.at(document, "services")):
            service = trees.as_mapping(entry)
            name, kind = trees.as_text(trees.at(service, "name")), trees.as_text(trees.at(service, "type"))
            if name and kind:
                unit = Unit("service", name, service.line)
                yield unit
                yield Fact("resource", f"render/{kind}", service.line, name, unit.id)
                yield from _rendered(service, unit)


def _rendered(service: trees.Mapping, unit: Unit) -> Iterator[Item]:
    folder = trees.as_text(trees.at(service, "rootDir")).removeprefix("./")
    for key in ("buildCommand", "preDeployCommand", "startCommand", "dockerCommand"):
        for command in fields.texts(trees.at(service, key)):
            yield from shell.run(command, command.line, unit.id, folder)
    for path in fields.texts(trees.at(service, "dockerfilePath")):
        yield Fact("builds", path.removeprefix("./"), path.line, unit=unit.id)
    for reference in fields.texts(trees.at(service, "image", "url")):
        yield from image(reference, reference.line, unit.id)
    for variable in trees.as_list(trees.at(service, "envVars")):
        if name := trees.as_text(trees.at(variable, "key")):
            yield fields.variable(name, trees.as_text(trees.at(variable, "value")), variable.line, unit.id)
    for key in ("plan", "healthCheckPath", "numInstances", "scaling", "autoDeploy"):
        yield from fields.fields(trees.at(service, key), f"render.{key}", unit.id)
    for plan in fields.texts(trees.at(service, "schedule")):
        yield from triggers(unit, [Event("schedule", plan, plan.line)], [unit.id])


@reads("*.json")
def ecs(source: Source) -> Iterator[Item]:
    """The containers of a task definition of ECS, as `aws ecs register-task-definition` takes it."""
    if '"containerDefinitions"' not in source.text:
        return
    for document in source.documents:
        root = trees.as_mapping(trees.at(document, "taskDefinition") or document)
        family = trees.as_text(trees.at(root, "family"))
        for container in trees.as_list(trees.at(root, "containerDefinitions")):
            body = trees.as_mapping(container)
            if not (name := trees.as_text(trees.at(body, "name"))):
                continue
            unit = Unit("service", name, body.line)
            yield unit
            yield Fact("resource", "AWS::ECS::TaskDefinition", root.line, family, unit.id)
            yield from image(trees.as_text(trees.at(body, "image")), body.line_of("image"), unit.id)
            words = [*fields.texts(trees.at(body, "entryPoint")), *fields.texts(trees.at(body, "command"))]
            yield from words_started(words, words[0].line if words else None, unit.id)
            for variable in trees.as_list(trees.at(body, "environment")):
                if key := trees.as_text(trees.at(variable, "name")):
                    yield fields.variable(key, trees.as_text(trees.at(variable, "value")), variable.line, unit.id)
