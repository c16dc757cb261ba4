"""What the readers of infrastructure as code find, and what they leave alone."""

import pytest
from endless import ends
from reading import facts, pairs, read, units
from soundness import checked

from mlops_scan.evidence import Fact
from mlops_scan.facts.infrastructure import platforms
from mlops_scan.facts.infrastructure.ansible import playbook
from mlops_scan.facts.infrastructure.azure import arm, bicep
from mlops_scan.facts.infrastructure.cloudformation import cloudformation
from mlops_scan.facts.infrastructure.databricks import bundle
from mlops_scan.facts.infrastructure.serverless import serverless
from mlops_scan.facts.infrastructure.terraform import terraform
from mlops_scan.facts.source import Reader

# CloudFormation, Serverless

SAM = """\
Resources:
  Retrain:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: jobs/retrain.handler
      Runtime: python3.12
      Environment: {Variables: {MODEL: churn, TOKEN: hush}}
      Events:
        Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day), Enabled: false}}
        Upload: {Type: S3, Properties: {Bucket: !Ref Data}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: cron(0 3 * * ? *)
      Targets: [{Arn: !GetAtt Retrain.Arn, Id: a}]
  Model:
    Type: AWS::SageMaker::Model
    Properties: {PrimaryContainer: {Image: "org/m:1"}}
"""


def test_resources_of_a_template():
    items = read(cloudformation, SAM)
    assert [name for name, _ in pairs(items, "resource")] == [
        "AWS::Serverless::Function", "AWS::Events::Rule", "AWS::SageMaker::Model",
    ]  # fmt: skip
    assert pairs(items, "image") == [("org/m", "1")]
    assert pairs(items, "env") == [("MODEL", "churn"), ("TOKEN", "")]
    assert pairs(items, "runs-file") == [("./src/jobs/retrain.py", "handler")]


def test_events_start_functions_and_may_be_off():
    items = read(cloudformation, SAM)
    assert pairs(items, "trigger") == [("schedule", "rate(1 day)"), ("data", "S3"), ("schedule", "cron(0 3 * * ? *)")]
    assert {fact.name for fact in facts(items, "starts")} == {"#service:Retrain"}
    assert facts(items, "switched-off") == [Fact("switched-off", "Enabled: false", 10, "", "trigger:schedule Retrain")]


INLINE = """
Resources:
  Retrain:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.12
      Code:
        ZipFile: |
          import boto3
          sagemaker = boto3.client("sagemaker")
          def handler(event, context):
              sagemaker.start_pipeline_execution(PipelineName="churn")
"""


def test_code_that_stands_in_a_template_is_read_and_no_file_is_missed():
    items = read(cloudformation, INLINE)
    assert facts(items, "runs-file") == []
    assert facts(items, "import") == [Fact("import", "boto3", 9, "", "service:Retrain")]
    started = "boto3.client.start_pipeline_execution.PipelineName"
    assert facts(items, "argument") == [Fact("argument", started, 12, "churn", "service:Retrain")]
    assert not any("ZipFile" in name for name, _ in pairs(items, "field"))


def test_code_in_a_template_that_does_not_parse_or_is_no_python_says_nothing():
    for wrong in (INLINE.replace("import boto3", "import ("), INLINE.replace("python3.12", "nodejs20.x")):
        items = read(cloudformation, wrong)
        assert facts(items, "import") == facts(items, "runs-file") == facts(items, "unparsable") == []


@pytest.mark.parametrize(
    ("code", "file"),
    [
        ("{S3Bucket: b, S3Key: k}", [("./index.py", "handler")]),
        ("src", [("./src/index.py", "handler")]),
        ("s3://b/k", []),
    ],
)
def test_the_code_of_a_function_stands_in_a_folder_or_in_a_bucket(code: str, file: list[tuple[str, str]]):
    before, _, _ = INLINE.partition("      Code:")
    assert pairs(read(cloudformation, f"{before}      Code: {code}\n"), "runs-file") == file


