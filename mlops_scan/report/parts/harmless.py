"""The door of all reports: names and sentences that a user's own model or detectors bring may come from the scanned tree.

A configuration of the tree chooses both. Their ids are checked when they are loaded; what is checked here are texts.
"""

from mlops_scan.assess import Assessment, Climb, Tool
from mlops_scan.clean import clean
from mlops_scan.maturity import Criterion, Model, Route, Stage

_LONGEST = 2000


def harmless(assessment: Assessment) -> Assessment:
    """The same assessment; the texts of its models and tools, its name and its reason do nothing but stand there."""
    return assessment._replace(
        repository=_said(assessment.repository),
        reason=_said(assessment.reason),
        tools=tuple(map(_tool, assessment.tools)),
        climbs=tuple(map(_climb, assessment.climbs)),
    )


def _said(text: str) -> str:
    return clean(text, _LONGEST)


def _tool(tool: Tool) -> Tool:
    return tool._replace(name=_said(tool.name))


def _climb(climb: Climb) -> Climb:
    judgements = tuple(each._replace(criterion=_criterion(each.criterion)) for each in climb.judgements)
    return climb._replace(model=_model(climb.model), judgements=judgements)


def _model(model: Model) -> Model:
    stages, routes = tuple(map(_stage, model.stages)), tuple(map(_route, model.routes))
    return model._replace(name=_said(model.name), source=_said(model.source), stages=stages, routes=routes)


def _stage(stage: Stage) -> Stage:
    criteria = tuple(map(_criterion, stage.criteria))
    return stage._replace(name=_said(stage.name), meaning=_said(stage.meaning), criteria=criteria)


def _criterion(criterion: Criterion) -> Criterion:
    return criterion._replace(question=_said(criterion.question))


def _route(route: Route) -> Route:
    practice = route.practice._replace(means=_said(route.practice.means), step=_said(route.practice.step))
    return route._replace(practice=practice)
