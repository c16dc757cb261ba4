"""AWS CodePipeline: stages of actions that start builds, with what starts the pipeline itself.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import shell, trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.infrastructure import hcl
from mlops_scan.facts.source import Source, reads

BUILDSPEC = "buildspec.yml"
#: Where a build finds its source, which need not be this repository.
_CHECKOUT = "${CODEBUILD_SRC_DIR}"
_DATA = ("S3",)
_SIGNAL = ("ECR", "Ecr")
_MOST_SETTINGS = 10_000


class Project(NamedTuple):
    """A build: the file with its commands, or the commands themselves with their lines."""

    specification: str = BUILDSPEC
    commands: tuple[tuple[str, int], ...] = ()


class Action(NamedTuple):
    """One action: `category` is source, build, approval or anything else; `order` its place in its stage."""

    name: str
    line: int
    category: str
    provider: str = ""
    project: Project | None = None
    order: int = 1
    off: bool = False


def pipeline(stages: Sequence[Sequence[Action]]) -> Iterator[Item]:
    """Jobs for all actions that do something, each after those before it, and triggers for the sources."""
    sources = [each for stage in stages for each in stage if each.category == "source"]
    groups = list(_groups(stages))
    units = {action: Unit("job", action.name, action.line) for group in groups for action in group}
    jobs = [units[action].id for group in groups for action in group]
    yield from shape.triggers(
        shape.Trigger(_event(each), each.line, each.provider, jobs) for each in sources if jobs and not each.off
    )
    yield from shape.stages(
        ([units[action] for action in group], [units[action].id for action in before])
        for before, group in pairwise(groups)
    )
    approved: list[Action] = []
    for group in groups:
        for action in group:
            yield from _job(action, units[action], approved)
        approved += [action for action in group if action.category == "approval"]


def _groups(stages: Sequence[Sequence[Action]]) -> Iterator[list[Action]]:
    """The actions that run side by side, in their order."""
    for stage in stages:
        working = [action for action in stage if action.category != "source"]
        for order in sorted({action.order for action in working}):
            yield [action for action in working if action.order == order]


def _event(source: Action) -> str:
    return "data" if source.provider.startswith(_DATA) else "signal" if source.provider.startswith(_SIGNAL) else "push"


def _job(action: Action, unit: Unit, approved: Sequence[Action]) -> Iterator[Item]:
    yield unit
    if action.provider:
        yield Fact("action", f"codepipeline/{action.provider}", action.line, unit=unit.id)
    for gate in approved[-1:]:
        yield Fact("condition", "type: approval", gate.line, gate.name, unit.id)
    if action.project and action.project.commands:
        for text, line in action.project.commands:
            yield from shell.run(text, line, unit.id)
    elif action.project:
        path = f"{_CHECKOUT}/{action.project.specification.removeprefix('./')}"
        yield Fact("runs-file", path, action.line, unit=unit.id)


# -- CloudFormation ------------------------------------------------------------------------------------------------------


@reads("*.yml", "*.yaml", "*.json", "*.template")
def cloudformation(source: Source) -> Iterator[Item]:
    """The pipelines of a template; a project whose source is a repository is started by its webhook."""
    if "AWS::CodePipeline::Pipeline" not in source.text:
        return
    for document in source.documents:
        resources = trees.as_mapping(trees.at(document, "Resources"))
        projects: dict[str, Project] = {}
        for name, body in resources.items():
            if _type(body) == "AWS::CodeBuild::Project":
                project = projects[str(name)] = _specified(body)
                projects.setdefault(_text(trees.at(body, "Properties", "Name")), project)
        for body in resources.values():
            if _type(body) == "AWS::CodePipeline::Pipeline":
                yield from pipeline(_stages(body, projects))


def _type(body: trees.Node) -> str:
    return trees.as_text(trees.at(body, "Type"))


def _text(node: trees.Node | None) -> str:
    """A text, or that of `!Sub`, `!Ref` and `!GetAtt`, whose tags the reader of YAML leaves out."""
    if isinstance(node, trees.Scalar):
        return node
    return next((leaf for _, leaf in trees.leaves(node)), "") if isinstance(node, trees.Node) else ""


def _specified(body: trees.Node) -> Project:
    """The specification of a project: a path, or its own text."""
    node = trees.at(body, "Properties", "Source", "BuildSpec")
    text = _text(node)
    if "\n" not in text:
        return Project(text or BUILDSPEC)
    first = getattr(node, "line", 1) + 1
    commands = re.compile(r"^[ \t]*-[ \t]+(.+)$", re.MULTILINE).finditer(text)
    return Project("", tuple((each[1].strip("\"'"), first + text.count("\n", 0, each.start())) for each in commands))


def _stages(body: trees.Node, projects: dict[str, Project]) -> list[list[Action]]:
    return [
        [_action(trees.as_mapping(action), projects) for action in trees.as_list(trees.at(stage, "Actions"))]
        for stage in trees.as_list(trees.at(body, "Properties", "Stages"))
    ]


def _action(node: trees.Mapping, projects: dict[str, Project]) -> Action:
    kind, settings = trees.at(node, "ActionTypeId"), trees.at(node, "Configuration")
    wanted = _text(trees.at(settings, "ProjectName"))
    order = _text(trees.at(node, "RunOrder"))
    polled = ("PollForSourceChanges", "DetectChanges")
    return Action(
        _text(trees.at(node, "Name")) or "action", node.line, _text(trees.at(kind, "Category")).lower(),
        _text(trees.at(kind, "Provider")), projects.get(wanted), int(order) if re.fullmatch(r"\d{1,3}", order) else 1,
        any(_text(trees.at(settings, each)).lower() == "false" for each in polled[1:]),
    )  # fmt: skip


# -- Terraform -----------------------------------------------------------------------------------------------------------


@reads("*.tf")
def terraform(source: Source) -> Iterator[Item]:
    """`aws_codepipeline` with its stages, and the `aws_codebuild_project` of the same file that they name."""
    if "aws_codepipeline" not in source.text:
        return
    projects: dict[str, Project] = {}
    stages: dict[str, list[list[Action]]] = {}
    for number, each in enumerate(hcl.settings(source.text)):
        if number > _MOST_SETTINGS:
            break
        kind, *labels = each.blocks[0] or ("",)
        if kind == "resource" and labels[:1] == ["aws_codebuild_project"] and len(labels) == 2:
            projects.setdefault(labels[1], Project())
            if each.name == "buildspec" and each.value:
                projects[labels[1]] = Project(each.value.removeprefix("${path.module}/"))
        elif kind == "resource" and labels[:1] == ["aws_codepipeline"] and len(labels) == 2:
            _declare(each, stages.setdefault(labels[1], []))
    for found in stages.values():
        yield from pipeline([[_joined(action, projects) for action in stage] for stage in found])


def _declare(setting: hcl.Setting, stages: list[list[Action]]) -> None:
    """One setting of a pipeline: a block that opens, or what it says of the action that is open."""
    inner = [block[0] for block in setting.blocks[1:] if block]
    if not setting.name and inner == ["stage"]:
        stages.append([])
    elif not setting.name and inner == ["stage", "action"] and stages:
        stages[-1].append(Action("action", setting.line, ""))
    elif inner[:2] == ["stage", "action"] and stages and stages[-1] and setting.value:
        action = stages[-1].pop()
        match setting.name:
            case "name":
                action = action._replace(name=setting.value)
            case "category":
                action = action._replace(category=setting.value.lower())
            case "provider":
                action = action._replace(provider=setting.value)
            case "run_order" if re.fullmatch(r"\d{1,3}", setting.value):
                action = action._replace(order=int(setting.value))
            case "configuration.ProjectName":
                action = action._replace(project=Project(setting.value))
            case "configuration.DetectChanges":
                action = action._replace(off=setting.value.lower() == "false")
        stages[-1].append(action)


def _joined(action: Action, projects: dict[str, Project]) -> Action:
    """The action with the project that it names: `aws_codebuild_project.train.name`."""
    named = action.project.specification if action.project else ""
    label = named.removeprefix("${").split(".")[1] if "aws_codebuild_project." in named else named
    return action._replace(project=projects.get(label))
