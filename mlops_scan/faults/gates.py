"""Gates that cannot fail, in pipelines and shell texts: a check whose failure changes nothing."""

import re
from collections.abc import Iterator

from mlops_scan.activities import words_of
from mlops_scan.evidence import Fact, Node, Place
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.checking import LOOKS, check_of, facts_of, few
from mlops_scan.lifecycle import Lifecycle

#: What forgives one line, and not a whole unit.
_OF_A_LINE = ("|| true", "-")
#: Settings after which the result is marked as failed all the same, or handed to the caller.
_STILL_FAILS = ("set +e", "catchError", "returnStatus")
_STEPS = frozenset({
    "prepare", "preprocess", "preprocessing", "process", "train", "training", "fit", "model", "modeling", "data",
    "dataset", "dataloader", "features", "feature", "ingest", "ingestion", "etl", "extract", "transform", "split",
    "load", "pipeline", "register", "deploy", "predict", "prediction", "score", "scoring"
})  # fmt: skip
_WHY = {
    "not last": "the shell goes on behind it, and nothing asks whether it failed",
    "pipe": "its failure is lost in the pipe, which ends with the status of its last part",
    "&&": "`set -e` passes over a failure in front of `&&`, and more commands follow",
    "$?": "`$?` is read only behind another command, so that it is that one's",
}


@rule("gate-cannot-fail", costs=3)
@few
def gate_cannot_fail(life: Lifecycle) -> Iterator[Broken]:
    """A check is allowed to fail: `continue-on-error`, `allow_failure`, `|| true`, `- pytest` in a recipe.

    What tests, evaluates or validates runs, and all that waits for it goes on whatever it says; so it proves nothing
    about what is deployed behind it. Linters are not meant, and neither is a step whose outcome a later one asks for.
    Mend: take the exception away, or look at the result where it counts.
    """
    for node, forgiven in facts_of(life, "allowed-to-fail", most=LOOKS):
        if forgiven.name not in _STILL_FAILS:
            check = _forgiven(life, node, forgiven)
            if check and not _is_asked_for(life, node) and not _is_repeated(life, node, check):
                message = f"`{check}` may fail without any consequence ({forgiven.name})"
                yield Broken(Place(node.path, forgiven.line), message, node)


def _forgiven(life: Lifecycle, node: Node, forgiven: Fact) -> str:
    """The check that an exception is made for."""
    if forgiven.value:
        return check_of(forgiven.value)
    commands = [fact for fact in life.graph.inside(node) if fact.kind == "command"]
    if forgiven.name in _OF_A_LINE:
        commands = [fact for fact in commands if fact.line == forgiven.line]
    return next(filter(None, (check_of(fact.name) for fact in commands)), "")


def _is_asked_for(life: Lifecycle, node: Node) -> bool:
    """Whether something else in the job looks at the outcome of a step that may fail."""
    job = Node(node.path, node.unit.rpartition("/")[0])
    return any(
        re.search(r"steps\.[\w-]+\.outcome|JobStatus", fact.name + fact.value) for fact in life.graph.inside(job)
    )


def _is_repeated(life: Lifecycle, node: Node, check: str) -> bool:
    """Whether a later step of the job runs the same check and may not fail."""
    job = f"{node.unit.rpartition('/')[0]}/"
    forgiven = {fact.unit for fact in life.graph.inside(Node(node.path)) if fact.kind == "allowed-to-fail"}
    return any(
        fact.kind == "command"
        and fact.unit.startswith(job)
        and fact.unit not in forgiven
        and check_of(fact.name) == check
        for fact in life.graph.inside(Node(node.path))
        if "/step:" in node.unit and (fact.line or 0) > (life.line(node) or 0)
    )


@rule("failure-lost", costs=3)
@few
def failure_lost(life: Lifecycle) -> Iterator[Broken]:
    """A shell text runs a check and does not end with its failure.

    A script without `set -e` goes on behind a check that failed and ends with the status of its last command; a pipe
    (`pytest | tee log`) ends with that of its last part unless `pipefail` is set; `$?` is that of the command right
    before it. GitHub, GitLab and CircleCI set `-e` themselves, and only `shell: bash` sets `pipefail` on GitHub;
    Azure Pipelines sets nothing. Mend: `set -euo pipefail` at the top.
    """
    for node, facts in _product(life):
        sure = Confidence.HIGH if node.unit or life.graph.is_live(node) else Confidence.MEDIUM
        yield from _lost(node, facts, sure)


def _lost(node: Node, facts: list[Fact], sure: Confidence) -> Iterator[Broken]:
    for fact in facts:
        if fact.kind == "exit-lost" and (check := check_of(fact.name)):
            yield Broken(Place(node.path, fact.line), f"`{check}` cannot fail here: {_WHY[fact.value]}", node, sure)


@rule("failed-step-ignored", costs=1)
@few
def failed_step_ignored(life: Lifecycle) -> Iterator[Broken]:
    """A shell text without `set -e` runs the steps of a pipeline one after the other.

    If preparing or training fails, the next step works on what an earlier run has left, and the script may still end
    well. Mend: `set -euo pipefail` at the top, or `&&` between the steps.
    """
    for node, facts in _product(life):
        lost = [fact for fact in facts if fact.kind == "exit-lost" and fact.value != "pipe" and _is_step(fact.name)]
        if lost and not any(check_of(fact.name) for fact in lost):
            message = f"if `{_short(lost[0].name)}` fails, the commands behind it run all the same"
            yield Broken(Place(node.path, lost[0].line), message, node)


def _is_step(command: str) -> bool:
    """Whether a command runs code that is named after a step in the life of a model."""
    runs = re.match(r"(?:python[\d.]*|Rscript|papermill|dvc repro|mlflow run|torchrun)\s+(?!-c)(.*)", command)
    return runs is not None and bool(_STEPS & set(words_of(" ".join(runs[1].split()[:3]))))


def _short(command: str) -> str:
    return command if len(command) < 50 else f"{command[:47]}..."


@rule("condition-always-true", costs=2)
@few
def condition_always_true(life: Lifecycle) -> Iterator[Broken]:
    """A condition of a step or job holds whatever happened before.

    On GitHub, `if: ${{ steps.plan.outcome }} == 'success'` is a string that is not empty, and so it is true: the
    comparison is never made. Mend: put the whole condition inside `${{ }}`, or leave the braces away.
    """
    for node, fact in facts_of(life, "always-true"):
        if fact.value == "text around ${{ }}":
            yield Broken(Place(node.path, fact.line), f"the condition `{_short(fact.name)}` is always true", node)


def _product(life: Lifecycle) -> Iterator[tuple[Node, list[Fact]]]:
    return ((node, facts) for node, facts in life.graph.facts.items() if life.graph.role(node) == "product")
