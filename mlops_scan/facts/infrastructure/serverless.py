"""The Serverless Framework: functions, what starts them, and resources besides.

The format: https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.infrastructure.cloudformation import resources
from mlops_scan.facts.infrastructure.events import Event, handler, triggers
from mlops_scan.facts.source import Source, reads

_EVENTS = {"http": "call", "httpApi": "call", "s3": "data", "stream": "data", "kafka": "data", "msk": "data"}


@reads("serverless*.yml", "serverless*.yaml")
def serverless(source: Source) -> Iterator[Item]:
    """Each function as a service with its handler, image, events and variables."""
    for document in source.documents:
        provider = trees.at(document, "provider")
        if trees.at(document, "service") is None or provider is None:
            continue
        name = trees.as_text(trees.at(provider, "name")) or trees.as_text(provider)
        runtime = trees.at(provider, "runtime")
        yield Fact("section", f"serverless.provider.{name}", provider.line)
        yield from _environment(provider, "")
        for entry, function in trees.as_mapping(trees.at(document, "functions")).items():
            unit = Unit("service", entry, entry.line)
            yield unit
            yield from _function(trees.as_mapping(function), unit, trees.as_text(runtime))
        yield from resources(trees.at(document, "resources", "Resources"))
        for plugin in fields.texts(trees.at(document, "plugins")):
            yield Fact("section", f"serverless.plugins.{plugin}", plugin.line)


def _function(function: trees.Mapping, unit: Unit, runtime: str) -> Iterator[Item]:
    entry = trees.at(function, "handler")
    if isinstance(entry, trees.Scalar):
        yield from handler(entry, trees.as_text(trees.at(function, "runtime")) or runtime, unit.id)
    node = trees.at(function, "image")
    yield from image(trees.as_text(node) or trees.as_text(trees.at(node, "uri")), function.line_of("image"), unit.id)
    yield from _environment(function, unit.id)
    for key in ("memorySize", "timeout", "reservedConcurrency", "provisionedConcurrency"):
        yield from fields.fields(trees.at(function, key), f"serverless.{key}", unit.id)
    events = [_event(event) for event in trees.as_list(trees.at(function, "events"))]
    yield from triggers(unit, [event for event in events if event], [unit.id])


def _environment(node: trees.Node, unit: str) -> Iterator[Fact]:
    for name, value in trees.as_mapping(trees.at(node, "environment")).items():
        yield fields.variable(name, trees.as_text(value), name.line, unit)


def _event(event: trees.Node) -> Event | None:
    """`- schedule: rate(1 day)`, `- schedule: {rate: ..., enabled: false}`, `- http: GET /x`, `- httpApi: "*"`."""
    kind, body = next(iter(trees.as_mapping(event).items()), (event, event))
    if not isinstance(kind, trees.Scalar):
        return None
    off = "enabled: false" if trees.as_text(trees.at(body, "enabled")).lower() == "false" else ""
    if kind == "schedule":
        rates = fields.texts(trees.at(body, "rate") or body)
        return Event("schedule", next(rates, ""), kind.line, off)
    return Event(_EVENTS.get(kind, "signal"), kind, kind.line, off)
