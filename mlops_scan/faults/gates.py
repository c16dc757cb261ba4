"""Gates that cannot fail: a check whose failure changes nothing."""

from collections.abc import Iterator

from mlops_scan.evidence import Place
from mlops_scan.faults import Broken, rule
from mlops_scan.lifecycle import Lifecycle


@rule("gate-cannot-fail", costs=3)
def gate_cannot_fail(life: Lifecycle) -> Iterator[Broken]:
    """A step that tests, evaluates or validates is allowed to fail.

    `continue-on-error`, `allow_failure`, `|| true` and `set +e` let the pipeline go on, so that what stands behind the
    check is reached whatever the check says. Remove the exception, or make the step a report and not a gate.
    """
    checking = {**life.does["evaluate"], **life.does["test"]}
    for node, facts in life.graph.facts.items():
        forgiven = next((fact for fact in facts if fact.kind == "allowed-to-fail"), None)
        if forgiven and any(
            each == node or each.unit.startswith(f"{node.unit}/") and each.path == node.path for each in checking
        ):
            yield Broken(
                Place(node.path, forgiven.line), f"this check may fail without consequence ({forgiven.name})", node
            )
