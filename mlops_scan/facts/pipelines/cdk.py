"""AWS CodePipeline as CDK programs define it, in TypeScript, JavaScript and Python.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_codepipeline_actions-readme.html, and the shorter form of
https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.pipelines-readme.html
"""

import re
from collections.abc import Iterator
from itertools import islice

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Item
from mlops_scan.facts.pipelines.codepipeline import BUILDSPEC, Action, Project, pipeline
from mlops_scan.facts.pipelines.constructs import Made, Program, Row, Table, Text, Value, of_python, of_typescript
from mlops_scan.facts.source import Source, reads
from mlops_scan.search import Search

_is_of_actions = Search(r"codepipeline[-_]actions", "codepipeline", case=False, flags=re.IGNORECASE)
_is_of_pipelines = Search(
    r"aws-cdk-lib/pipelines|@aws-cdk/pipelines|aws_cdk\.pipelines|aws_cdk import [^\n]{0,2000}\bpipelines\b",
    "aws-cdk",
    "aws_cdk",
)
_STEPS = ("ShellStep", "CodeBuildStep")
_MOST_COMMANDS = 500


@reads("*.ts", "*.js", "*.mts", "*.mjs")
def typescript(source: Source) -> Iterator[Item]:
    """The pipeline of a program."""
    if _is_of_actions(source.text, source.lower) or _is_of_pipelines(source.text):
        yield from _pipeline(of_typescript(source.text), source)


@reads("*.py")
def python(source: Source) -> Iterator[Item]:
    """The same in Python."""
    if _is_of_actions(source.text, source.lower) or _is_of_pipelines(source.text):
        try:
            yield from _pipeline(of_python(source.python), source)
        except Unreadable:
            return  # said by the reader of all Python


def _pipeline(program: Program, source: Source) -> Iterator[Item]:
    if stages := list(_stages(program)):
        yield from pipeline(stages)
    elif _is_of_pipelines(source.text) and (steps := list(_steps(program))):
        yield from pipeline([[each] for each in steps])


# -- stages of actions ---------------------------------------------------------------------------------------------------


def _stages(program: Program) -> Iterator[list[Action]]:
    """Wherever a name for a stage and its actions are given together."""
    seen: set[int] = set()
    for made in program.made:
        tables = [made.given, *(each.entries for each in _below(made) if isinstance(each, Table))]
        for given in tables:
            if "stagename" in given and "actions" in given and given["actions"].line not in seen:
                seen.add(given["actions"].line)
                rows = [each for each in program.resolved(given["actions"]) if isinstance(each, Row)]
                values = (value for row in rows for item in row.items for value in program.resolved(item))
                yield [_action(value, program) for value in values if isinstance(value, Made)]


def _below(made: Made) -> Iterator[Value]:
    """The values in the arguments of a call, at any depth that was read."""
    waiting: list[Value] = [*made.arguments, *made.given.values()]
    while waiting:
        value = waiting.pop(0)
        yield value
        if isinstance(value, Row):
            waiting[:0] = value.items
        elif isinstance(value, Table):
            waiting[:0] = value.entries.values()


def _action(made: Made, program: Program) -> Action:
    kind = made.last.removesuffix("Action")
    name, order = made.given.get("actionname"), made.given.get("runorder")
    category = "source" if kind.endswith("Source") else "approval" if kind == "ManualApproval" else "build"
    return Action(
        name.text if isinstance(name, Text) else kind, made.line, category, kind,
        _project(made.given.get("project"), program) if kind == "CodeBuild" else None,
        int(order.text) if isinstance(order, Text) and re.fullmatch(r"\d{1,3}", order.text) else 1,
        _is_off(made),
    )  # fmt: skip


def _is_off(made: Made) -> bool:
    """`trigger: GitHubTrigger.NONE`, `triggerOnPush: false`."""
    named = {key: getattr(made.given.get(key), "name", "") for key in ("trigger", "triggeronpush")}
    return named["trigger"] == "NONE" or named["triggeronpush"] in ("false", "False")


def _project(value: Value | None, program: Program) -> Project | None:
    for made in program.resolved(value):
        if isinstance(made, Made):
            given = (each for each in program.resolved(made.given.get("buildspec")) if isinstance(each, Made))
            return next(map(_specified, given), Project(BUILDSPEC))
    return None


def _specified(made: Made) -> Project:
    """`BuildSpec.fromSourceFilename("ci/train.yml")`, `BuildSpec.fromAsset(...)`, or an object with its phases."""
    if texts := [each for each in made.arguments if isinstance(each, Text)]:
        return Project(texts[0].text)
    return Project("", tuple(_commands(made)))


def _commands(made: Made) -> Iterator[tuple[str, int]]:
    """The texts of all lists that go by the name `commands`."""
    tables = [made.given, *(each.entries for each in _below(made) if isinstance(each, Table))]
    values = [given["commands"] for given in tables if "commands" in given]
    items = (item for value in values for item in (value.items if isinstance(value, Row) else (value,)))
    texts = dict.fromkeys(item for item in items if isinstance(item, Text))
    yield from islice(((item.text, item.line) for item in texts), _MOST_COMMANDS)


# -- the shorter form ----------------------------------------------------------------------------------------------------


def _steps(program: Program) -> Iterator[Action]:
    """Steps of shell in the order of the text, with the source of the first of them."""
    for made in program.made:
        *_, around, last = ("", *made.name.split("."))
        first = made.arguments[0] if made.arguments else None
        name = first.text if isinstance(first, Text) else last
        if around == "CodePipelineSource":
            yield Action(last, made.line, "source", "S3" if last == "s3" else last)
        elif last in _STEPS:
            yield Action(name, made.line, "build", last, Project("", tuple(_commands(made))))
        elif last == "ManualApprovalStep":
            yield Action(name, made.line, "approval", last)
