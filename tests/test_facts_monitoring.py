"""What the readers of monitoring find, and what they leave alone."""

import json

import pytest
from endless import ends
from reading import facts, names, read, units

from mlops_scan.evidence import Fact, Unit
from mlops_scan.facts import fields
from mlops_scan.facts.monitoring.alertmanager import alertmanager
from mlops_scan.facts.monitoring.grafana import dashboard, provisioning
from mlops_scan.facts.monitoring.opentelemetry import collector
from mlops_scan.facts.monitoring.prometheus import configuration, monitors, rules
from mlops_scan.facts.monitoring.promql import metrics
from mlops_scan.facts.source import Reader, Source

READERS = [rules, configuration, monitors, alertmanager, dashboard, provisioning, collector]


# PromQL


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("drift_score > 0.2", ["drift_score"]),
        ('sum by (le, job) (rate(latency_bucket{path="/p",code=~"5.."}[5m]))', ["latency_bucket"]),
        ("sum(rate(a[5m])) without (x) / on(y) group_left(z) b offset 1h", ["a", "b"]),
        ("histogram_quantile(0.99, job:latency:rate5m) and absent(up) or 1e3", ["job:latency:rate5m", "up"]),
        ('{__name__="hidden_metric", job="x"} unless `word` # comment', ["hidden_metric"]),
        ('rate(a{pod="$pod", t="}"}[$__rate_interval]) > ${limit:raw} * $x', ["a"]),
        ("a + a", ["a"]),
        ("", []),
        ("vector(1)", []),
    ],
)
def test_metrics_of_an_expression(expression: str, expected: list[str]):
    assert metrics(expression) == expected


# Prometheus

RULES = """\
groups:
  - name: model
    rules:
      - alert: Drift
        expr: |
          drift_score{model="churn"} > 0.2
        for: 5m
        labels: {severity: page}
        annotations: {summary: "{{ $value }}", runbook_url: https://h/runbook}
      - record: job:errors:rate5m
        expr: rate(errors_total[5m])
      - alert: NoExpression
"""


def test_a_rule_watches_metrics_and_a_recording_rule_makes_one():
    items = read(rules, RULES)
    assert units(items) == ["alert:Drift", "monitor:job:errors:rate5m"]
    assert names(items, "watches-metric") == ["drift_score", "errors_total"]
    assert names(items, "emits-metric") == ["job:errors:rate5m"]
    assert Fact("field", "rule.labels.severity", 8, "page", "alert:Drift") in items
    assert names(items, "uri") == ["https://h/runbook"]


def test_rules_are_found_in_objects_and_in_values_of_charts():
    inner = "".join(f"    {line}\n" for line in RULES.splitlines())
    crd = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n" + inner
    assert "alert:Drift" in units(read(rules, crd))
    assert "alert:Drift" in units(read(rules, "additionalPrometheusRules:\n  - name: x\n" + inner, "values.yaml"))


def test_rules_in_the_text_of_a_config_map_have_the_lines_of_the_file():
    inner = "".join(f"    {line}\n" for line in RULES.splitlines())
    items = read(
        rules, "apiVersion: v1\nkind: ConfigMap\ndata:\n  rules.yml: |\n" + inner + "  bad.yml: |\n    [\n    {\n"
    )
    assert next((unit.id, unit.line) for unit in items if isinstance(unit, Unit)) == ("alert:Drift", 8)


def test_a_configuration_scrapes_targets_and_includes_rules():
    text = "global: {}\nrule_files: [/etc/prometheus/rules.yml]\nalerting:\n  alertmanagers:\n"
    text += "    - static_configs: [{targets: ['alertmanager:9093']}]\nscrape_configs:\n"
    text += "  - job_name: api\n    static_configs: [{targets: ['api:8000']}]\n"
    text += "  - job_name: pods\n    kubernetes_sd_configs: [{role: pod}]\n    basic_auth: {password: hush}\n"
    items = read(configuration, text, "prometheus.yml")
    assert [(fact.name, fact.value) for fact in facts(items, "scrapes")] == [
        ("api:8000", "api"), ("pods", "kubernetes_sd_configs"),
    ]  # fmt: skip
    assert names(items, "includes") == ["/etc/prometheus/rules.yml"]
    assert names(items, "sends-to") == ["alertmanager:9093"]
    assert "hush" not in repr(items)


def test_a_service_monitor_scrapes_what_it_selects():
    text = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: m}\n"
    text += "spec: {selector: {matchLabels: {app: api}}}\n"
    assert facts(read(monitors, text), "scrapes") == [Fact("scrapes", "api", 4, "app", "monitor:ServiceMonitor/m")]


# Alertmanager

ALERTS = """\
route:
  receiver: team
  routes: [{receiver: retrain, matchers: [alertname="Drift"]}]
receivers:
  - name: team
    slack_configs: [{api_url: "https://hooks.slack.com/services/T00/B00/hush0hush0hush0hush0hush", channel: "#ml"}]
    email_configs: []
  - name: retrain
    webhook_configs: [{url: "http://me:hush@trainer:8000/retrain?token=hush"}]
  - name: nowhere
"""


def test_an_alert_goes_to_receivers_of_some_kind():
    items = read(alertmanager, ALERTS)
    assert [(fact.name, fact.unit) for fact in facts(items, "sends-to")] == [
        ("#alert:team", ""), ("#alert:retrain", ""), ("slack", "alert:team"), ("webhook", "alert:retrain"),
    ]  # fmt: skip
    assert units(items) == ["alert:team", "alert:retrain", "alert:nowhere"]


