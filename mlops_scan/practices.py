"""Composed practices: what only a path through the graph can show. One question each, asked of the graph.

A question returns proofs; none means that the path is not there. Each says in its docstring what it takes as shown.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice

from mlops_scan.activities import words_of
from mlops_scan.evidence import Node, Strength
from mlops_scan.lifecycle import BY_CALL, BY_ITSELF, NOT_PRODUCTION, Lifecycle
from mlops_scan.lineage import lineage_closed
from mlops_scan.maturity import Route
from mlops_scan.proof import Proof
from mlops_scan.releasing import (
    deployment_scripted,
    deployment_triggered,
    evaluation_gates_deployment,
    rollback_possible,
)
from mlops_scan.serving import model_exposed, serving_logged

_MOST_PROOFS = 20_000  #: of one practice: each is a path through the graph, and a report shows a few
_OF_DRIFT = frozenset({"drift", "drifted", "skew", "psi", "degradation", "degraded"})


def compose(life: Lifecycle, routes: Iterable[Route] = ()) -> dict[str, list[Proof]]:
    """The proofs of every composed practice, ours and those of `routes`, by its id, strongest first."""
    found = {name: _first_of(question(life), life) for name, question in QUESTIONS.items()}
    found |= {route.practice.id: _first_of(_along(route, life), life) for route in routes}
    return {name: sorted(proofs, key=lambda proof: proof.order) for name, proofs in found.items()}


def _first_of(proofs: Iterator[Proof], life: Lifecycle) -> list[Proof]:
    found = list(islice(proofs, _MOST_PROOFS + 1))
    if len(found) > _MOST_PROOFS:
        life.graph.give_up(f"was not judged as a whole: a practice has more than {_MOST_PROOFS:,} proofs")
    return found[:_MOST_PROOFS]


def _along(route: Route, life: Lifecycle) -> Iterator[Proof]:
    """A starting point of the wanted kind that reaches every station of the route."""
    for start in life.starts("trigger", "target", "file"):
        unit = life.graph.units.get(start)
        kind = life.trigger(start) or ("target" if unit else "documented")
        stations = [_station(name, start, life) for name in route.reaches]
        if kind in route.starts and all(stations):
            strength = Strength.WIRED if life.graph.is_live(start) else Strength.CONFIGURED
            yield life.proof(start, *(nodes[0] for nodes in stations), strength=strength)


def _station(name: str, start: Node, life: Lifecycle) -> list[Node]:
    """The nodes in the reach of a starting point that do an activity or show a practice."""
    if name in life.does:
        return life.reached(start, name)
    return sorted(life.reach[start].keys() & life.shown_at(name))


def changes_checked(life: Lifecycle) -> Iterator[Proof]:
    """A CI system runs when something changes; one that only a clock or a hand starts checks no change."""
    changing = {Node(node.path) for node in life.starts("trigger") if life.trigger(node) in ("push", "pull_request")}
    for proof in life.graph.proofs("changes-checked"):
        on_change = Node(proof.path[-1].path) in changing
        most = Strength.EXERCISED if on_change else Strength.CONFIGURED
        if _only_measures(life, proof.path[-1].path):
            most = Strength.DECLARED
        yield proof._replace(strength=min(proof.strength, most))


#: What a job does to be able to work, and to tell what it found.
_AROUND = (
    "actions/", "github/codeql-action/upload-sarif", "PublishTestResults", "echo ", "exit ", "set ", "pip install ",
    "python -m venv ", "python3 -m venv ", "python3 -I -m venv ",
)  # fmt: skip


def _only_measures(life: Lifecycle, path: str) -> bool:
    """Whether a CI file runs this scanner and nothing else: who is measured is not any better for it."""
    facts = life.graph.readings[path].facts if path in life.graph.readings else ()
    done = [fact.name for fact in facts if fact.kind in ("action", "command") and not fact.name.startswith(_AROUND)]
    return bool(done) and all("mlops-scan" in name for name in done)


def training_commanded(life: Lifecycle) -> Iterator[Proof]:
    """A trigger, a target, a pipeline or a documented command starts training, with data work before and evaluation behind.

    Where one of the two is missing, it is less: the rest is done by hand.
    """
    for start in life.starts("trigger", "target", "task", "file"):
        by_call = life.reached(start, "train")
        look = life.reached if by_call else life.touched
        trained = by_call or life.touched(start, "train")
        around = [nodes for nodes in (look(start, "prepare"), look(start, "evaluate")) if nodes]
        if trained and around and _is_not_a_service(life, start):
            whole = len(around) == 2 and by_call and life.graph.is_live(start)
            strength = Strength.WIRED if whole else Strength.CONFIGURED
            ends = [nodes[0] for nodes in around[1:]]
            yield life.proof(start, around[0][0], trained[0], *ends, strength=strength)


def _is_not_a_service(life: Lifecycle, start: Node) -> bool:
    """A service that imports training code does not train by being started."""
    return not any(
        fact.kind == "resource" or fact.name.startswith("Dockerfile.") for fact in life.graph.facts.get(start, ())
    )


def training_triggered(life: Lifecycle) -> Iterator[Proof]:
    """Something that nobody types starts training: a push, a schedule, data, a signal."""
    for start in life.starts("trigger"):
        if life.trigger(start) in BY_ITSELF and (trained := life.reached(start, "train")):
            yield life.proof(start, trained[0])


def training_tested(life: Lifecycle) -> Iterator[Proof]:
    """One starting point reaches training and checks of data or model, or training and tests."""
    checked = life.shown_where("data-validated", "model-validated")
    for start in life.starts("trigger", "target", "task", "file"):
        if not (trained := life.reached(start, "train")):
            continue
        if check := life.once(_checked).get(start):
            yield life.proof(start, trained[0], check).ending(checked[check])
        elif tests := life.reached(start, "test"):
            yield life.proof(start, trained[0], tests[0], strength=Strength.CONFIGURED)


def _checked(life: Lifecycle) -> dict[Node, Node]:
    """The nodes that start a check of data or of a model, each with the first of these."""
    return life.graph.first_started(life.shown_at("data-validated", "model-validated"))


def drift_alerts(life: Lifecycle) -> Iterator[Proof]:
    """A drift check is started by a trigger and something that alerts stands in its reach, or the check can fail."""
    drifting = life.shown_at("drift-detected") | life.does["monitor"].keys()
    alerting = life.shown_at("alert-sent")
    for start in life.starts("trigger"):
        checks = sorted(life.reach[start].keys() & drifting)
        if checks and life.trigger(start) in BY_ITSELF:
            alerts = sorted(life.reach[start].keys() & alerting)
            yield life.proof(start, checks[0], *alerts[:1], strength=Strength.WIRED if alerts else Strength.CONFIGURED)


def drift_triggers_retraining(life: Lifecycle) -> Iterator[Proof]:
    """One trigger starts a drift check and, by a signal that the check's pipeline sends, training.

    Code of a drift check that can call training shows it less surely: nobody says that it does so because of the drift.
    """
    drifting = life.shown_at("drift-detected") | life.does["monitor"].keys()
    signals = {node for node in _with_triggers(life) if life.trigger(node) == "signal"}
    for start in life.starts("trigger"):
        reached = life.reach[start]
        checks = sorted(reached.keys() & drifting)
        for signal in sorted((reached.keys() & signals) - {start}):
            trained = life.reached(signal, "train")
            if checks and trained:
                yield life.proof(start, checks[0], signal, trained[0])
    yield from _retrained_by_code(life, drifting)
    for check in sorted({Node(node.path) for node in life.shown_at("drift-detected")}):
        behind = life.graph.tree_from(check, NOT_PRODUCTION, BY_CALL)
        trained = sorted(node for node in behind if node in life.does["train"] and node.path != check.path)
        if trained and life.graph.is_live(check):
            yield life.proof(check, trained[0], strength=Strength.CONFIGURED)


def _with_triggers(life: Lifecycle) -> Iterator[Node]:
    for path, reading in life.graph.readings.items():
        yield from (Node(path, fact.unit) for fact in reading.of("trigger"))


def _retrained_by_code(life: Lifecycle, drifting: Collection[Node]) -> Iterator[Proof]:
    """A trigger starts code that asks for the result of a drift check, and trains or not because of it."""
    starts = [start for start in life.starts("trigger") if life.trigger(start) in BY_ITSELF]
    starts.sort(key=lambda start: life.trigger(start) not in ("schedule", "data", "signal"))
    for check, begun in sorted(life.graph.shared("decides")):
        if not _looks_for_drift(check, drifting, life) or not _is_asked_of(check, begun, life):
            continue
        behind = life.graph.tree_from(begun, NOT_PRODUCTION, ("import",))
        trained = sorted(node for node in behind if node in life.does["train"])
        start = next((each for each in starts if check in life.reach[each] and begun in life.reach[each]), None)
        if trained and start:
            yield life.proof(start, check, begun, trained[0])


def _looks_for_drift(check: Node, drifting: Collection[Node], life: Lifecycle) -> bool:
    """Whether a function reaches code that looks for drift, or stands beside it and speaks of drift."""
    if any(node in drifting for node in life.graph.tree_from(check, NOT_PRODUCTION, ("import",))):
        return True
    if {"retrain", "retraining"} & set(words_of(check.unit)):
        return Node(check.path) in drifting
    spoken = {check.unit, *(fact.name for fact in life.graph.facts.get(check, ()) if fact.kind == "decides")}
    return Node(check.path) in drifting and any(_OF_DRIFT & set(words_of(name)) for name in spoken)


def _is_asked_of(check: Node, begun: Node, life: Lifecycle) -> bool:
    """Whether a check is what decides: code that checks and starts by itself must ask for a result that speaks of drift."""
    if not any(link.source == check for link in life.graph.links_to(begun)):
        return True
    facts = (*life.graph.facts.get(check, ()), *life.graph.facts.get(begun, ()))
    asked = (fact.name for fact in facts if fact.kind in ("decides", "condition"))
    return any(_OF_DRIFT & set(words_of(name)) for name in asked)


def data_triggers_deployment(life: Lifecycle) -> Iterator[Proof]:
    """New data, or a schedule in their stead, lead through training and evaluation to a deployment.

    Where somebody has to approve on the way, it is less.
    """
    for start in life.starts("trigger"):
        kind = life.trigger(start)
        steps = [life.reached(start, activity) for activity in ("train", "evaluate", "deploy")]
        if kind in ("data", "schedule") and all(steps):
            by_itself = kind == "data" and not _waits_for_a_person(life, start)
            strength = Strength.WIRED if by_itself else Strength.CONFIGURED
            yield life.proof(start, *(nodes[0] for nodes in steps), strength=strength)


def _waits_for_a_person(life: Lifecycle, start: Node) -> bool:
    """Whether something that a starting point reaches goes on only when somebody approves."""
    facts = (fact for node in life.reach[start] for fact in life.graph.facts.get(node, ()))
    return any(fact.kind == "condition" and fact.name == "type: approval" for fact in facts)


def features_shared(life: Lifecycle) -> Iterator[Proof]:
    """Code reads features from a store offline, and code reads them online."""
    offline = [one for one in life.graph.evidence if one.practice == "feature-stored" and one.fact.kind == "call"]
    online = [one for one in life.graph.evidence if one.practice == "feature-served" and one.fact.kind == "call"]
    if offline and online:
        proofs = [
            min((life.graph.proof_of(one) for one in each), key=lambda proof: proof.order) for each in (offline, online)
        ]
        strength = min(proof.strength for proof in proofs)
        yield Proof(strength, tuple(proof.path[-1] for proof in proofs), proofs[0].tool)


def prediction_traceable(life: Lifecycle) -> Iterator[Proof]:
    """Predictions are logged, models are versioned, and runs know their data."""
    parts: list[Sequence[Proof]] = [
        life.graph.proofs("prediction-logged"),
        [*life.graph.proofs("model-registered"), *life.graph.proofs("model-versioned")],
        [*life.graph.proofs("lineage-recorded"), *life.graph.proofs("data-versioned")],
    ]
    if all(parts):
        yield Proof(
            min(each[0].strength for each in parts), tuple(place for each in parts for place in each[0].path[-1:])
        )


QUESTIONS: dict[str, Callable[[Lifecycle], Iterator[Proof]]] = {
    "changes-checked": changes_checked,
    "training-commanded": training_commanded,
    "training-triggered": training_triggered,
    "training-tested": training_tested,
    "deployment-scripted": deployment_scripted,
    "deployment-triggered": deployment_triggered,
    "evaluation-gates-deployment": evaluation_gates_deployment,
    "rollback-possible": rollback_possible,
    "model-exposed": model_exposed,
    "serving-logged": serving_logged,
    "drift-alerts": drift_alerts,
    "drift-triggers-retraining": drift_triggers_retraining,
    "data-triggers-deployment": data_triggers_deployment,
    "features-shared": features_shared,
    "prediction-traceable": prediction_traceable,
    "lineage-closed": lineage_closed,
}
