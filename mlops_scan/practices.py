"""Composed practices: what only a path through the graph can show. One question each, asked of the graph.

A question returns proofs; none means that the path is not there. Each says in its docstring what it takes as shown.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from mlops_scan.activities import words_of
from mlops_scan.evidence import Evidence, Node, Place, Strength
from mlops_scan.faults.effect import without_effect
from mlops_scan.lifecycle import BY_ITSELF, NOT_PRODUCTION, Lifecycle
from mlops_scan.maturity import Route
from mlops_scan.proof import Proof

_CHECKS = ("data-validated", "model-validated", "fairness-checked")
_PREDICTING = frozenset({"predict", "predictions", "prediction", "inference", "infer"})
_PREDICTING_OF_A_MODEL = frozenset({"recommend", "recommendations", "score", "classify", "forecast", "rank"})


def compose(life: Lifecycle, routes: Iterable[Route] = ()) -> dict[str, list[Proof]]:
    """The proofs of every composed practice, ours and those of `routes`, by its id, strongest first."""
    found = {name: list(question(life)) for name, question in QUESTIONS.items()}
    found |= {route.practice.id: list(_along(route, life)) for route in routes}
    return {name: sorted(proofs, key=lambda proof: proof.order) for name, proofs in found.items()}


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
        yield proof if on_change else proof._replace(strength=min(proof.strength, Strength.CONFIGURED))


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
    checked = life.shown_at("data-validated", "model-validated")
    for start in life.starts("trigger", "target", "task", "file"):
        if not (trained := life.reached(start, "train")):
            continue
        everything = life.graph.reached_from(start)
        checks = sorted(everything & checked)
        tests = life.reached(start, "test")
        if checks or tests:
            strength = Strength.WIRED if checks else Strength.CONFIGURED
            yield life.proof(start, trained[0], (checks or tests)[0], strength=strength)


def deployment_scripted(life: Lifecycle) -> Iterator[Proof]:
    """A job, target or script holds commands that deploy, or manifests say what is deployed."""
    for node in life.does["deploy"]:
        strength = Strength.WIRED if life.graph.is_live(node) else Strength.CONFIGURED
        yield life.proof(node, strength=strength)
    for practice in ("model-served", "workload-orchestrated", "image-built"):
        for proof in life.graph.proofs(practice)[:1]:
            if proof.strength >= Strength.CONFIGURED:
                yield Proof(min(proof.strength, Strength.CONFIGURED), proof.path, proof.tool)


def deployment_triggered(life: Lifecycle) -> Iterator[Proof]:
    """A trigger other than a hand reaches something that deploys; on a pull request it would be a preview."""
    for start in life.starts("trigger"):
        by_itself = life.trigger(start) in BY_ITSELF and life.trigger(start) != "pull_request"
        if by_itself and (deployed := life.reached(start, "deploy")):
            yield life.proof(start, deployed[0])


def evaluation_gates_deployment(life: Lifecycle) -> Iterator[Proof]:
    """What deploys waits for an evaluation whose failure is not forgiven; waiting for tests of the code is less."""
    checked = life.shown_at(*_CHECKS)
    cannot_fail = without_effect(life)
    for job, unit in life.graph.units.items():
        deploying = [node for node in life.does["deploy"] if _within(node, job)]
        if unit.kind not in ("job", "target", "task") or not deploying:
            continue
        for before in _waited_for(life, job, deploying):
            reached = life.graph.reached_from(before) - cannot_fail
            evaluated = sorted(reached & (checked | life.does["evaluate"].keys()))
            tested = sorted(reached & life.does["test"].keys())
            if evaluated or tested:
                strength = Strength.WIRED if evaluated and life.graph.is_live(job) else Strength.CONFIGURED
                yield life.proof(job, before, (evaluated or tested)[0], strength=strength)
    yield from _reviewed_then_deployed(life)


def _reviewed_then_deployed(life: Lifecycle) -> Iterator[Proof]:
    """Pull requests are tested, and what is merged is deployed: a gate as far as nobody pushes past the review."""
    triggers = list(life.starts("trigger"))
    tested = [start for start in triggers if life.trigger(start) == "pull_request" and life.reached(start, "test")]
    deployed = [
        start for start in triggers if life.trigger(start) in ("push", "release") and life.reached(start, "deploy")
    ]
    for request in tested[:1]:
        for start in deployed[:1]:
            before = life.proof(request, life.reached(request, "test")[0])
            behind = life.proof(start, life.reached(start, "deploy")[0])
            yield Proof(Strength.CONFIGURED, (*before.path, *behind.path))


def _waited_for(life: Lifecycle, job: Node, deploying: list[Node]) -> Iterator[Node]:
    """The jobs that a job needs, directly or not, and its own steps in front of the one that deploys."""
    waiting, seen = life.graph.before(job, "needs"), {job}
    while waiting:
        before = waiting.pop()
        if before not in seen:
            seen.add(before)
            yield before
            waiting += life.graph.before(before, "needs")
    first = min((life.line(node) or 0 for node in deploying if node != job), default=0)
    for node, unit in life.graph.units.items():
        if unit.kind == "step" and node.path == job.path and unit.parent == job.unit and (unit.line or 0) < first:
            yield node


def _within(node: Node, around: Node) -> bool:
    return node.path == around.path and (node.unit == around.unit or node.unit.startswith(f"{around.unit}/"))


def rollback_possible(life: Lifecycle) -> Iterator[Proof]:
    """Model versions are kept under names that serving can ask for, or a command goes back."""
    for practice in ("model-registered", "model-promoted", "rollout-gradual", "model-versioned"):
        for proof in life.graph.proofs(practice)[:1]:
            if proof.strength >= Strength.CONFIGURED:
                yield proof
    for path, reading in life.graph.readings.items():
        for fact in reading.facts:
            if fact.kind == "command" and any(word in fact.name for word in ("rollout undo", "helm rollback")):
                yield Proof(Strength.CONFIGURED, (Place(path, fact.line),))


def model_exposed(life: Lifecycle) -> Iterator[Proof]:
    """A service framework stands in a file that reaches code which predicts, or a model server serves."""
    words = _PREDICTING | (_PREDICTING_OF_A_MODEL if life.graph.proofs("model-trained") else frozenset())
    predicting = {
        node
        for node, facts in life.graph.facts.items()
        for fact in facts
        if fact.kind == "call" and words & set(words_of(fact.name.rpartition(".")[2]))
    }
    for one in _services(life):
        reached = life.graph.reached_from(Node(one.place.path), NOT_PRODUCTION)
        if found := sorted(reached & predicting):
            proof = life.graph.proof_of(one)
            yield Proof(proof.strength, (*proof.path, life.place(found[0])), proof.tool)
    yield from (proof for proof in life.graph.proofs("model-served") if proof.strength >= Strength.CONFIGURED)


def serving_logged(life: Lifecycle) -> Iterator[Proof]:
    """What a service reaches writes logs or metrics; logs elsewhere are less."""
    practices = ("logs-kept", "errors-reported", "service-monitored", "prediction-logged")
    logging = [one for one in life.graph.evidence if one.practice in practices and one.fact.kind != "dependency"]
    services = {one.place.path for one in _services(life)}
    behind = set().union(*(life.graph.reached_from(Node(path), NOT_PRODUCTION) for path in sorted(services)))
    for one in logging:
        proof = life.graph.proof_of(one)
        served = one.place.path in services or Node(one.place.path) in behind
        yield proof if served else proof._replace(strength=min(proof.strength, Strength.CONFIGURED))


def _services(life: Lifecycle) -> list[Evidence]:
    """The evidence that something answers requests."""
    serving = ("service-exposed", "app-shown", "model-served")
    return [one for one in life.graph.evidence if one.practice in serving and one.fact.kind != "dependency"]


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
    for start in life.starts("trigger"):
        reached = life.reach[start]
        checks = sorted(reached.keys() & drifting)
        for signal in sorted(node for node in reached if life.trigger(node) == "signal" and node != start):
            trained = life.reached(signal, "train")
            if checks and trained:
                yield life.proof(start, checks[0], signal, trained[0])
    for check in sorted({Node(node.path) for node in life.shown_at("drift-detected")}):
        behind = life.graph.reached_from(check, NOT_PRODUCTION)
        trained = sorted(node for node in behind if node in life.does["train"] and node.path != check.path)
        if trained and life.graph.is_live(check):
            yield life.proof(check, trained[0], strength=Strength.CONFIGURED)


def data_triggers_deployment(life: Lifecycle) -> Iterator[Proof]:
    """New data, or a schedule in their stead, lead through training and evaluation to a deployment."""
    for start in life.starts("trigger"):
        kind = life.trigger(start)
        steps = [life.reached(start, activity) for activity in ("train", "evaluate", "deploy")]
        if kind in ("data", "schedule") and all(steps):
            strength = Strength.WIRED if kind == "data" else Strength.CONFIGURED
            yield life.proof(start, *(nodes[0] for nodes in steps), strength=strength)


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
}
