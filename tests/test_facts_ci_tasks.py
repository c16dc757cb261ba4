"""Tekton, Taskcluster and PipelineLib: systems whose parts stand in several files."""

from reading import facts, names, pairs, read, units

from mlops_scan.facts.ci import pipelinelib, taskcluster, tekton


def test_tekton_runs_start_pipelines_and_pipelines_start_tasks():
    text = """
        apiVersion: tekton.dev/v1
        kind: Task
        metadata: {name: train}
        spec:
          steps:
            - name: fit
              image: acme.io/train:2
              workingDir: $(workspaces.source.path)/ml
              script: |
                #!/usr/bin/env bash
                python train.py --lr $(params.lr)
            - {image: python, script: "#!/usr/bin/env python3\\nimport os", onError: continue}
        ---
        apiVersion: tekton.dev/v1
        kind: Pipeline
        metadata: {name: churn}
        spec:
          tasks:
            - {name: fit, taskRef: {name: train}}
            - {name: check, taskRef: {name: evaluate}, params: [{name: m, value: $(tasks.fit.results.model)}]}
            - {name: ship, runAfter: [check], taskSpec: {steps: [{image: k, command: [kubectl], args: [apply, -f, x]}]}}
        ---
        apiVersion: tekton.dev/v1
        kind: PipelineRun
        metadata: {generateName: churn-, annotations: {pipelinesascode.tekton.dev/on-event: "[push]"}}
        spec: {pipelineRef: {name: churn}}
        ---
        apiVersion: triggers.tekton.dev/v1beta1
        kind: TriggerTemplate
        metadata: {name: on-drift}
        spec: {resourcetemplates: [{kind: PipelineRun, metadata: {name: retrain}, spec: {pipelineRef: {name: other}}}]}
        """
    items = read(tekton.objects, text)
    assert pairs(items, "trigger") == [("push", "[push]"), ("signal", "on-drift")]
    assert names(items, "starts", "trigger:push") == ["#job:churn-"]
    assert names(items, "starts", "job:churn-") == ["#job:churn"]
    assert names(items, "starts", "job:retrain") == ["other"]
    assert names(items, "starts", "job:churn/task:fit") == ["#job:train"]
    assert names(items, "starts", "job:churn/task:check") == ["evaluate"]
    assert names(items, "needs", "job:churn/task:check") == ["#job:churn/task:fit"]
    assert [(each.name, each.line, each.value) for each in facts(items, "command")] == [
        ("python train.py --lr ${params.lr}", 11, "ml"),
        ("kubectl apply -f x", 21, ""),
    ]
    assert names(items, "allowed-to-fail") == ["onError: continue"]
    assert read(tekton.objects, "apiVersion: v1\nkind: Task\nnote: tekton.dev/") == []


TASKS = """
    version: 1
    tasks:
      $let: {tools: "acme/tools:1.2"}
      in:
        $if: 'tasks_for == "github-push" || tasks_for[:19] == "github-pull-request"'
        then:
          - $mergeDeep:
              - {$eval: base}
              - taskId: {$eval: as_slugid("lint")}
                workerType: small
                payload:
                  image: ${tools}
                  command: [/bin/bash, -cx, "git clone ${repository} && cd repo && cd ml && pytest && cd .. && make"]
          - $if: 'tasks_for == "github-push"'
            then:
              taskId: {$eval: as_slugid("ship")}
              dependencies: [{$eval: as_slugid("lint")}]
              scopes: []
              payload: {image: node, command: [[make, a], [make, b]], env: {STAGE: prod}}
    """


def test_tasks_of_taskcluster_are_started_by_what_their_conditions_ask():
    items = read(taskcluster.tasks, TASKS, ".taskcluster.yml")
    assert names(items, "starts", "trigger:push") == ["#job:lint", "#job:ship"]
    assert names(items, "starts", "trigger:pull_request") == ["#job:lint"]
    assert names(items, "needs", "job:ship") == ["#job:lint"]
    assert pairs(items, "image", "job:lint") == [("acme/tools", "1.2")]
    assert pairs(items, "command", "job:lint")[1:] == [("pytest", "ml"), ("make", "")]
    assert names(items, "command", "job:ship") == ["make a", "make b"]
    assert len(names(items, "condition", "job:ship")) == 2


def test_a_task_that_moves_inside_its_clone_stays_relative_to_the_root():
    script = (
        "git clone $REPO /src && cd /src && make && cd /src/tools && pip list && cd /src/bot && pytest && cd /x && ls"
    )
    text = f"tasks: [{{ID: a, scopes: [], payload: {{command: [sh, -c, '{script}']}}}}]"
    assert pairs(read(taskcluster.tasks, text), "command")[1:] == [
        ("make", ""),
        ("pip list", "tools"),
        ("pytest", "bot"),
        ("ls", "/x"),
    ]


def test_a_list_of_tasks_waits_for_whoever_submits_it():
    text = (
        "tasks: [{ID: fit, workerType: a, payload: {command: [train, x]}, dependencies: [get]}, {payload: {image: a}}]"
    )
    items = read(taskcluster.tasks, text, "infra/pipeline.yml")
    assert units(items) == ["task:fit"]
    assert names(items, "needs") == ["#task:get"]
    assert names(items, "command") == ["train x"]
    assert read(taskcluster.tasks, "tasks: [{name: a, payload: {x: 1}}]\n# payload:", "play.yml") == []


def test_a_hook_has_a_schedule_and_names_what_it_submits():
    text = """
        {"schedule": ["0 0 1 * *"],
         "bindings": [{"exchange": "x", "routingKeyPattern": "route.deployed"}],
         "metadata": {"name": "retrain"},
         "task": {"payload": {"image": "acme/spawn", "command": ["python", "/code/spawn.py", "/code/pipeline.yml"]}}}
        """
    items = read(taskcluster.hook, text, "infra/hook-retrain.json")
    assert pairs(items, "trigger") == [("schedule", "0 0 1 * *"), ("signal", "route.deployed")]
    assert names(items, "starts", "trigger:schedule") == ["#job:retrain"]
    assert names(items, "runs-file") == ["pipeline.yml"]
    assert read(taskcluster.hook, '{"task": "x"}', "webhook.json") == []


def test_pipelinelib_builds_variants_of_a_file():
    text = (
        "pipelines: {api: {blubberfile: api/blubber.yaml, stages: [{name: t, build: test, run: true}, {build: prod}]}}"
    )
    items = read(pipelinelib.pipelines, text, ".pipeline/config.yaml")
    assert pairs(items, "builds") == [("./api/blubber.yaml", "test"), ("./api/blubber.yaml", "prod")]
    assert names(items, "needs", "job:api/step:2") == ["#job:api/step:t"]
