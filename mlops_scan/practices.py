"""Composed practices: what only a path through the graph can show. One question each, asked of the graph.

A question returns proofs; none means that the path is not there. Each says in its docstring what it takes as shown.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from mlops_scan.activities import activities
from mlops_scan.evidence import Node, Place, Strength
from mlops_scan.graph import EvidenceGraph, Proof

_NOT_PRODUCTION = ("test", "fixture")
_BY_ITSELF = ("push", "schedule", "data", "signal", "after", "release", "pull_request", "deploy")


class Wiring(NamedTuple):
    """What the questions are asked of: the graph, who does what, and what each starting point reaches."""

    graph: EvidenceGraph
    does: dict[str, dict[Node, Place]]
    reach: dict[Node, set[Node]]  #: of every trigger, target, pipeline and documented command

    def reached(self, start: Node, activity: str) -> list[Node]:
        """The nodes that do something, out of those that a starting point starts."""
        doing = self.does[activity]
        return sorted(node for node in self.reach[start] if node in doing)

    def proof(self, start: Node, *nodes: Node, strength: Strength = Strength.WIRED) -> Proof:
        """The chain from a starting point over these nodes."""
        places = [Place(start.path, self.line(start)), *(self.place(node) for node in nodes)]
        return Proof(strength, tuple(dict.fromkeys(places)))

    def place(self, node: Node) -> Place:
        """Where a node stands, or where it says what it does."""
        said = next((doing[node] for doing in self.does.values() if node in doing), None)
        return said or Place(node.path, self.line(node))

    def line(self, node: Node) -> int | None:
        """The line on which a unit begins."""
        unit = self.graph.units.get(node)
        return unit.line if unit else None

    def trigger(self, node: Node) -> str:
        """What kind of trigger a node is; empty for any other node."""
        facts = self.graph.facts.get(node, ())
        return next((fact.name for fact in facts if fact.kind == "trigger"), "")

    def starts(self, *kinds: str) -> Iterator[Node]:
        """The starting points of some kinds: `trigger`, `target`, `task`, `documented`."""
        for node in self.reach:
            unit = self.graph.units.get(node)
            if (unit.kind if unit else "file") in kinds:
                yield node


def compose(graph: EvidenceGraph) -> dict[str, list[Proof]]:
    """The proofs of every composed practice, by its id, strongest first."""
    starts = [
        node
        for node, unit in graph.units.items()
        if unit.kind in ("trigger", "target") and graph.role(node) in ("product", "docs")
    ]
    files = {node for node in graph.entry_files() if graph.role(node) in ("product", "docs")}
    reach = {node: graph.reached_from(node, _NOT_PRODUCTION) for node in [*starts, *sorted(files)]}
    wiring = Wiring(graph, activities(list(graph.readings.values())), reach)
    return {name: sorted(question(wiring), key=lambda proof: proof.order) for name, question in QUESTIONS.items()}


def training_commanded(wiring: Wiring) -> Iterator[Proof]:
    """A trigger, a target, a pipeline or a documented command starts training, and data work or evaluation with it."""
    for start in wiring.starts("trigger", "target", "task", "file"):
        trained = wiring.reached(start, "train")
        others = [*wiring.reached(start, "prepare"), *wiring.reached(start, "evaluate")]
        if trained and others and _is_not_a_service(wiring, start):
            live = wiring.graph.is_live(start)
            yield wiring.proof(start, trained[0], others[-1], strength=Strength.WIRED if live else Strength.CONFIGURED)


def _is_not_a_service(wiring: Wiring, start: Node) -> bool:
    """A service that imports training code does not train by being started."""
    return not any(
        fact.kind == "resource" or fact.name.startswith("Dockerfile.") for fact in wiring.graph.facts.get(start, ())
    )


def training_triggered(wiring: Wiring) -> Iterator[Proof]:
    """Something that nobody types starts training: a push, a schedule, data, a signal."""
    for start in wiring.starts("trigger"):
        if wiring.trigger(start) in _BY_ITSELF and (trained := wiring.reached(start, "train")):
            yield wiring.proof(start, trained[0])


def training_tested(wiring: Wiring) -> Iterator[Proof]:
    """One starting point reaches training and checks of data or model, or training and tests."""
    checked = {
        Node(one.place.path, one.fact.unit)
        for one in wiring.graph.evidence
        if one.practice in ("data-validated", "model-validated")
    }
    for start in wiring.starts("trigger", "target", "task", "file"):
        if not (trained := wiring.reached(start, "train")):
            continue
        everything = wiring.graph.reached_from(start)
        checks = sorted(everything & checked)
        tests = wiring.reached(start, "test")
        if checks or tests:
            strength = Strength.WIRED if checks else Strength.CONFIGURED
            yield wiring.proof(start, trained[0], (checks or tests)[0], strength=strength)


def deployment_scripted(wiring: Wiring) -> Iterator[Proof]:
    """A job, target or script holds commands that deploy, or manifests say what is deployed."""
    for node in wiring.does["deploy"]:
        strength = Strength.WIRED if wiring.graph.is_live(node) else Strength.CONFIGURED
        yield wiring.proof(node, strength=strength)
    for practice in ("model-served", "workload-orchestrated", "image-built"):
        for proof in wiring.graph.proofs(practice)[:1]:
            if proof.strength >= Strength.CONFIGURED:
                yield Proof(min(proof.strength, Strength.CONFIGURED), proof.path, proof.tool)


def deployment_triggered(wiring: Wiring) -> Iterator[Proof]:
    """A trigger other than a hand reaches something that deploys."""
    for start in wiring.starts("trigger"):
        if wiring.trigger(start) in _BY_ITSELF and (deployed := wiring.reached(start, "deploy")):
            yield wiring.proof(start, deployed[0])


def evaluation_gates_deployment(wiring: Wiring) -> Iterator[Proof]:
    """A job that deploys waits for one that evaluates and whose failure is not forgiven."""
    for job, unit in wiring.graph.units.items():
        if unit.kind != "job" or not any(_within(node, job) for node in wiring.does["deploy"]):
            continue
        for before in wiring.graph.before(job, "needs"):
            reached = wiring.graph.reached_from(before, _NOT_PRODUCTION)
            forgiven = any(fact.kind == "allowed-to-fail" for fact in wiring.graph.inside(before))
            evaluated = sorted(node for node in reached if node in wiring.does["evaluate"])
            if evaluated and not forgiven:
                yield wiring.proof(job, before, evaluated[0])


def _within(node: Node, around: Node) -> bool:
    return node.path == around.path and (node.unit == around.unit or node.unit.startswith(f"{around.unit}/"))


def rollback_possible(wiring: Wiring) -> Iterator[Proof]:
    """Model versions are kept under names that serving can ask for, or a command goes back."""
    for practice in ("model-registered", "model-promoted", "rollout-gradual", "model-versioned"):
        for proof in wiring.graph.proofs(practice)[:1]:
            if proof.strength >= Strength.CONFIGURED:
                yield proof
    for path, reading in wiring.graph.readings.items():
        for fact in reading.facts:
            if fact.kind == "command" and any(word in fact.name for word in ("rollout undo", "helm rollback")):
                yield Proof(Strength.CONFIGURED, (Place(path, fact.line),))


def model_exposed(wiring: Wiring) -> Iterator[Proof]:
    """A service framework stands in a file that reaches code which predicts, or a model server serves."""
    predicting = {
        node
        for node, facts in wiring.graph.facts.items()
        for fact in facts
        if fact.kind == "call" and fact.name.rpartition(".")[2].startswith("predict")
    }
    for one in wiring.graph.evidence:
        if one.practice in ("service-exposed", "app-shown") and one.fact.kind != "dependency":
            reached = wiring.graph.reached_from(Node(one.place.path), _NOT_PRODUCTION)
            if found := sorted(reached & predicting):
                proof = wiring.graph.proof_of(one)
                yield Proof(proof.strength, (*proof.path, wiring.place(found[0])), proof.tool)
    yield from (proof for proof in wiring.graph.proofs("model-served") if proof.strength >= Strength.CONFIGURED)


def drift_alerts(wiring: Wiring) -> Iterator[Proof]:
    """A drift check is started by a trigger and something that alerts stands in its reach, or the check can fail."""
    drifting = {
        Node(one.place.path, one.fact.unit) for one in wiring.graph.evidence if one.practice == "drift-detected"
    } | set(wiring.does["monitor"])
    alerting = {Node(one.place.path, one.fact.unit) for one in wiring.graph.evidence if one.practice == "alert-sent"}
    for start in wiring.starts("trigger"):
        checks = sorted(wiring.reach[start] & drifting)
        if checks and wiring.trigger(start) in _BY_ITSELF:
            alerts = sorted(wiring.reach[start] & alerting)
            yield wiring.proof(
                start, checks[0], *alerts[:1], strength=Strength.WIRED if alerts else Strength.CONFIGURED
            )


def drift_triggers_retraining(wiring: Wiring) -> Iterator[Proof]:
    """A drift check and training stand in the reach of one trigger, and the check's code can start the training."""
    drifting = {
        Node(one.place.path)
        for one in wiring.graph.evidence
        if one.practice == "drift-detected" and one.fact.kind != "dependency"
    }
    for check in sorted(drifting):
        reached = wiring.graph.reached_from(check, _NOT_PRODUCTION)
        trained = sorted(node for node in reached if node in wiring.does["train"] and node.path != check.path)
        if trained and wiring.graph.is_live(check):
            yield wiring.proof(check, trained[0], strength=Strength.CONFIGURED)
    for start in wiring.starts("trigger"):
        if wiring.trigger(start) == "signal" and (trained := wiring.reached(start, "train")):
            yield wiring.proof(start, trained[0])


