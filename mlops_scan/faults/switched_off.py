"""What stands there and is off: schedules, steps, monitoring, alerts, and settings that nobody has filled in."""

import re
from collections.abc import Iterator
from itertools import islice

from mlops_scan.activities import shown_by, words_of
from mlops_scan.evidence import Fact, Node, Place, Reading
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.checking import WORDS, check_of, facts_of, few
from mlops_scan.faults.product import MOST, facts, holding, said
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.repository.roles import is_to_copy

_WORK = frozenset({
    "train", "training", "retrain", "retraining", "deploy", "deployment", "promote", "score", "scoring", "predict",
    "register", "monitor", "monitoring"
})  # fmt: skip
#: A flag for what watches or checks models, and not for a part of a chart or a compiler.
_FLAG = re.compile(
    r"(?:^|[._-])(?:enable|enabled|run|use|with|activate|do)[_.-](?:\w+_)?"
    r"(?:monitor\w*|drift\w*|alert\w*|retrain\w*|evaluation|quality_gate\w*)$"
    r"|(?:^|[._-])(?:monitor\w*|drift\w*|alert\w*|retrain\w*|quality_gate\w*)[._-](?:enable|enabled|active|on)$",
    re.IGNORECASE,
)
_SKIP = re.compile(
    r"(?:^|[._])(?:skip|disable|bypass)_(?:model_|data_)?"
    r"(?:tests?|validation|evaluation|eval|drift\w*|monitoring|quality_gates?)$",
    re.IGNORECASE,
)
_OFF, _ON = ("false", "0", "off", "no", "disabled"), ("true", "1", "on", "yes")
_LOCAL = re.compile(r"(?:^|[/._-])(?:dev|development|local|debug|sandbox|ci)(?=[/._-]|$)", re.IGNORECASE)
#: Secrets get their value elsewhere; addresses in metadata are for readers; Kustomize puts an image in a name's place;
#: lists of words that scanners pass over hold such words on purpose.
_NOT_NEEDED = re.compile(
    r"pass(?:word|wd)?|secret|token|key|credential|stopwords|allowlist|(?:^|\.)images\.name$|(?:^|\.)(?:home|sources|maintainers|description|email|icon)(?:\.|$)",
    re.IGNORECASE,
)
_UNFILLED = re.compile(r"\b(?:CHANGEME|CHANGE_ME|REPLACE_ME|UPDATEME|UPDATE_ME)\b|<(?:your|YOUR)[-_ ][\w -]{1,40}>")
_EDITORS = ("sed ", "perl ", "yq ")
_MOST_EDITS = 200
_SAMPLE = re.compile(r"example|sample|template|tutorial|exercise|demo|default|dist(?=\.|$)", re.IGNORECASE)


@rule("schedule-switched-off", costs=2)
@few
def schedule_switched_off(life: Lifecycle) -> Iterator[Broken]:
    """A schedule or another trigger is written down and off, or stands in a comment.

    `schedule: null`, `paused: true`, `suspend: true`, `State: DISABLED`. What it should start waits for a human, so
    it is no proof of automation.

    Mend: put it in force, or say where it is put in force.
    Wrong where: it is put in force where it is deployed, or the pipeline is retired.
    """
    for node, fact in facts_of(life, "switched-off"):
        unit = life.graph.units.get(node)
        if unit and unit.kind == "trigger":
            name = unit.name.partition(" ")[2] or unit.name
            yield Broken(Place(node.path, fact.line), f"`{name}` is never started by itself ({fact.name})", node)
    for reading in holding(life, "commented-out"):
        if (found := said(reading, "commented-out", "schedule")) and not _is_scheduled(reading):
            message = f"the schedule of this workflow stands in a comment (`{found[0].value}`): it is not in force"
            yield Broken(Place(reading.path, found[0].line), message, Node(reading.path), Confidence.MEDIUM)


def _is_scheduled(reading: Reading) -> bool:
    return bool(said(reading, "trigger", "schedule"))


@rule("started-by-hand-only", costs=1)
def started_by_hand_only(life: Lifecycle) -> Iterator[Broken]:
    """A pipeline that trains or deploys says that nothing starts it: `trigger: none`, and no schedule.

    It is no continuous training or delivery then.

    Mend: a trigger on the branch, a schedule, or a pipeline that starts this one.
    Wrong where: a schedule or a trigger is set in the web page of the CI system, or starting it by hand is what is
    wanted.
    """
    yield from islice(_by_hand_only(life), MOST)


def _by_hand_only(life: Lifecycle) -> Iterator[Broken]:
    for node, fact in facts_of(life, "switched-off"):
        work = _work_of(life.graph.readings[node.path])
        if fact.name == "trigger: none" and work and not _is_started(life, node.path):
            message = f"nothing but a human starts this pipeline (trigger: none), and it holds `{work}`"
            yield Broken(Place(node.path, fact.line), message, node, Confidence.MEDIUM)


def _is_started(life: Lifecycle, path: str) -> bool:
    return any(fact.name != "manual" for fact in life.graph.readings[path].of("trigger"))


def _work_of(reading: Reading) -> str:
    """The job, or the file, that is named after training, deploying or watching a model."""
    names = [*(unit.name for unit in reading.units if unit.kind == "job"), reading.path.rpartition("/")[2]]
    return next((name for name in names if _WORK & set(words_of(name))), "")


