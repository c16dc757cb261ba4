"""What people once said, and nobody has said again."""

from collections.abc import Iterator

from mlops_scan.evidence import Node
from mlops_scan.faults import Broken, rule
from mlops_scan.lifecycle import Lifecycle


@rule("attestation-expired", costs=1)
def attestation_expired(life: Lifecycle) -> Iterator[Broken]:
    """An answer to a criterion that people gave in the configuration is past its `until`.

    What was true when it was said may have changed since, so that the answer counts for nothing until it is given
    again.

    Mend: ask the person named in `by`, and renew it (`mlops-scan survey` asks for it) or remove it.
    Wrong where: nothing: `until` is a date of your own.
    """
    for each in life.attested:
        if each.expired:
            message = (
                f"the answer to {each.criterion} by {each.by} ended on {each.until.isoformat()} and counts no more"
            )
            yield Broken(each.place, message, Node(each.place.path))