def data_triggers_deployment(wiring: Wiring) -> Iterator[Proof]:
    """New data, or a schedule in their stead, lead through training and evaluation to a deployment."""
    for start in wiring.starts("trigger"):
        kind = wiring.trigger(start)
        steps = [wiring.reached(start, activity) for activity in ("train", "evaluate", "deploy")]
        if kind in ("data", "schedule") and all(steps):
            strength = Strength.WIRED if kind == "data" else Strength.CONFIGURED
            yield wiring.proof(start, *(nodes[0] for nodes in steps), strength=strength)


def features_shared(wiring: Wiring) -> Iterator[Proof]:
    """Features are read from a store both offline and online."""
    stored, served = wiring.graph.proofs("feature-stored"), wiring.graph.proofs("feature-served")
    if stored and served:
        yield Proof(min(stored[0].strength, served[0].strength), (*stored[0].path, *served[0].path), stored[0].tool)


def prediction_traceable(wiring: Wiring) -> Iterator[Proof]:
    """Predictions are logged, models are versioned, and runs know their data."""
    parts: list[Sequence[Proof]] = [
        wiring.graph.proofs("prediction-logged"),
        [*wiring.graph.proofs("model-registered"), *wiring.graph.proofs("model-versioned")],
        [*wiring.graph.proofs("lineage-recorded"), *wiring.graph.proofs("data-versioned")],
    ]
    if all(parts):
        yield Proof(
            min(each[0].strength for each in parts), tuple(place for each in parts for place in each[0].path[-1:])
        )


QUESTIONS: dict[str, Callable[[Wiring], Iterator[Proof]]] = {
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