@rule("step-switched-off", costs=2)
@few
def step_switched_off(life: Lifecycle) -> Iterator[Broken]:
    """A job, step or check is there and never runs: `if: false`, `enabled: false`, `when: never`, `expectations: []`.

    It looks like a test, an evaluation or a deployment, and whoever reads the file counts on it.

    Mend: run it or delete it.
    Wrong where: it is off for a short time, and somebody keeps the date.
    """
    claimed: dict[Node, str] = {}
    for node, fact in facts_of(life, "switched-off"):
        unit = life.graph.units.get(node)
        if unit is None or unit.kind not in ("job", "step", "check", "alert", "monitor"):
            continue
        if node not in claimed:
            claimed[node] = _claims(life, node)
        if claimed[node]:
            yield Broken(Place(node.path, fact.line), f"`{claimed[node]}` never runs ({fact.name})", node)


def _claims(life: Lifecycle, node: Node) -> str:
    """What a unit that is off would have done; empty where it is nothing that a claim could rest on."""
    unit = life.graph.units[node]
    facts = list(life.graph.inside(node))
    names = [unit.name, *(fact.value for fact in facts if fact.name == "step.name")]
    if unit.kind in ("check", "alert", "monitor"):
        return unit.name
    named = next((name for name in names if (_WORK | WORDS) & set(words_of(name))), "")
    return named or next(filter(None, map(_does, facts)), "")


def _does(fact: Fact) -> str:
    if fact.kind != "command":
        return ""
    return check_of(fact.name) or (fact.name[:50] if {"deploy", "train"} & set(shown_by(fact)) else "")


@rule("watching-switched-off", costs=2)
@few
def watching_switched_off(life: Lifecycle) -> Iterator[Broken]:
    """A flag switches monitoring, drift detection, alerts, evaluation or retraining off, or skips the tests.

    The code is there and does not run: `enable_monitoring: false`, `SKIP_VALIDATION=true`, `ALERT_EMAILS = []`.

    Mend: switch it on where models are deployed.
    Wrong where: another file switches it on for production. In a configuration for development it is reported as
    less sure.
    """
    for node, fact in facts_of(life, "env", "field", "switched-off"):
        if message := _switched_off(fact):
            sure = Confidence.LOW if _LOCAL.search(node.path) else Confidence.HIGH
            yield Broken(Place(node.path, fact.line), message, node, sure)


def _switched_off(fact: Fact) -> str:
    if fact.kind == "switched-off":
        return f"nobody is told of anything: `{fact.name}`" if fact.name.endswith(" = []") else ""
    if fact.kind == "field" and not fact.name.startswith("params."):
        return ""
    value = fact.value.lower()
    if (_FLAG.search(fact.name) and value in _OFF) or (_SKIP.search(fact.name) and value in _ON):
        return f"`{fact.name.removeprefix('params.')}` is {value}: what it stands for does not happen"
    return ""


@rule("setting-not-filled-in", costs=2)
@few
def setting_not_filled_in(life: Lifecycle) -> Iterator[Broken]:
    """A setting or command still holds a placeholder: `<your-bucket>`, `CHANGEME`, `SET YOUR ID`, `OWNER/REPO`.

    What needs it cannot have run from this repository. Secrets are not meant: they get their value elsewhere; nor
    is what a `sed` here replaces.

    Mend: fill it in, or read it from the environment and fail where it is missing.
    Wrong where: something outside of this repository fills it in, or the file is a template without saying so in
    its name or in that of its folder.
    """
    edits = " ".join(fact.name for fact in islice(_edits(life), _MOST_EDITS))
    for reading in holding(life, "placeholder", "command"):
        folder, _, name = reading.path.rpartition("/")
        if not is_to_copy(folder) and not _SAMPLE.search(name) and (found := _unfilled(reading, edits)):
            more = f", and so do {len(found) - 1} more" if len(found) > 1 else ""
            setting = ".".join(found[0].name.split(".")[-2:]) if found[0].kind == "placeholder" else found[0].name[:50]
            message = f"`{setting}` still holds a placeholder{more}"
            yield Broken(Place(reading.path, found[0].line), message, Node(reading.path, found[0].unit))


def _edits(life: Lifecycle) -> Iterator[Fact]:
    """The commands that put values into files."""
    return (fact for fact in facts(life, "command") if fact.name.startswith(_EDITORS))


def _is_replaced(placeholder: str, edits: str) -> bool:
    """Whether a command puts a value in its place before the file is used."""
    return len(placeholder) > 3 and placeholder in edits


def _unfilled(reading: Reading, edits: str) -> list[Fact]:
    """The settings that hold placeholders, or else the commands."""
    secret = any(fact.name.rpartition("/")[2] == "Secret" for fact in reading.of("resource"))
    settings = [
        fact
        for fact in said(reading, "placeholder")
        if not secret and not _NOT_NEEDED.search(fact.name) and not _is_replaced(fact.value, edits)
    ]
    commands = [
        fact
        for fact in said(reading, "command")
        if _UNFILLED.search(fact.name) and not fact.name.startswith(("echo", "printf", *_EDITORS))
    ]
    return settings or commands
