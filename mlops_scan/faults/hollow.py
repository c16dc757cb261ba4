"""What measures or does nothing: data against itself, invented numbers, modules and jobs that only look like work."""

import re
from collections.abc import Iterator

from mlops_scan.activities import shown_by, words_of
from mlops_scan.evidence import Fact, Node, Place, Reading
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.checking import check_of, facts_of, few
from mlops_scan.faults.product import holding, readings, said
from mlops_scan.lifecycle import Lifecycle

#: Code that makes data up on purpose.
_INVENTS = frozenset({
    "generate", "generator", "generation", "synthetic", "simulate", "simulation", "simulator", "fake", "mock",
    "demo", "sample", "samples", "example", "seed", "dummy", "random", "stub", "locust", "load", "bootstrap",
    "augment", "baseline", "naive", "test", "tests"
})  # fmt: skip
_MEASURES = frozenset({
    "evaluate", "evaluation", "eval", "metrics", "compute", "calculate", "measure", "validate", "validation",
    "score", "drift"
})  # fmt: skip
_ZERO = re.compile(r"0(?:\.0*)?")
_DATA = re.compile(
    r"(?:(?:n|num|number_of|total|train|training|fit)_)*(?:users|items|rows|samples|examples|records|observations)"
)
_SAYS = frozenset({
    "echo", "printf", "print", "sleep", "true", ":", "exit", "cat", "date", "pwd", "ls", "test", "[", "[[",
    "whoami", "env", "uname", "set"
})  # fmt: skip
_FETCHES = re.compile(
    r"(?:pip3?|uv|poetry|conda|apt|apt-get|git|mkdir|cp|cd|gto|curl)\b|dvc (?:get|pull|fetch|config|remote|artifacts)\b"
)
_PREPARES = re.compile(r"checkout|setup-|/cache|credentials|login|download-artifact|gto-action|/setup")
_DEPLOYS = frozenset({
    "deploy", "deployment", "deploying", "deploys", "rollout", "promote", "rollback", "canary"
})  # fmt: skip
#: Words beside which such a step only tells about a deployment.
_TELLS = frozenset({
    "summary", "notify", "notification", "info", "print", "show", "status", "message", "url", "check",
    "instructions", "next", "report", "log", "skip", "skipped", "dry", "failure", "success", "approval", "wait",
    "verify", "note", "notes", "comment", "output", "outputs", "version", "id", "name", "set", "get", "determine"
})  # fmt: skip
_MONITORS = frozenset({"drift", "monitor", "monitoring"})
_EMULATOR = re.compile(r"(?:^|[/@:.])(?:localstack|motoserver)\b|localhost:4566")
_INSTALLS = re.compile(r"(?:python[\d.]* -m )?(?:pip3?|uv|poetry|conda|apt|apt-get|npm)\b|echo\b|mkdir\b|cd\b|export\b")


@rule("drift-against-itself", costs=3)
@few
def drift_against_itself(life: Lifecycle) -> Iterator[Broken]:
    """A drift check whose reference and current data come from one place.

    Both sides are the same variable or file, the two halves of one split, or parts of one table cut by position or
    chance: what it compares was collected together, so it finds no drift however much the world has changed.

    Mend: keep the data of training as the reference, and take what the deployed model was asked as the current
    side.
    Wrong where: the table is sorted by time somewhere else, so that its halves are then and now.
    """
    for node, fact in facts_of(life, "same-source"):
        if fact.name != "fit":
            cut = "cut" in fact.value or "split" in fact.value
            message = f"`{fact.name}` compares data with themselves: {fact.value}"
            yield Broken(Place(node.path, fact.line), message, node, Confidence.MEDIUM if cut else Confidence.HIGH)


@rule("scored-on-training-data", costs=2)
@few
def scored_on_training_data(life: Lifecycle) -> Iterator[Broken]:
    """A model is fitted and scored on the same data, and on no other in that function.

    The score says how well the model remembers, not how well it predicts, so no gate can rest on it.

    Mend: split first, and score on the part that was held back.
    Wrong where: the score is only shown beside one that another function computes on other data.
    """
    for node, fact in facts_of(life, "same-source"):
        if fact.name == "fit":
            yield Broken(
                Place(node.path, fact.line), f"{fact.value}, and nothing else is scored here", node, Confidence.MEDIUM
            )


