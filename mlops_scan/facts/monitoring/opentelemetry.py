"""OpenTelemetry collectors: what they receive, and where they send it.

The format: https://opentelemetry.io/docs/collector/configuration/
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts import fields, trees
from mlops_scan.facts.monitoring import embedded
from mlops_scan.facts.source import Source, reads

_PARTS = ("receivers", "processors", "exporters", "connectors", "extensions")


@reads("*.yml", "*.yaml")
def collector(source: Source) -> Iterator[Fact]:
    """Each component as a section `otel.exporters.TYPE`, each pipeline as `otel.pipelines.SIGNAL`."""
    if "exporters" not in source.text or "pipelines" not in source.text:
        return
    for mapping in embedded.mappings(source):
        pipelines = trees.at(mapping, "service", "pipelines")
        if not isinstance(pipelines, trees.Mapping) or "exporters" not in mapping:
            continue
        for part in _PARTS:
            for name in trees.as_mapping(trees.at(mapping, part)):
                yield Fact("section", f"otel.{part}.{name.partition('/')[0]}", name.line, name)
        for name in pipelines:
            yield Fact("section", f"otel.pipelines.{name.partition('/')[0]}", name.line, name)
        yield from fields.addresses(trees.at(mapping, "exporters"))
