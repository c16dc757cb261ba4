"""What runs left behind as JSON, and JSON that no run left behind."""

import json

import pytest
from reading import pairs, read

from mlops_scan.facts import records


def test_numbers_of_a_metrics_file_are_records_at_their_lines():
    text = '{\n  "accuracy": 0.91,\n  "by_class": {"a": {"f1": 1e-3}},\n  "model": "forest"\n}'
    items = read(records.metrics, text, "out/eval_metrics.json")
    assert [(each.name, each.value, each.line) for each in items] == [
        ("accuracy", "0.91", 2),
        ("by_class.a.f1", "1e-3", 3),
    ]


@pytest.mark.parametrize("path", ["metrics.json", "test-scores-v2.json", "Evaluation.json", "reports/result_2024.json"])
def test_the_name_of_the_file_says_that_it_holds_results(path):
    assert pairs(read(records.metrics, '{"auc": 0.5}', path), "record") == [("auc", "0.5")]


@pytest.mark.parametrize(
    "path", ["package.json", "bug_reporter.json", "retrieval.json", "underscore.json", "metrics/a.json"]
)
def test_other_names_do_not(path):
    assert read(records.metrics, '{"auc": 0.5}', path) == []


@pytest.mark.parametrize(
    "text", ['[{"a": 1}]', '{"confusion": [[1, 2], [3, 4]]}', '{"a": "x", "b": "y", "c": 1}', "{}", ""]
)
def test_lists_and_texts_are_no_metrics(text):
    assert read(records.metrics, text, "metrics.json") == []


def test_metrics_are_bounded():
    text = json.dumps({f"m{number}": number for number in range(500)})
    assert len(read(records.metrics, text, "metrics.json")) == 50


RECORD = """
    {
      "version": "v3",
      "created_at": "2025-01-02T03:04:05Z",
      "git_sha": "0a1b2c",
      "image_digest": "",
      "comment": "best so far",
      "access_token": "hunter2",
      "metrics": {"auc": 0.9},
      "layers": [1, 2]
    }
    """


def test_a_record_of_a_registry_tells_ids_versions_times_and_numbers():
    assert pairs(read(records.record, RECORD, "model_registry/v3/meta.json"), "record") == [
        ("version", "v3"),
        ("created_at", "2025-01-02T03:04:05Z"),
        ("git_sha", "0a1b2c"),
        ("metrics.auc", "0.9"),
    ]


@pytest.mark.parametrize("path", ["public/manifest.json", "meta.json", "remodels/meta.json", "web/manifest.json"])
def test_a_file_of_that_name_elsewhere_is_no_record(path):
    assert read(records.record, RECORD, path) == []


def test_a_pointer_names_the_version_in_use_and_prose_names_none():
    assert pairs(read(records.pointer, "v0.14\n", "model_registry/latest.txt"), "record") == [("latest", "v0.14")]
    assert read(records.pointer, "see the wiki for it", "model_registry/latest.txt") == []
    assert read(records.pointer, "v0.14", "notes/latest.txt") == []


def test_huge_files_are_not_parsed():
    assert read(records.metrics, '{"a": 1' + " " * 200_000 + "}", "metrics.json") == []


def test_a_model_that_a_run_made_names_the_run_and_one_that_was_only_saved_does_not():
    text = "flavors:\n  sklearn:\n    code: null\nrun_id: 0a1b\n"
    assert [(each.name, each.value, each.line) for each in read(records.model, text, "model/MLmodel")] == [
        ("mlflow.runs", "0a1b", 4)
    ]
    assert read(records.model, "flavors:\n  sklearn: {}\n", "model/MLmodel") == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("mlruns/1/0a1b/meta.yaml", "experiment_id: '1'\nrun_id: 0a1b\n", [("mlflow.runs", "0a1b")]),
        ("mlruns/1/datasets/d/meta.yaml", "digest: 77aa\nname: visits\n", [("mlflow.runs.data", "visits@77aa")]),
        (
            "mlruns/models/churn/version-2/meta.yaml",
            "name: churn\nversion: 2\nrun_id: 0a1b\n",
            [("mlflow.versions", "churn/2"), ("mlflow.versions.run", "0a1b")],
        ),
        ("mlruns/1/meta.yaml", "experiment_id: '1'\nname: Default\n", []),
        ("mlruns/1/0a1b/meta.yaml", "experiment_id: '1'\nrun_id: 0a1b\nlifecycle_stage: deleted\n", []),
    ],
)
def test_a_store_of_files_tells_of_runs_data_and_versions_and_not_of_empty_experiments(path, text, expected):
    assert pairs(read(records.stored, text, path), "stored") == expected


def test_the_commit_of_a_run_is_a_hash_and_nothing_else():
    commit = "0a1b2c3d4e" * 4
    assert pairs(read(records.commit, f"{commit}\n", "mlruns/1/a/tags/mlflow.source.git.commit"), "stored") == [
        ("mlflow.runs.commit", commit)
    ]
    assert read(records.commit, "see the wiki", "mlruns/1/a/tags/mlflow.source.git.commit") == []


RUN = "a67f6ec4e10b49a7845b91db61efc7e0"


def cells(source, *outputs):
    return json.dumps({"cells": [{"cell_type": "code", "source": [source], "outputs": list(outputs)}]}, indent=1)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"data": {"text/plain": ["run_id   \n", RUN]}}, [("mlflow.runs", RUN)]),
        ({"text": f"View run at http://localhost:5000/#/experiments/1/runs/{RUN}"}, [("mlflow.runs", RUN)]),
        ({"text": ["https://wandb.ai/acme/churn/runs/u3jvnb0n"]}, [("wandb.runs", "u3jvnb0n")]),
        ({"text": f"sha {RUN}"}, []),
        ({"text": "run_id: not yet"}, []),
        ({"data": ["run_id"], "text": 3}, []),
    ],
)
def test_an_output_of_a_notebook_shows_a_run_by_its_id(output, expected):
    assert pairs(read(records.shown, cells("runs", output), "a.ipynb"), "stored") == expected


def test_a_run_that_only_the_code_of_a_notebook_names_is_not_shown():
    assert read(records.shown, cells(f"run_id = '{RUN}'", {"text": "ok"}), "a.ipynb") == []
