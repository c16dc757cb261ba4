"""Alerts that nobody gets: rules that are not loaded, metrics that nothing emits, alerts that have no receiver."""

import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import islice
from posixpath import commonprefix, dirname, join, normpath

from mlops_scan.evidence import Fact, Node, Place, Reading
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.product import MOST, facts, holding, readings, said
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.wiring.names import HOSTS

_METERS = re.compile(
    r"prometheus_client\.(?:[\w.]+\.)?(?:Counter|Gauge|Histogram|Summary|Info|Enum|\w+MetricFamily)"
    r"|.*\.create_(?:observable_)?(?:counter|gauge|histogram|up_down_counter)"
)
#: What client libraries append to the name that the code gives: the type, and OpenTelemetry the unit.
_SUFFIX = re.compile(r"(?:_(?:total|bucket|sum|count|created|info|seconds|milliseconds|bytes|ratio|percent))+$")
_TYPES = ("_total", "_bucket", "_sum", "_count")
_OF_MODELS = {"drift", "prediction", "predictions", "accuracy", "confidence", "psi"}
_OTHER_LANGUAGES = (".go", ".java", ".kt", ".scala", ".rs", ".cs", ".rb", ".cpp")
_JOB = re.compile(r"""\bjob\s*=\s*["']([^"'{}$|*]+)["']""")
_FILES = re.compile(r"(?:-f|--file)[ =]")
_MOST_RULES = 200
_MOST_FILES = 50
_LONGEST = 200


def _loading(life: Lifecycle) -> list[tuple[Reading, list[Reading]]]:
    """Each file of alert rules with the Prometheus configurations that load it; nothing where none is configured.

    Of configurations in several folders the one that stands nearest loads it: the others are copies of another time.
    """
    configurations = [each for each in holding(life, "section") if said(each, "section", "prometheus.")][:_MOST_FILES]
    mounts = _mounts(life) if configurations else {}
    found = []
    for rules in islice(_rules(life), _MOST_FILES) if configurations else ():
        names = [rules.path, *mounts[rules.path]]
        loading = [each for each in configurations if _names(each, names)]
        near = max((_shared(each.path, rules.path) for each in loading), default=0)
        found.append((rules, [each for each in loading if _shared(each.path, rules.path) == near]))
    return found


def _rules(life: Lifecycle) -> Iterator[Reading]:
    """The files of alert rules that a Prometheus must be told to load."""
    for reading in holding(life, "field"):
        alerts = said(reading, "field", "rule.expr") and any(unit.kind == "alert" for unit in reading.units)
        elsewhere = said(reading, "resource") or said(reading, "section") or "loki" in reading.path.lower()
        if alerts and not elsewhere and "values" not in reading.path.rpartition("/")[2]:
            yield reading


def _names(configuration: Reading, names: list[str]) -> bool:
    """Whether a `rule_files` entry can mean a file, under the name that it has or is given in a container."""
    wanted = [fact.name.rpartition("/")[2] for fact in said(configuration, "includes")]
    return any(fnmatchcase(name.rpartition("/")[2], pattern) for name in names for pattern in wanted)


def _shared(one: str, other: str) -> int:
    return len(commonprefix([dirname(one).split("/"), dirname(other).split("/")]))


def _mounts(life: Lifecycle) -> dict[str, list[str]]:
    """Where files are mounted or copied to, by their paths."""
    found: dict[str, list[str]] = defaultdict(list)
    for reading in readings(life):
        for fact in reading.of("reads", "copies"):
            if fact.value:
                found[_beside(reading, fact.name)].append(fact.value)
    return found


def _beside(reading: Reading, path: str) -> str:
    return normpath(join(dirname(reading.path), path))


@rule("alert-rules-not-loaded", costs=3)
def alert_rules_not_loaded(life: Lifecycle) -> Iterator[Broken]:
    """A file of alert rules stands in the repository, and no Prometheus configuration of it names the file.

    Prometheus reads only what `rule_files` matches, and says nothing about other files: these alerts exist on paper
    and never fire.

    Mend: add the file to `rule_files`, and mount it where Prometheus looks.
    Wrong where: the configuration that loads it is made while something runs, or lies in another repository.
    """
    for rules, configurations in life.once(_loading):
        if not configurations and not _is_handed_over(life, rules.path):
            alert = next(unit for unit in rules.units if unit.kind == "alert")
            message = "no `rule_files` of a Prometheus configuration here matches this file: its alerts never fire"
            yield Broken(Place(rules.path, alert.line), message, Node(rules.path))


