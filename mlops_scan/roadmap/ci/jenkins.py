"""Jenkins: a declarative Jenkinsfile for each pipeline, whose stages run one after the other. jenkins.io/doc/book/pipeline/syntax"""

from collections.abc import Iterator

from mlops_scan.roadmap.ci import System, Written, alert
from mlops_scan.roadmap.ci.yaml_lines import indented
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.view import Text, View
from mlops_scan.roadmap.words import Change, Job, Pipeline


def _image(view: View) -> str:
    return f"$REGISTRY/{view.assessment.repository.lower()}:$GIT_COMMIT"


def _write(pipeline: Pipeline, site: Site, text: Text) -> Written:
    path = f"Jenkinsfile.{pipeline.name}"
    lines = ["pipeline {", "    agent any", *indented(_events(pipeline), 4), "    stages {"]
    lines += indented(_stage("install", _setup(site)), 8)
    for job in pipeline.jobs:
        login = 'echo "$REGISTRY_PASSWORD" | docker login "$REGISTRY" --username "$REGISTRY_USER" --password-stdin'
        ask = [f"input message: 'Deploy to {job.environment}?'"] if job.environment else []
        lines += indented(_stage(job.name, [*([login] if job.images else []), *job.run], ask), 8)
    lines += ["    }", *indented(_failure(pipeline.jobs), 4), "}"]
    body = "\n".join(lines) + "\n"
    notes = (f"Jenkins: create a pipeline job with `{path}` as its script path.", *alert.notes(pipeline.jobs))
    return Written((Change(path, body, body), *alert.changes(pipeline.jobs, text)), notes)


def _events(pipeline: Pipeline) -> Iterator[str]:
    crons = [event.partition(" ")[2] for event in pipeline.on if event.startswith("schedule")]
    polls = ["        pollSCM('H/5 * * * *')"] if {"push", "pull_request"} & set(pipeline.on) else []
    found = [*(f"    cron('{cron}')" for cron in crons), *(each[4:] for each in polls)]
    if found:
        yield from ("triggers {", *found, "}")


def _setup(site: Site) -> list[str]:
    packaging = site.traits["packaging"]
    tools = [f"pip install {packaging}"] if packaging in ("uv", "poetry", "pipenv") else []
    return [*tools, site.names["install"]]


def _stage(name: str, texts: list[str], before: list[str] | None = None) -> Iterator[str]:
    yield from (f"stage('{name}') {{", "    steps {")
    yield from indented(before or [], 8)
    for text in texts:
        found = text.strip().split("\n")
        if len(found) == 1 and "'" not in found[0] and "\\" not in found[0]:
            yield f"        sh '{found[0]}'"
        else:
            body = [each.replace("\\", "\\\\") for each in found]
            yield from ("        sh '''", "            set -e", *indented(body, 12), "        '''")
    yield from ("    }", "}")


def _failure(jobs: tuple[Job, ...]) -> Iterator[str]:
    for job in jobs:
        if job.tell:
            yield from ("post {", "    failure {", f"        sh '{alert.command(job)}'", "    }", "}")
            return


SYSTEM = System("jenkins", _image, _write)
