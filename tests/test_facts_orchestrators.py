"""Kubeflow, Argo, Azure ML, Prefect, Ray and CodeBuild: who runs what, after whom, and when."""

from textwrap import dedent

from reading import facts, names, pairs, read, units

from mlops_scan.evidence import Fact
from mlops_scan.facts.pipelines import argo, azureml, codebuild, deployments, kubeflow, ray

# -- Kubeflow and Argo -------------------------------------------------------------------------------------------------

COMPILED = """
    components:
      comp-load: {executorLabel: exec-load}
      comp-condition:
        dag:
          tasks:
            deploy: {componentRef: {name: comp-deploy}}
      comp-deploy: {executorLabel: exec-deploy}
    deploymentSpec:
      executors:
        exec-load:
          container:
            args: [--executor_input, '{{$}}', --function_to_execute, load]
            command: [sh, -c, "python3 -m pip install 'pandas' && \\"$0\\" \\"$@\\"", sh, -ec, 'mktemp -d']
            image: python:3.11
        exec-deploy:
          container: {command: [python, deploy.py], args: [--model, m], image: 'acme/deploy:2'}
    pipelineInfo: {name: churn}
    root:
      dag:
        tasks:
          load: {componentRef: {name: comp-load}}
          condition-1:
            componentRef: {name: comp-condition}
            dependentTasks: [load]
            triggerPolicy: {condition: accuracy > 0.9}
    """


def test_tasks_of_a_compiled_pipeline_keep_their_order_condition_and_nesting():
    items = read(kubeflow.compiled_pipeline, COMPILED)
    assert units(items) == ["task:load", "task:condition-1", "task:condition-1/task:deploy"]
    assert names(items, "needs", "task:condition-1") == ["#task:load"]
    assert names(items, "condition", "task:condition-1") == ["accuracy > 0.9"]
    assert names(items, "command", "task:condition-1/task:deploy") == ["python deploy.py --model m"]
    assert pairs(items, "image") == [("python", "3.11"), ("acme/deploy", "2")]


def test_of_the_shell_text_around_a_python_function_only_what_it_installs_is_told():
    items = read(kubeflow.compiled_pipeline, COMPILED)
    assert names(items, "command", "task:load") == ["python3 -m pip install pandas"]
    assert [each.value for each in facts(items, "field") if each.name == "executor.function"] == ["load"]


def test_components_that_contain_each_other_end():
    text = COMPILED.replace(
        "deploy: {componentRef: {name: comp-deploy}}", "again: {componentRef: {name: comp-condition}}"
    )
    assert units(read(kubeflow.compiled_pipeline, text)) == [
        "task:load",
        "task:condition-1",
        "task:condition-1/task:again",
    ]


CRON = """
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: nightly}
    spec:
      schedule: "0 2 * * *"
      suspend: true
      workflowSpec:
        entrypoint: main
        templates:
          - name: main
            dag:
              tasks:
                - {name: prepare, template: run}
                - {name: fit, template: run, depends: prepare.Succeeded, when: "{{x}} == y"}
          - name: stepwise
            steps:
              - - {name: one, template: run}
              - - {name: two, template: run, continueOn: {failed: true}}
          - name: run
            container: {image: acme/train, command: [python, train.py]}
          - name: note
            script:
              image: alpine
              command: [sh]
              source: |
                echo done
                curl https://example.org
    """


def test_a_cron_workflow_is_started_by_its_schedule_which_may_be_suspended():
    items = read(argo.workflow, CRON)
    assert names(items, "starts", "trigger:schedule nightly") == ["#job:nightly"]
    assert pairs(items, "trigger") == [("schedule", "0 2 * * *")]
    assert names(items, "switched-off", "trigger:schedule nightly") == ["suspend: true"]


def test_tasks_of_a_graph_start_templates_and_wait_for_each_other():
    items = read(argo.workflow, CRON)
    fit = "job:nightly/task:main/task:fit"
    assert names(items, "starts", fit) == ["#job:nightly/task:run"]
    assert names(items, "needs", fit) == ["#job:nightly/task:main/task:prepare"]
    assert names(items, "condition", fit) == ["{{x}} == y"]


