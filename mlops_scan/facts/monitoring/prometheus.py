"""Prometheus: what it scrapes, and the rules that it evaluates.

The formats: https://prometheus.io/docs/prometheus/latest/configuration/configuration/ and
https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.monitoring import embedded
from mlops_scan.facts.monitoring.promql import metrics
from mlops_scan.facts.source import Source, reads

_SECTIONS = ("scrape_configs", "rule_files", "alerting", "remote_write", "remote_read")
_MONITORS = ("ServiceMonitor", "PodMonitor", "Probe", "ScrapeConfig")


@reads("*.yml", "*.yaml", "*.rules")
def rules(source: Source) -> Iterator[Item]:
    """Alerts and recording rules, wherever `groups` of them stand: a rule file, a PrometheusRule, a chart's values."""
    if "expr" not in source.text or not ("alert" in source.text or "record" in source.text):
        return
    for mapping in embedded.mappings(source):
        for group in trees.as_list(trees.at(mapping, "groups")):
            for rule in trees.as_list(trees.at(group, "rules")):
                yield from _rule(trees.as_mapping(rule))


def _rule(rule: trees.Mapping) -> Iterator[Item]:
    alert, record = trees.as_text(trees.at(rule, "alert")), trees.as_text(trees.at(rule, "record"))
    expression = trees.as_text(trees.at(rule, "expr"))
    if not expression or not (alert or record):
        return
    unit = Unit("alert", alert, rule.line) if alert else Unit("monitor", record, rule.line)
    yield unit
    if record:
        yield Fact("emits-metric", record, rule.line_of("record"), unit=unit.id)
    for metric in metrics(expression):
        yield Fact("watches-metric", metric, rule.line_of("expr"), unit=unit.id)
    yield fields.field("rule", "expr", " ".join(expression.split()), unit.id, rule.line_of("expr"))
    for key in ("for", "labels"):
        yield from fields.fields(trees.at(rule, key), f"rule.{key}", unit.id)
    for key in ("runbook_url", "runbook", "dashboard"):
        yield from fields.addresses(trees.at(rule, "annotations", key), unit.id)


@reads("*.yml", "*.yaml")
def configuration(source: Source) -> Iterator[Item]:
    """Scraped targets by job, files of rules, and the Alertmanagers that alerts go to; also inside other documents."""
    if "job_name" not in source.text and "rule_files" not in source.text:
        return
    for mapping in embedded.mappings(source):
        jobs = [job for job in trees.as_list(trees.at(mapping, "scrape_configs")) if trees.at(job, "job_name")]
        if not jobs and not ("rule_files" in mapping and {"global", "alerting"} & set(mapping)):
            continue
        for key in _SECTIONS:
            if key in mapping:
                yield Fact("section", f"prometheus.{key}", mapping.line_of(key))
        for job in jobs:
            yield from _job(trees.as_mapping(job))
        for path in fields.texts(trees.at(mapping, "rule_files")):
            yield Fact("includes", path, path.line)
        for manager in trees.as_list(trees.at(mapping, "alerting", "alertmanagers")):
            for target in _targets(manager):
                yield Fact("sends-to", target, target.line)


def _job(job: trees.Mapping) -> Iterator[Item]:
    name = trees.as_text(trees.at(job, "job_name"))
    unit = Unit("monitor", name, job.line)
    yield unit
    targets = list(_targets(job))
    for target in targets:
        yield Fact("scrapes", target, target.line, name, unit.id)
    if not targets:
        yield Fact("scrapes", name, job.line, next((key for key in job if key.endswith("_sd_configs")), ""), unit.id)
    for key in ("metrics_path", "scrape_interval"):
        yield from fields.fields(trees.at(job, key), f"scrape.{key}", unit.id)


def _targets(node: trees.Node) -> Iterator[trees.Scalar]:
    for entry in trees.as_list(trees.at(node, "static_configs")):
        yield from fields.texts(trees.at(entry, "targets"))


@reads("*.yml", "*.yaml")
def monitors(source: Source) -> Iterator[Item]:
    """What the operator's ServiceMonitors and PodMonitors select: https://prometheus-operator.dev/docs/api-reference/api/."""
    if "monitoring.coreos.com" not in source.text:
        return
    for mapping in embedded.mappings(source):
        kind, version = trees.as_text(trees.at(mapping, "kind")), trees.as_text(trees.at(mapping, "apiVersion"))
        if kind not in _MONITORS or not version.startswith("monitoring.coreos.com/"):
            continue
        name = trees.as_text(trees.at(mapping, "metadata", "name"))
        unit = Unit("monitor", f"{kind}/{name}", mapping.line)
        yield unit
        for label, value in trees.as_mapping(trees.at(mapping, "spec", "selector", "matchLabels")).items():
            yield Fact("scrapes", trees.as_text(value), label.line, label, unit.id)
