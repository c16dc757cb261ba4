"""GitHub Actions, and the shape that all CI readers share."""

from reading import facts, names, pairs, read, units

from mlops_scan.evidence import Fact
from mlops_scan.facts.ci import github, shape
from mlops_scan.facts.source import Source

WORKFLOW = ".github/workflows/train.yml"


def of(text, path=WORKFLOW):
    return read(github.workflow, text, path)


# -- GitHub: triggers --------------------------------------------------------------------------------------------------


def test_every_trigger_of_a_workflow_has_its_details_and_starts_the_jobs():
    items = of("""
        name: Train
        on:
          push: {branches: [main], paths: ["src/**"]}
          schedule:
            - cron: "0 3 * * 1"
            - cron: "0 3 * * 4"
          workflow_dispatch: {inputs: {reason: {type: string}}}
          repository_dispatch: {types: [drift-detected]}
          release: {types: [published]}
        jobs:
          train: {runs-on: ubuntu-latest, steps: [{run: make train}]}
        """)
    assert pairs(items, "trigger") == [
        ("push", "branches: main; paths: src/**"),
        ("schedule", "0 3 * * 1"),
        ("schedule", "0 3 * * 4"),
        ("manual", "inputs: reason"),
        ("signal", "types: drift-detected"),
        ("release", "types: published"),
    ]
    assert [each.line for each in facts(items, "trigger", "trigger:schedule")] == [5, 6]
    assert names(items, "starts", "trigger:signal") == ["#job:train"]
    assert pairs(items, "field", "")[0] == ("workflow.name", "Train")


def test_triggers_may_be_one_word_or_a_list():
    assert pairs(of("on: push\njobs: {a: {steps: []}}"), "trigger") == [("push", "")]
    assert pairs(of("on: [push, pull_request_target]\njobs: {a: {}}"), "trigger") == [
        ("push", ""),
        ("pull_request", ""),
    ]


def test_a_called_workflow_starts_with_its_file():
    items = of("on: workflow_call\njobs: {a: {steps: [{run: ls}]}}")
    assert facts(items, "starts", "") == [Fact("starts", "#trigger:call", 1)]
    assert names(items, "starts", "trigger:call") == ["#job:a"]


def test_a_workflow_after_another_names_it():
    items = of("on: {workflow_run: {workflows: [CI, Nightly], types: [completed]}}\njobs: {deploy: {}}")
    assert pairs(items, "trigger") == [("after", "CI"), ("after", "Nightly")]


def test_a_job_for_certain_events_is_started_by_no_other():
    items = of("""
        on: [push, schedule, workflow_dispatch]
        jobs:
          train: {if: "github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'"}
          lint: {if: "github.event_name == 'push' || inputs.force"}
        """)
    assert names(items, "starts", "trigger:push") == ["#job:lint"]
    assert names(items, "starts", "trigger:manual") == ["#job:train", "#job:lint"]


# -- GitHub: jobs and steps --------------------------------------------------------------------------------------------


def test_commands_stand_at_their_lines_and_folders():
    items = of("""
        on: push
        defaults: {run: {working-directory: ml}}
        jobs:
          train:
            defaults: {run: {working-directory: ./services/train/}}
            steps:
              - run: |
                  # first
                  make data
                  make train
              - run: >
                  python train.py
                  --epochs 3
              - run: cd ../lib && pytest
                working-directory: ${{ github.workspace }}/api
          lint:
            steps: [{run: ruff check}]
        """)
    found = [(each.name, each.line, each.value, each.unit) for each in facts(items, "command")]
    assert found == [
        ("make data", 9, "services/train", "job:train/step:1"),
        ("make train", 10, "services/train", "job:train/step:1"),
        ("python train.py --epochs 3", 12, "services/train", "job:train/step:2"),
        ("pytest", 14, "lib", "job:train/step:3"),
        ("ruff check", 17, "ml", "job:lint/step:1"),
    ]


def test_expressions_are_one_word_for_the_shell():
    items = of("""
        on: push
        jobs:
          a:
            steps:
              - run: python t.py --lr ${{ inputs.lr || '0.1' }} --tag ${{ github.sha }} && echo ${{ matrix.x }}
        """)
    assert names(items, "command") == ["python t.py --lr ${{expression}} --tag ${{github.sha}}", "echo ${{matrix.x}}"]


def test_text_in_another_language_is_no_shell():
    items = of("""
        on: push
        jobs:
          a:
            steps:
              - shell: python
                run: import os
              - shell: bash -euo pipefail {0}
                run: make
        """)
    assert names(items, "command") == ["make"]
    assert pairs(items, "field", "job:a/step:1") == [("step.shell", "python")]
    assert facts(items, "import") == [Fact("import", "os", 6, "", "job:a/step:1")]


def test_gates_and_what_makes_them_hollow():
    items = of("""
        on: push
        jobs:
          evaluate:
            continue-on-error: true
            steps:
              - {run: python evaluate.py, continue-on-error: "${{ true }}"}
              - {run: python report.py, continue-on-error: false}
          deploy:
            needs: [evaluate]
            if: github.ref == 'refs/heads/main'
            environment: {name: production, url: https://example.org}
          old: {if: "${{ false }}", needs: evaluate}
          older: {if: false && always()}
        """)
    assert [each.unit for each in facts(items, "allowed-to-fail")] == ["job:evaluate", "job:evaluate/step:1"]
    assert names(items, "needs", "job:deploy") == ["#job:evaluate"]
    assert names(items, "condition") == ["github.ref == 'refs/heads/main'"]
    assert pairs(items, "field", "job:deploy") == [("job.environment", "production")]
    assert [(each.name, each.unit) for each in facts(items, "switched-off")] == [
        ("if: false", "job:old"),
        ("if: false", "job:older"),
    ]