def _is_handed_over(life: Lifecycle, path: str) -> bool:
    """Whether a command names the file, and so may load it in a way of its own. Checking it is not loading it."""
    name = path.rpartition("/")[2]
    commands = (fact.name for fact in facts(life, "command"))
    return any(name in command and not command.startswith("promtool") for command in commands)


@rule("metric-never-emitted", costs=3)
def metric_never_emitted(life: Lifecycle) -> Iterator[Broken]:
    """An alert or a panel asks for a metric of this repository's own that none of its code emits.

    A rule over a metric that does not exist is no error: it is silently never true, and the panel stays empty. So
    drift or quality look watched and are not. Metrics of exporters and other programs are not asked for: only names
    that begin like those that the code here emits, or that speak of predictions and drift.

    Mend: emit the metric (the names of counters end in `_total`), or correct the name.
    Wrong where: another repository emits it. Nothing is said where code makes the names of its metrics while it
    runs.
    """
    watching = holding(life, "watches-metric")
    code, computed = _emitted(life) if watching else (set(), False)
    if not code or computed or any(path.endswith(_OTHER_LANGUAGES) for path in life.graph.readings):
        return
    named = _named(life)
    beginnings = {name.partition("_")[0] for name in code}
    own = code | {fact.name for fact in facts(life, "emits-metric")}  # recording rules make metrics of others' metrics
    for reading in watching:
        missing: dict[str, Fact] = {}
        for fact in said(reading, "watches-metric"):
            if _is_own(fact.name, beginnings) and not _is_emitted(fact.name, own, named):
                missing.setdefault(fact.name, fact)
        for name, fact in list(missing.items())[:MOST]:
            sure = Confidence.HIGH if name.partition("_")[0] in beginnings else Confidence.MEDIUM
            message = f"no code here emits the metric `{name}`: what watches it never sees anything"
            yield Broken(Place(reading.path, fact.line), message, Node(reading.path, fact.unit), sure)


def _emitted(life: Lifecycle) -> tuple[set[str], bool]:
    """The metrics that code of this repository makes, and whether some have names that only a run knows."""
    own: set[str] = set()
    computed = False
    for reading in readings(life):
        calls = [fact for fact in said(reading, "call") if _METERS.fullmatch(fact.name)]
        keywords = [fact for fact in said(reading, "argument") if fact.name.endswith(".name")]
        named = [fact for fact in keywords if _METERS.fullmatch(fact.name.removesuffix(".name"))]
        names = [fact.value for fact in (*calls, *named) if fact.value]
        own.update(name.replace(".", "_") for name in names if "{}" not in name)
        by_hand = said(reading, "emits-metric", "{}")
        computed = computed or len(names) < len(calls) or any("{}" in name for name in names) or bool(by_hand)
    return own, computed


def _named(life: Lifecycle) -> set[str]:
    """Every literal that code hands to something: a metric may be made by a function of the repository's own."""
    return {fact.value for fact in facts(life, "call", "argument") if fact.value}


def _is_own(metric: str, beginnings: set[str]) -> bool:
    words = metric.split("_")
    return ":" not in metric and (words[0] in beginnings or not _OF_MODELS.isdisjoint(words))


def _is_emitted(metric: str, own: set[str], named: set[str]) -> bool:
    forms = {metric, _SUFFIX.sub("", metric), *(metric.removesuffix(end) for end in _TYPES)}
    if not forms.isdisjoint(own) or not forms.isdisjoint(named):
        return True
    joints = [at for at, letter in enumerate(metric[:_LONGEST]) if letter == "_"]
    parts = {metric[:at] for at in joints} | {form[at + 1 :] for form in forms for at in joints}
    return not own.isdisjoint(parts)  # with a unit behind the name, or a namespace in front of it


@rule("alert-on-unknown-job", costs=3)
def alert_on_unknown_job(life: Lifecycle) -> Iterator[Broken]:
    """An alert selects `job="x"`, and no scrape configuration of this repository has a job of that name.

    The selector matches no series, so that the expression is empty and the alert cannot fire: typically the one
    that should say that the service is down.

    Mend: use the `job_name` of the scrape configuration.
    Wrong where: the job is scraped by another Prometheus, whose configuration lies elsewhere.
    """
    for rules, configurations in life.once(_loading):
        jobs = _jobs(configurations)
        for fact in said(rules, "field", "rule.expr")[:_MOST_RULES] if jobs else ():
            for job in dict.fromkeys(_JOB.findall(fact.value)):
                if job not in jobs:
                    known = ", ".join(f"`{name}`" for name in sorted(jobs)[:4])
                    message = f'`job="{job}"` matches nothing: the jobs that are scraped are {known}'
                    yield Broken(Place(rules.path, fact.line), message, Node(rules.path, fact.unit))


