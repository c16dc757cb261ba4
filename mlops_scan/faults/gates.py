"""Gates that cannot fail, in pipelines and shell texts: a check whose failure changes nothing."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from mlops_scan.activities import words_of
from mlops_scan.evidence import Fact, Node, Place, Reading
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.checking import arguments_of, check_of, facts_of, few
from mlops_scan.faults.deploying import checks_models_or_code, deploys, doing
from mlops_scan.faults.product import holding, readings, said
from mlops_scan.lifecycle import Lifecycle

_OUTCOME = re.compile(r"steps\.[\w-]+\.outcome|JobStatus")
#: What forgives one line, and not a whole unit.
_OF_A_LINE = ("|| true", "-")
#: Settings after which the result is marked as failed all the same, or handed to the caller.
_STILL_FAILS = ("set +e", "catchError", "returnStatus")
_STEPS = frozenset({
    "prepare", "preprocess", "preprocessing", "process", "train", "training", "fit", "model", "modeling", "data",
    "dataset", "dataloader", "features", "feature", "ingest", "ingestion", "etl", "extract", "transform", "split",
    "load", "pipeline", "register", "deploy", "predict", "prediction", "score", "scoring"
})  # fmt: skip
_PROMOTES = frozenset({"promote", "promotion", "deploy", "deployment"})
_EVALUATES = frozenset({"evaluate", "evaluation", "evaluations", "eval"})
_REHEARSES = frozenset({"staging", "stage", "dev", "test", "preview", "canary", "shadow"})
_WORKFLOWS = ".github/workflows/"
_MOST_WORKFLOWS = 50
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

    What tests, evaluates or validates runs, and all that waits for it goes on whatever it says; so it proves
    nothing about what is deployed behind it. Linters are not meant, and neither is a step whose outcome a later one
    asks for.

    Mend: take the exception away, or look at the result where it counts.
    Wrong where: a later step reads the verdict from a file that the check has written.
    """
    for reading in holding(life, "allowed-to-fail"):
        around = _Around(life, reading)
        for forgiven in [each for each in reading.of("allowed-to-fail") if each.name not in _STILL_FAILS]:
            node = Node(reading.path, forgiven.unit)
            check = around.forgiven(forgiven)
            if check and not around.asks_for(node) and not around.repeats(node, check):
                message = f"`{check}` may fail without any consequence ({forgiven.name})"
                yield Broken(Place(node.path, forgiven.line), message, node)


