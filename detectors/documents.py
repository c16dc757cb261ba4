"""Documents that say how to run and deploy.

Code, because a document is told by its commands and by words within its headings, and both are open lists.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_DEPLOYING = re.compile(r"\b(deploy|deploying|deployment|rollout|rollback|runbook|release|production|serving|serve)\b")
#: What prepares a workplace says nothing of how to train or run.
_SETS_UP = re.compile(
    r"(python\d?|py) -m (venv|pip)|(pip\d?|conda|apt|apt-get|brew|npm|yarn|poetry|pdm) |uv (venv|sync|pip|add)|git |cd\b|source |\. "
    r"|export |virtualenv|pyenv|mkdir|cp |curl |wget "
)
_RUNBOOKS = {"runbook", "playbook", "deployment", "rollback"}
#: What a document is for, its title says or its name.
_ASKS = {"documented": (), "heading": (), "file": ("run", "playbook", "deploy", "roll")}


@detector("Documents", "", ("usage-documented", "deployment-documented"), is_tool=False, asks=_ASKS)
def documents(reading: Reading) -> Iterator[Shown]:
    """Commands in code blocks document the use; a runbook, or commands under a heading about deployment, the deployment."""
    if reading.of("switched-off"):
        return
    commands = [fact for fact in reading.of("documented") if not _SETS_UP.match(fact.name)]
    if commands:
        yield Shown("usage-documented", commands[0])
    for unit in reading.units:
        if unit.kind == "document" and unit.name in _RUNBOOKS:
            yield Shown("deployment-documented", Fact("heading", unit.name, unit.line))
    for fact in commands:
        if _DEPLOYING.search(fact.value):
            yield Shown("deployment-documented", fact)
            break
