"""CloudFormation and SAM templates: resources, their settings, and the events that start functions.

The format: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import embedded, fields, trees
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.infrastructure.events import Event, handler, triggers
from mlops_scan.facts.source import Source, reads

_SKIPPED = frozenset(
    (
        "Environment",
        "Events",
        "PolicyDocument",
        "AssumeRolePolicyDocument",
        "Policies",
        "UserData",
        "ZipFile",
        "InlineCode",
    )
)
_MOST_RESOURCES = 1000
_RESOURCES = re.compile(r"^[ \t{]*[\"']?Resources[\"']?[ \t]*:", re.MULTILINE)
#: What an event source of SAM means. Schedules are told by their settings.
_EVENTS = {
    "S3": "data", "Api": "call", "HttpApi": "call", "SQS": "signal", "SNS": "signal", "Kinesis": "data", "MSK": "data",
    "DynamoDB": "data", "EventBridgeRule": "signal", "CloudWatchEvent": "signal", "CloudWatchLogs": "signal",
}  # fmt: skip


@reads("*.yml", "*.yaml", "*.json", "*.template")
def cloudformation(source: Source) -> Iterator[Item]:
    """Each resource `AWS::Service::Type` as a unit, with its settings, images, schedules and variables."""
    if "AWS::" not in source.text or not _RESOURCES.search(source.text):
        return
    for document in source.documents:
        yield from resources(trees.at(document, "Resources"))


def resources(node: trees.Node | None) -> Iterator[Item]:
    """The facts of a mapping of resources; a mapping whose values have no AWS type yields nothing."""
    known = trees.as_mapping(node)
    for name, body in list(known.items())[:_MOST_RESOURCES]:
        kind = trees.at(body, "Type")
        if isinstance(kind, trees.Scalar) and kind.startswith(("AWS::", "Custom::", "Alexa::")):
            unit = Unit("service", name, name.line)
            yield unit
            yield Fact("resource", kind, kind.line, name, unit.id)
            yield from _resource(trees.as_mapping(body), kind, unit, known)


def _resource(body: trees.Mapping, kind: str, unit: Unit, known: trees.Mapping) -> Iterator[Item]:
    properties = trees.as_mapping(trees.at(body, "Properties"))
    yield from fields.fields(properties, kind, unit.id, _SKIPPED)
    for name, value in trees.as_mapping(trees.at(properties, "Environment", "Variables")).items():
        yield fields.variable(name, trees.as_text(value), name.line, unit.id)
    for mapping in fields.mappings(properties):
        for key in ("ImageUri", "Image"):
            yield from image(trees.as_text(trees.at(mapping, key)), mapping.line_of(key), unit.id)
    yield from _code(body, properties, unit.id)
    if events := trees.as_mapping(trees.at(properties, "Events")):
        yield from triggers(unit, [_event(event) for event in events.values()], [unit.id])
    elif "ScheduleExpression" in properties or kind == "AWS::Events::Rule":
        yield from triggers(unit, [_rule(properties)], _targets(properties, known) or [unit.id])


def _code(body: trees.Mapping, properties: trees.Mapping, unit: str) -> Iterator[Fact]:
    """The code of a function or of a nested stack: in the template itself, or where it stands in the repository."""
    entry, runtime = trees.at(properties, "Handler"), trees.as_text(trees.at(properties, "Runtime"))
    inline = trees.at(properties, "Code", "ZipFile") or trees.at(properties, "InlineCode")
    folder = trees.as_text(trees.at(properties, "CodeUri")) or trees.as_text(trees.at(properties, "Code"))
    if isinstance(inline, trees.Scalar):
        yield from embedded.python(inline, unit) if runtime.startswith("python") else ()
    elif isinstance(entry, trees.Scalar) and "://" not in folder:
        yield from handler(entry, runtime, unit, f"./{folder}" if folder else "./")
    template = trees.as_text(trees.at(properties, "TemplateURL"))
    if template and "://" not in template:
        yield Fact("includes", template, properties.line_of("TemplateURL"), unit=unit)
    context = trees.as_text(trees.at(body, "Metadata", "DockerContext"))
    if dockerfile := trees.as_text(trees.at(body, "Metadata", "Dockerfile")):
        yield Fact("builds", f"./{context.removeprefix('./') or '.'}/{dockerfile}", body.line_of("Metadata"), "", unit)


def _event(event: trees.Node) -> Event:
    """An event source of SAM."""
    kind = trees.as_text(trees.at(event, "Type"))
    properties = trees.as_mapping(trees.at(event, "Properties"))
    if kind in ("Schedule", "ScheduleV2"):
        key = "Schedule" if "Schedule" in properties else "ScheduleExpression"
        return Event("schedule", trees.as_text(trees.at(properties, key)), properties.line_of(key), _off(properties))
    return Event(_EVENTS.get(kind, "signal"), kind, event.line, _off(properties))


def _rule(properties: trees.Mapping) -> Event:
    """A rule or schedule of EventBridge."""
    expression = trees.as_text(trees.at(properties, "ScheduleExpression"))
    if expression:
        return Event("schedule", expression, properties.line_of("ScheduleExpression"), _off(properties))
    source = trees.as_text(next(iter(trees.as_list(trees.at(properties, "EventPattern", "source"))), None))
    return Event("signal", source, properties.line_of("EventPattern"), _off(properties))


def _off(properties: trees.Mapping) -> str:
    """The setting that switches an event off, or nothing."""
    for key, off in (("State", "DISABLED"), ("Enabled", "false")):
        if trees.as_text(trees.at(properties, key)).lower() == off.lower():
            return f"{key}: {off}"
    return ""


def _targets(properties: trees.Mapping, known: trees.Mapping) -> list[str]:
    """The units that a rule starts: `!GetAtt Name.Arn`, `!Ref Name` or their long forms."""
    targets = [*trees.as_list(trees.at(properties, "Targets")), *trees.as_list(trees.at(properties, "Target"))]
    names = (leaf.partition(".")[0] for target in targets for _, leaf in trees.leaves(target))
    return list(dict.fromkeys(Unit("service", name).id for name in names if name in known))
