"""Hostile input for the readers of all CI systems: any type anywhere, any text, and texts that multiply."""

import re

import pytest
import yaml
from endless import ends
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import names, read

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import KINDS, UNIT_KINDS, Fact
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
from mlops_scan.facts.source import Source

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
KEYS = re.findall(r"\S+", """
    on jobs steps run uses with needs if env name push schedule cron permissions container services image defaults
    stages script stage extends rules when only include local trigger project default before_script workflow
    variables pr pool resources pipelines job deployment strategy runOnce deploy canary template parameters task
    inputs dependsOn workflows requires orbs commands docker working_directory checkout args entrypoint waitFor
    dir triggers matrix command plugins depends_on wait group block default branches custom step parallel pipe
    deploy provider allow_failures apiVersion kind metadata spec tasks taskRef runAfter pipelineRef payload ID
    taskId dependencies $if then else $let $eval bindings task_for extra github events runs using taskSpec
    resourcetemplates environment concurrency condition
""")  # fmt: skip
WORDS = [*KEYS, "true", "tekton.dev/v1", "Task", "Pipeline", "PipelineRun", "TriggerTemplate", "composite", "./a", ".x"]
LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=6)
NAMES = st.sampled_from(KEYS) | st.text(max_size=3)
TREES = st.recursive(LEAVES, lambda t: st.lists(t, max_size=4) | st.dictionaries(NAMES, t, max_size=5), max_leaves=40)
GROOVY = ["stage('a')", "{", "}", "(", "'", '"""', "sh 'x'", "/*", "\n", "parallel", "when", ";", "triggers", "cron"]


def check(reader, path, text):
    """Whatever the text, there are items of the closed lists or the one exception that means `not to be read`."""
    try:
        items = list(reader.read(Source(path, text)))
    except Unreadable:
        return
    for item in items:
        assert item.kind in (KINDS if isinstance(item, Fact) else UNIT_KINDS)
        assert isinstance(item.name, str)
        assert item.line is None or item.line >= 0


@given(st.dictionaries(st.sampled_from(KEYS), TREES, max_size=8))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_type_may_stand_anywhere(tree):
    text = yaml.safe_dump(tree, sort_keys=False) + "# script: tekton.dev payload: tasks:\n"
    for reader, path in READERS:
        check(reader, path, text)


@given(st.text(max_size=200) | st.lists(st.sampled_from(GROOVY)).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_a_reader(text):
    for reader, path in READERS:
        check(reader, path, text)
        check(reader, path, f"pipeline {{ stages {{ stage('a') {{ {text}")


LONG = 100_000


@pytest.mark.parametrize("part", ["a", "{", "/*", '"', "stage('a') {", "sh('", "${{", "<<", "\\", "$(a", "cd a && "])
def test_long_texts_take_linear_time(part):
    text = part * (LONG // len(part))
    with ends():
        for reader, path in READERS:
            check(reader, path, text)
            check(reader, path, f"pipeline {{ stage('x') {{ {text}")
            check(reader, path, f"jobs:\n  a:\n    steps:\n    - run: '{text.replace(chr(39), '')}'\n")


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
        check(reader, path, text.replace("%", "\n"))


def test_circles_of_jobs_end():
    text = """
        .a: {extends: [.b, .b, .b]}
        .b: {extends: [.a, .a, .a]}
        c: {extends: [.a, .b], script: ls}
        """
    assert names(read(gitlab.pipeline, text, ".gitlab-ci.yml"), "command") == ["ls"]