@rule("invented-metric", costs=3)
@few
def invented_metric(life: Lifecycle) -> Iterator[Broken]:
    """A metric, a drift score or a prediction is a constant or is drawn at random.

    Dashboards, gates and alerts that rest on it show a number that nothing was measured for. Code that makes up
    data on purpose (generators, simulations, demos) is not meant.

    Mend: compute it, or take it away.
    Wrong where: the constant is a limit, or a start that is overwritten where nobody can see it.
    """
    for node, fact in facts_of(life, "literal"):
        function = set(words_of(node.unit.rpartition(":")[2].rpartition(".")[2]))
        constant = fact.value[:1].isdigit()
        invents = _INVENTS & (function | set(words_of(node.path.rpartition("/")[2])))
        if invents or (constant and not function & _MEASURES):
            continue
        how = f"the constant {fact.value}" if constant else f"drawn from `{fact.value}`"
        message = f"`{fact.name}` is {how}: nothing is measured"
        yield Broken(Place(node.path, fact.line), message, node, Confidence.MEDIUM if constant else Confidence.HIGH)


@rule("model-of-nothing", costs=3)
def model_of_nothing(life: Lifecycle) -> Iterator[Broken]:
    """The record of a registered version says that the model was made of nothing: 0 users, 0 rows, 0 samples.

    The automation runs, makes versions and says that all is well; what it registers knows no data, and no check on
    the way asked.

    Mend: let the training fail where there is nothing to learn from, and the registration below a limit.
    Wrong where: the number counts something else: users that were added, rows that were dropped.
    """
    folders: dict[str, list[tuple[Reading, Fact]]] = {}
    for reading in holding(life, "record"):
        empty = [fact for fact in said(reading, "record") if _ZERO.fullmatch(fact.value) and _counts(fact.name)]
        if empty:
            folders.setdefault(reading.path.partition("/")[0], []).append((reading, empty[0]))
    for found in folders.values():
        reading, fact = found[0]
        others = f" (as in {len(found) - 1} more records)" if len(found) > 1 else ""
        message = f"this version was made of nothing: `{fact.name}` is {fact.value}{others}"
        yield Broken(Place(reading.path, fact.line), message, Node(reading.path))


def _counts(name: str) -> bool:
    """Whether a number in a record is how much data the model was made of."""
    return _DATA.fullmatch(name.rpartition(".")[2].lower()) is not None


@rule("runs-nothing", costs=3)
@few
def runs_nothing(life: Lifecycle) -> Iterator[Broken]:
    """A command runs a Python module that only defines functions.

    Without `if __name__ == "__main__":` or a call at the end nothing of it runs: the command succeeds, whatever its
    arguments say, and the check or step behind it never happens.

    Mend: call the main function at the end of the module, or name the module that does.
    Wrong where: importing the module is all that was wanted.
    """
    idle = {node.path for node, _ in facts_of(life, "inert")}
    started: dict[Node, list[str]] = {}
    for node, fact in facts_of(life, "command"):
        if not re.match(r"py(?:thon[\d.]*)? ", fact.name):
            continue
        if node not in started:
            started[node] = [each.path for each in life.graph.before(node, "command") if each.path in idle]
        if path := _module_run(fact.name, started[node]):
            message = f"`{_short(fact.name)}` does nothing: {path} defines functions and calls none of them"
            yield Broken(Place(node.path, fact.line), message, node)


def _module_run(command: str, paths: list[str]) -> str:
    """Which of the paths a Python command runs as its program; none where they are only named."""
    words = command.split()
    plain = next((at for at, word in enumerate(words) if at and not word.startswith("-")), 0)
    name = words[plain].replace(".", "/") + ".py" if words[plain - 1] == "-m" else words[plain]
    return next((path for path in paths if f"/{path}".endswith(f"/{name.removeprefix('./')}")), "")


@rule("mock-deployment", costs=3)
@few
def mock_deployment(life: Lifecycle) -> Iterator[Broken]:
    """A job or step that is called a deployment only prints, sleeps or fetches.

    The pipeline looks complete, and nothing is brought to anybody.

    Mend: put the command there, or call it what it is.
    Wrong where: another system deploys when it sees this job succeed.
    """
    for reading in readings(life):
        for unit in [each for each in reading.units if each.kind == "job" and _claims_to_deploy(each.name)]:
            node = Node(reading.path, unit.id)
            if _only_says(list(life.graph.inside(node)), steps=True):
                message = f"`{unit.name}` only prints and fetches: nothing is deployed"
                yield Broken(Place(node.path, unit.line), message, node, Confidence.MEDIUM)
    for reading in holding(life, "field"):
        yield from _mock_steps(life, reading)


def _mock_steps(life: Lifecycle, reading: Reading) -> Iterator[Broken]:
    """Steps of jobs that deploy nowhere else; in a job that bears the name itself, the job is named."""
    claims = (fact for fact in said(reading, "field", "step.name") if _claims_to_deploy(fact.value))
    deploying: dict[Node, bool] = {}
    for fact in claims:
        node, job = Node(reading.path, fact.unit), Node(reading.path, fact.unit.rpartition("/")[0])
        named = job in life.graph.units and _claims_to_deploy(life.graph.units[job].name)
        prints = not named and _only_says(life.graph.facts[node], steps=False)
        if prints and job not in deploying:
            deploying[job] = any(_deploys(each) for each in life.graph.inside(job))
        if prints and not deploying[job]:
            message = f"the step `{_short(fact.value)}` only prints: nothing is deployed"
            yield Broken(Place(node.path, fact.line), message, node)


