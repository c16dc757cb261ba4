"""Jenkins, CircleCI, Cloud Build, Travis, Buildkite and Bitbucket."""

import pytest
from reading import facts, names, pairs, read, units

from mlops_scan.evidence import Fact
from mlops_scan.facts.ci import bitbucket, buildkite, circleci, cloudbuild, jenkins, travis

# -- Jenkins -----------------------------------------------------------------------------------------------------------

JENKINSFILE = """
    // stage('commented') { sh 'no' }
    pipeline {
      agent { docker { image 'acme.io/ci:3' } }
      triggers { cron('H 2 * * *'); upstream(upstreamProjects: 'features') }
      environment { MODEL = 'churn'; TOKEN = credentials('mlflow') }
      stages {
        stage('Data') { steps { sh 'dvc pull' } }
        stage('Checks') {
          parallel {
            stage('Unit') { steps { sh "pytest \\$ARGS" } }
            stage("Lint") { steps { sh(label: 'lint it', script: 'ruff check', returnStatus: true) } }
          }
        }
        stage('Train')
        {
          when { branch 'main' }
          steps {
            dir('ml') {
              sh '''
                # heavy
                dvc repro
                ${WORKSPACE}/x.sh
              '''
            }
          }
        }
        stage('Deploy') {
          steps {
            input message: 'Promote?', ok: 'yes'
            catchError { sh './deploy.sh' }
            build job: 'serving', wait: false
          }
        }
      }
      post { failure { sh './tell.sh' } }
    }
    """


def test_stages_of_a_jenkinsfile_are_jobs_in_their_order():
    items = read(jenkins.pipeline, JENKINSFILE, "Jenkinsfile")
    assert pairs(items, "trigger") == [("schedule", "H 2 * * *"), ("after", "features")]
    assert units(items)[2:] == [
        f"job:{name}" for name in ("pipeline", "Data", "Checks", "Unit", "Lint", "Train", "Deploy")
    ]
    assert names(items, "starts", "trigger:schedule") == [f"#{unit}" for unit in units(items)[2:]]
    assert [names(items, "needs", f"job:{name}") for name in ("Unit", "Lint", "Train", "Deploy")] == [
        ["#job:Data"], ["#job:Data"], ["#job:Unit", "#job:Lint"], ["#job:Train"],
    ]  # fmt: skip


def test_steps_of_a_jenkinsfile_run_in_their_folder():
    items = read(jenkins.pipeline, JENKINSFILE, "Jenkinsfile")
    assert [(each.name, each.line, each.value, each.unit) for each in facts(items, "command")] == [
        ("dvc pull", 7, "", "job:Data"),
        ("pytest $ARGS", 10, "", "job:Unit"),
        ("ruff check", 11, "", "job:Lint"),
        ("dvc repro", 21, "ml", "job:Train"),
        ("${WORKSPACE}/x.sh", 22, "ml", "job:Train"),
        ("./deploy.sh", 30, "", "job:Deploy"),
        ("./tell.sh", 35, "", "job:pipeline"),
    ]
    assert pairs(items, "image") == [("acme.io/ci", "3")]
    assert pairs(items, "env") == [("MODEL", "churn"), ("TOKEN", "")]
    assert pairs(items, "condition") == [("branch 'main'", ""), ("input", "Promote?")]
    assert [(each.name, each.unit) for each in facts(items, "allowed-to-fail")] == [
        ("returnStatus", "job:Lint"),
        ("catchError", "job:Deploy"),
    ]
    assert names(items, "starts", "job:Deploy") == ["serving"]


def test_a_pipeline_whose_stages_stand_nowhere_cannot_run():
    items = read(jenkins.pipeline, "pipeline {\n agent any\n stage('a') { steps { sh 'make' } }\n}", "Jenkinsfile")
    assert facts(items, "unparsable") == [Fact("unparsable", "a stage outside of `stages`", 3, unit="job:a")]
    assert read(jenkins.pipeline, "how to write a Jenkinsfile", "Jenkinsfile.md") == []


def test_a_scripted_pipeline_builds_images():
    text = """
        node('gpu') {
          stage('Image') {
            def api = docker.build("acme/api:${env.BUILD_ID}", "-f docker/api.Dockerfile .")
            docker.image('python:3.12').inside { sh 'make' }
          }
        }
        """
    items = read(jenkins.pipeline, text, "ci/Jenkinsfile.build")
    assert pairs(items, "builds") == [("docker/api.Dockerfile", "acme/api:${env.BUILD_ID}")]
    assert pairs(items, "image") == [("python", "3.12")]
    assert pairs(items, "trigger") == [("push", "set in Jenkins")]


# -- CircleCI ----------------------------------------------------------------------------------------------------------


def circle(text):
    return read(circleci.pipeline, text, ".circleci/config.yml")


