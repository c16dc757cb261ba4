"""Grafana: dashboards, and the files that provision data sources, dashboards and alerts.

The formats: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ and
https://grafana.com/docs/grafana/latest/administration/provisioning/
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.monitoring import embedded
from mlops_scan.facts.monitoring.promql import metrics
from mlops_scan.facts.source import Source, reads

_OF_DASHBOARD = {"schemaVersion", "templating", "uid", "time", "refresh"}


@reads("*.json", "*.yml", "*.yaml")
def dashboard(source: Source) -> Iterator[Item]:
    """A dashboard as a monitor with the metrics that its panels show; old alerts of panels as alerts."""
    if '"panels"' not in source.text or '"title"' not in source.text:
        return
    for mapping in embedded.mappings(source):
        title = trees.at(mapping, "title")
        panels = trees.at(mapping, "panels")
        whole = not _OF_DASHBOARD.isdisjoint(mapping) and "gridPos" not in mapping  # a row of panels has panels too
        if isinstance(title, trees.Scalar) and isinstance(panels, trees.Sequence) and whole:
            unit = Unit("monitor", title[:200], title.line)
            yield unit
            yield Fact("section", "grafana.dashboard", title.line, unit=unit.id)
            for panel in fields.mappings(panels):
                yield from _panel(panel, unit.id)


def _panel(panel: trees.Mapping, unit: str) -> Iterator[Item]:
    """The queries of a panel; each stands in a mapping of its own."""
    expression = trees.at(panel, "expr")
    if isinstance(expression, trees.Scalar):
        for metric in metrics(expression):
            yield Fact("watches-metric", metric, expression.line, unit=unit)
    name = trees.at(panel, "alert", "name")
    if isinstance(name, trees.Scalar):
        alert = Unit("alert", name[:200], name.line, unit)
        yield alert
        for target in trees.as_list(trees.at(panel, "targets")):
            for metric in metrics(trees.as_text(trees.at(target, "expr"))):
                yield Fact("watches-metric", metric, target.line, unit=alert.id)


@reads("*.yml", "*.yaml")
def provisioning(source: Source) -> Iterator[Item]:
    """Data sources by type, folders of dashboards, contact points and alert rules."""
    if "apiVersion" not in source.text:
        return
    for document in source.documents:
        root = trees.as_mapping(document)
        if trees.as_text(trees.at(root, "apiVersion")) not in ("1", "2") or "kind" in root:
            continue
        for entry in trees.as_list(trees.at(root, "datasources")):
            if kind := trees.as_text(trees.at(entry, "type")):
                yield Fact("section", f"grafana.datasources.{kind}", entry.line)
        for entry in trees.as_list(trees.at(root, "providers")):
            yield Fact("section", "grafana.providers", entry.line)
            for path in fields.texts(trees.at(entry, "options", "path")):
                yield Fact("reads", path, path.line)
        for point in trees.as_list(trees.at(root, "contactPoints")):
            yield from _contact(trees.as_mapping(point))
        for group in trees.as_list(trees.at(root, "groups")):
            for rule in trees.as_list(trees.at(group, "rules")):
                yield from _rule(trees.as_mapping(rule))
        for policy in trees.as_list(trees.at(root, "policies")):
            for name in fields.texts(trees.at(policy, "receiver")):
                yield Fact("sends-to", f"#alert:{name}", name.line)


def _contact(point: trees.Mapping) -> Iterator[Item]:
    name = trees.as_text(trees.at(point, "name"))
    if not name:
        return
    unit = Unit("alert", name, point.line)
    yield unit
    for receiver in trees.as_list(trees.at(point, "receivers")):
        if kind := trees.as_text(trees.at(receiver, "type")):
            yield Fact("sends-to", kind, receiver.line, unit=unit.id)
        yield from fields.addresses(trees.at(receiver, "settings", "url"), unit.id)


def _rule(rule: trees.Mapping) -> Iterator[Item]:
    """A rule that Grafana evaluates itself: its queries stand in `data`."""
    title = trees.as_text(trees.at(rule, "title"))
    if not title:
        return
    unit = Unit("alert", title, rule.line)
    yield unit
    for query in trees.as_list(trees.at(rule, "data")):
        expression = trees.at(query, "model", "expr")
        for metric in metrics(trees.as_text(expression)):
            yield Fact("watches-metric", metric, getattr(expression, "line", rule.line), unit=unit.id)
    for key in ("for", "labels", "condition"):
        yield from fields.fields(trees.at(rule, key), f"rule.{key}", unit.id)
    if trees.as_text(trees.at(rule, "isPaused")).lower() == "true":
        yield Fact("switched-off", "isPaused: true", rule.line_of("isPaused"), unit=unit.id)
