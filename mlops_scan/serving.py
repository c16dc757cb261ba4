"""Composed practices of serving: what answers with the predictions of a model, and what it leaves."""

from collections.abc import Iterable, Iterator

from mlops_scan.activities import words_of
from mlops_scan.evidence import Evidence, Node, Place, Strength
from mlops_scan.lifecycle import NOT_PRODUCTION, Lifecycle
from mlops_scan.memo import Memo
from mlops_scan.proof import Proof

_PREDICTING = frozenset({"predict", "predictions", "prediction", "inference", "infer"})
_PREDICTING_OF_A_MODEL = frozenset({"recommend", "recommendations", "score", "classify", "forecast", "rank"})


def services(life: Lifecycle) -> list[Evidence]:
    """The evidence that something answers requests."""
    serving = ("service-exposed", "app-shown", "model-served")
    return [one for one in life.graph.evidence if one.practice in serving and one.fact.kind != "dependency"]


def predicting(life: Lifecycle) -> dict[Node, Place]:
    """The nodes that call what predicts, each with the place of the last such call."""
    words = _PREDICTING | (_PREDICTING_OF_A_MODEL if life.graph.proofs("model-trained") else frozenset())
    predicts = Memo(lambda call: not words.isdisjoint(words_of(call.rpartition(".")[2])))
    return {
        Node(path, fact.unit): Place(path, fact.line)
        for path, reading in life.graph.readings.items()
        for fact in reading.of("call")
        if predicts[fact.name]
    }


def answering(life: Lifecycle) -> dict[Node, Node]:
    """The nodes that reach code which predicts, each with the first of what it reaches."""
    return life.graph.first_started(life.once(predicting), avoiding=NOT_PRODUCTION)


def model_exposed(life: Lifecycle) -> Iterator[Proof]:
    """A service framework stands in a file that reaches code which predicts, or a model server serves."""
    for one in services(life):
        if predicts := life.once(answering).get(Node(one.place.path)):
            proof = life.graph.proof_of(one)
            yield Proof(proof.strength, (*proof.path, life.place(predicts)), proof.tool)
    yield from (proof for proof in life.graph.proofs("model-served") if proof.strength >= Strength.CONFIGURED)


def serving_logged(life: Lifecycle) -> Iterator[Proof]:
    """What a service or a batch of predictions reaches writes logs or metrics; logs elsewhere, and what is printed, are less."""
    practices = ("logs-kept", "errors-reported", "service-monitored", "prediction-logged")
    logging = [one for one in life.graph.evidence if one.practice in practices and one.fact.kind != "dependency"]
    nodes = life.once(predicting)
    serving = {one.place.path for one in services(life)} | set(_batches(nodes, life))
    behind = life.graph.reached_from(*map(Node, sorted(serving)), avoiding=NOT_PRODUCTION)
    for one in logging:
        proof = life.graph.proof_of(one)
        served = one.place.path in serving or Node(one.place.path) in behind
        yield proof if served else proof._replace(strength=min(proof.strength, Strength.CONFIGURED))
    for node in sorted(nodes):
        if node.path in serving or Node(node.path) in behind:
            said = (fact for fact in life.graph.facts[node] if fact.kind == "printed")
            yield from (Proof(Strength.CONFIGURED, (Place(node.path, fact.line),), plainness=1) for fact in said)


def _batches(nodes: Iterable[Node], life: Lifecycle) -> Iterator[str]:
    """Files that something live runs, and that predict and do not train: models in production that answer no requests."""
    trains = {node.path for node, doing in life.does["train"].items() if not doing.by_name}
    for path in sorted({node.path for node in nodes} - trains):
        if life.graph.role(Node(path)) == "product" and life.graph.is_live(Node(path)):
            yield path
