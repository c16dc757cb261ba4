"""Composed practices of releases: what deploys, what it waits for, and how one comes back to a former version."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from itertools import islice

from mlops_scan.evidence import Fact, Node, Place, Strength
from mlops_scan.faults.effect import without_effect
from mlops_scan.lifecycle import BY_CALL, BY_ITSELF, NOT_PRODUCTION, Lifecycle
from mlops_scan.proof import Proof

MOST_WAITED_FOR = 200  #: jobs and steps in front of one that deploys: no pipeline has as many
_WAITS_LONG = f"was not judged as a whole: a deployment waits for more than {MOST_WAITED_FOR:,} jobs and steps"
_CHECKS = ("data-validated", "model-validated", "fairness-checked")
#: A tag that differs from build to build: a commit, a version, a run.
_OWN_TAG = re.compile(
    r":v?\d+\.\d+|[:\s](?:[\w./${}() -]{0,200}[:\s])?\$[{(]*+\s*+[\w.]{0,100}(?:sha|tag|version|commit|build|run|ref|rev)",
    re.IGNORECASE,
)


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
    everywhere = life.shown_where(*_CHECKS)
    checks = {node: place for node, place in everywhere.items() if life.graph.role(node) not in NOT_PRODUCTION}
    models = life.shown_where("model-validated")
    checks |= models  # a test of the model gates it, a test of the code less
    evaluating = (checks.keys() | life.does["evaluate"].keys()) - life.once(without_effect)
    known: dict[Node, set[Node]] = {}
    for job, deploying in _holding(life.does["deploy"]).items():
        unit = life.graph.units.get(job)
        if unit is None or unit.kind not in ("job", "target", "task"):
            continue
        waited_for = list(islice(_waited_for(life, job, deploying), MOST_WAITED_FOR + 1))
        if len(waited_for) > MOST_WAITED_FOR:
            life.graph.give_up(_WAITS_LONG)
        for before in waited_for[:MOST_WAITED_FOR]:
            if before not in known:
                known[before] = _run_by(before, evaluating, life)
            evaluated = known[before]
            ends = sorted(evaluated, key=lambda node: (node not in models, node not in checks, node))
            if end := next(iter(ends), None) or life.once(_tested).get(before):
                strength = Strength.WIRED if evaluated and life.graph.is_live(job) else Strength.CONFIGURED
                proof = life.proof(job, before, end, strength=strength)
                yield proof.ending(checks[end]) if end in checks else proof
    yield from _reviewed_then_deployed(life)


def _tested(life: Lifecycle) -> dict[Node, Node]:
    """The nodes that run tests which can fail, each with the first of these."""
    return life.graph.first_started(life.does["test"].keys() - life.once(without_effect))


def _run_by(start: Node, wanted: Set[Node], life: Lifecycle) -> set[Node]:
    """What of the wanted runs when a job or step runs: not what its tests call, and not what an image that it builds holds."""
    tree = life.graph.tree_from(start, without=BY_CALL)
    run = {start: True}
    for node in tree.keys() & wanted:
        way = []
        while node not in run:
            way.append(node)
            node = tree[node] or start
        for each in reversed(way):
            before = tree[each] or start
            run[each] = run[before] and not _builds(before, life) and not _leaves_tests(before, each, life)
    return {node for node in wanted if run.get(node)}


def _leaves_tests(before: Node, node: Node, life: Lifecycle) -> bool:
    return life.graph.role(before) in NOT_PRODUCTION and life.graph.role(node) not in NOT_PRODUCTION


def _builds(node: Node, life: Lifecycle) -> bool:
    """Whether a node is an image or a file that describes one: its process is started by whoever deploys it."""
    unit = life.graph.units.get(node)
    return (unit.kind if unit else "") in ("image", "service") or "Dockerfile" in node.path.rpartition("/")[2]


def _reviewed_then_deployed(life: Lifecycle) -> Iterator[Proof]:
    """Pull requests are tested, and what is merged is deployed: a gate as far as nobody pushes past the review.

    A push to any branch waits for no review, and no review sees a model that a machine trains and deploys in one go.
    """
    triggers = list(life.starts("trigger"))
    if any(_renews(life, start) for start in triggers):
        return
    tested = [start for start in triggers if life.trigger(start) == "pull_request" and life.reached(start, "test")]
    deployed = [
        start
        for start in triggers
        if (life.trigger(start) == "release" or _is_narrowed(life, start)) and life.reached(start, "deploy")
    ]
    for request in tested[:1]:
        for start in deployed[:1]:
            before = life.proof(request, life.reached(request, "test")[0])
            behind = life.proof(start, life.reached(start, "deploy")[0])
            yield Proof(Strength.CONFIGURED, (*before.path, *behind.path))


def _renews(life: Lifecycle, start: Node) -> bool:
    """Whether a clock, data or a signal trains a model and deploys it."""
    by_itself = life.trigger(start) in ("schedule", "data", "signal")
    deploying = (node for node in life.reached(start, "deploy") if node.unit or not life.does["deploy"][node].by_name)
    return by_itself and bool(life.reached(start, "train")) and any(deploying)


def _is_narrowed(life: Lifecycle, start: Node) -> bool:
    """Whether a trigger is a push to some branches or tags only."""
    return any(
        fact.kind == "trigger" and fact.name == "push" and fact.value for fact in life.graph.facts.get(start, ())
    )


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
    for node in life.graph.held.get(job, ()):
        unit = life.graph.units[node]
        if unit.kind == "step" and (unit.line or 0) < first:
            yield node


def _holding(nodes: Iterable[Node]) -> dict[Node, list[Node]]:
    """The units that these nodes are or stand in, each with those within it."""
    found: dict[Node, list[Node]] = defaultdict(list)
    for node in nodes:
        parts = node.unit.split("/")
        for end in range(1, len(parts) + 1):
            found[Node(node.path, "/".join(parts[:end]))].append(node)
    return found


def rollback_possible(life: Lifecycle) -> Iterator[Proof]:
    """Model versions are kept under names that serving can ask for, or a command goes back."""
    for practice in ("model-registered", "model-promoted", "rollout-gradual", "model-versioned"):
        for proof in life.graph.proofs(practice)[:1]:
            if proof.strength >= Strength.CONFIGURED:
                yield proof
    for reading in life.graph.product:
        for fact in filter(_goes_back, reading.of("builds", "command")):
            yield Proof(Strength.CONFIGURED, (Place(reading.path, fact.line),))


def _goes_back(fact: Fact) -> bool:
    """Whether a command undoes a rollout, or an image gets a tag of its own, by which it can be deployed again."""
    if fact.kind == "builds":
        return _OWN_TAG.search(fact.value) is not None
    words = fact.name.split()
    tags = words[:2] in (["docker", "tag"], ["docker", "push"], ["docker", "build"], ["docker", "buildx"])
    return (
        "rollout undo" in fact.name or "helm rollback" in fact.name or (tags and _OWN_TAG.search(fact.name) is not None)
    )