def test_functions_of_the_serverless_framework():
    text = "service: x\nprovider: {name: aws, runtime: python3.11}\nfunctions:\n  score:\n    handler: src/score.main\n"
    text += "    environment: {A: '1'}\n    events: [{schedule: rate(1 hour)}, {httpApi: '*'}, {s3: data}]\n"
    text += "resources: {Resources: {B: {Type: 'AWS::S3::Bucket'}}}\n"
    items = read(serverless, text, "serverless.yml")
    assert units(items)[0] == "service:score"
    assert pairs(items, "runs-file") == [("./src/score.py", "main")]
    assert pairs(items, "trigger") == [("schedule", "rate(1 hour)"), ("call", "httpApi"), ("data", "s3")]
    assert pairs(items, "resource") == [("AWS::S3::Bucket", "B")]


# Azure


def test_bicep_declares_resources_and_modules():
    text = (
        "/* resource z 'A.B/c@1' = {} */\nresource ws 'Microsoft.MachineLearningServices/workspaces@2023-04-01' = {\n"
    )
    text += "  name: 'ml'\n  // kind: 'no'\n}\nresource kv 'Microsoft.KeyVault/vaults@2022' existing = {\n}\n"
    text += "module m './m.bicep' = {}\nmodule n 'br/public:avm/x:0.1' = {}\n"
    items = read(bicep, text, "main.bicep")
    assert pairs(items, "resource") == [
        ("Microsoft.MachineLearningServices/workspaces", "ws"), ("data.Microsoft.KeyVault/vaults", "kv"),
    ]  # fmt: skip
    assert pairs(items, "field") == [("Microsoft.MachineLearningServices/workspaces.name", "ml")]
    assert pairs(items, "includes") + pairs(items, "dependency") == [
        ("./m.bicep", ""),
        ("bicep:br/public:avm/x", "0.1"),
    ]


def test_arm_declares_resources_and_those_inside_them():
    text = '{"$schema": "https://schema.management.azure.com/schemas/deploymentTemplate.json#", "resources": [\n'
    text += (
        '{"type": "Microsoft.X/y", "name": "a", "sku": {"tier": "basic"}, "resources": [{"type": "z", "name": "b"}]}]}'
    )
    items = read(arm, text, "a.json")
    assert pairs(items, "resource") == [("Microsoft.X/y", "a"), ("Microsoft.X/y/z", "b")]
    assert pairs(items, "field") == [("Microsoft.X/y.sku.tier", "basic")]


# Ansible

PLAYBOOK = """\
- import_playbook: base.yml
- name: Train
  hosts: gpu
  roles: [common, {role: mlflow}]
  tasks:
    - name: pull
      ansible.builtin.shell: dvc pull
      ignore_errors: true
    - block:
        - community.docker.docker_container: {name: m, image: "org/m:2"}
        - cron: {name: nightly, hour: "3", job: python train.py, disabled: true}
    - include_tasks: more.yml
"""


def test_a_playbook_uses_modules_and_runs_commands():
    items = read(playbook, PLAYBOOK)
    assert [fact.name for fact in facts(items, "action")] == [
        "ansible.builtin.shell", "community.docker.docker_container", "cron", "include_tasks",
    ]  # fmt: skip
    assert [(fact.name, fact.unit) for fact in facts(items, "command")] == [
        ("dvc pull", "task:Train"), ("python train.py", "task:nightly"),
    ]  # fmt: skip
    assert pairs(items, "image") == [("org/m", "2")]
    assert [name for name, _ in pairs(items, "includes")] == [
        "./base.yml", "./roles/common", "./roles/mlflow", "./more.yml",
    ]  # fmt: skip


def test_a_crontab_entry_is_a_schedule_that_may_be_off():
    items = read(playbook, PLAYBOOK)
    assert pairs(items, "trigger") == [("schedule", "* 3 * * *")]
    assert facts(items, "switched-off")[0].unit == "trigger:schedule nightly"


def test_a_list_of_tasks_is_known_by_its_folder_and_its_modules():
    text = "- name: x\n  command: make\n"
    assert [fact.name for fact in facts(read(playbook, text, "roles/a/tasks/main.yml"), "command")] == ["make"]
    assert read(playbook, text, "jobs/main.yml") == []
    assert read(playbook, "- name: x\n  prompt: y\n", "data/tasks/main.yml") == []


# Databricks, and small manifests

