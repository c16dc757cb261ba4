"""Text of the scanned tree in our reports: it does nothing but stand there, and it gives nothing away."""

import unicodedata
from enum import StrEnum

import pytest
from endless import ends
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_scan.clean import clean, discreet, masked, masked_parts
from mlops_scan.evidence import Place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "src/churn/train.py:12",
        "mlflow.log_metric",
        "dvc repro -f && make train",
        "targets::tar_make()",
        "a::b",
        "std::vector",
        "C# and ## headings",
        "##",
        "f(x)[0] # [1]",
        "naïve café 模型 модель نمو",
        "می‌خواهم",
        "👩‍🔬 🚀",
        "no-break\u00a0space",
        "back\\slash",
        "models:/churn@champion",
        "[/] [bold]x[/bold]",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"),
        ("a\x00\x07\x08\x7f", "a\\x00\\x07\\x08\\x7f"),
        ("a\x85\x9bb", "a\\x85\\x9bb"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("a\u2066b\u2069\u200e\u061c", "a\\u2066b\\u2069\\u200e\\u061c"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("a\ufeff\u200b\u2060b", "a\\ufeff\\u200b\\u2060b"),
        ("bad\udcff.py", "bad\\udcff.py"),
        ("\U000e0041", "\\U000e0041"),
        ("\U000effff", "\\U000effff"),
    ],
)
def test_what_does_something_is_shown_as_what_it_is(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", ":\\x3aerror::x"),
        ("  ::set-output name=a::b", "  :\\x3aset-output name=a::b"),
        ("x ::add-mask::y", "x :\\x3aadd-mask::y"),
        ("::anything::y", ":\\x3aanything::y"),
        ("aaaa::ERROR file=x::y", "aaaa:\\x3aERROR file=x::y"),
        ("x\u00a0::debug::y", "x\u00a0:\\x3adebug::y"),
        ("a ##[error]x", "a #\\x23[error]x"),
        ("##vso[task.setvariable]x", "#\\x23vso[task.setvariable]x"),
        ("x###teamcity[a]", "x##\\x23teamcity[a]"),
    ],
)
def test_no_runner_takes_it_for_a_command(text, shown):
    assert clean(text) == shown


def test_a_line_break_does_not_make_a_command():
    assert "::error" not in clean("x\n::error::y")
    assert "::error" not in clean("x\u2028::error::y")


def test_long_text_is_cut_and_says_so():
    assert clean("a" * 200) == "a" * 200
    assert clean("a" * 201) == "a" * 199 + "…"
    assert clean("\x00" * 500, 10) == "\\x00\\x00\\…"


