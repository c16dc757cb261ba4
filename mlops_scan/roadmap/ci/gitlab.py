"""GitLab CI: jobs at the end of `.gitlab-ci.yml`, each with rules of its own. docs.gitlab.com/ci/yaml"""

from collections.abc import Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.facts import trees
from mlops_scan.roadmap.ci import System, Written, alert
from mlops_scan.roadmap.ci.yaml_lines import indented, run
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.view import Text, View
from mlops_scan.roadmap.words import Change, Job, Pipeline

_PATH = ".gitlab-ci.yml"


def _image(_view: View) -> str:
    return "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHA"


def _write(pipeline: Pipeline, site: Site, text: Text) -> Written:
    before = text(_PATH) or ""
    root = trees.as_mapping(next(iter(trees.parse_yaml(before)), None)) if before else trees.Mapping(1)
    if any(job.name in root for job in pipeline.jobs):
        raise Unreadable("has a job of this name already")
    stages = [trees.as_text(each) for each in trees.as_list(trees.at(root, "stages"))]
    lines: list[str] = []
    for job in pipeline.jobs:
        lines += [f"{job.name}:", *indented(_job(job, pipeline, site, stages[-1] if stages else "deploy"), 2), ""]
    snippet = "\n".join(lines).rstrip("\n") + "\n"
    start = before.rstrip("\n").count("\n") + 3 if before else None
    changed = Change(_PATH, f"{before.rstrip()}\n\n{snippet}" if before else snippet, snippet, start)
    return Written((changed, *alert.changes(pipeline.jobs, text)), (*_notes(pipeline), *alert.notes(pipeline.jobs)))


def _notes(pipeline: Pipeline) -> Iterator[str]:
    for event in pipeline.on:
        if event.startswith("schedule"):
            yield f"Build > Pipeline schedules: a schedule `{event.partition(' ')[2]}` with the variable `PIPELINE={pipeline.name}`."


def _job(job: Job, pipeline: Pipeline, site: Site, stage: str) -> Iterator[str]:
    yield f"stage: {stage}"
    yield f"image: {'docker:27' if job.images else 'python:' + site.names['python']}"
    if job.images:
        yield from ("services:", "  - docker:27-dind")
    yield from ("rules:", *(f"  - if: {_rule(event, pipeline.name)}" for event in pipeline.on))
    if job.needs:
        yield f"needs: [{', '.join(job.needs)}]"
    if job.environment:
        yield from ("environment:", f"  name: {job.environment}")
    yield "script:"
    login = [
        'echo "$CI_REGISTRY_PASSWORD" | docker login "$CI_REGISTRY" --username "$CI_REGISTRY_USER" --password-stdin'
    ]
    for text in (*(login if job.images else _setup(site)), *job.run):
        yield from indented(_item(text), 2)
    if job.tell:
        yield "after_script:"
        yield from indented(_item(f'if [ "$CI_JOB_STATUS" = failed ]; then {alert.command(job)}; fi'), 2)
    if job.keep:
        yield from ("artifacts:", "  paths:", *(f"    - {path}" for path in job.keep))


def _item(text: str) -> Iterator[str]:
    found = list(run(text, "-", 0))
    yield from [found[0].replace("-:", "-", 1), *found[1:]]


def _setup(site: Site) -> list[str]:
    packaging = site.traits["packaging"]
    tools = [f"pip install {packaging}"] if packaging in ("uv", "poetry", "pipenv") else []
    return [*tools, site.names["install"]]


def _rule(event: str, name: str) -> str:
    kind, _, detail = event.partition(" ")
    return {
        "push": '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
        "pull_request": '$CI_PIPELINE_SOURCE == "merge_request_event"',
        "schedule": f'$CI_PIPELINE_SOURCE == "schedule" && $PIPELINE == "{name}"',
        "signal": f'$CI_PIPELINE_SOURCE == "trigger" && $EVENT == "{detail}"',
        "manual": f'$CI_PIPELINE_SOURCE == "web" && $PIPELINE == "{name}"',
    }[kind]


SYSTEM = System("gitlab-ci", _image, _write)
