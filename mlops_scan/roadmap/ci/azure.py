"""Azure Pipelines: a file for each pipeline. learn.microsoft.com/azure/devops/pipelines/yaml-schema"""

from collections.abc import Iterator
from posixpath import dirname

from mlops_scan.roadmap.ci import System, Written, alert
from mlops_scan.roadmap.ci.yaml_lines import indented, run
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.view import Text, View
from mlops_scan.roadmap.words import Change, Job, Pipeline


def _image(view: View) -> str:
    return f"$REGISTRY/{view.assessment.repository.lower()}:$BUILD_SOURCEVERSION"


def _write(pipeline: Pipeline, site: Site, text: Text) -> Written:
    path = f"{site.names.get('ci_folder', '')}azure-pipelines-{pipeline.name}.yml"
    lines = [*_events(pipeline, site), "pool:", "  vmImage: ubuntu-latest", "", "jobs:"]
    for job in pipeline.jobs:
        before = [each for each in pipeline.jobs if each.name in job.needs and each.keep]
        lines += list(indented(_job(job, before, site), 2))
    body = "\n".join(lines) + "\n"
    changes = (Change(path, body, body), *alert.changes(pipeline.jobs, text))
    notes = (f"Azure DevOps > Pipelines: create a pipeline from `{path}`.", *alert.notes(pipeline.jobs))
    registry = ("Set the variables `REGISTRY`, `REGISTRY_USER` and the secret `REGISTRY_PASSWORD`.",)
    return Written(changes, (*notes, *(registry if any(job.images for job in pipeline.jobs) else ())))


def _events(pipeline: Pipeline, site: Site) -> Iterator[str]:
    branch = site.names["branch"]
    yield from ("trigger:", f"  branches: {{include: [{branch}]}}") if "push" in pipeline.on else ("trigger: none",)
    yield from ("pr:", f"  branches: {{include: [{branch}]}}") if "pull_request" in pipeline.on else ("pr: none",)
    crons = [event.partition(" ")[2] for event in pipeline.on if event.startswith("schedule")]
    if crons:
        yield "schedules:"
    for cron in crons:
        yield from (f'  - cron: "{cron}"', f"    displayName: {pipeline.name}")
        yield from (f"    branches: {{include: [{branch}]}}", "    always: true")


def _job(job: Job, before: list[Job], site: Site) -> Iterator[str]:
    kind = "deployment" if job.environment else "job"
    yield f"- {kind}: {job.name.replace('-', '_')}"
    if job.needs:
        yield f"  dependsOn: [{', '.join(each.replace('-', '_') for each in job.needs)}]"
    if job.environment:
        yield from (f"  environment: {job.environment}", "  strategy:", "    runOnce:", "      deploy:")
        yield from indented(["steps:", *_steps(job, before, site)], 8)
    else:
        yield from indented(["steps:", *_steps(job, before, site)], 2)


def _steps(job: Job, before: list[Job], site: Site) -> Iterator[str]:
    if job.environment:
        yield "  - checkout: self"
    yield from ("  - task: UsePythonVersion@0", "    inputs:", f'      versionSpec: "{site.names["python"]}"')
    packaging = site.traits["packaging"]
    tools = [f"pip install {packaging}"] if packaging in ("uv", "poetry", "pipenv") else []
    for each in before:
        yield from ("  - download: current", f"    artifact: {each.name}")
        yield from run('cp -r "$(Pipeline.Workspace)/' + each.name + '/." .', "- script", 2)
    login = ['echo "$(REGISTRY_PASSWORD)" | docker login "$REGISTRY" --username "$REGISTRY_USER" --password-stdin']
    for text in (*(login if job.images else (*tools, site.names["install"])), *job.run):
        yield from run(f"set -e\n{text.strip()}" if "\n" in text.strip() else text, "- script", 2)
    if job.keep:  # an artifact is published once: its files are put into one folder first
        yield from run(f"mkdir -p kept && cp --parents {' '.join(job.keep)} kept", "- script", 2)
        yield from ("  - publish: kept", f"    artifact: {job.name}")
    if job.tell:
        yield from run(alert.command(job), "- script", 2)
        yield from ("    condition: failed()", "    env:", "      ALERT_WEBHOOK: $(ALERT_WEBHOOK)")


def folder(view: View) -> Iterator[tuple[str, str]]:
    """The folder in which the pipelines of a repository lie."""
    paths = sorted(one.place.path for one in view.evidence("changes-checked") if one.tool == "azure-pipelines")
    if paths and dirname(paths[0]):
        yield "ci_folder", f"{dirname(paths[0])}/"


SYSTEM = System("azure-pipelines", _image, _write, folder)
