"""MLflow, rules in code, catalogues of data, checks, configurations of training and of model servers."""

from reading import facts, names, pairs, read, units

from mlops_scan.facts.pipelines import catalogs, configurations, expectations, projects, rules, serving

# -- MLflow ------------------------------------------------------------------------------------------------------------


def test_entry_points_are_targets_that_wait_to_be_named():
    text = """
        name: churn
        python_env: python_env.yaml
        docker_env:
          image: ghcr.io/acme/train:1.2
        entry_points:
          main:
            parameters: {lr: float}
            command: "PYTHONPATH=src python -m train --lr {lr}"
        """
    items = read(projects.project, text, "ml/MLproject")
    assert units(items) == ["target:main"]
    assert pairs(items, "command", "target:main") == [("python -m train --lr {lr}", "ml")]
    assert names(items, "includes") == ["python_env.yaml"]
    assert pairs(items, "image") == [("ghcr.io/acme/train", "1.2")]


def test_a_saved_model_records_the_run_that_made_it():
    text = """
        artifact_path: churn
        flavors:
          sklearn:
            sklearn_version: 1.5.1
        run_id: 00ff
        signature: null
        """
    items = read(projects.model, text, "models/x/MLmodel")
    assert units(items) == ["model:churn"]
    assert pairs(items, "record") == [
        ("run_id", "00ff"),
        ("flavors.sklearn", "1.5.1"),
    ]
    assert not facts(items, "field")


def test_a_run_of_a_file_store_is_recorded_and_a_package_recipe_is_not():
    text = "experiment_id: '7'\nrun_id: 00ff\nstatus: 3\nend_time: null\n"
    assert names(read(projects.run, text, "mlruns/7/00ff/meta.yaml"), "record") == ["run_id", "experiment_id", "status"]
    assert read(projects.run, "package:\n  name: x\n  version: {{ v }}\n", "recipe/meta.yaml") == []


# -- rules in code -----------------------------------------------------------------------------------------------------

SNAKEFILE = '''
    configfile: "config.yaml"
    include: "rules/extra.smk"

    rule all:
        input: "out/report.html"

    rule fit:
        input:
            data="data/train.csv",
            other=rules.clean.output
        output: "out/model.pkl"
        threads: 4
        shell:
            """
            python fit.py {input.data}
            """

    rule clean:
        output: "data/train.csv"
        script: "scripts/clean.py"

    def helper():
        """input: "never.csv" """
        return "x"
    '''


def test_snakemake_rules_are_tasks_with_inputs_outputs_and_commands():
    items = read(rules.snakemake, SNAKEFILE, "Snakefile")
    assert units(items) == ["task:all", "task:fit", "task:clean"]
    assert names(items, "reads", "task:fit") == ["data/train.csv"]
    assert names(items, "writes", "task:fit") == ["out/model.pkl"]
    assert names(items, "needs", "task:fit") == ["#task:clean"]
    assert [(each.name, each.line) for each in facts(items, "command")] == [("python fit.py {input.data}", 15)]
    assert names(items, "runs-file", "task:clean") == ["scripts/clean.py"]
    assert names(items, "includes") == ["config.yaml", "rules/extra.smk"]


def test_targets_are_tasks_that_need_those_whom_their_commands_name():
    text = """
        library(targets)
        source("R/functions.R")
        list(
          tar_target(raw, "model/raw.csv", format = "file"),
          tar_target(model, fit(raw)), # tar_target(old, fit(raw))
          tar_quarto(report, "report.qmd")
        )
        """
    items = read(rules.targets, text, "_targets.R")
    assert units(items) == ["task:raw", "task:model", "task:report"]
    assert names(items, "needs", "task:model") == ["#task:raw"]
    assert names(items, "reads", "task:raw") == ["model/raw.csv"]
    assert not names(items, "needs", "task:raw")
    assert names(items, "runs-file", "task:report") == ["report.qmd"]
    assert names(items, "includes") == ["R/functions.R"]


# -- catalogues, checks, configurations, serving -----------------------------------------------------------------------


def test_entries_of_a_kedro_catalogue_are_data_sets():
    text = "_csv: &csv {type: pandas.CSVDataset}\ntrain:\n  <<: *csv\n  filepath: s3://b/train.csv\n  versioned: true\n"
    items = read(catalogs.kedro, text, "conf/base/catalog.yml")
    assert units(items) == ["dataset:train"]
    assert names(items, "reads") == ["s3://b/train.csv"]
    assert pairs(items, "field") == [
        ("catalog.type", "pandas.CSVDataset"),
        ("catalog.versioned", "true"),
    ]


def test_a_feature_store_tells_its_stores_without_their_credentials():
    text = """
        project: churn
        provider: aws
        registry: {registry_type: sql, path: "postgresql://feast:hunter2@db/feast"}
        online_store: {type: redis, connection_string: "redis:6379,password=hunter2"}
        """
    items = read(catalogs.feast, text, "feature_store.yaml")
    assert ("feature_store.online_store.type", "redis") in [(each.name, each.value) for each in items]
    assert names(items, "uri") == ["postgresql://db/feast"]
    assert not any("hunter2" in str(each) for each in items)
    assert read(catalogs.feast, "project: x\nname: y\n", "feature_store.yaml") == []


