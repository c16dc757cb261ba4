"""Text of the scanned tree in our reports: it does nothing but stand there, and it gives nothing away."""

import unicodedata

import pytest
from endless import ends
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_scan.clean import clean, masked


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
        "key" * N, "_key" * N,
    ],
)  # fmt: skip
def test_no_text_takes_long(text):
    with ends():
        clean(masked(text))