def test_workflows_start_jobs_under_their_own_names():
    items = circle("""
        jobs:
          ship: {docker: [{image: "cimg/base:2024.01"}], steps: [checkout, {run: ./ship.sh}]}
          lost: {steps: [{run: ls}]}
        workflows:
          version: 2
          main:
            jobs:
              - ship: {name: stage, context: [cloud]}
              - hold: {type: approval, requires: [stage]}
              - ship: {name: prod, requires: [hold], filters: {branches: {only: main}}}
          nightly:
            triggers: [{schedule: {cron: "0 1 * * *", filters: {branches: {only: main}}}}]
            jobs: [ship]
          asked: {when: {equal: [scheduled_pipeline, << pipeline.trigger_source >>]}, jobs: [ship]}
        """)
    assert pairs(items, "trigger") == [("push", ""), ("schedule", "0 1 * * *"), ("schedule", "")]
    assert names(items, "starts", "trigger:push") == ["#job:stage", "#job:hold", "#job:prod"]
    assert names(items, "needs", "job:prod") == ["#job:hold"]
    assert names(items, "condition", "job:hold") == ["type: approval"]
    assert names(items, "condition", "job:prod") == ["filters: branches.only: main"]
    assert names(items, "command", "job:prod/step:2") == ["./ship.sh"]
    assert "job:lost" in units(items)
    assert "#job:lost" not in names(items, "starts")


def test_steps_know_where_the_code_lies():
    items = circle("""
        jobs:
          build:
            working_directory: ~/project/ml
            steps:
              - checkout: {path: ~/project}
              - run:
                  command: |
                    pip install << parameters.extra >>
                    tox
                  environment: {SEED: 1}
              - run: {command: make, working_directory: api, when: on_fail}
              - when: {condition: << parameters.gpu >>, steps: [{run: nvidia-smi}]}
        """)
    assert [(each.name, each.line, each.value) for each in facts(items, "command")] == [
        ("pip install ${parameters.extra}", 8, "ml"),
        ("tox", 9, "ml"),
        ("make", 11, "ml/api"),
        ("nvidia-smi", 12, "ml"),
    ]
    assert names(items, "condition", "job:build/step:3") == ["on_fail"]
    assert names(items, "condition", "job:build/step:4") == ["<< parameters.gpu >>"]
    assert names(items, "starts", "trigger:push") == ["#job:build"]
    moved = circle("jobs: {build: {working_directory: ~/repo, steps: [checkout, {run: make}]}}")
    assert pairs(moved, "command") == [("make", "")]


def test_orbs_are_building_blocks_and_commands_are_targets():
    items = circle("""
        orbs: {py: circleci/python@2.1, aws: circleci/aws-ecr@9}
        commands: {prepare: {steps: [{run: make deps}]}}
        executors: {gpu: {machine: {image: "ubuntu:cuda"}, resource_class: gpu.small}}
        jobs: {build: {executor: {name: gpu}, steps: [prepare, py/install-packages: {pkg-manager: uv}]}}
        workflows: {main: {jobs: [build, aws/build: {repo: api, requires: [build]}]}}
        """)
    assert pairs(items, "action", "") == [("circleci/python", "2.1"), ("circleci/aws-ecr", "9")]
    assert names(items, "starts", "job:build/step:1") == ["#target:prepare"]
    assert names(items, "command", "target:prepare/step:1") == ["make deps"]
    assert pairs(items, "action", "job:build/step:2") == [("circleci/python/install-packages", "2.1")]
    assert pairs(items, "field", "job:aws/build") == [("circleci/aws-ecr/build.with.repo", "api")]
    assert pairs(items, "image") == [("ubuntu", "cuda")]


# -- Cloud Build, Travis, Buildkite, Bitbucket -------------------------------------------------------------------------


def test_steps_of_cloud_build_run_images():
    text = """
        steps:
          - {id: build, name: gcr.io/cloud-builders/docker, args: [build, -t, "gcr.io/$PROJECT_ID/api:1", serving]}
          - {name: "python:3.12", entrypoint: bash, args: [-c, "pip install x && pytest"], dir: ml, waitFor: ["-"]}
          - {name: gcr.io/cloud-builders/kubectl, waitFor: [build], allowFailure: true, args: [apply, -f, k8s]}
        images: ["gcr.io/$PROJECT_ID/api:1"]
        substitutions: {_REGION: europe}
        """
    items = read(cloudbuild.build, text, "deploy/cloudbuild.prod.yaml")
    assert pairs(items, "command") == [
        ("docker build -t gcr.io/$PROJECT_ID/api:1 serving", ""),
        ("pip install x", "ml"),
        ("pytest", "ml"),
        ("kubectl apply -f k8s", ""),
    ]
    assert [(each.name, each.unit) for each in facts(items, "needs")] == [("#step:build", "step:3")]
    assert names(items, "allowed-to-fail") == ["allowFailure"]
    assert pairs(items, "image", "") == [("gcr.io/$PROJECT_ID/api", "1")]
    assert read(cloudbuild.build, "steps: [{run: x}]", "cloudbuild.yaml") == []


