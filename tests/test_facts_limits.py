"""What Python code demands and keeps by hand: limits on metrics, rules for data, seeds, metrics and identities."""

import pytest
from reading import read

from mlops_scan.evidence import Fact
from mlops_scan.facts.python import python


def seen(code: str, kind: str) -> list[tuple[str, str]]:
    """The facts of a kind: name and value."""
    return [
        (item.name, item.value)
        for item in read(python, code, "src/evaluate.py")
        if isinstance(item, Fact) and item.kind == kind
    ]


@pytest.mark.parametrize(
    ("code", "condition", "how"),
    [
        ("if accuracy < 0.8:\n    raise ValueError(accuracy)\n", "accuracy < 0.8", "stops"),
        ("if metrics['rmse'] > MAX_RMSE:\n    sys.exit(1)\n", "metrics['rmse'] > MAX_RMSE", "stops"),
        ("assert test_score >= 0.7\n", "test_score >= 0.7", "stops"),
        ("if new_mse < production_mse:\n    log()\nelse:\n    if strict:\n        run.cancel()\n", "new_mse < production_mse", "stops"),
        ("if challenger_f1 > champion_f1:\n    promote(model)\n", "challenger_f1 > champion_f1", "decides"),
        ("if score >= max(scores):\n    deploy_flag = 1\nelse:\n    deploy_flag = 0\n", "score >= max(scores)", "decides"),
        ("passed = accuracy >= threshold\n", "accuracy >= threshold", "decides"),
        ("def should_promote(new_auc, old_auc):\n    return new_auc > old_auc\n", "new_auc > old_auc", "decides"),
        ("approved = 1 if auc > best_auc else 0\n", "auc > best_auc", "decides"),
    ],
)  # fmt: skip
def test_a_metric_is_held_against_a_limit(code: str, condition: str, how: str) -> None:
    assert seen(code, "limit") == [(condition, how)]


@pytest.mark.parametrize(
    "code",
    [
        "if loss < best_loss:\n    best_loss = loss\n",
        "if relevance_score < limit:\n    raise LookupError\n",
        "if accuracy < 0:\n    raise ValueError('no accuracy')\n",
        "if accuracy < 0.8:\n    print('not good')\n",
        "if accuracy == 0.8:\n    raise ValueError\n",
        "if accuracy < 0.8:\n    sys.exit(0)\n",
        "if len(rows) > limit:\n    raise ValueError\n",
        "fast = seconds < 3\n",
        "def rank(accuracy, best):\n    return accuracy > best\n",
    ],
)
def test_a_comparison_that_stops_no_model_is_no_limit(code: str) -> None:
    assert seen(code, "limit") == []


@pytest.mark.parametrize(
    "code",
    [
        "if df['age'].isnull().any():\n    raise ValueError\n",
        "if 'age' not in df.columns:\n    raise KeyError('age')\n",
        "assert df['id'].is_unique\n",
        "missing = wanted - have\nif missing:\n    raise ValueError(f'missing columns: {missing}')\n",
        "def validate_data(df):\n    if errors:\n        raise ValueError(errors)\n",
    ],
)
def test_data_are_held_to_a_rule(code: str) -> None:
    assert len(seen(code, "demand")) == 1


@pytest.mark.parametrize(
    "code",
    [
        "if missing:\n    raise SystemExit('missing environment variables')\n",
        "if errors:\n    raise RuntimeError('the upload failed')\n",
        "if 'age' not in df.columns:\n    df['age'] = 0\n",
        "assert tensor.shape == (3, 4)\n",
    ],
)
def test_what_speaks_of_no_data_or_goes_on_is_no_rule_for_data(code: str) -> None:
    assert seen(code, "demand") == []


@pytest.mark.parametrize(
    "code",
    ["SEED = 7\n", "def split(rows, random_state=7):\n    pass\n", "fit(rows, random_state=settings.seed)\n"],
)
def test_a_seed_is_named(code: str) -> None:
    assert len(seen(code, "seed")) == 1


@pytest.mark.parametrize("code", ["SEED = None\n", "seed = True\n", "fit(rows, random_state=None)\n", "speed = 7\n"])
def test_what_is_no_number_is_no_seed(code: str) -> None:
    assert seen(code, "seed") == []


@pytest.mark.parametrize(
    ("code", "name", "verb"),
    [
        ("json.dump(metrics, file)\n", "metrics", "dump"),
        ("scores.to_csv(path)\n", "scores", "to_csv"),
        ("path.write_text(json.dumps({'auc': auc, 'n': 3}))\n", "auc", "write_text"),
        ("s3.put_object(Key=key, Body=json.dumps(eval_results))\n", "eval_results", "put_object"),
    ],
)
def test_metrics_are_written(code: str, name: str, verb: str) -> None:
    assert seen(code, "kept") == [(name, verb)]


@pytest.mark.parametrize("code", ["json.dump(settings, file)\n", "print(json.dumps(metrics))\n", "rows.to_csv(path)\n"])
def test_what_is_printed_or_is_no_metric_is_not_kept(code: str) -> None:
    assert seen(code, "kept") == []


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("joblib.dump(m, f'models/{version}/m.pkl')\n", "models/{}/m.pkl"),
        ("save(f'model_{timestamp}.pkl')\n", "model_{}.pkl"),
        ("upload(f's3://runs/{run_id}/')\n", "s3://runs/{}/"),
    ],
)
def test_a_path_of_a_model_has_a_version_in_it(code: str, path: str) -> None:
    assert seen(code, "versioned-path") == [(path, "")]


@pytest.mark.parametrize(
    "code", ["open(f'models/{name}/m.pkl')\n", "open(f'logs/{timestamp}.txt')\n", "print(f'model {version} / ready')\n"]
)
def test_other_paths_have_none(code: str) -> None:
    assert seen(code, "versioned-path") == []


@pytest.mark.parametrize(
    "code", ["row['model_version'] = v\n", "answer = {'model_version': v}\n", "Answer(price=1, model_version=v)\n"]
)
def test_a_result_carries_the_identity_of_its_model(code: str) -> None:
    assert seen(code, "stamp") == [("model_version", "")]


def test_an_argument_that_asks_for_a_run_is_no_identity_of_a_result() -> None:
    assert seen("load(run_id=run_id)\n", "stamp") == []
