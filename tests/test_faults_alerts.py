"""Alerts that nobody gets, each with its near miss."""

import faulty

from mlops_scan.faults import Confidence
from mlops_scan.faults.alerts import (
    alert_on_unknown_job,
    alert_rules_not_loaded,
    alerts_without_receiver,
    metric_never_emitted,
    receiver_without_channel,
)

RULES = """
groups:
  - name: churn
    rules:
      - alert: ChurnDown
        expr: up{job="churn-api"} == 0
        for: 5m
"""
PROMETHEUS = """
global:
  scrape_interval: 15s
rule_files:
  - /etc/prometheus/alert_rules.yml
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["alertmanager:9093"]
scrape_configs:
  - job_name: churn-api
    static_configs:
      - targets: ["api:8000"]
"""
COMPOSE = """
services:
  prometheus:
    image: prom/prometheus
    volumes:
      - ./prometheus.yml:/etc/prometheus/prometheus.yml
      - ./alert_rules.yml:/etc/prometheus/alert_rules.yml
  alertmanager:
    image: prom/alertmanager
"""
WHOLE = {"prometheus.yml": PROMETHEUS, "alert_rules.yml": RULES, "docker-compose.yml": COMPOSE}


def test_rules_that_no_configuration_names_are_not_loaded() -> None:
    other = PROMETHEUS.replace("alert_rules", "first_rules")
    assert faulty.places(alert_rules_not_loaded, {**WHOLE, "prometheus.yml": other}) == ["alert_rules.yml:4"]
    assert faulty.places(alert_rules_not_loaded, WHOLE) == []


def test_rules_are_loaded_by_a_pattern_or_under_another_name_in_the_container() -> None:
    pattern = PROMETHEUS.replace("alert_rules.yml", "rules/*.yml")
    assert faulty.places(alert_rules_not_loaded, {"prometheus.yml": pattern, "rules/churn.yml": RULES}) == []
    renamed = {"prometheus.yml": PROMETHEUS, "churn.yml": RULES}
    mounted = COMPOSE.replace("./alert_rules.yml", "./churn.yml")
    assert faulty.places(alert_rules_not_loaded, renamed) == ["churn.yml:4"]
    assert faulty.places(alert_rules_not_loaded, {**renamed, "docker-compose.yml": mounted}) == []


def test_rules_that_an_operator_or_a_command_takes_need_no_configuration() -> None:
    indented = RULES.replace("\n", "\n  ")
    rule = f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: churn\nspec:{indented}"
    assert faulty.places(alert_rules_not_loaded, {"prometheus.yml": PROMETHEUS, "k8s/rule.yaml": rule}) == []
    alone = {"prometheus.yml": PROMETHEUS, "churn.yml": RULES}
    assert faulty.places(alert_rules_not_loaded, {**alone, "up.sh": "mimirtool rules load churn.yml\n"}) == []
    assert faulty.places(alert_rules_not_loaded, {**alone, "ci.sh": "promtool check rules churn.yml\n"}) != []
    assert faulty.places(alert_rules_not_loaded, {"churn.yml": RULES}) == []


def test_an_alert_selects_a_job_that_is_scraped() -> None:
    renamed = PROMETHEUS.replace("job_name: churn-api", "job_name: churn-api-local")
    assert faulty.places(alert_on_unknown_job, {**WHOLE, "prometheus.yml": renamed}) == ["alert_rules.yml:5"]
    assert faulty.places(alert_on_unknown_job, WHOLE) == []


def test_jobs_that_are_discovered_or_matched_by_a_pattern_are_not_judged() -> None:
    found = PROMETHEUS.replace('static_configs:\n      - targets: ["api:8000"]', "kubernetes_sd_configs: [{role: pod}]")
    renamed = found.replace("job_name: churn-api", "job_name: pods")
    assert faulty.places(alert_on_unknown_job, {**WHOLE, "prometheus.yml": renamed}) == []
    matched = RULES.replace('job="churn-api"', 'job=~"churn.*"')
    assert faulty.places(alert_on_unknown_job, {**WHOLE, "alert_rules.yml": matched}) == []


def test_of_two_configurations_the_nearest_loads_the_rules() -> None:
    copy = PROMETHEUS.replace("job_name: churn-api", "job_name: other")
    files = {"a/prometheus.yml": PROMETHEUS, "a/alert_rules.yml": RULES, "b/prometheus.yml": copy}
    assert faulty.places(alert_on_unknown_job, files) == []
    assert faulty.places(alert_on_unknown_job, {**files, "b/alert_rules.yml": RULES}) == ["b/alert_rules.yml:5"]


def test_alerts_need_somebody_to_tell() -> None:
    silent = PROMETHEUS[: PROMETHEUS.index("alerting")] + PROMETHEUS[PROMETHEUS.index("scrape_configs") :]
    assert faulty.places(alerts_without_receiver, {**WHOLE, "prometheus.yml": silent}) == ["prometheus.yml:4"]
    assert faulty.places(alerts_without_receiver, WHOLE) == []
    forwarded = silent + "remote_write:\n  - url: https://mimir.example/api/v1/push\n"
    assert faulty.places(alerts_without_receiver, {**WHOLE, "prometheus.yml": forwarded}) == []
    assert faulty.places(alerts_without_receiver, {"prometheus.yml": silent}) == []


