"""DVC's files; and all readers of pipeline files against hostile texts."""

import pytest
from reading import facts, names, pairs, read, units
from soundness import checked

from mlops_scan.facts.pipelines import (
    argo,
    azureml,
    catalogs,
    codebuild,
    configurations,
    deployments,
    dvc,
    dvc_lock,
    expectations,
    kubeflow,
    projects,
    ray,
    rules,
    serving,
)
from mlops_scan.facts.source import Reader

MODULES = (
    argo, azureml, catalogs, codebuild, configurations, deployments, dvc, dvc_lock, expectations, kubeflow, projects,
    ray, rules, serving,
)  # fmt: skip
READERS = list(dict.fromkeys(each for module in MODULES for each in vars(module).values() if isinstance(each, Reader)))

# -- DVC ---------------------------------------------------------------------------------------------------------------

STAGES = """
    stages:
      clean:
        cmd: python clean.py
        deps:
          - raw.csv
        outs:
          - data/clean
      fit:
        wdir: ml
        cmd:
          - python fit.py
          - python score.py
        deps:
          - ../data/clean/train.csv
        params:
          - lr
          - other.yaml:
              - depth
        metrics:
          - scores.json:
              cache: false
      old:
        cmd: python old.py
        frozen: true
    artifacts:
      churn:
        path: ml/model.pkl
        type: model
    """


def test_a_stage_is_a_task_with_its_commands_in_its_working_directory():
    items = read(dvc.pipeline, STAGES, "sub/dvc.yaml")
    assert units(items) == ["task:clean", "task:fit", "task:old", "model:churn"]
    assert [(each.name, each.value, each.line) for each in facts(items, "command", "task:fit")] == [
        ("python fit.py", "sub/ml", 11),
        ("python score.py", "sub/ml", 12),
    ]


def test_paths_of_a_stage_are_those_of_the_file_and_not_of_its_working_directory():
    items = read(dvc.pipeline, STAGES, "dvc.yaml")
    assert names(items, "reads", "task:fit") == ["data/clean/train.csv", "ml/params.yaml", "ml/other.yaml"]
    assert names(items, "writes", "task:fit") == ["ml/scores.json"]


def test_a_stage_needs_the_one_that_writes_what_it_reads_or_a_folder_around_it():
    assert names(read(dvc.pipeline, STAGES, "dvc.yaml"), "needs", "task:fit") == ["#task:clean"]


def test_parameters_and_metrics_without_cache_are_fields_of_the_stage():
    items = read(dvc.pipeline, STAGES, "dvc.yaml")
    assert [each.value for each in facts(items, "field", "task:fit") if each.name == "dvc.params"] == ["lr", "depth"]
    assert ("dvc.metrics.cache", "false") in pairs(items, "field")


def test_a_frozen_stage_is_switched_off_and_the_others_are_not():
    assert [each.unit for each in facts(read(dvc.pipeline, STAGES, "dvc.yaml"), "switched-off")] == ["task:old"]


def test_foreach_stages_are_one_task_with_the_command_of_do():
    items = read(dvc.pipeline, "stages:\n  train:\n    foreach: [a, b]\n    do:\n      cmd: python train.py ${item}\n")
    assert units(items) == ["task:train"]
    assert names(items, "command") == ["python train.py ${item}"]


def test_the_lock_records_what_each_stage_read_and_wrote():
    text = """
        schema: '2.0'
        stages:
          fit:
            cmd: python fit.py
            deps:
            - path: data/clean
              md5: aa11.dir
            params:
              params.yaml:
                lr: 0.1
            outs:
            - path: model.pkl
              md5: bb22
        """
    assert [(each.name, each.value) for each in read(dvc_lock.lock, text)] == [
        ("cmd", "python fit.py"),
        ("deps", "1"),
        ("dep data/clean", "md5-dos2unix:aa11.dir"),
        ("out model.pkl", "md5-dos2unix:bb22"),
        ("param params.yaml lr", "=0.1"),
    ]


def test_a_pointer_is_a_data_set_with_its_hash_and_origin():
    text = """
        frozen: true
        deps:
        - path: sets/raw.csv
          repo:
            url: https://user:pw@example.org/data.git
            rev_lock: 0a1b
        outs:
        - md5: cc33
          size: 12
          path: raw.csv
        """
    items = read(dvc.pointer, text, "data/raw.csv.dvc")
    assert units(items) == ["dataset:raw.csv"]
    assert pairs(items, "record") == [("md5", "cc33"), ("size", "12")]
    assert pairs(items, "uri") == [("https://example.org/data.git", "0a1b")]
    assert not facts(items, "switched-off")  # every import is frozen


def test_remotes_are_told_without_credentials():
    text = """
        [core]
            remote = store
        ['remote "store"']
            url = https://me:secret@host/x?sig=abc
            password = secret
        """
    items = read(dvc.remotes, text, ".dvc/config")
    assert names(items, "section") == ["core", 'remote "store"']
    assert names(items, "uri") == ["https://host/x"]
    assert not any("secret" in str(each) or "abc" in str(each) for each in items)


def test_parameters_are_fields_and_kustomize_has_none():
    text = "train:\n  lr: 0.1\n  api_key: hunter2\n"
    assert [(each.name, each.value) for each in read(dvc.parameters, text, "params.yaml")] == [
        ("params.train.lr", "0.1"),
        ("params.train.api_key", ""),
    ]
    assert read(dvc.parameters, "varReference:\n- path: spec/x\n", "params.yaml") == []


# -- hostile input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "rule x:\n  input:\n" + '"' * 100_000, "tar_target(" * 20_000, "[" * 50_000]
)
def test_long_texts_are_read_in_no_time(text):
    for reader in READERS:
        checked(reader, "Snakefile", "model_config_list " + text)
        checked(reader, "Snakefile", text)


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  app:\n    entrypoint: python app.py\n",
        "name: act\nruns: {using: docker, entrypoint: /x.sh}\n",
        "name: act\nentrypoint: python x.py\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [python]}]}\n",
        "on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n",
    ],
)
def test_compose_actions_workflows_and_manifests_yield_nothing(text):
    for reader in READERS:
        if "*.yaml" in reader.patterns:
            assert read(reader, text) == []