@rule("workflow-only-prints", costs=2)
@few
def workflow_only_prints(life: Lifecycle) -> Iterator[Broken]:
    """All that a workflow runs is `echo`, `ls` and the like.

    It is often the example that comes with the CI system. It counts as CI at first sight, and builds, tests and
    deploys nothing.

    Mend: delete it, or let it run the tests.
    Wrong where: another system waits for its success.
    """
    for reading in holding(life, "trigger"):
        jobs = [unit for unit in reading.units if unit.kind == "job"]
        triggers = [fact for fact in said(reading, "trigger") if fact.name != "call"]
        if jobs and triggers and _only_says(list(reading.facts), steps=False):
            message = "this workflow only prints: it builds, tests and deploys nothing"
            yield Broken(Place(reading.path, jobs[0].line), message, Node(reading.path, jobs[0].id))


@rule("emulated-cloud", costs=2)
@few
def emulated_cloud(life: Lifecycle) -> Iterator[Broken]:
    """What is deployed, or configured for production, talks to an emulator of a cloud: LocalStack or Moto.

    An emulator keeps its data in memory and stands in for the real service in tests: what is stored there is gone
    with it.

    Mend: the address of the real service, and the emulator in a configuration of the tests.
    Wrong where: the manifest is only ever applied to a cluster for tests.
    """
    for node, fact in facts_of(life, "image", "env", "uri"):
        text = fact.name if fact.kind != "env" else fact.value
        if _EMULATOR.search(text) and _is_production(life, node.path):
            yield Broken(
                Place(node.path, fact.line), f"`{_short(text)}` is an emulator and no cloud", node, Confidence.MEDIUM
            )


def _is_production(life: Lifecycle, path: str) -> bool:
    """Whether a file is applied to a cluster, or bears the word in its path."""
    words = set(words_of(path))
    deployed = bool(life.graph.readings[path].of("resource"))
    return bool(words & {"prod", "production"}) or (
        deployed and not words & {"test", "tests", "dev", "local", "integration", "ci"}
    )


def _claims_to_deploy(name: str) -> bool:
    words = set(words_of(name))
    return bool(words & _DEPLOYS) and not words & _TELLS


def _only_says(facts: list[Fact], steps: bool) -> bool:
    """Whether the commands say something and do nothing; in a whole job they may also fetch."""
    commands = [fact.name for fact in facts if fact.kind == "command"]
    others = [fact for fact in facts if fact.kind in ("includes", "runs-file", "builds")]
    if not commands:  # an image that runs by itself; beside commands it is only where they run
        others += [fact for fact in facts if fact.kind == "image"]
    acts = [fact.name for fact in facts if fact.kind == "action" and not _PREPARES.search(fact.name)]
    says = [command for command in commands if command.split()[0] in _SAYS or command.endswith("]]")]
    rest = [command for command in commands if command not in says and not (steps and _FETCHES.match(command))]
    return any(command.startswith(("echo", "printf")) for command in says) and not rest and not acts and not others


def _deploys(fact: Fact) -> bool:
    return fact.kind in ("command", "action") and "deploy" in shown_by(fact)


@rule("monitor-only-tests", costs=3)
@few
def monitor_only_tests(life: Lifecycle) -> Iterator[Broken]:
    """A workflow on a schedule bears the name of a drift check or a monitor, and only runs unit tests.

    The tests see the data that stand in them, never those that the deployed model gets: the workflow stays green
    while the world changes.

    Mend: run the check on recorded requests, and let it fail or alert.
    Wrong where: the tests fetch live data by themselves.
    """
    for reading in holding(life, "trigger"):
        named = [fact.value for fact in said(reading, "field", "workflow.name")]
        words = {word for name in (*named, reading.path.rpartition("/")[2]) for word in words_of(name)}
        commands = [fact for fact in said(reading, "command") if not _INSTALLS.match(fact.name)]
        only_tests = commands and all(_is_unit_test(fact.name) for fact in commands)
        if words & _MONITORS and only_tests and said(reading, "trigger", "schedule"):
            name, test = (named or [reading.path])[0], commands[0]
            message = f"`{name}` only runs `{_short(test.name)}`: tests of code, no look at live data"
            yield Broken(Place(reading.path, test.line), message, Node(reading.path, test.unit))


def _is_unit_test(command: str) -> bool:
    return check_of(command) in ("pytest", "py.test", "unittest", "tox", "nox")


def _short(text: str) -> str:
    return text if len(text) < 50 else f"{text[:47]}..."