def test_steps_wait_for_the_group_before_them():
    items = read(argo.workflow, CRON)
    two = "job:nightly/task:stepwise/task:two"
    assert names(items, "needs", two) == ["#job:nightly/task:stepwise/task:one"]
    assert names(items, "allowed-to-fail", two) == ["continueOn"]


def test_containers_and_shell_scripts_of_templates_run_commands():
    items = read(argo.workflow, CRON)
    assert names(items, "command", "job:nightly/task:run") == ["python train.py"]
    assert [(each.name, each.line) for each in facts(items, "command", "job:nightly/task:note")] == [
        ("echo done", 26),
        ("curl https://example.org", 27),
    ]


def test_python_scripts_of_templates_say_what_they_call():
    text = (
        CRON.replace("[sh]", "[/usr/bin/python3.12]")
        .replace("echo done", "import mlflow")
        .replace("curl https://example.org", "mlflow.log_metric('r2', 1)")
    )
    items = read(argo.workflow, text)
    assert pairs(items, "import", "job:nightly/task:note") == [("mlflow", "")]
    assert [(each.name, each.line) for each in facts(items, "call")] == [("mlflow.log_metric", 27)]
    assert facts(read(argo.workflow, text.replace("python3.12", "perl")), "call") == []


def test_a_submitted_workflow_runs_and_other_kinds_of_argo_are_not_ours():
    text = "apiVersion: argoproj.io/v1alpha1\nkind: {}\nmetadata: {{generateName: fit-}}\n"
    text += "spec:\n  templates: [{{name: a}}]\n"
    assert units(read(argo.workflow, text.format("Workflow"))) == ["task:fit", "task:fit/task:a"]
    assert read(argo.workflow, text.format("Rollout")) == []


# -- Azure ML ----------------------------------------------------------------------------------------------------------

SCHEMA = "$schema: https://azuremlschemas.azureedge.net/latest/{}.schema.json\n"


def test_jobs_of_a_pipeline_run_in_their_code_folder_and_need_those_whose_outputs_they_take():
    text = SCHEMA.format("pipelineJob") + dedent(
        """
        experiment_name: churn
        settings: {continue_on_step_failure: true}
        jobs:
          fit:
            code: ../../src
            command: python fit.py --data ${{inputs.data}}
            environment: azureml:env@latest
            inputs:
              data: {type: uri_folder, path: ../data}
          check:
            component: ./check.yml
            inputs:
              model: ${{parent.jobs.fit.outputs.model}}
        """
    )
    items = read(azureml.azureml, text, "ops/train/pipeline.yml")
    assert names(items, "resource") == ["azureml:pipelineJob"]
    assert pairs(items, "command", "task:churn/task:fit") == [("python fit.py --data ${{inputs.data}}", "src")]
    assert names(items, "reads", "task:churn/task:fit") == ["../data"]
    assert names(items, "uri", "task:churn/task:fit") == ["azureml:env@latest"]
    assert names(items, "includes", "task:churn/task:check") == ["./check.yml"]
    assert names(items, "needs", "task:churn/task:check") == ["#task:churn/task:fit"]
    assert names(items, "allowed-to-fail") == ["continue_on_step_failure"]


def test_a_deployment_serves_a_registered_model_with_a_script():
    text = SCHEMA.format("managedOnlineDeployment") + dedent(
        """
        name: blue
        model: azureml:churn@latest
        code_configuration: {code: ./app, scoring_script: score.py}
        environment: {image: "acme/serve:3", conda_file: env.yml}
        """
    )
    items = read(azureml.azureml, text)
    assert units(items) == ["service:blue"]
    assert names(items, "reads") == names(items, "uri") == ["azureml:churn@latest"]
    assert names(items, "runs-file") == ["./app/score.py"]
    assert pairs(items, "image") == [("acme/serve", "3")]
    assert names(items, "includes") == ["env.yml"]


