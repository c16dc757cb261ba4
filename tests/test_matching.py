"""Which signals a fact matches: each kind is cut at its own joints, and nothing is ever a substring."""

import pytest
from endless import ends
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_scan.detector import Detector, Signal
from mlops_scan.evidence import KINDS, SIGNAL_KINDS, Fact
from mlops_scan.matching import Index, can_match


def index(kind, *patterns):
    return Index([Detector("tool", "Tool", "", tuple(Signal("p", kind, pattern) for pattern in patterns))])


def matches(kind, pattern, name):
    return bool(list(index(kind, pattern)(Fact(kind, name))))


@pytest.mark.parametrize(
    ("kind", "pattern", "name"),
    [
        ("file", "*.dvc", "data/x.csv.dvc"),
        ("file", "/dvc.yaml", "dvc.yaml"),
        ("dependency", "mlflow", "mlflow"),
        ("dependency", "npm:react", "npm:react"),
        ("import", "mlflow", "mlflow"),
        ("import", "mlflow", "mlflow.sklearn"),
        ("import", "mlflow.*", "mlflow.sklearn"),
        ("import", "mlflow.sklearn", "mlflow.sklearn.log_model"),
        ("import", "r:targets", "r:targets"),
        ("call", "mlflow.log_metric", "mlflow.log_metric"),
        ("call", "mlflow", "mlflow.log_metric"),
        ("call", "mlflow.*.log_model", "mlflow.sklearn.log_model"),
        ("call", "*.create_training_job", "client.create_training_job"),
        ("call", "?.push_to_hub", "?.push_to_hub"),
        ("call", "a.*.c.*", "a.b.c.d"),
        ("argument", "mlflow.*.log_model.registered_model_name", "mlflow.sklearn.log_model.registered_model_name"),
        ("argument", "mlflow.*.log_model", "mlflow.sklearn.log_model.registered_model_name"),
        ("field", "InferenceService.spec", "InferenceService.spec.predictor.canaryTrafficPercent"),
        ("section", "tool.ruff", "tool.ruff.lint"),
        ("command", "dvc", "dvc repro -f"),
        ("command", "dvc repro", "dvc repro -f train"),
        ("command", "dvc repro", "dvc -q repro"),
        ("command", "kubectl apply", "kubectl -n prod apply -f x.yaml"),
        ("command", "kubectl apply", "kubectl --context=prod -n x apply"),
        ("command", "kubectl apply", "kubectl --warnings apply"),
        ("command", "gcloud run deploy", "gcloud --project p beta run deploy churn"),
        ("command", "pytest", "python -m pytest -x"),
        ("command", "pytest", "python3.11 -m pytest"),
        ("command", "python pytest", "python -m pytest"),
        ("command", "mlflow run", "python -m mlflow run ."),
        ("action", "iterative/setup-dvc", "iterative/setup-dvc"),
        ("action", "azure/*", "azure/login"),
        ("image", "mlflow/mlflow", "ghcr.io/mlflow/mlflow"),
        ("image", "redis", "redis"),
        ("image", "redis", "docker.io/library/redis"),
        ("resource", "serving.kserve.io/InferenceService", "serving.kserve.io/InferenceService"),
        ("resource", "serving.kserve.io/*", "serving.kserve.io/InferenceService"),
        ("resource", "aws_sagemaker", "aws_sagemaker_endpoint"),
        ("resource", "aws_sagemaker_*", "aws_sagemaker_endpoint"),
        ("resource", "AWS::*", "AWS::SageMaker::Endpoint"),
        ("hook", "ruff-format", "ruff-format"),
        ("heading", "model card", "model card"),
        ("uri", "models:/", "models:/churn@champion"),
        ("uri", "s3://", "s3://bucket/key"),
        ("uri", "https://huggingface.co", "https://huggingface.co/a/b?c"),
        ("env", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_URI"),
        ("env", "MLFLOW_*", "MLFLOW_TRACKING_URI"),
        ("env", "MLFLOW", "MLFLOW_TRACKING_URI"),
        ("history", "bot dependabot", "bot dependabot"),
    ],
)
def test_a_name_matches_at_its_joints(kind, pattern, name):
    assert matches(kind, pattern, name)


@pytest.mark.parametrize(
    ("kind", "pattern", "name"),
    [
        ("file", "*.dvc", "data.dvcignore"),
        ("dependency", "mlflow", "mlflow-skinny"),
        ("dependency", "mlflow", "MLflow"),
        ("dependency", "react", "npm:react"),
        ("import", "mlflow", "mlflow_utils"),
        ("import", "mlflow", "src.mlflow"),
        ("import", "mlflow.sklearn", "mlflow"),
        ("import", "mlflow.*", "mlflow"),
        ("import", "keda", "ChunkedArray"),
        ("import", "vllm", "FinetunedLLM"),
        ("call", "mlflow.log_metric", "mlflow.log_metrics"),
        ("call", "mlflow.log_metric", "mlflow.log"),
        ("call", "mlflow.*.log_model", "mlflow.log_model"),
        ("call", "mlflow.*.log_model", "mlflow.a.b.log_model"),
        ("call", "*.push", "push"),
        ("call", "a.*.c.*", "a.b.c"),
        ("call", "a.*.c.*", "a.b.d.c"),
        ("argument", "a.b", "a.bc"),
        ("field", "Service.spec", "InferenceService.spec"),
        ("section", "tool.ruff", "tool.ruffle"),
        ("command", "dvc", "mydvc repro"),
        ("command", "dvc repro", "dvc reproduce"),
        ("command", "dvc repro", "echo dvc repro"),
        ("command", "dvc -f", "dvc -f"),
        ("command", "pytest", "pip install pytest"),
        ("command", "pytest", "python train.py -m pytest"),
        ("command", "kubectl apply", "kubectl-apply x"),
        ("command", "aws batch", "aws s3 sync batch s3://store"),
        ("command", "gcloud run", "gcloud dataflow jobs run prepare"),
        ("command", "kubectl apply", "kubectl"),
        ("action", "iterative/setup", "iterative/setup-dvc"),
        ("action", "setup-dvc", "iterative/setup-dvc"),
        ("image", "mlflow", "ghcr.io/acme/mlflow-server"),
        ("image", "mlflow/mlflow", "mlflow/other"),
        ("resource", "aws_sage", "aws_sagemaker_endpoint"),
        ("resource", "serving.kserve.io/Inference", "serving.kserve.io/InferenceService"),
        ("resource", "InferenceService", "serving.kserve.io/InferenceService"),
        ("hook", "ruff", "ruff-format"),
        ("heading", "model", "model card"),
        ("uri", "models:/", "https://x.org/models:/churn"),
        ("uri", "s3://", "s3a://bucket"),
        ("uri", "https://huggingface.co", "https://huggingface.com/a"),
        ("uri", "https://huggingface.co", "https://evil.org/huggingface.co"),
        ("env", "SENTRY", "ATTRIBUTESENTRY"),
        ("env", "MLFLOW_TRACKING", "MLFLOW_TRACKINGURI"),
        ("history", "bot", "bot dependabot"),
    ],
)
def test_a_near_miss_does_not_match(kind, pattern, name):
    assert not matches(kind, pattern, name)


def test_a_signal_of_one_kind_is_deaf_for_the_others():
    for kind in KINDS:
        assert bool(list(index("import", "mlflow")(Fact(kind, "mlflow")))) is (kind == "import")


def test_every_kind_of_signal_can_be_matched_and_no_other():
    assert {kind for kind in KINDS if can_match(kind)} == set(SIGNAL_KINDS)


def test_a_signal_is_given_once_however_many_ways_it_matches():
    assert len(list(index("image", "a")(Fact("image", "a/a/a")))) == 1
    assert len(list(index("command", "dvc push")(Fact("command", "dvc push push push")))) == 1


def test_all_detectors_that_want_a_fact_get_it():
    signals = [Signal("p", "import", "mlflow"), Signal("q", "import", "mlflow"), Signal("p", "import", "mlflow.*")]
    detectors = [Detector(name, name, "", tuple(signals)) for name in ("a", "b")]
    found = list(Index(detectors)(Fact("import", "mlflow.sklearn")))
    assert sorted((match.detector.id, match.signal) for match in found) == [
        (name, signal) for name in ("a", "b") for signal in sorted(signals)
    ]


@settings(deadline=None)
@given(st.sampled_from(sorted(SIGNAL_KINDS)), st.text(max_size=30), st.text(max_size=10))
def test_a_name_matches_its_own_whole_name_and_never_a_longer_word(kind, name, more):
    if kind not in ("file", "command", "uri"):  # of which the pattern is never the whole name
        assert name == "" or "*" in name or matches(kind, name, name) or kind == "image"
    list(index(kind, "x" + name)(Fact(kind, name + more)))


@pytest.mark.parametrize("kind", sorted(SIGNAL_KINDS))
@pytest.mark.parametrize("part", ["a.", "a ", "a/", "a_", ":", "a", "-"])
def test_no_name_takes_long(kind, part):
    asked = index(kind, "x.*.y", "a", "*.*.a")
    with ends():
        list(asked(Fact(kind, part * (250 if kind == "file" else 100_000))))
