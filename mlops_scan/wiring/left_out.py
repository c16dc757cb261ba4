"""Steps that stand there and are in no pipeline: their functions run only where a pipeline names them, and none does."""

from collections.abc import Iterable, Iterator, Sequence

from mlops_scan.evidence import Link, Node, Reading

#: Decorators that make a function a step of a pipeline; those of other tools may start it by its name.
STEPS = {
    "zenml.step", "zenml.steps.step", "prefect.task", "kfp.dsl.component", "kfp.v2.dsl.component", "flytekit.task",
    "airflow.decorators.task", "airflow.sdk.task", "dagster.op",
}  # fmt: skip
_NAMING = ("call", "argument", "command", "documented", "field", "starts")


def left_out(readings: Iterable[Reading], links: Sequence[Link]) -> Iterator[Node]:
    """The functions under such a decorator that their own file never names and to which nothing leads from another."""
    unused = [node for reading in readings for node in _unused(reading)]
    named = {each.target for each in links if each.kind in _NAMING} if unused else set()
    yield from (node for node in unused if node not in named)


def _unused(reading: Reading) -> Iterator[Node]:
    units = {fact.unit for fact in reading.of("unused") if fact.unit}
    decorated = {fact.unit for fact in reading.of("call") if fact.name in STEPS} if units else set()
    yield from (Node(reading.path, unit) for unit in sorted(units & decorated))