def test_every_compose_file_with_prometheus_runs_the_alertmanager() -> None:
    without = COMPOSE[: COMPOSE.index("  alertmanager")]
    files = {**WHOLE, "docker-compose.prod.yml": without}
    assert faulty.places(alerts_without_receiver, files) == ["docker-compose.prod.yml:5"]
    together = {"up.sh": "docker compose -f docker-compose.yml -f docker-compose.prod.yml up -d\n"}
    assert faulty.places(alerts_without_receiver, {**files, **together}) == []
    renamed = COMPOSE.replace("  alertmanager:\n", "  pager:\n    container_name: alertmanager\n")
    assert faulty.places(alerts_without_receiver, {**WHOLE, "docker-compose.yml": renamed}) == []
    elsewhere = PROMETHEUS.replace("alertmanager:9093", "alerts.example.org:9093")
    assert faulty.places(alerts_without_receiver, {**files, "prometheus.yml": elsewhere}) == []
    overlay = without.replace("    image: prom/prometheus\n", "")  # it cannot stand alone: another file comes first
    assert faulty.places(alerts_without_receiver, {**files, "docker-compose.prod.yml": overlay}) == []


EMITTING = """
from prometheus_client import Counter, Gauge, Histogram

SEEN = Counter("churn_predictions", "predictions")
LATENCY = Histogram(name="churn_latency_seconds", documentation="latency")
"""


def test_a_metric_of_our_own_is_emitted_by_somebody() -> None:
    files = {"app.py": EMITTING, "alert_rules.yml": RULES.replace('up{job="churn-api"}', "churn_drift_score")}
    (found,) = faulty.broken(metric_never_emitted, files)
    assert (str(found.place), found.confidence) == ("alert_rules.yml:5", Confidence.HIGH)
    speaking = {**files, "alert_rules.yml": RULES.replace('up{job="churn-api"}', "app_data_drift")}
    assert [each.confidence for each in faulty.broken(metric_never_emitted, speaking)] == [Confidence.MEDIUM]


def test_what_clients_append_and_what_others_emit_is_not_missed() -> None:
    for metric in (
        "churn_predictions_total", "churn_latency_seconds_bucket", 'up{job="x"}', "node_load1", "http_requests_total",
    ):  # fmt: skip
        files = {"app.py": EMITTING, "alert_rules.yml": RULES.replace('up{job="churn-api"}', metric)}
        assert faulty.broken(metric_never_emitted, files) == [], metric


def test_nothing_is_said_where_names_are_computed_or_nothing_is_emitted() -> None:
    rules = RULES.replace('up{job="churn-api"}', "churn_drift_score")
    computed = EMITTING + 'for name in NAMES:\n    Gauge(f"churn_{name}", "x")\n'
    wrapped = EMITTING + 'def make(name): ...\n\nDRIFT = make("churn_drift_score")\n'
    by_hand = (
        EMITTING + 'def metrics():\n    return ["# TYPE churn_drift_score gauge", f"churn_drift_score {drift()}"]\n'
    )
    for code in (computed, wrapped, by_hand, "import flask\n"):
        assert faulty.broken(metric_never_emitted, {"app.py": code, "alert_rules.yml": rules}) == []
    assert faulty.broken(metric_never_emitted, {"app.py": EMITTING, "main.go": "", "alert_rules.yml": rules}) == []


def test_recording_rules_name_the_metrics_of_others() -> None:
    recorded = (
        "groups:\n  - name: nodes\n    rules:\n      - record: node_cpu:rate\n        expr: rate(node_cpu_total[5m])\n"
    )
    files = {"app.py": EMITTING, "rules/nodes.yml": recorded}
    assert faulty.broken(metric_never_emitted, files) == []
    asking = RULES.replace('up{job="churn-api"}', "churn:rate5m")
    mine = recorded.replace("node_cpu:rate", "churn:rate5m").replace("node_cpu_total", "churn_predictions_total")
    assert faulty.broken(metric_never_emitted, {**files, "rules/nodes.yml": mine, "alert_rules.yml": asking}) == []


MANAGER = """
route:
  receiver: team
  routes:
    - receiver: nobody
receivers:
  - name: nobody
  - name: team
"""


def test_some_receiver_has_a_channel() -> None:
    assert faulty.places(receiver_without_channel, {"alertmanager.yml": MANAGER}) == ["alertmanager.yml:5"]
    told = MANAGER + "    slack_configs:\n      - channel: '#churn'\n"
    assert faulty.places(receiver_without_channel, {"alertmanager.yml": told}) == []
    assert faulty.places(receiver_without_channel, {"charts/alertmanager/values.yml": MANAGER}) == []
    elsewhere = MANAGER.replace("receiver: team", "receiver: $TEAM")
    assert faulty.places(receiver_without_channel, {"alertmanager.yml": elsewhere}) == []