class _Around:
    """What stands around the exceptions of one file. Each question is asked for many of them, and answered by one look."""

    def __init__(self, life: Lifecycle, reading: Reading) -> None:
        self._life, self._reading = life, reading
        self._asking: dict[Node, bool] = {}

    def forgiven(self, exception: Fact) -> str:
        """The check that an exception is made for."""
        if exception.value:
            return check_of(exception.value)
        if exception.name in _OF_A_LINE:
            commands = self._by_line[exception.unit, exception.line]
        else:
            inside = self._life.graph.inside(Node(self._reading.path, exception.unit))
            commands = [fact for fact in inside if fact.kind == "command"]
        return next(filter(None, (check_of(fact.name) for fact in commands)), "")

    @cached_property
    def _by_line(self) -> dict[tuple[str, int | None], list[Fact]]:
        found: dict[tuple[str, int | None], list[Fact]] = defaultdict(list)
        for fact in said(self._reading, "command"):
            for unit in ("", *accumulate(fact.unit.split("/"), "{}/{}".format)) if fact.unit else ("",):
                found[unit, fact.line].append(fact)
        return found

    def asks_for(self, node: Node) -> bool:
        """Whether something else in the job looks at the outcome of a step that may fail."""
        job = Node(node.path, node.unit.rpartition("/")[0])
        if job not in self._asking:
            facts = self._life.graph.inside(job)
            self._asking[job] = any(_OUTCOME.search(fact.name + fact.value) for fact in facts)
        return self._asking[job]

    def repeats(self, node: Node, check: str) -> bool:
        """Whether a later step of the job runs the same check and may not fail."""
        job = node.unit.rpartition("/")[0]
        return "/step:" in node.unit and self._last[job, check] > (self._life.line(node) or 0)

    @cached_property
    def _last(self) -> dict[tuple[str, str], int]:
        """The last line of each job on which a check runs that may not fail."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        forgiven = {fact.unit for fact in said(self._reading, "allowed-to-fail")}
        for fact in said(self._reading, "command"):
            if fact.unit not in forgiven and (check := check_of(fact.name)):
                for around in list(accumulate(fact.unit.split("/"), "{}/{}".format))[:-1]:
                    found[around, check] = max(found[around, check], fact.line or 0)
        return found


@rule("failure-lost", costs=3)
@few
def failure_lost(life: Lifecycle) -> Iterator[Broken]:
    """A shell text runs a check and does not end with its failure.

    A script without `set -e` goes on behind a check that failed and ends with the status of its last command; a
    pipe (`pytest | tee log`) ends with that of its last part unless `pipefail` is set; `$?` is that of the command
    right before it. GitHub, GitLab and CircleCI set `-e` themselves, and only `shell: bash` sets `pipefail` on
    GitHub; Azure Pipelines sets nothing.

    Mend: `set -euo pipefail` at the top.
    Wrong where: whoever runs the script sets the options: `bash -e script.sh`.
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

    If preparing or training fails, the next step works on what an earlier run has left, and the script may still
    end well.

    Mend: `set -euo pipefail` at the top, or `&&` between the steps.
    Wrong where: each step is meant to run whatever the others did.
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
    comparison is never made, and the step runs whatever it should have waited for.

    Mend: put the whole condition inside `${{ }}`, or leave the braces away.
    Wrong where: nothing: such a condition is never false.
    """
    for node, fact in facts_of(life, "always-true"):
        if fact.value == "text around ${{ }}":
            yield Broken(Place(node.path, fact.line), f"the condition `{_short(fact.name)}` is always true", node)


@rule("evaluated-after-release", costs=3)
@few
def evaluated_after_release(life: Lifecycle) -> Iterator[Broken]:
    """A list of commands promotes or deploys the model, and evaluates it only behind that.

    The evaluation may raise below its threshold, and the model is out already: the limit stops the list and not the
    release. What goes to staging, or is deployed once more behind the evaluation, is not meant.

    Mend: evaluate in front of the promotion, and let a failure end the list.
    Wrong where: the promotion evaluates by itself, or another evaluation stands in what the first commands run.
    """
    for reading in holding(life, "command"):
        lists: dict[str, list[Fact]] = defaultdict(list)
        for fact in said(reading, "command"):
            lists[fact.unit.partition("/")[0]].append(fact)
        for unit, commands in lists.items():
            yield from _too_late(Node(reading.path, unit), commands)


def _too_late(node: Node, commands: list[Fact]) -> Iterator[Broken]:
    said = [(fact, set(words_of(" ".join(arguments_of(fact.name))))) for fact in commands]
    releases = [at for at, (_, words) in enumerate(said) if words & _PROMOTES and not words & (_EVALUATES | _REHEARSES)]
    checks = [at for at, (_, words) in enumerate(said) if words & _EVALUATES and not words & _PROMOTES]
    if releases and checks and max(releases) < min(checks):
        release, check = said[releases[0]][0], said[checks[0]][0]
        message = f"`{_short(release.name)}` comes before `{_short(check.name)}`: what the evaluation refuses is out"
        yield Broken(Place(node.path, release.line), message, node, Confidence.MEDIUM)


@rule("deployment-beside-tests", costs=2)
@few
def deployment_beside_tests(life: Lifecycle) -> Iterator[Broken]:
    """One workflow ships on a push, another one tests on the same push, and neither waits for the other.

    Workflows of one event run side by side: what fails the tests is pushed or deployed all the same. Where the
    tests also run on pull requests and only a named branch ships, nothing is reported.

    Mend: make the tests a job that the deployment `needs`, or start it with `workflow_run` and ask for
    `conclusion`.
    Wrong where: what is shipped is only a preview, or is thrown away unless the tests pass.
    """
    deploying, checking = doing(life, "deploy"), doing(life, "evaluate") | doing(life, "test")
    workflows = [each for each in readings(life) if each.path.startswith(_WORKFLOWS) and _pushed(each) is not None]
    testing: dict[str, Node] = {}
    for each in workflows[:_MOST_WORKFLOWS]:
        checks = (job for job in _jobs(each) if checks_models_or_code(life, job, checking))
        if job := next(checks, None):
            testing[each.path] = job
    for workflow in [each for each in workflows if each.path not in testing][:_MOST_WORKFLOWS] if testing else ():
        ships = (job for job in _jobs(workflow) if deploys(life, job, deploying) and not _is_guarded(life, job))
        shipping = next(ships, None)
        beside = [job for path, job in testing.items() if _is_beside(workflow, life.graph.readings[path])]
        if shipping and beside and not _waits(workflow):
            yield _beside(life, shipping, beside[0])


def _beside(life: Lifecycle, shipping: Node, testing: Node) -> Broken:
    ships, tests = life.graph.units[shipping].name, life.graph.units[testing].name
    message = f"`{ships}` ships while `{tests}` in `{testing.path}` still tests: neither waits for the other"
    return Broken(Place(shipping.path, life.line(shipping)), message, shipping, Confidence.MEDIUM)


def _jobs(reading: Reading) -> list[Node]:
    return [Node(reading.path, unit.id) for unit in reading.units if unit.kind == "job"]


def _pushed(reading: Reading) -> dict[str, set[str]] | None:
    """The filters of the push that starts a workflow: `branches`, `paths`; none where a branch starts it by no push."""
    for fact in said(reading, "trigger", "push"):
        parts = (part.partition(": ") for part in fact.value.split("; ") if part)
        filters = {name: {each.strip() for each in values.split(",")} for name, _, values in parts}
        return None if "tags" in filters and "branches" not in filters else filters
    return None


def _is_beside(shipping: Reading, testing: Reading) -> bool:
    """Whether one push starts both, and no pull request was tested before."""
    ships, tests = _pushed(shipping) or {}, _pushed(testing) or {}
    branches, others = ships.get("branches"), tests.get("branches")
    overlap = not branches or not others or bool(branches & others)
    paths = "paths" not in ships or ships["paths"] & tests.get("paths", ships["paths"])
    anywhere = not branches or any("*" in name for name in branches)
    return overlap and bool(paths) and (anywhere or not said(testing, "trigger", "pull_request"))


def _is_guarded(life: Lifecycle, job: Node) -> bool:
    """Whether a job, or a step of it, asks for the branch or for what happened before."""
    asked = (fact.name + fact.value for fact in life.graph.inside(job) if fact.kind == "condition")
    return any(re.search(r"ref|branch|conclusion|event", text) for text in asked)


def _waits(reading: Reading) -> bool:
    """Whether a workflow calls others, which may test, or starts behind them."""
    calls = any(fact.name.startswith(_WORKFLOWS) for fact in said(reading, "includes"))
    return calls or bool(said(reading, "trigger", "after"))


def _product(life: Lifecycle) -> Iterator[tuple[Node, list[Fact]]]:
    """The nodes of the files in which failures are lost, with their facts."""
    for reading in holding(life, "exit-lost"):
        nodes = dict.fromkeys(Node(reading.path, fact.unit) for fact in reading.facts)
        yield from ((node, life.graph.facts[node]) for node in nodes)