@settings(deadline=None)
@given(st.text() | st.text("\x00\x1b\r\n\u202e\u2066\ud800:#[]evrso ", max_size=30))
def test_no_harmful_character_survives(text):
    shown = clean(text, 10**6)
    categories = {unicodedata.category(letter) for letter in shown if letter not in "\u200c\u200d"}
    assert categories.isdisjoint({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert "##vso[" not in shown
    shown.encode("utf-8")


@settings(deadline=None)
@given(st.text(), st.integers(1, 300))
def test_cleaning_keeps_the_limit(text, longest):
    assert len(clean(text, longest)) <= longest


RANDOM = "kR7xQ2mZ9pL4vT8wB3nY6cF1hD5jS0aG"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://user:hunter2@db/x", "postgres://***@db/x"),
        ("https://ghtoken123@github.com/a/b", "https://***@github.com/a/b"),
        ("PASSWORD=hunter2", "PASSWORD=***"),
        ("mysql --password=hunter2 -h x", "mysql --password=*** -h x"),
        ("tool --token hunter2 run", "tool --token *** run"),
        ("tool --api-key hunter2", "tool --api-key ***"),
        ("curl -u me:hunter2 https://x", "curl -u *** https://x"),
        ("curl -H 'Authorization: Bearer hunter22' x", "curl -H 'Authorization: Bearer *** x"),
        ("aws configure set aws_secret_access_key hunter2/x", "aws configure set aws_secret_access_key ***"),
        ("AWS_SECRET_ACCESS_KEY=abcd/efgh", "AWS_SECRET_ACCESS_KEY=***"),
        ('{"api_key": "hunter2"}', '{"api_key": "***"}'),
        ("db_password: hunter2", "db_password: ***"),
        ("AccountKey=abcdefgh==;x", "AccountKey=***"),
        ("https://x.blob/y?sv=1&sig=abcd%2F&se=2", "https://x.blob/y?sv=1&sig=***&se=2"),
        ("ghp_abcdefghij0123456789", "***"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("hf_abcdefghijABCDEFGHIJ", "***"),
        ("sk-proj-abcdefghijklmnop", "***"),
        ("xoxb-1234-abcdefgh", "***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "***"),
        ("wandb login 0123456789abcdef0123456789abcdef01234567", "wandb login ***"),
        (f"x {RANDOM} y", "x *** y"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "***"),
        ("postgres://user:p@ss@db/x", "postgres://***@db/x"),
        ("postgres://user:p/ss@db/x", "postgres://***@db/x"),
        ("password='my pass phrase' -v", "password='***' -v"),
        ('tool --password "my pass phrase" -v', "tool --password *** -v"),
        ("DBPASS=hunter2", "DBPASS=***"),
        ("DB_PASSWORD_PROD=hunter2", "DB_PASSWORD_PROD=***"),
        ("docker run -e SECRET_VALUE=hunter2 x", "docker run -e SECRET_VALUE=*** x"),
        ("docker login -u me -p hunter2 ghcr.io", "docker login -u me -p *** ghcr.io"),
        ("machine x login me password hunter2", "machine x login me password ***"),
        ("sshpass -p hunter2 ssh x", "sshpass -p *** ssh x"),
        ("mysql -u me -phunter2 db", "mysql -u me -p*** db"),
        ("curl --user me:hunter2 https://x", "curl --user *** https://x"),
        ("Authorization: hunter22", "Authorization: ***"),
        ("Bearer abcdefghijklmnopqrst", "Bearer ***"),
        (
            "kubectl create secret generic x --from-literal=a=hunter2",
            "kubectl create secret generic x --from-literal=a=***",
        ),
        ('{"auth": "bWU6aHVudGVy"}', '{"auth": "***"}'),
        ("https://hooks.slack.com/services/T00/B00/abcd", "https://hooks.slack.com/services/***"),
        ("sk_live_abcdefgh1234", "***"),
        ("glptt-0123456789abcdef", "***"),
        ("GOCSPX-abcdefghijk", "***"),
        ("ya29.a0AfH6SMBx-yz", "***"),
        ("nvapi-abcdefghijklmnopq", "***"),
        ("x TXlTdXBlclNlY3JldFBhc3MxMjM= y", "x *** y"),
        ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKB", "***"),
        ("k/RQ4uJ3cN7+1bT9xYzA0dEf5GhIjK2LmNoPqRsT", "***"),
        ("deadbeef0123456789abcdef01234567", "***"),
    ],
)
def test_secrets_are_masked(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tokenizer.save_pretrained",
        "transformers.AutoTokenizer.from_pretrained",
        "max_tokens=200",
        "hf_hub_download",
        "kubectl create secret generic mlflow",
        "secret management and access keys",
        "monkey patch: everything",
        "design=modern",
        "git@github.com:owner/name.git",
        "https://example.org/@scope/package",
        "s3://bucket/models/2024-01-01/churn/model.pkl",
        "src/pipelines/2024/CustomerChurnPrediction/training_v123",
        "deploy-2024-01-01-churn-model-production-v2",
        "mlflow.sklearn.log_model.registered_model_name",
        "ANTIDISESTABLISHMENTARIANISMANTIDISESTABLISH",
        "iterative/setup-dvc@v1",
        "ghcr.io/mlflow/mlflow",
        "Basic usage",
        "actions/checkout@8f4b7f84864484a7bf31766abe9204da3cbe65b3",
        "python@sha256:2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819",
        "md5: 0123456789abcdef0123456789abcdef",
        '"md5": "0123456789abcdef0123456789abcdef.dir"',
        "git+https://github.com/a/b@8f4b7f84864484a7bf31766abe9204da3cbe65b3#egg=b",
        "git::https://example.org/a.git?ref=8f4b7f84864484a7bf31766abe9204da3cbe65b3",
        "--hash=sha256:2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819",
        "rev: 8f4b7f84864484a7bf31766abe9204da3cbe65b3",
        "mlruns/0/0123456789abcdef0123456789abcdef/artifacts/model",
        "runs:/0123456789abcdef0123456789abcdef/model",
        "CustomerChurnPredictionTraining20240101Pipeline",
        "sk-learn-contrib-training-pipeline",
        "scikit-learn==1.7.0",
        "CUSTOMER_CHURN_ENDPOINT_URL_2024=",
        "docker login --password-stdin -u x",
        "tool --token $TOKEN --password ${PASSWORD}",
        "token: ${{ secrets.GITHUB_TOKEN }}",
        "password=$(cat /run/secrets/x)",
        "http://localhost:8080/a@b",
        "https://example.org/@scope/a@1.0.0",
        "token_count and pass rate",
        "bypass=True",
        "secret_name: mlflow-credentials",
        "PersistentVolumeClaim/training-data-volume-2024",
        "src/features/build2024/CustomerFeatures/v3/TransformerModule.py",
        "ls -u x",
    ],
)
def test_ordinary_text_is_not_masked(text):
    assert masked(text) == text


N = 50_000


@pytest.mark.parametrize(
    "text",
    [
        "a" * N, "a-" * N, "//" * N, "//a" * N, "token=" * N, "token" * N, "-----BEGIN" * N, "1a" * N, "=" * N, "1" * N,
        ":" * N, "#" * N, "##a" * N, "-u a" * N, " " * N, "-password" + " " * N, "eyJ" * N, "authorization:" * N,
        "key" * N, "_key" * N, "login " * N, "mysql " * N, "a1" * N + "/", "A/" * N, "Aa1+/" * N, "//a:" * N, "TOKEN_A" * N, "@" * N,
        "sha256" * N, "@" + "a" * N, "//" + "a:" * N, "password=\"" * N, "0" * N + ":AA", "from-literal=" * N, "\"auth\"" * N,
    ],
)  # fmt: skip
def test_no_text_takes_long(text):
    with ends():
        clean(masked(text))


class _Scalar(str):
    """As the texts of YAML are, which know their line."""


class _Word(StrEnum):
    SECRET = "token=hunter2"


def test_texts_in_tuples_are_masked_of_whatever_class_but_words_of_ours():
    place = Place("token=hunter2", 1)
    shown = discreet((_Scalar("token=hunter2"), ("token=hunter2", _Word.SECRET, 1), place), Place)
    assert shown == ("token=***", ("token=***", _Word.SECRET, 1), place)
    assert isinstance(shown[1][1], _Word)


def test_a_secret_between_slashes_is_seen_in_a_name_that_is_no_path():
    assert masked_parts("job:0123456789abcdef0123456789abcdef/step:1") == "job:***/step:1"
    assert (
        masked_parts("job:train/step:curl https://me:hunter2@x.example/y")
        == "job:train/step:curl https://***@x.example/y"
    )
