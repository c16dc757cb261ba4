"""Hostile input for the readers of all CI systems: long texts, and texts that multiply."""

import pytest
from endless import ends
from reading import names, read
from soundness import checked

from mlops_scan.facts.ci import (
    azure,
    bitbucket,
    buildkite,
    circleci,
    cloudbuild,
    github,
    gitlab,
    jenkins,
    pipelinelib,
    taskcluster,
    tekton,
    travis,
)

READERS = [
    (github.workflow, ".github/workflows/a.yml"),
    (github.action, "action.yml"),
    (gitlab.pipeline, ".gitlab-ci.yml"),
    (gitlab.pipeline, "ci/a.yml"),
    (azure.pipeline, "azure-pipelines.yml"),
    (azure.pipeline, "template.yml"),
    (jenkins.pipeline, "Jenkinsfile"),
    (circleci.pipeline, ".circleci/config.yml"),
    (cloudbuild.build, "cloudbuild.yaml"),
    (travis.build, ".travis.yml"),
    (buildkite.pipeline, ".buildkite/pipeline.yml"),
    (bitbucket.pipelines, "bitbucket-pipelines.yml"),
    (tekton.objects, "task.yaml"),
    (taskcluster.tasks, ".taskcluster.yml"),
    (taskcluster.tasks, "tasks.yml"),
    (taskcluster.hook, "hook.json"),
    (pipelinelib.pipelines, ".pipeline/config.yaml"),
]
LONG = 100_000


@pytest.mark.parametrize("part", ["a", "{", "/*", '"', "stage('a') {", "sh('", "${{", "<<", "\\", "$(a", "cd a && "])
def test_long_texts_take_linear_time(part):
    text = part * (LONG // len(part))
    with ends():
        for reader, path in READERS:
            checked(reader, path, text)
            checked(reader, path, f"pipeline {{ stage('x') {{ {text}")
            checked(reader, path, f"jobs:\n  a:\n    steps:\n    - run: '{text.replace(chr(39), '')}'\n")


COMMENTS = "\n".join(["    - '#'"] * 5000)
MANY = range(5000)
REFERENCE = "!reference [.x, script],"


def repeated(template):
    """The template 5000 times, with its number for each `#`."""
    return "".join(template.replace("#", str(n)) for n in MANY)


USES = f"workflows: {{w: {{jobs: [{repeated('a,')}]}}}}"
JOBS = f"jobs: [{repeated('{job: a},')}]"


@pytest.mark.parametrize(
    ("reader", "path", "text"),
    [
        (gitlab.pipeline, ".gitlab-ci.yml", f".x:\n  script:\n{COMMENTS}\n{repeated('j#: {extends: .x}%')}"),
        (gitlab.pipeline, ".gitlab-ci.yml", f"before_script:\n{COMMENTS}\n{repeated('j#: {script: a}%')}"),
        (
            gitlab.pipeline,
            ".gitlab-ci.yml",
            f".x: {{script: [{repeated('a,')}]}}%j: {{script: [{repeated(REFERENCE)}]}}",
        ),
        (circleci.pipeline, ".circleci/config.yml", f"jobs: {{a: {{docker: [{repeated('1,')}]}}}}%{USES}"),
        (travis.build, ".travis.yml", f"script:\n{COMMENTS}\njobs: {{include: [{repeated('{os: a},')}]}}"),
        (github.workflow, ".github/workflows/a.yml", f"on: [{repeated('e#,')}]%jobs: {{{repeated('j#: {},')}}}"),
        (azure.pipeline, "a.yml", f"pool: x%stages: [{{stage: s, variables: [{repeated('{},')}], {JOBS}}}]"),
        (jenkins.pipeline, "Jenkinsfile", "stage('a') " + "{" * 50_000 + "}" * 50_000),
        (jenkins.pipeline, "Jenkinsfile", "parallel { stage('a') {} " * 2000 + "}" * 2000),
        (buildkite.pipeline, ".buildkite/pipeline.yml", f"steps: [{repeated('{command: a},')}{repeated('wait,')} b]"),
    ],
)
def test_what_is_written_once_and_used_often_stays_bounded(reader, path, text):
    with ends():
        checked(reader, path, text.replace("%", "\n"))


def test_circles_of_jobs_end():
    text = """
        .a: {extends: [.b, .b, .b]}
        .b: {extends: [.a, .a, .a]}
        c: {extends: [.a, .b], script: ls}
        """
    assert names(read(gitlab.pipeline, text, ".gitlab-ci.yml"), "command") == ["ls"]