def _jobs(configurations: list[Reading]) -> set[str]:
    """The jobs that are scraped; none where series are discovered or pushed, which brings a `job` of their own."""
    scrapes = [fact for each in configurations for fact in said(each, "scrapes")]
    targets = " ".join(f"{fact.name} {fact.value}" for fact in scrapes)
    if "_sd_configs" in targets or "gateway" in targets:
        return set()
    return {unit.name for each in configurations for unit in each.units if unit.kind == "monitor"}


@rule("alerts-without-receiver", costs=3)
def alerts_without_receiver(life: Lifecycle) -> Iterator[Broken]:
    """Prometheus loads alert rules and has nobody to tell: no Alertmanager is named, or the named one is not there.

    The alerts turn red on a page that nobody watches; nothing is sent.

    Mend: add `alerting.alertmanagers` to the configuration, run an Alertmanager beside Prometheus in every compose
    file, and give it a receiver with a channel.
    Wrong where: something else reads the alerts: Grafana, or a Prometheus further up.
    """
    loaded = {each.path: (each, rules) for rules, configurations in life.once(_loading) for each in configurations}
    for configuration, rules in loaded.values():
        managers = said(configuration, "sends-to")
        writes = said(configuration, "section", "prometheus.remote_write")  # who is written to may send the alerts
        if not managers and not writes and not said(configuration, "section", "prometheus.alerting"):
            line = next(iter(said(configuration, "includes"))).line
            message = f"the alerts of `{rules.path}` are loaded, and no Alertmanager is named: they reach nobody"
            yield Broken(Place(configuration.path, line), message, Node(configuration.path))
        yield from _without_manager(life, configuration, managers)


def _without_manager(life: Lifecycle, configuration: Reading, managers: list[Fact]) -> Iterator[Broken]:
    """Compose files that run this Prometheus without the Alertmanager which its configuration names."""
    hosts = {fact.name.partition(":")[0] for fact in managers}
    for compose in readings(life):
        services = {unit.name for unit in compose.units if unit.kind == "service"}
        services |= {fact.value for fact in said(compose, "field") if fact.name in HOSTS}
        mounts = [fact for fact in said(compose, "reads") if _beside(compose, fact.name) == configuration.path]
        if not mounts or not hosts or hosts & services or any("." in host for host in hosts):
            continue
        if not _is_combined(life, compose.path) and not _is_overlay(life, Node(compose.path, mounts[0].unit)):
            message = f"alerts go to `{min(hosts)}`, which is no service of this file: nobody gets them"
            place, node = Place(compose.path, mounts[0].line), Node(compose.path, mounts[0].unit)
            yield Broken(place, message, node, Confidence.MEDIUM)


def _is_overlay(life: Lifecycle, service: Node) -> bool:
    """Whether a service says neither its image nor how to build it, so that another file must come first."""
    return not any(fact.kind in ("image", "builds") for fact in life.graph.inside(service))


def _is_combined(life: Lifecycle, path: str) -> bool:
    """Whether some command starts this compose file together with another one."""
    name = path.rpartition("/")[2]
    for reading in life.graph.readings.values():
        for fact in reading.of("command", "documented"):
            if name in fact.name and len(_FILES.findall(fact.name)) > 1:
                return True
    return False


@rule("receiver-without-channel", costs=3)
def receiver_without_channel(life: Lifecycle) -> Iterator[Broken]:
    """Every route of an Alertmanager leads to a receiver that has no channel: no mail, chat, pager or webhook.

    Alerts are routed, grouped and repeated, and end there: nobody is told. It is what the default configuration of
    the charts looks like.

    Mend: give the receiver of the main route a channel that somebody reads.
    Wrong where: the channel is filled in while it is deployed.
    """
    for reading in holding(life, "section"):
        routed = {fact.name.removeprefix("#") for fact in said(reading, "sends-to", "#alert:")}
        receivers = {unit.id for unit in reading.units if unit.kind == "alert"} & routed
        heard = {fact.unit for fact in said(reading, "sends-to") if not fact.name.startswith("#")}
        section = said(reading, "section", "alertmanager.receivers")
        if section and receivers == routed and receivers.isdisjoint(heard) and "charts/" not in reading.path:
            names = ", ".join(f"`{name.removeprefix('alert:')}`" for name in sorted(receivers)[:MOST])
            message = f"all alerts are routed to {names}, which sends them nowhere"
            yield Broken(Place(reading.path, section[0].line), message, Node(reading.path))