def test_a_webhook_says_where_it_goes_without_its_secrets():
    items = read(alertmanager, ALERTS)
    assert names(items, "uri") == ["http://trainer:8000/retrain"]
    assert "hush" not in repr(items)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://user:pass@db/mlflow", "postgresql://db/mlflow"),
        ("https://h/services/T0/abc123abc123abc123abc", "https://h/services/T0/***"),
        ("s3://mlflow-artifacts-2024-production/x", "s3://mlflow-artifacts-2024-production/x"),
        ("models:/churn@champion", "models:/churn@champion"),
        ("plain?text", "plain?text"),
    ],
)
def test_addresses_are_shown_without_what_they_can_carry(address: str, shown: str):
    assert fields.without_credentials(address) == shown


# Grafana


def test_a_dashboard_shows_metrics_of_its_panels_and_of_their_rows():
    panel = {"gridPos": {}, "title": "p", "targets": [{"expr": "rate(predictions_total[5m])"}]}
    row = {"title": "row", "gridPos": {}, "panels": [{"targets": [{"expr": "drift_score"}]}]}
    alert = {"title": "q", "alert": {"name": "High"}, "targets": [{"expr": "errors"}]}
    text = json.dumps({"title": "Model", "schemaVersion": 38, "panels": [panel, row, alert]}, indent=1)
    items = read(dashboard, text, "grafana/model.json")
    assert units(items) == ["monitor:Model", "monitor:Model/alert:High"]
    assert [(fact.name, fact.unit) for fact in facts(items, "watches-metric")] == [
        ("predictions_total", "monitor:Model"), ("drift_score", "monitor:Model"),
        ("errors", "monitor:Model/alert:High"), ("errors", "monitor:Model"),
    ]  # fmt: skip


def test_other_json_with_panels_is_no_dashboard():
    assert read(dashboard, '{"title": "UI", "panels": [{"title": "x"}]}', "layout.json") == []


def test_provisioning_names_data_sources_folders_and_contacts():
    text = "apiVersion: 1\ndatasources: [{name: P, type: prometheus, secureJsonData: {password: hush}}]\n"
    text += "providers: [{name: d, options: {path: /var/lib/grafana/dashboards}}]\n"
    text += "contactPoints: [{name: team, receivers: [{type: slack, settings: {url: 'https://h/x?t=hush'}}]}]\n"
    text += "groups:\n  - rules:\n      - title: Drift\n        isPaused: true\n"
    text += "        data: [{model: {expr: drift_score > 1}}]\n"
    items = read(provisioning, text)
    assert names(items, "section") == ["grafana.datasources.prometheus", "grafana.providers"]
    assert names(items, "reads") == ["/var/lib/grafana/dashboards"]
    assert names(items, "sends-to") == ["slack"]
    assert facts(items, "watches-metric") == [Fact("watches-metric", "drift_score", 9, "", "alert:Drift")]
    assert names(items, "switched-off") == ["isPaused: true"]
    assert "hush" not in repr(items)


# OpenTelemetry


def test_a_collector_has_components_and_pipelines():
    text = "receivers: {otlp: {}}\nexporters:\n  otlphttp/tempo: {endpoint: http://tempo:4318}\n"
    text += "service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp/tempo]}}}\n"
    items = read(collector, text)
    assert names(items, "section") == ["otel.receivers.otlp", "otel.exporters.otlphttp", "otel.pipelines.traces"]
    assert names(items, "uri") == ["http://tempo:4318"]
    inner = "".join(f"    {line}\n" for line in text.splitlines())
    crd = "apiVersion: opentelemetry.io/v1alpha1\nkind: OpenTelemetryCollector\nspec:\n  config: |\n" + inner
    assert facts(read(collector, crd), "section")[0] == Fact("section", "otel.receivers.otlp", 5, "otlp")


# All of them

NOT_OURS = [
    "name: train\non: {push: {branches: [main]}}\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n",
    "stages:\n  train: {cmd: python train.py, deps: [a]}\n",
    "name: env\ndependencies: [python=3.11, {pip: [mlflow]}]\n",
    "artifact_path: model\nflavors: {python_function: {env: conda.yaml}}\nrun_id: a\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: alert}\nspec: {expr: x, receivers: [], route: x}\n",
    "groups: [{name: dev, rules: [{record: x}]}]\n# expr alert\n",
    "receivers: [{name: x}]\nroutes: []\n",
    "pipelines: {a: {exporters: [x]}}\n",
    "",
]


@pytest.mark.parametrize("text", NOT_OURS)
@pytest.mark.parametrize("reader", READERS)
def test_files_of_other_formats_yield_nothing(reader: Reader, text: str):
    assert read(reader, text) == []


@pytest.mark.parametrize(
    "piece", ["a", "{", '"', '\\"', "'", "`", "by (", "a ", "[", "${", "__name__=", "a(", ":", "://", "/a1"]
)
def test_a_hostile_text_costs_little_time(piece: str):
    with ends():
        text = piece * (100_000 // len(piece))
        assert all(name in text for name in metrics(text))
        assert "@" not in fields.without_credentials("x://" + text)
        found = list(fields.addresses(Source("x.yml", json.dumps(["x:/" + text[:50_000]] * 5)).documents[0]))
        assert {each.kind for each in found} <= {"uri"}
