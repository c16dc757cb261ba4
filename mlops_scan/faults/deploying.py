"""What counts as a deployment: a job that ships an image, a model or a manifest, and not one that only rehearses it."""

import re
from itertools import accumulate

from mlops_scan.activities import shown_by
from mlops_scan.evidence import Fact, Node
from mlops_scan.lifecycle import Lifecycle

_REHEARSES = re.compile(r"test|e2e|smoke|dry.?run|validat|lint|check|scan")
_FOR_READERS = re.compile(r"docs?(?![a-z])|documentation|website|site(?![a-z])|pages?(?![a-z])|blog|storybook")
_PUSHES = re.compile(
    r"(?:docker|images?|container|model)[-_ ](?:push|publish)|(?:push|publish)[-_ ](?:docker|images?|container|model)"
)
_CHANGES_NOTHING = re.compile(r"--dry-run|^kustomize build|^helm template")
_DOES = ("command", "action", "includes", "runs-file", "starts", "builds", "image", "call")
_BUILDS = "docker/build-push-action"
_PUSHING = (f"{_BUILDS}.with.push", f"{_BUILDS}.with.outputs")
_OTHER_CHECKS = re.compile(r"structure|title|terraform|yaml|config|lint|docs|links|commit|label|manifest|helm|version")


def doing(life: Lifecycle, activity: str) -> set[Node]:
    """The units that do something, or within which something is done."""
    units = (node for node in life.does[activity] if node.unit)
    return {Node(node.path, unit) for node in units for unit in accumulate(node.unit.split("/"), "{}/{}".format)}


def deploys(life: Lifecycle, job: Node, deploying: set[Node]) -> bool:
    """Whether a job deploys or pushes, out of those that seem to."""
    name = job.unit.lower()
    if _REHEARSES.search(name) or _FOR_READERS.search(f"{job.path.rpartition('/')[2]} {name}"):
        return False
    if job not in deploying:
        return _PUSHES.search(name) is not None
    facts = list(life.graph.inside(job))
    told = [fact.value for fact in facts if fact.name in _PUSHING]
    if "false" in told:
        return False
    said = life.does["deploy"].get(job)
    return (said is not None and said.by_name) or any(_ships(fact, bool(told)) for fact in facts)


def _ships(fact: Fact, pushes: bool) -> bool:
    """Whether one fact ships something. The action that builds images pushes them only where it is told to."""
    if fact.kind == "action" and fact.name == _BUILDS:
        return pushes
    shows = fact.kind in ("command", "action") and "deploy" in shown_by(fact)
    return shows and not _CHANGES_NOTHING.search(fact.name)


def checks_models_or_code(life: Lifecycle, job: Node, checking: set[Node]) -> bool:
    """Whether a job checks what is deployed, and not the form of a file or of a commit; a frame around others does not."""
    if job not in checking or _OTHER_CHECKS.search(job.unit.lower()):
        return False
    return any(fact.kind in _DOES for fact in life.graph.inside(job))