def test_a_suite_is_a_check_and_an_empty_one_checks_nothing():
    expectation = '{"expectation_type": "expect_x", "kwargs": {"column": "a"}}'
    text = '{"expectation_suite_name": "rows", "expectations": [\n' + expectation + "]}"
    items = read(expectations.suite, text, "gx/expectations/rows.json")
    assert units(items) == ["check:rows"]
    assert [(each.name, each.value, each.line) for each in facts(items, "field")] == [("expectations.expect_x", "a", 2)]
    empty = read(expectations.suite, '{"name": "rows", "expectations": []}', "rows.json")
    assert names(empty, "switched-off", "check:rows") == ["expectations: []"]
    assert read(expectations.suite, '{"name": "x", "expectations": "great"}', "package.json") == []


def test_a_checkpoint_runs_the_suites_that_lie_beside_it():
    text = (
        "class_name: Checkpoint\nname: daily\nexpectation_suite_name:\nvalidations:\n- expectation_suite_name: a.rows\n"
    )
    items = read(expectations.checkpoint, text)
    assert names(items, "includes", "check:daily") == ["../expectations/a/rows.json"]


def test_a_hydra_configuration_includes_what_its_defaults_name():
    text = """
        defaults:
          - _self_
          - model: forest
          - optional db@source: mysql
          - data/small
          - override hydra/sweeper: optuna
        hydra:
          mode: MULTIRUN
        """
    items = read(configurations.hydra, text, "conf/config.yaml")
    assert names(items, "section") == ["hydra"]
    assert names(items, "includes") == ["./model/forest.yaml", "./db/mysql.yaml", "./data/small.yaml"]
    assert pairs(items, "field") == [
        ("hydra.mode", "MULTIRUN"),
        ("hydra.sweeper", "optuna"),
    ]


def test_other_defaults_are_not_hydra():
    assert read(configurations.hydra, "defaults:\n  run: {shell: bash}\n") == []
    assert read(configurations.hydra, "defaults: [a, b]\n") == []


def test_a_sweep_runs_its_program():
    text = (
        "program: train.py\nmethod: bayes\nmetric: {name: loss, goal: minimize}\nparameters: {lr: {min: 0, max: 1}}\n"
    )
    items = read(configurations.sweep, text)
    assert names(items, "section") == ["sweep"]
    assert names(items, "runs-file", "task:sweep") == ["train.py"]
    assert read(configurations.sweep, "method: post\nparameters: {a: b}\n") == []


def test_ploomber_tasks_run_sources_and_write_products():
    text = "tasks:\n  - source: steps/fit.py\n    upstream: [get]\n    product: {nb: out/fit.ipynb, model: out/m.pkl}\n"
    items = read(configurations.ploomber, text)
    assert units(items) == ["task:fit"]
    assert names(items, "runs-file") == ["steps/fit.py"]
    assert names(items, "writes") == ["out/fit.ipynb", "out/m.pkl"]
    assert names(items, "needs") == ["#task:get"]


def test_sections_name_dagster_dbt_zenml_and_great_expectations():
    dagster = "load_from:\n  - python_file: {relative_path: defs.py}\n"
    assert names(read(configurations.dagster, dagster, "workspace.yaml"), "runs-file") == ["defs.py"]
    assert names(read(configurations.dagster, "run_launcher: {}\nx: 1\n", "dagster.yaml"), "section") == [
        "dagster.run_launcher"
    ]
    assert names(read(catalogs.dbt, "name: x\nprofile: y\nmodel-paths: [models]\n", "dbt_project.yml"), "section") == [
        "dbt"
    ]
    zenml = "settings:\n  docker: {required_integrations: [mlflow]}\n"
    assert names(read(configurations.zenml, zenml), "section") == ["zenml"]
    assert read(configurations.zenml, "settings:\n  docker: {image: x}\n") == []
    project = "config_version: 3.0\nstores: {}\n"
    assert names(read(expectations.project, project, "great_expectations.yml"), "section") == [
        "great_expectations.stores"
    ]


def test_packed_services_run_the_file_of_their_code():
    bento = read(serving.bento, "service: app.service:svc\npython: {packages: [numpy==1.2]}\n", "bentofile.yaml")
    assert names(bento, "runs-file", "service:svc") == ["app/service.py"]
    assert pairs(bento, "dependency") == [("numpy", "==1.2")]
    cog = read(serving.cog, "build: {gpu: true}\npredict: predict.py:Predictor\n", "cog.yaml")
    assert pairs(cog, "runs-file") == [("predict.py", "Predictor")]


def test_model_servers_list_their_models():
    triton = read(
        serving.triton, 'name: "churn"\nplatform: "onnxruntime_onnx"\ndynamic_batching { }\n', "r/churn/config.pbtxt"
    )
    assert units(triton) == ["model:churn"]
    assert pairs(triton, "section") == [
        ("triton.platform", "onnxruntime_onnx"),
        ("triton.dynamic_batching", ""),
    ]
    text = 'model_config_list {\n  config { name: "churn" base_path: "/models/churn" }\n}\n'
    server = read(serving.tensorflow_serving, text, "models.config")
    assert names(server, "reads", "model:churn") == ["/models/churn"]
    assert read(serving.tensorflow_serving, "<configuration/>", "Web.config") == []