def test_a_schedule_starts_a_job_file_and_a_monitor_is_a_unit():
    plan = "name: weekly\nis_enabled: false\ntrigger: {type: cron, expression: 0 1 * * 1}\n"
    items = read(azureml.azureml, SCHEMA.format("schedule") + plan + "create_job: ./pipeline.yml\n")
    assert names(items, "runs-file", "trigger:weekly") == ["./pipeline.yml"]
    assert names(items, "switched-off", "trigger:weekly") == ["is_enabled: false"]
    watched = read(azureml.azureml, SCHEMA.format("schedule") + plan + "create_monitor: {compute: {}}\n")
    assert names(watched, "starts", "trigger:weekly") == ["#monitor:weekly"]


def test_a_workflow_that_talks_to_azure_ml_is_not_an_azure_ml_file():
    assert (
        read(azureml.azureml, "on: push\njobs:\n  a:\n    steps: [{run: az ml job create -f azureml.yml $schema}]\n")
        == []
    )


# -- Prefect, Ray ------------------------------------------------------------------------------------------------------


def test_deployments_are_jobs_that_schedules_and_events_start():
    text = """
        deployments:
          - name: nightly
            entrypoint: flows/train.py:train
            schedules:
              - {cron: "0 3 * * *", active: false}
            triggers:
              - {type: event, expect: [drift.found]}
          - name: by-hand
            entrypoint: flows/score.py:score
            schedule: null
        """
    items = read(deployments.deployments, text, "prefect.yaml")
    assert [(each.name, each.value, each.unit) for each in facts(items, "runs-file")] == [
        ("flows/train.py", "train", "job:nightly"),
        ("flows/score.py", "score", "job:by-hand"),
    ]
    assert pairs(items, "trigger") == [
        ("schedule", "0 3 * * *"),
        ("signal", "drift.found"),
    ]
    assert [(each.name, each.unit) for each in facts(items, "switched-off")] == [
        ("active: false", "trigger:schedule nightly"),
        ("schedule: null", "trigger:schedule by-hand"),
    ]
    assert set(names(items, "starts")) == {"#job:nightly", "#job:by-hand"}


def test_a_deployment_without_any_word_on_schedules_is_not_switched_off():
    items = read(deployments.deployments, "flow_name: f\nname: x\nentrypoint: f.py:f\n")
    assert units(items) == ["job:x"]
    assert not facts(items, "switched-off")


def test_a_ray_job_runs_its_entry_point_in_its_working_directory():
    text = "name: fit\ncompute_config: cpu\nworking_dir: ./ml\nentrypoint: python fit.py\nenv_vars: {API_TOKEN: x}\n"
    items = read(ray.ray, text)
    assert units(items) == ["task:fit"]
    assert pairs(items, "command") == [("python fit.py", "ml")]
    assert "x" not in [each.value for each in items if isinstance(each, Fact)]


def test_a_ray_service_runs_what_it_imports():
    text = "name: churn\nray_serve_config:\n  import_path: serving.app:entry\nrollout_strategy: ROLLOUT\n"
    items = read(ray.ray, text)
    assert [(each.name, each.value, each.unit) for each in facts(items, "runs-file")] == [
        ("serving/app.py", "entry", "service:churn")
    ]
    assert ("service.rollout_strategy", "ROLLOUT") in pairs(items, "field")


# -- CodeBuild ---------------------------------------------------------------------------------------------------------


def test_phases_are_steps_in_order_and_share_one_shell():
    text = """
        version: 0.2
        env: {variables: {STAGE: prod, DB_PASSWORD: hunter2}}
        phases:
          install:
            commands: [pip install x]
          build:
            on-failure: CONTINUE
            commands:
              - cd ml
              - python train.py
          post_build:
            commands:
              - make deploy
        """
    items = read(codebuild.build_specification, text)
    assert units(items) == ["step:install", "step:build", "step:post_build"]
    assert [(each.name, each.value, each.line) for each in facts(items, "command", "step:build")] == [
        ("python train.py", "ml", 10)
    ]
    assert [(each.unit, each.name) for each in facts(items, "needs")] == [("step:build", "#step:install")]
    assert names(items, "allowed-to-fail") == ["on-failure: CONTINUE"]
    assert pairs(items, "env") == [("STAGE", "prod"), ("DB_PASSWORD", "")]