def test_actions_have_versions_and_arguments_but_no_secrets():
    items = of("""
        on: push
        jobs:
          a:
            steps:
              - uses: iterative/setup-dvc@v1
                with: {version: 3.50, token: abc, remote: "${{ secrets.REMOTE }}"}
              - uses: azure/k8s-deploy@v5
                with: {manifests: k8s/serve.yml, cache-file: k8s/x.yml}
        """)
    assert pairs(items, "action") == [("iterative/setup-dvc", "v1"), ("azure/k8s-deploy", "v5")]
    assert pairs(items, "field") == [
        ("iterative/setup-dvc.with.version", "3.50"),
        ("azure/k8s-deploy.with.manifests", "k8s/serve.yml"),
        ("azure/k8s-deploy.with.cache-file", "k8s/x.yml"),
    ]
    assert names(items, "runs-file") == ["k8s/serve.yml"]


def test_own_actions_and_workflows_are_included_from_the_root():
    items = of("""
        on: push
        jobs:
          a: {steps: [{uses: ./.github/actions/setup}, {uses: ./}]}
          b: {uses: ./.github/workflows/deploy.yml, with: {stage: prod}}
          c: {uses: acme/flows/.github/workflows/run.yml@v2, with: {file: ml/pipeline.yml}}
        """)
    assert names(items, "includes") == [
        ".github/actions/setup/action.yml",
        "action.yml",
        ".github/workflows/deploy.yml",
    ]
    assert pairs(items, "action", "job:c") == [("acme/flows/.github/workflows/run.yml", "v2")]
    assert names(items, "runs-file", "job:c") == ["ml/pipeline.yml"]
    assert (".github/workflows/deploy.yml.with.stage", "prod") in pairs(items, "field", "job:b")


def test_scripts_that_an_action_runs_are_commands():
    items = of("""
        on: push
        jobs:
          a:
            steps:
              - uses: appleboy/ssh-action@v1
                with:
                  script: |
                    docker compose pull
                    docker compose up -d
              - uses: actions/github-script@v7
                with: {script: console.log(1)}
        """)
    assert [(each.name, each.line) for each in facts(items, "command")] == [
        ("docker compose pull", 8),
        ("docker compose up -d", 9),
    ]


def test_images_are_built_from_a_file_or_a_folder():
    items = of("""
        on: push
        jobs:
          a:
            container: {image: "ghcr.io/acme/train:1.2", env: {MODE: ci}}
            services: {db: {image: postgres}}
            steps:
              - {uses: docker/build-push-action@v6, with: {file: docker/api.Dockerfile, tags: "a/api:1, a/api:2"}}
              - {uses: docker/build-push-action@v6, with: {context: ./serving}}
              - {uses: docker/build-push-action@v6, with: {context: "{{defaultContext}}:nb", file: Dockerfile.dev}}
              - {uses: docker/build-push-action@v6}
        """)
    assert pairs(items, "builds") == [
        ("docker/api.Dockerfile", "a/api:1"),
        ("serving", ""),
        ("nb/Dockerfile.dev", ""),
        (".", ""),
    ]
    assert pairs(items, "image") == [("ghcr.io/acme/train", "1.2"), ("postgres", "")]
    assert pairs(items, "env") == [("MODE", "ci")]


def test_variables_of_every_level_are_kept_and_secrets_left_out():
    items = of("""
        on: push
        env: {MODEL: churn}
        jobs:
          a:
            env: {API_KEY: abc123}
            steps: [{run: "STAGE=prod ./run.sh", env: {N: 3}}]
        """)
    assert [(each.name, each.value, each.unit) for each in facts(items, "env")] == [
        ("MODEL", "churn", ""),
        ("API_KEY", "", "job:a"),
        ("N", "3", "job:a/step:1"),
        ("STAGE", "prod", "job:a/step:1"),
    ]


def test_a_composite_action_runs_when_its_file_does():
    text = """
        runs:
          using: composite
          steps:
            - {uses: actions/setup-python@v5}
            - {run: "${{ github.action_path }}/prepare.sh", shell: bash}
        """
    items = read(github.action, text, ".github/actions/setup/action.yml")
    assert units(items) == ["step:1", "step:2"]
    assert names(items, "command") == [".github/actions/setup/prepare.sh"]
    assert pairs(read(github.action, "runs: {using: docker, image: Dockerfile}"), "builds") == [("Dockerfile", "")]
    assert read(github.action, "runs: nothing\nname: x") == []


def test_a_workflow_may_hold_anything():
    for text in ("", "- a", "on: 3\njobs: [a]", "jobs: {a: 1, b: {steps: {c: d}, needs: {e: f}}}", "on:\njobs:"):
        of(text)


# -- shape -------------------------------------------------------------------------------------------------------------


def test_a_folder_is_relative_to_the_checkout():
    assert shape.folder("./a/../b/") == "b"
    assert shape.folder("$(Build.SourcesDirectory)/x", "$(Build.SourcesDirectory)", around="y") == "x"
    assert shape.folder("x", around="y") == "y/x"
    assert shape.folder(".") == shape.folder("") == ""
    assert shape.folder("/opt/x", around="y") == "/opt/x"


def test_words_of_a_shell_are_its_text():
    source = Source("x.yml", 'a: [bash, -euc, "cd ml\\nmake"]\nb: [python, t.py, --tag, a b]\nc: [bash]\nd: []')
    root = source.documents[0]
    run = {key: [(fact.name, fact.value) for fact in shape.argv(source, value)] for key, value in root.items()}
    assert run == {"a": [("make", "ml")], "b": [("python t.py --tag a b", "")], "c": [("bash", "")], "d": []}