BUILD = """
steps:
  - name: gcr.io/cloud-builders/gcloud
    args: [ai, custom-jobs, create, --region, europe-west1]
"""


def test_a_google_cloud_build_is_told_by_its_content_whatever_its_name():
    items = read(cloudbuild.build, BUILD, "deploy/train.yaml")
    assert pairs(items, "command") == [("gcloud ai custom-jobs create --region europe-west1", "")]


@pytest.mark.parametrize(
    "text",
    [
        BUILD + "jobs: {}\n",
        BUILD.replace("gcr.io/cloud-builders/gcloud", "python:3.12"),
        "runs:\n  using: composite\n" + BUILD,
    ],
)
def test_a_list_of_steps_alone_is_no_google_cloud_build(text):
    assert read(cloudbuild.build, text, "deploy/train.yaml") == []


def test_phases_of_travis_share_a_shell():
    text = """
        language: python
        branches: {only: [main]}
        env: {global: [MODEL=churn STAGE=ci, {secure: abc}]}
        install: [cd ml, pip install -e .]
        script: pytest
        jobs:
          include:
            - {stage: test, name: unit}
            - {stage: train, name: fit, script: make train, if: branch = main}
          allow_failures: [{name: unit}]
        deploy: {provider: script, script: bash deploy.sh, on: {branch: main}}
        """
    items = read(travis.build, text, ".travis.yml")
    assert pairs(items, "trigger") == [("push", "branches: main"), ("pull_request", "branches: main")]
    assert pairs(items, "command", "job:fit") == [
        ("pip install -e .", "ml"),
        ("make train", "ml"),
        ("bash deploy.sh", ""),
    ]
    assert names(items, "needs", "job:fit") == ["#job:unit"]
    assert names(items, "allowed-to-fail", "job:unit") == ["allow_failures"]
    assert names(items, "condition", "job:fit") == ["branch = main"]
    assert pairs(items, "env") == [("MODEL", "churn"), ("STAGE", "ci")]
    assert names(read(travis.build, "script: make", ".travis.yml"), "command", "job:build") == ["make"]


def test_steps_of_buildkite_wait_at_barriers():
    text = """
        steps:
          - {label: lint, command: ruff check}
          - {group: g, steps: [{key: test, commands: [cd ml, pytest], soft_fail: true}]}
          - wait
          - {key: train, command: make train, plugins: [{"docker#v5.3.0": {image: "acme/train:1"}}], skip: later}
          - {block: Release?, key: gate}
          - {label: ship, trigger: serving-deploy}
          - {label: docs, command: make docs, depends_on: lint}
        """
    items = read(buildkite.pipeline, text, ".buildkite/pipeline.yml")
    assert names(items, "needs", "job:3") == ["#job:lint", "#job:test"]
    assert names(items, "needs", "job:train") == ["#job:3"]
    assert names(items, "needs", "job:ship") == ["#job:gate"]
    assert names(items, "needs", "job:docs") == ["#job:lint"]
    assert pairs(items, "command", "job:test") == [("pytest", "ml")]
    assert names(items, "allowed-to-fail", "job:test") == ["soft_fail"]
    assert names(items, "switched-off", "job:train") == ["skip"]
    assert pairs(items, "action") == [("docker", "v5.3.0")]
    assert pairs(items, "image") == [("acme/train", "1")]
    assert pairs(items, "condition") == [("block", "Release?")]
    assert names(items, "starts", "job:ship") == ["serving-deploy"]
    assert pairs(items, "trigger") == [("push", "set in Buildkite")]
    assert read(buildkite.pipeline, "hooks: [a]", ".buildkite/agent.yml") == []


def test_pipelines_of_bitbucket_have_a_trigger_each():
    text = """
        image: python:3.12
        pipelines:
          default: [{step: {name: test, script: [cd ml, pytest]}}]
          branches:
            main:
              - parallel: [{step: {name: a, script: [make a]}}, {step: {name: b, script: [make b]}}]
              - step:
                  name: ship
                  deployment: production
                  trigger: manual
                  script: [{pipe: "atlassian/aws-eks:2.3", variables: {CLUSTER: ml, SECRET: abc}}]
          custom: {retrain: [{step: {script: [make train]}}]}
        """
    items = read(bitbucket.pipelines, text, "bitbucket-pipelines.yml")
    assert pairs(items, "trigger") == [
        ("push", ""),
        ("push", "branches: main"),
        ("manual", ""),
        ("manual", "custom: retrain"),
    ]
    assert names(items, "starts", "trigger:push") == ["#job:default.test", "#job:main.a", "#job:main.b"]
    assert names(items, "needs", "job:main.ship") == ["#job:main.a", "#job:main.b"]
    assert pairs(items, "command", "job:default.test") == [("pytest", "ml")]
    assert pairs(items, "action") == [("atlassian/aws-eks", "2.3")]
    assert pairs(items, "field") == [("job.environment", "production"), ("atlassian/aws-eks.with.CLUSTER", "ml")]
