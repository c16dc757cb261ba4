"""Azure Pipelines, which are known by their content only."""

import pytest
from reading import facts, names, pairs, read, units

from mlops_scan.evidence import Fact
from mlops_scan.facts.ci import azure


def of(text, path=".pipelines/train.yml"):
    return read(azure.pipeline, text, path)


STEP = "steps: [{script: make}]"


def test_stages_wait_for_the_one_before_unless_they_say_otherwise():
    items = of("""
        trigger: [main]
        stages:
          - stage: Build
            jobs: [{job: A, steps: [{script: make}]}, {job: B, dependsOn: A, steps: [{bash: make b}]}]
          - stage: Evaluate
            jobs: [{job: A, steps: [{script: make evaluate}]}]
          - stage: Deploy
            dependsOn: [Build, Evaluate]
            condition: succeeded()
            jobs: [{deployment: A, environment: production, strategy: {runOnce: {deploy: {steps: [{script: make d}]}}}}]
          - stage: Docs
            dependsOn: []
            jobs: [{job: A, condition: false, steps: []}]
        """)
    assert names(items, "starts", "trigger:push") == [
        "#job:Build.A", "#job:Build.B", "#job:Evaluate.A", "#job:Deploy.A", "#job:Docs.A",
    ]  # fmt: skip
    assert names(items, "needs", "job:Build.B") == ["#job:Build.A"]
    assert names(items, "needs", "job:Evaluate.A") == ["#job:Build.A", "#job:Build.B"]
    assert names(items, "needs", "job:Deploy.A") == ["#job:Build.A", "#job:Build.B", "#job:Evaluate.A"]
    assert names(items, "needs", "job:Docs.A") == []
    assert names(items, "condition", "job:Deploy.A") == ["succeeded()"]
    assert names(items, "switched-off", "job:Docs.A") == ["condition: false"]
    assert names(items, "command", "job:Deploy.A/step:1") == ["make d"]
    assert pairs(items, "field", "job:Deploy.A") == [("job.environment", "production"), ("job.strategy", "runOnce")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pool: server", [("push", "")]),
        ("trigger: {branches: {include: [a, b]}, paths: {exclude: [c]}}", [("push", "branches: a, b; not paths: c")]),
        ("trigger: none\npr: [main]", [("pull_request", "branches: main")]),
        ("trigger: none\nschedules: [{cron: '0 4 * * *', branches: {include: [main]}}]", [("schedule", "0 4 * * *")]),
        ("trigger: none\nresources: {pipelines: [{pipeline: a, source: Fit, trigger: true}]}", [("after", "Fit")]),
        ("trigger: none\nresources: {pipelines: [{pipeline: ci, source: T, trigger: none}]}", [("manual", "")]),
        ("trigger: none\nresources: {webhooks: [{webhook: drift}]}", [("signal", "drift")]),
    ],
)  # fmt: skip
def test_a_pipeline_runs_on_every_push_unless_it_says_otherwise(text, expected):
    assert pairs(of(f"{text}\n{STEP}"), "trigger") == expected


def test_a_pipeline_that_nothing_starts_is_switched_off():
    items = of(f"name: x\ntrigger: none\n{STEP}")
    assert facts(items, "switched-off") == [Fact("switched-off", "trigger: none", 2)]
    assert names(of(f"trigger: none\npr: [main]\n{STEP}"), "switched-off") == []


def test_scripts_of_steps_and_tasks_are_commands_in_their_folder():
    items = of("""
        trigger: [main]
        steps:
          - script: |
              python $(Build.SourcesDirectory)/train.py --out $(outDir)
              dvc push
            workingDirectory: $(Build.SourcesDirectory)
          - task: AzureCLI@2
            inputs:
              scriptLocation: inlineScript
              workingDirectory: $(System.DefaultWorkingDirectory)/ml
              inlineScript: |
                set -e
                az ml job create -f job.yml
          - {task: PythonScript@0, inputs: {scriptSource: filePath, scriptPath: $(Build.SourcesDirectory)/ml/eval.py}}
          - {task: PythonScript@0, inputs: {scriptSource: inline, script: import os}}
          - {task: Bash@3, inputs: {filePath: ci/run.sh}}
        """)
    found = [(each.name, each.line, each.value) for each in facts(items, "command")]
    assert found == [
        ("python ./train.py --out ${outDir}", 4, ""),
        ("dvc push", 5, ""),
        ("set -e", 12, "ml"),
        ("az ml job create -f job.yml", 13, "ml"),
    ]
    assert names(items, "runs-file") == ["ml/eval.py", "ci/run.sh"]
    assert pairs(items, "action")[0] == ("AzureCLI", "2")


