"""Composed practices: what only a path through the graph can show. One question each, asked of the graph.

A question returns proofs; none means that the path is not there. Each says in its docstring what it takes as shown.
"""

from collections.abc import Callable, Iterator, Sequence

from mlops_scan.evidence import Node, Place, Strength
from mlops_scan.graph import Proof
from mlops_scan.lifecycle import BY_ITSELF, NOT_PRODUCTION, Lifecycle


def compose(life: Lifecycle) -> dict[str, list[Proof]]:
    """The proofs of every composed practice, by its id, strongest first."""
    return {name: sorted(question(life), key=lambda proof: proof.order) for name, question in QUESTIONS.items()}


def training_commanded(life: Lifecycle) -> Iterator[Proof]:
    """A trigger, a target, a pipeline or a documented command starts training, and data work or evaluation with it."""
    for start in life.starts("trigger", "target", "task", "file"):
        trained = life.reached(start, "train")
        others = [*life.reached(start, "prepare"), *life.reached(start, "evaluate")]
        if trained and others and _is_not_a_service(life, start):
            live = life.graph.is_live(start)
            yield life.proof(start, trained[0], others[-1], strength=Strength.WIRED if live else Strength.CONFIGURED)


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
    checked = {
        Node(one.place.path, one.fact.unit)
        for one in life.graph.evidence
        if one.practice in ("data-validated", "model-validated")
    }
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
    """A trigger other than a hand reaches something that deploys."""
    for start in life.starts("trigger"):
        if life.trigger(start) in BY_ITSELF and (deployed := life.reached(start, "deploy")):
            yield life.proof(start, deployed[0])


def evaluation_gates_deployment(life: Lifecycle) -> Iterator[Proof]:
    """A job that deploys waits for one that evaluates and whose failure is not forgiven."""
    for job, unit in life.graph.units.items():
        if unit.kind != "job" or not any(_within(node, job) for node in life.does["deploy"]):
            continue
        for before in life.graph.before(job, "needs"):
            reached = life.graph.reached_from(before, NOT_PRODUCTION)
            forgiven = any(fact.kind == "allowed-to-fail" for fact in life.graph.inside(before))
            evaluated = sorted(node for node in reached if node in life.does["evaluate"])
            if evaluated and not forgiven:
                yield life.proof(job, before, evaluated[0])


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
    predicting = {
        node
        for node, facts in life.graph.facts.items()
        for fact in facts
        if fact.kind == "call" and fact.name.rpartition(".")[2].startswith("predict")
    }
    for one in life.graph.evidence:
        if one.practice in ("service-exposed", "app-shown") and one.fact.kind != "dependency":
            reached = life.graph.reached_from(Node(one.place.path), NOT_PRODUCTION)
            if found := sorted(reached & predicting):
                proof = life.graph.proof_of(one)
                yield Proof(proof.strength, (*proof.path, life.place(found[0])), proof.tool)
    yield from (proof for proof in life.graph.proofs("model-served") if proof.strength >= Strength.CONFIGURED)


def drift_alerts(life: Lifecycle) -> Iterator[Proof]:
    """A drift check is started by a trigger and something that alerts stands in its reach, or the check can fail."""
    drifting = {
        Node(one.place.path, one.fact.unit) for one in life.graph.evidence if one.practice == "drift-detected"
    } | set(life.does["monitor"])
    alerting = {Node(one.place.path, one.fact.unit) for one in life.graph.evidence if one.practice == "alert-sent"}
    for start in life.starts("trigger"):
        checks = sorted(life.reach[start] & drifting)
        if checks and life.trigger(start) in BY_ITSELF:
            alerts = sorted(life.reach[start] & alerting)
            yield life.proof(start, checks[0], *alerts[:1], strength=Strength.WIRED if alerts else Strength.CONFIGURED)


def drift_triggers_retraining(life: Lifecycle) -> Iterator[Proof]:
    """A drift check and training stand in the reach of one trigger, and the check's code can start the training."""
    drifting = {
        Node(one.place.path)
        for one in life.graph.evidence
        if one.practice == "drift-detected" and one.fact.kind != "dependency"
    }
    for check in sorted(drifting):
        reached = life.graph.reached_from(check, NOT_PRODUCTION)
        trained = sorted(node for node in reached if node in life.does["train"] and node.path != check.path)
        if trained and life.graph.is_live(check):
            yield life.proof(check, trained[0], strength=Strength.CONFIGURED)
    for start in life.starts("trigger"):
        if life.trigger(start) == "signal" and (trained := life.reached(start, "train")):
            yield life.proof(start, trained[0])


def data_triggers_deployment(life: Lifecycle) -> Iterator[Proof]:
    """New data, or a schedule in their stead, lead through training and evaluation to a deployment."""
    for start in life.starts("trigger"):
        kind = life.trigger(start)
        steps = [life.reached(start, activity) for activity in ("train", "evaluate", "deploy")]
        if kind in ("data", "schedule") and all(steps):
            strength = Strength.WIRED if kind == "data" else Strength.CONFIGURED
            yield life.proof(start, *(nodes[0] for nodes in steps), strength=strength)


def features_shared(life: Lifecycle) -> Iterator[Proof]:
    """Features are read from a store both offline and online."""
    stored, served = life.graph.proofs("feature-stored"), life.graph.proofs("feature-served")
    if stored and served:
        yield Proof(min(stored[0].strength, served[0].strength), (*stored[0].path, *served[0].path), stored[0].tool)


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
    "training-commanded": training_commanded,
    "training-triggered": training_triggered,
    "training-tested": training_tested,
    "deployment-scripted": deployment_scripted,
    "deployment-triggered": deployment_triggered,
    "evaluation-gates-deployment": evaluation_gates_deployment,
    "rollback-possible": rollback_possible,
    "model-exposed": model_exposed,
    "drift-alerts": drift_alerts,
    "drift-triggers-retraining": drift_triggers_retraining,
    "data-triggers-deployment": data_triggers_deployment,
    "features-shared": features_shared,
    "prediction-traceable": prediction_traceable,
}
