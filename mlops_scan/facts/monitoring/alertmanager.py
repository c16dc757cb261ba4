"""Alertmanager: receivers, and the route that leads alerts to them.

The format: https://prometheus.io/docs/alerting/latest/configuration/
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.monitoring import embedded
from mlops_scan.facts.source import Source, reads

_ENDINGS = ("_configs", "Configs")


@reads("*.yml", "*.yaml")
def alertmanager(source: Source) -> Iterator[Item]:
    """Each receiver as an alert unit with the kinds of channel it sends to; each route sends to a receiver."""
    if "receivers" not in source.text or "route" not in source.text:
        return
    for mapping in embedded.mappings(source):
        receivers = [entry for entry in trees.as_list(trees.at(mapping, "receivers")) if trees.at(entry, "name")]
        if not receivers or not isinstance(trees.at(mapping, "route"), trees.Mapping):
            continue
        yield Fact("section", "alertmanager.receivers", mapping.line_of("receivers"))
        for route in fields.mappings(trees.at(mapping, "route")):
            for name in fields.texts(trees.at(route, "receiver")):
                yield Fact("sends-to", f"#alert:{name}", name.line)
        for receiver in receivers:
            yield from _receiver(trees.as_mapping(receiver))


def _receiver(receiver: trees.Mapping) -> Iterator[Item]:
    """A receiver without channels is there too: what is sent to it goes nowhere."""
    unit = Unit("alert", trees.as_text(trees.at(receiver, "name")), receiver.line)
    yield unit
    for key, channels in receiver.items():
        kind = next((key.removesuffix(ending) for ending in _ENDINGS if key.endswith(ending)), "")
        if not kind or not trees.as_list(channels):
            continue
        yield Fact("sends-to", kind, key.line, unit=unit.id)
        for channel in trees.as_list(channels) if kind == "webhook" else ():
            yield from fields.addresses(trees.at(channel, "url"), unit.id)