def test_a_docker_task_builds_the_file_that_it_names():
    task = "{task: Docker@2, inputs: {repository: acme/api, Dockerfile: %s, tags: '$(Build.BuildId)'}}"
    items = of(f"pool: x\nsteps: [{task % '$(Build.SourcesDirectory)/api/Dockerfile'}]")
    assert pairs(items, "builds") == [("api/Dockerfile", "acme/api:$(Build.BuildId)")]
    quoted = '"**/Dockerfile"'
    assert pairs(of(f"pool: x\nsteps: [{task % quoted}]"), "builds") == []


def test_failures_may_be_ignored_and_steps_disabled():
    items = of("""
        pool: {vmImage: ubuntu-latest}
        steps:
          - {script: python evaluate.py, continueOnError: true}
          - {script: python report.py, enabled: false}
          - ${{ if eq(parameters.deploy, true) }}:
            - {script: ./deploy.sh, condition: failed()}
            - ${{ if false }}:
              - script: ./never.sh
        """)
    assert names(items, "allowed-to-fail", "job:Job/step:1") == ["continueOnError"]
    assert names(items, "switched-off", "job:Job/step:2") == ["enabled: false"]
    assert names(items, "condition", "job:Job/step:3") == ["eq(parameters.deploy, true)", "failed()"]
    assert names(items, "switched-off", "job:Job/step:4") == ["${{ if }}: false"]


def test_templates_are_files_of_here_or_of_another_repository():
    items = of("""
        trigger: [main]
        variables:
          - template: vars.yml
          - {name: MODEL, value: churn}
          - {group: secrets}
        stages:
          - template: /ci/deploy-stage.yml
            parameters: {env: prod}
          - stage: Train
            jobs:
              - template: jobs/train.yml
              - job: Run
                steps:
                  - {template: steps/run.yml@kit, parameters: {pipeline_file: ml/pipeline.yml}}
        """)
    assert names(items, "includes", "") == ["vars.yml"]
    assert names(items, "includes", "job:deploy-stage") == ["ci/deploy-stage.yml"]
    assert names(items, "includes", "job:Train.train") == ["jobs/train.yml"]
    assert names(items, "includes", "job:Train.Run/step:1") == ["steps/run.yml@kit"]
    assert pairs(items, "action") == [("kit/steps/run.yml", "")]
    assert names(items, "runs-file") == ["ml/pipeline.yml"]
    assert pairs(items, "env", "") == [("MODEL", "churn")]
    assert names(items, "needs", "job:Train.train") == ["#job:deploy-stage"]


def test_templates_wait_for_whoever_uses_them():
    items = of("parameters: [{name: x}]\nsteps: [{script: make}, {template: y.yml}]")
    assert units(items) == ["step:1", "step:2"]
    items = of("jobs: [{job: A, steps: [{script: make}]}]")
    assert names(items, "starts", "") == ["#trigger:call"]
    assert pairs(of("variables: {MODEL: churn, apiKey: abc}"), "env") == [("MODEL", "churn"), ("apiKey", "")]
    assert names(of(STEP, "azure-pipelines.yml"), "starts", "trigger:push") == ["#job:Job"]


def test_a_deployment_in_parts_keeps_its_hooks_and_increments():
    items = of("""
        jobs:
          - deployment: Api
            container: tools
            strategy:
              canary:
                increments: [10, 50]
                deploy: {steps: [{script: ./deploy.sh}]}
                on: {failure: {steps: [{script: ./rollback.sh}]}}
        pool: x
        resources: {containers: [{container: tools, image: "acme.io/tools:2"}]}
        """)
    assert pairs(items, "field", "job:Api") == [
        ("job.strategy", "canary"),
        ("job.strategy.canary.increments", "10"),
        ("job.strategy.canary.increments", "50"),
    ]
    assert names(items, "condition", "job:Api/step:2") == ["on: failure"]
    assert pairs(items, "image", "job:Api") == [("acme.io/tools", "2")]


@pytest.mark.parametrize(
    "text",
    [
        "on: push\njobs: {a: {steps: [{run: make}]}}",
        "stages: {train: {cmd: python train.py}}",
        "stages: [build, test]\nbuild: {script: make}",
        "apiVersion: v1\nkind: Pod\nsteps: [{script: a}]",
        "$schema: https://azuremlschemas/pipelineJob.json\njobs: {train: {command: python t.py}}",
        "steps: [{name: gcr.io/cloud-builders/docker, args: [build]}]",
        "steps: [{label: x, command: make}, wait]",
        "version: 2.1\njobs: {build: {steps: [checkout]}}",
        "services: {api: {image: x}}\nvariables: {a: b}",
        "name: env\ndependencies: [python]\nvariables: {A: b}",
        "site_name: x\nsteps: []",
        "- hosts: all\n  tasks: [{script: a}]",
        "jobs: [{name: x, schedule: daily}]",
        "steps:\n- []\n- a",
        "stages:",
    ],
)
def test_files_of_other_systems_yield_nothing(text):
    assert of(text, "x.yml") == []