BUNDLE = """\
bundle: {name: churn}
include: [resources/*.yml]
resources:
  jobs:
    train:
      schedule: {quartz_cron_expression: "0 0 3 * * ?", pause_status: PAUSED}
      tasks:
        - {task_key: fit, spark_python_task: {python_file: ../src/fit.py}}
        - {task_key: check, notebook_task: {notebook_path: check.py}, depends_on: [{task_key: fit}]}
  model_serving_endpoints:
    score: {config: {traffic_config: {routes: [{traffic_percentage: 10}]}}}
"""


def test_a_bundle_has_jobs_with_tasks_and_endpoints():
    items = read(bundle, BUNDLE, "databricks.yml")
    assert pairs(items, "resource") == [("databricks:jobs", "train"), ("databricks:model_serving_endpoints", "score")]
    assert [(fact.name, fact.unit) for fact in facts(items, "runs-file")] == [
        ("../src/fit.py", "job:train/task:fit"), ("./check.py", "job:train/task:check"),
    ]  # fmt: skip
    assert [fact.name for fact in facts(items, "needs")] == ["#job:train/task:fit"]
    assert facts(items, "starts") == [Fact("starts", "#job:train", 6, "", "trigger:schedule train")]
    assert [fact.name for fact in facts(items, "switched-off")] == ["pause_status: PAUSED"]


@pytest.mark.parametrize(
    ("reader", "path", "text", "fact"),
    [
        (platforms.pulumi, "Pulumi.yaml", "name: x\nruntime: python\n", Fact("section", "pulumi", 2, "python")),
        (platforms.cdk, "a/cdk.json", '{"app": "python app.py"}', Fact("command", "python app.py", 1, "a")),
        (platforms.app_engine, "app.yaml", "runtime: python312\nentrypoint: gunicorn main:app\n",
         Fact("command", "gunicorn main:app", 2, "", "service:default")),
        (platforms.app_engine_cron, "cron.yaml", "cron:\n- url: /retrain\n  schedule: every 24 hours\n",
         Fact("trigger", "schedule", 3, "every 24 hours", "trigger:schedule /retrain")),
        (platforms.render, "render.yaml", "services:\n- {type: web, name: a, dockerfilePath: ./d/Dockerfile}\n",
         Fact("builds", "d/Dockerfile", 2, "", "service:a")),
        (platforms.ecs, "task.json", '{"family": "f", "containerDefinitions": [{"name": "c", "image": "a:1"}]}',
         Fact("image", "a", 1, "1", "service:c")),
    ],
)  # fmt: skip
def test_small_manifests(reader: Reader, path: str, text: str, fact: Fact):
    assert fact in read(reader, text, path)


# All of them

YAML = [
    cloudformation,
    serverless,
    arm,
    playbook,
    bundle,
    *(each for each in vars(platforms).values() if isinstance(each, Reader)),
]
NOT_OURS = [
    "name: train\non: {push: {branches: [main]}}\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n",
    "stages:\n  train: {cmd: python train.py, deps: [a]}\n",
    "name: env\ndependencies: [python=3.11, {pip: [mlflow]}]\n",
    "artifact_path: model\nflavors: {python_function: {env: conda.yaml}}\nrun_id: a\n",
    "services: {a: {image: x}}\n",
    "resources:\n  requests: {cpu: 1}\n",
    "- hosts: none\n- repo: local\n",
    "apiVersion: v1\nkind: Pod\nresources: {jobs: {a: {}}}\n",
    "Resources are AWS::Things\n",
    "runtime: fast\n",
    "",
]


@pytest.mark.parametrize("text", NOT_OURS)
@pytest.mark.parametrize("reader", YAML)
def test_files_of_other_formats_yield_nothing(reader: Reader, text: str):
    assert [item for item in read(reader, text) if not (reader is platforms.pulumi and "runtime" in text)] == []


@pytest.mark.parametrize(
    "piece", ["a", "{", "[", '"', "'", '"\\', "/*", "<<A\n", "a = ", 'r "a" {', "}", "'''", "#", "\n", "<<-", ": "]
)
def test_a_hostile_text_costs_little_time(piece: str):
    with ends():
        text = 'resource "a" "b" {\n x = ' + piece * (100_000 // len(piece))
        for reader in (terraform, bicep):
            checked(reader, "x.tf", text)
