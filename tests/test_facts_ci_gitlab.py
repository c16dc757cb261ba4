"""GitLab CI/CD."""

from reading import facts, names, pairs, read, units

from mlops_scan.facts.ci import gitlab, shape


def of(text, path=".gitlab-ci.yml"):
    return read(gitlab.pipeline, text, path)


def test_stages_make_jobs_wait_and_needs_replaces_them():
    items = of("""
        stages: [test, train, deploy]
        lint: {stage: test, script: ruff check}
        unit: {stage: test, script: [pytest]}
        fit: {stage: train, script: dvc repro}
        docs: {stage: deploy, needs: [], script: make docs}
        ship: {stage: deploy, script: ./ship.sh, needs: [{job: fit}, {project: a/b, job: c}]}
        serve: {stage: deploy, script: ./serve.sh}
        """)
    assert names(items, "needs", "job:fit") == ["#job:lint", "#job:unit"]
    assert names(items, "needs", "job:docs") == []
    assert names(items, "needs", "job:ship") == ["#job:fit"]
    assert names(items, "needs", "job:serve") == ["#job:fit"]
    assert len(names(items, "starts", "trigger:push")) == 6


def test_one_shell_runs_the_lines_of_a_job():
    items = of("""
        default: {before_script: [pip install dvc]}
        fit:
          script:
            - cd ml
            # a comment
            - dvc pull
            - |
              dvc repro
              dvc push
          after_script: [echo done]
        """)
    assert [(each.name, each.line, each.value) for each in facts(items, "command")] == [
        ("pip install dvc", 1, ""),
        ("dvc pull", 6, "ml"),
        ("dvc repro", 8, "ml"),
        ("dvc push", 9, "ml"),
        ("echo done", 10, "ml"),
    ]


def test_hidden_jobs_lend_what_they_hold():
    items = of("""
        .base: {image: python:3.12, variables: {MODE: base}, script: [make base]}
        .gpu: {extends: .base, tags: [gpu], variables: {MODE: gpu}}
        fit: {extends: .gpu, variables: {N: "1"}}
        own: {extends: [.gpu], script: ["!reference [x]", make own]}
        loop: {extends: loop, script: ls}
        """)
    assert units(items) == ["trigger:push", "job:fit", "job:own", "job:loop"]
    assert names(items, "command", "job:fit") == ["make base"]
    assert pairs(items, "image", "job:fit") == [("python", "3.12")]
    assert pairs(items, "env", "job:fit") == [("MODE", "base"), ("MODE", "gpu"), ("N", "1")]
    assert pairs(items, "field", "job:own") == [("job.tags", "gpu")]


def test_a_reference_stands_for_the_lines_of_another_job():
    items = of("""
        .setup: {script: [make deps, make data]}
        fit:
          script:
            - !reference [.setup, script]
            - make fit
        """)
    assert names(items, "command", "job:fit") == ["make deps", "make data", "make fit"]


def test_rules_say_what_starts_a_job():
    items = of("""
        retrain:
          script: make train
          rules:
            - if: $CI_PIPELINE_SOURCE == "schedule"
            - if: $CI_PIPELINE_SOURCE =~ /^(trigger|api)$/
            - {if: $CI_COMMIT_BRANCH == "main", when: manual, allow_failure: true}
        check: {script: make check, rules: [{if: $CI_MERGE_REQUEST_ID}]}
        old: {script: make old, rules: [{when: never}]}
        nightly: {script: make nightly, only: [schedules, main]}
        push: {script: ./push.sh, when: manual}
        """)
    assert names(items, "starts", "trigger:schedule") == ["#job:retrain", "#job:nightly"]
    assert names(items, "starts", "trigger:signal") == ["#job:retrain"]
    assert names(items, "starts", "trigger:manual") == ["#job:retrain", "#job:push"]
    assert names(items, "starts", "trigger:pull_request") == ["#job:check"]
    assert "trigger:push" in units(items)
    assert names(items, "starts", "trigger:push") == []
    assert names(items, "switched-off", "job:old") == ["when: never"]
    assert names(items, "allowed-to-fail", "job:retrain") == ["allow_failure"]
    assert "only: schedules, main" in names(items, "condition", "job:nightly")


def test_the_rules_of_the_workflow_hold_for_jobs_without_any():
    items = of("""
        workflow: {rules: [{if: $CI_COMMIT_TAG}, {if: $CI_PIPELINE_SOURCE == "schedule"}, {when: never}]}
        ship: {script: ./ship.sh, environment: production}
        """)
    assert pairs(items, "trigger") == [("push", "$CI_COMMIT_TAG"), ("schedule", '$CI_PIPELINE_SOURCE == "schedule"')]
    assert names(items, "starts", "trigger:push") == ["#job:ship"]
    assert pairs(items, "field", "job:ship") == [("job.environment", "production")]


def test_includes_are_own_files_or_building_blocks_of_others():
    items = of("""
        include:
          - /ci/train.yml
          - local: ci/*.yml
          - {project: acme/ci, file: [/a.yml, /b.yml], ref: v1}
          - template: Jobs/SAST.gitlab-ci.yml
          - {component: gitlab.com/acme/kit/build@1.2, inputs: {stage: build}}
          - https://example.org/x.yml
        down: {trigger: {include: [{local: child.yml}]}}
        other: {trigger: {project: acme/serving, branch: main}}
        """)
    assert names(items, "includes", "trigger:push") == ["ci/train.yml", "ci/*.yml", "https://example.org/x.yml"]
    assert pairs(items, "action", "trigger:push") == [
        ("acme/ci/a.yml", "v1"),
        ("acme/ci/b.yml", "v1"),
        ("Jobs/SAST.gitlab-ci.yml", ""),
        ("gitlab.com/acme/kit/build", "1.2"),
        ("https://example.org/x.yml", ""),
    ]
    assert names(items, "includes", "job:down") == ["child.yml"]
    assert pairs(items, "action", "job:other") == [("acme/serving", "main")]


def test_an_included_file_is_known_by_its_jobs_and_is_called():
    text = """
        .docker: {script: [docker build .]}
        fit: {stage: train, script: dvc repro}
        """
    items = of(text, "ci/train.yml")
    assert names(items, "starts", "") == ["#trigger:call"]
    assert names(items, "starts", "trigger:call") == ["#job:fit"]
    assert names(items, "command", "task:.docker") == ["docker build ."]


def test_other_files_with_scripts_are_no_pipelines():
    assert of("fit: {script: dvc repro}", "params.yml") == []
    assert of("version: 1\nfit: {script: dvc repro, stage: a}", "x.yml") == []
    assert of("services: {a: {image: b}}\n# script:", "docker-compose.yml") == []
    assert of("on: push\njobs: {a: {steps: [{script: b}]}}", ".github/workflows/a.yml") == []


def test_stages_with_many_jobs_stay_bounded():
    jobs = "\n".join(f"j{n}: {{stage: {'a' if n % 2 else 'b'}, script: ls}}" for n in range(2000))
    assert len(facts(of(f"stages: [a, b]\n{jobs}"), "needs")) == shape.MOST_LINKS
